#!/bin/sh
# Makes the secrets of compose.yaml, each once: what is there stays. Run: deploy/compose/make-secrets.sh [FOLDER]
# The folder is its owner's alone; the files in it can be read by a container's user, to whom compose shows them one by one.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
chmod 0700 "$folder"
for name in api_token dashboard_token pseudonym_key database_password influx_token influx_password grafana_password; do
  [ -s "$folder/$name" ] && continue
  (umask 077 && openssl rand -hex 32 > "$folder/.$name")
  chmod 0444 "$folder/.$name"
  mv "$folder/.$name" "$folder/$name"
  echo "made $folder/$name"
done
