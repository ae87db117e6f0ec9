#!/bin/bash
# Starts a server and has it paint for a limn elsewhere: pictures, batches, mistakes, Ctrl-C, a server that goes away.
# Compares every picture with the one that is painted here. Needs jq. Usage: check-remote.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
export LIMN_WEIGHTS=${LIMN_WEIGHTS:-$repository/weights}
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2> /dev/null || true; wait || true; rm -rf "$work"; }
trap stop EXIT
unset XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME LIMN_HISTORY LIMN_HOST LIMN_TOKEN
mkdir "$work/there" "$work/here"
there() { HOME="$work/there" "$limn" "$@"; }
here() { HOME="$work/here" env -u LIMN_HOST "$limn" "$@"; }
remote() { HOME="$work/here" "$limn" "$@"; }
status() { local wanted=$1; shift; local got=0; "$@" > out 2> err || got=$?; [ "$got" = "$wanted" ] || { echo "$* ended with $got, not $wanted:"; cat out err; exit 1; }; }
serve() {
  there serve --listen "127.0.0.1:${1:-0}" > "$work/url" 2> "$work/log" &
  server=$!
  for _ in $(seq 100); do [ -s "$work/url" ] && break; sleep 0.1; done
  export LIMN_HOST=$(sed 's|/enter.*||' "$work/url")
}
cd "$work/here"
there tokens create ada --role creator > "$work/said" 2> /dev/null
grep -o 'limn_[A-Za-z0-9_-]*' "$work/said" | head -n 1 > "$work/token"
chmod 600 "$work/token"
serve

echo "a token is needed, and may lie in a file"
status 4 remote "a fox"
grep -q "wants a token" err
export LIMN_TOKEN_FILE=$work/token
remote doctor | grep -q "where you are ada, creator"

echo "pictures are the same, byte for byte"
remote "a fox" --seed 3 --steps 4 -o there.png --quiet
here "a fox" --seed 3 --steps 4 -o here.png --quiet
cmp there.png here.png
remote "a fox" --seed 3 --steps 4 -o - > piped.png
cmp piped.png here.png
[ "$(remote "a fox" --seed 5 --steps 2 --count 2 --json | jq -r .seed | sort | tr '\n' ' ')" = "5 6 " ]
remote "a boat" -r here.png --strength 0.4 --seed 1 --steps 4 -o boat.png --quiet
here "a boat" -r here.png --strength 0.4 --seed 1 --steps 4 -o local.png --quiet
remote "a boat" -r boat.png --seed 1 --steps 2 --preview-steps -o - > /dev/null
[ ! -e "$work/here/.local/state/limn/history.sqlite" ] || [ "$(HOME=$work/here "$limn" history list --json | jq -s 'map(select(.prompt == "a fox")) | length')" = 1 ]

echo "batches are the same, go on, and take over what was painted here"
printf 'a fox --seed 1 --steps 4\na house --seed 2 --steps 4\na cat --seed 3 --steps 4\n' > prompts.txt
remote batch prompts.txt -o far --quiet --sheet far.png --gallery far.html
here batch prompts.txt -o near --quiet
for picture in near/*.png; do cmp "$picture" "far/${picture#near/}"; done
[ "$(remote batch prompts.txt -o far --json | jq -s 'map(select(.event == "done"))[0].kept')" = 3 ]
[ "$(remote batch prompts.txt -o near --json | jq -s 'map(select(.event == "done"))[0].painted')" = 0 ]
remote batch prompts.txt -o - | tar t | grep -c png | grep -qx 3
remote batch prompts.txt --check | grep -q "3 pictures"
printf 'a fox --steps 2\na house --steps many\nnaked child\n' > mixed.txt
status 7 remote batch mixed.txt -o mixed

echo "mistakes end as they do here"
status 3 remote "naked child"
status 5 remote "a fox" --model nobody
status 2 remote "a fox" --model ./a.safetensors
status 2 remote "a fox" --threads 1
status 2 remote "a fox" --no-history
status 2 remote "a fox" --best-of 2
LIMN_HOST=http://127.0.0.1:9 status 69 remote "a fox"

echo "Ctrl-C stops the job there"
HOME="$work/here" "$limn" "a slow fox" --steps 1000 -o slow.png --quiet & client=$!
jobs_of() { curl -s -H "X-Api-Key: $(cat "$work/token")" "$LIMN_HOST/api/v1/jobs" | jq -r '.jobs[] | select(.prompt == "a slow fox") | .state'; }
for _ in $(seq 100); do [ -n "$(jobs_of)" ] && break; sleep 0.2; done
kill -INT "$client"
got=0; wait "$client" || got=$?
[ "$got" = 130 ] || { echo "ended with $got"; exit 1; }
[ "$(jobs_of)" = stopped ]

echo "a server that begins anew loses nothing; one that stays away is told"
port=${LIMN_HOST##*:}
remote "a fox" --seed 3 --steps 60 -o again.png --quiet & client=$!
sleep 2
kill -KILL "$server"; wait "$server" 2> /dev/null || true
rm "$work/url"
serve "$port"
wait "$client"
here "a fox" --seed 3 --steps 60 -o once.png --quiet
cmp again.png once.png
remote "a fox" --steps 1000 -o never.png --quiet 2> err & client=$!
sleep 1
kill -KILL "$server"; wait "$server" 2> /dev/null || true
server=
got=0; wait "$client" || got=$?
[ "$got" = 69 ] && [ ! -e never.png ]
cat err
echo "everything was painted there as it is here"
