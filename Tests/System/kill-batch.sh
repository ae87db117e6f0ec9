#!/bin/bash
# Kills a batch of 200 pictures at random instants and takes it up again each time: what lies there in the end must be,
# byte for byte, what an undisturbed run paints, and nothing that was painted may be painted again. Needs jq.
# Usage: kill-batch.sh LIMN [KILLS] [PICTURES AT A TIME]
. "$(dirname "$0")/workplace.sh"
kills=${2:-100}
jobs=${3:-1}

echo 'a {red|blue|green} {apple|house|fish} --count 200' > prompts.txt
start=$(date +%s%N)
"$limn" batch prompts.txt --output undisturbed --jobs "$jobs" --quiet
# Lives of this length on average do not reach the end before the last kill.
longest=$((2 * ($(date +%s%N) - start) / 1000000 / kills))

killed=0
: > events.jsonl
while [ "$killed" -lt "$kills" ]; do
  "$limn" batch prompts.txt --output killed --jobs "$jobs" --json >> events.jsonl 2> errors &
  process=$!
  life=$((RANDOM % (longest + 1)))
  sleep "$(printf '%d.%03d' $((life / 1000)) $((life % 1000)))"
  kill -KILL "$process" 2> /dev/null || true
  status=0
  wait "$process" 2> /dev/null || status=$?
  case $status in
    137) killed=$((killed + 1)) ;;
    0) break ;;
    *) cat errors; exit 1 ;;
  esac
done
"$limn" batch prompts.txt --output killed --jobs "$jobs" --json >> events.jsonl

for picture in undisturbed/*.png; do cmp "$picture" "killed/${picture#undisturbed/}"; done
diff <(ls -A undisturbed) <(ls -A killed)
# A killed process may have left the last line half written.
jq -Rr 'fromjson? | select(.event == "picture") | .key' events.jsonl | sort | uniq -d > twice
[ ! -s twice ] || { echo "painted and announced twice:"; cat twice; exit 1; }
begun=$(jq -Rn '[inputs | fromjson? | select(.event == "step" and .step == 1)] | length' events.jsonl)
echo "$killed kills; $(ls killed/*.png | wc -l) pictures, byte for byte those of an undisturbed run;" \
  "none announced was painted again; $begun begun, $((begun - 200)) of them once more because a kill met them"
[ $((begun - 200)) -le $((killed * jobs)) ] || { echo "more were begun again than were in progress"; exit 1; }
