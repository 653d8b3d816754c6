#!/bin/sh
# Builds influxd (InfluxDB 2) from its Go module with Go and Rust (cargo), for tests; writes it to $1. About five minutes.
set -eu
target=$(realpath -m "${1:?usage: tests/influx/build.sh TARGET}")
version=${INFLUXDB_VERSION:-v2.7.12}
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
export GOFLAGS="-mod=mod -buildvcs=false"
module=$(cd "$work" && go mod download -json "github.com/influxdata/influxdb/v2@$version" |
    sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
cp -r "$module" "$work/influxdb" && chmod -R u+w "$work/influxdb"
cd "$work/influxdb"
go build -o "$work/pkg-config" github.com/influxdata/pkg-config # builds flux's Rust library where cgo asks for it
printf '#!/bin/sh\nexec "$@" --cap-lints allow\n' >"$work/rustc" && chmod +x "$work/rustc" # newer compilers warn more
PKG_CONFIG="$work/pkg-config" RUSTC_WRAPPER="$work/rustc" RUSTUP_TOOLCHAIN="${RUSTUP_TOOLCHAIN:-stable}" \
    go build -tags 'sqlite_foreign_keys sqlite_json' -o "$target" ./cmd/influxd
