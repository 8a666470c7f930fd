#!/bin/sh
# Fills vendor/ with exactly what the locks name, each file checked against its digest.
# The only step that needs the package registries; build.sh needs none.
#   usage: fetch.sh [VENDOR]        PYTHON names the interpreter whose pip is used
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
vendor=${1:-$here/vendor}
python=${PYTHON:-python3}

rm -rf "$vendor"
mkdir -p "$vendor/wheels" "$vendor/ui"
"$python" "$here/tools/locked.py" "$here/service/pdm.lock" >"$vendor/requirements.txt"
"$python" -m pip download --quiet --no-deps --require-hashes --only-binary :all: --dest "$vendor/wheels" \
    --requirement "$vendor/requirements.txt"
"$python" -m pip download --quiet --no-deps --require-hashes --only-binary :all: --dest "$vendor/build" \
    --requirement "$here/tools/build-requirements.txt"
cp "$here/ui/package.json" "$here/ui/package-lock.json" "$vendor/ui/"
npm ci --prefix "$vendor/ui" --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
