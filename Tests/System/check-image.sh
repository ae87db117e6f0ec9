#!/bin/bash
# Makes the container image and runs it: paints, makes a token, serves. As root, where no container engine is needed but
# buildah, which changes the root and the user alone. Needs buildah and curl. Usage: check-image.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
unset LIMN_WEIGHTS LIMN_HOST LIMN_HISTORY XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME
work=$(mktemp -d)
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$work/images" "$work/run" > "$work/storage.conf"
export CONTAINERS_STORAGE_CONF=$work/storage.conf
server=
container=
stop() {
  [ -z "$server" ] || { pkill -TERM -P "$server" 2> /dev/null || kill "$server" 2> /dev/null || true; }
  [ -z "$container" ] || buildah rm "$container" > /dev/null 2>&1 || true
  wait || true
  rm -rf "$work"
}
trap stop EXIT
"$repository/docs/release/image.sh" "$limn" limn
container=$(buildah from limn)
# What is written into a volume, buildah forgets after each run.
buildah config --volume /data- "$container"
inside() { buildah run "$container" -- /usr/bin/limn "$@"; }
inside --version
echo "nothing but limn and its libraries"
place=$(buildah mount "$container")
(cd "$place"; find . -type f -o -type l | grep -v -e '\.so' -e '^./etc/' -e '^./usr/bin/limn$' | grep .) && exit 1 || true
echo "it paints as itself, into its folder"
inside "a fox" --seed 3 --steps 4 -o /data/fox.png --quiet
[ "$(stat -c %u "$place/data/fox.png")" = 65532 ]
if inside "a fox" --steps 2 -o /usr/fox.png --quiet 2> /dev/null; then echo "it may write everywhere"; exit 1; fi
HOME=$work "$limn" "a fox" --seed 3 --steps 4 -o "$work/fox.png" --quiet
cmp "$work/fox.png" "$place/data/fox.png"
echo "it serves"
token=$(inside tokens create ada --role creator 2> /dev/null | grep -o 'limn_[A-Za-z0-9_-]*' | head -n 1)
port=$((20000 + RANDOM % 20000))
inside serve --listen "127.0.0.1:$port" > /dev/null 2> "$work/log" &
server=$!
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/healthz" > /dev/null && break; sleep 0.1; done
[ "$(curl -s "http://127.0.0.1:$port/healthz")" = ok ]
curl -s -H "X-Api-Key: $token" -d '{"inputs": "a fox"}' "http://127.0.0.1:$port/hf" > "$work/asked.png"
HOME=$work "$limn" inspect "$work/asked.png" | grep -q "a fox"
curl -s "http://127.0.0.1:$port/" > "$work/page.html"
grep -qi "<html" "$work/page.html"
echo "the image is well"
