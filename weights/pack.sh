#!/bin/sh
# Packs the weights, and the studio's page, behind a program, which then needs no other files: pack.sh PROGRAM OUTPUT
# The archive begins at a multiple of 4096 bytes (Sources/System/Files/PackedFiles.swift). Strip the program before.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1 output=$2
cp -f "$program" "$output.new"
chmod u+w "$output.new"
truncate -s %4096 "$output.new"
list=$(mktemp -d)
trap 'rm -rf "$list" "$output.new"' EXIT
files=$(cd "$here" && {
  find default guardrail NOTICE -type f ! -path '*/.*' ! -path '*/__pycache__/*'
  if [ -d fetched ]; then find fetched -type f ! -path '*/.*'; fi
} | LC_ALL=C sort)
mkdir "$list/studio"
cp "$here"/../Sources/Server/Studio/* "$list/studio"
studio=$(cd "$list" && find studio -type f | LC_ALL=C sort)
{ (cd "$here" && sha256sum $files); (cd "$list" && sha256sum $studio); } > "$list/SHA256SUMS"
tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rw,go=r -cf - \
  -C "$here" $files -C "$list" $studio SHA256SUMS >> "$output.new"
mv -f "$output.new" "$output"
