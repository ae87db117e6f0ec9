#!/bin/bash
# Has systemd-analyze look at the unit: whether it is understood, and how much of the system it leaves open.
# Usage: check-systemd.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The program need not be installed, nor its page.
sed -e "s|^ExecStart=/usr/bin/limn|ExecStart=$limn|" -e '/^Documentation=/d' "$repository/docs/systemd/limn.service" > "$work/limn.service"
systemd-analyze verify "$work/limn.service" 2> "$work/said" || { cat "$work/said"; exit 1; }
if grep "limn.service" "$work/said"; then exit 1; fi
# 10 is wide open; below 2 is what systemd calls OK.
systemd-analyze security --offline=true --threshold=15 --no-pager "$work/limn.service" | tail -n 1
"$limn" serve --help | grep -q -- --log-format
echo "the unit is well"
