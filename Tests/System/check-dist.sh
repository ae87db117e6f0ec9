#!/bin/bash
# Builds a release in two clones of this repository, at paths of different lengths, and compares every byte of it.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for clone in "$folder/a" "$folder/another/place"; do
  git clone --quiet "$here" "$clone"
  cp -r "$here/weights/fetched" "$clone/weights/"
  if [ -f "$here/Package.resolved" ]; then cp "$here/Package.resolved" "$clone/"; fi
  make --no-print-directory -C "$clone" dist > "$folder/log" 2>&1 || { tail "$folder/log"; exit 1; }
done
diff "$folder/a/.build/dist/SHA256SUMS" "$folder/another/place/.build/dist/SHA256SUMS"
echo "both builds are the same to the byte:"
cat "$folder/a/.build/dist/SHA256SUMS"
