#!/bin/bash
# Makes a container image of limn from nothing but the program and the libraries that it loads; needs buildah, no network.
# Usage: image.sh LIMN NAME [FILE], which writes it into an archive too.
set -euo pipefail
limn=$(realpath "$1")
name=$2
file=${3:-}
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
work=$(mktemp -d)
container=$(buildah from scratch)
trap 'buildah rm "$container" > /dev/null 2>&1 || true; rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/usr/bin" "$root/etc"
mkdir -m 1777 "$root/tmp"
mkdir -p "$work/owned"
mkdir -m 700 "$work/owned/data"
cp "$limn" "$root/usr/bin/limn"
# What the loader names with a path lies there in the image too, the loader itself among them.
ldd "$limn" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
echo 'limn:x:65532:65532:limn:/data:/nonexistent' > "$root/etc/passwd"
echo 'limn:x:65532:' > "$root/etc/group"
find "$root" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
buildah copy --quiet "$container" "$root" / > /dev/null
buildah copy --quiet --chown 65532:65532 "$container" "$work/owned" / > /dev/null
buildah config --user 65532:65532 --workingdir /data --volume /data --port 7870 --env HOME=/data \
  --entrypoint '["/usr/bin/limn"]' --cmd serve \
  --label org.opencontainers.image.title=limn \
  --label "org.opencontainers.image.version=$("$limn" --version | cut -d ' ' -f 2)" "$container"
buildah commit --quiet --timestamp "${SOURCE_DATE_EPOCH:-0}" "$container" "$name" > /dev/null
if [ -n "$file" ]; then rm -f "$file"; buildah push --quiet "$name" "oci-archive:$file:$name"; fi
buildah images "$name"
