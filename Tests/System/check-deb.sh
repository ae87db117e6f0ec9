#!/bin/bash
# Installs a Debian package of limn in a fresh system and paints there. Needs root and debootstrap.
# Usage: check-deb.sh PACKAGE.deb
set -euo pipefail
package=$(realpath "$1")
root=$(mktemp -d)
# Users within must reach it: manual pages are indexed by one of them.
chmod 755 "$root"
trap 'umount "$root/proc" 2> /dev/null || true; rm -rf "$root"' EXIT
depends=$(dpkg-deb --field "$package" Depends | sed 's/ *([^)]*)//g; s/|[^,]*//g; s/ //g')
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include="$depends,man-db" "$suite" "$root" "${LIMN_MIRROR:-http://deb.debian.org/debian}" > "$root.log" \
  || { tail "$root.log"; exit 1; }
mount -t proc proc "$root/proc"
cp "$package" "$root/limn.deb"
chroot "$root" dpkg -i /limn.deb
chroot "$root" limn --version
chroot "$root" limn "a red apple" --seed 1 --output /apple.png
printf 'a house\na fish\n' > "$root/prompts.txt"
chroot "$root" limn batch /prompts.txt --output /pictures
chroot "$root" test -f /usr/share/bash-completion/completions/limn
chroot "$root" env MANPAGER=cat man limn-batch | grep -q 'contact sheet'
chroot "$root" dpkg --remove limn
if chroot "$root" test -e /usr/share/limn; then echo "files were left behind"; exit 1; fi
rm -f "$root.log"
echo "the package installs, paints and leaves"
