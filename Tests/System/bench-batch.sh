#!/bin/bash
# Measures batches on the bundled model: the whole against its pure sampling, memory, processes of their own, and
# resuming after kills. Needs jq. Usage: bench-batch.sh LIMN [PICTURES] [KILLS]
set -euo pipefail
limn=$(realpath "$1")
pictures=${2:-1000}
kills=${3:-100}
export LIMN_WEIGHTS=${LIMN_WEIGHTS:-$(realpath "$(dirname "$0")/../../weights")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

seconds() { date +%s.%N; }
difference() { awk "BEGIN { printf \"%.2f\", $2 - $1 }"; }

subjects=(apple house fish fox tree boat heart star cat mug)
for number in $(seq "$pictures"); do
  echo "a red ${subjects[number % 10]} --seed $number"
done > prompts.txt

# A process of its own for each picture, in between, so that both meet the same machine.
sample=$((pictures < 20 ? pictures : 20))
: > alone
measure_alone() {
  local start
  start=$(seconds)
  "$limn" "a red ${subjects[$1 % 10]}" --seed "$1" --output alone.png --quiet
  difference "$start" "$(seconds)" >> alone
}
start=$(seconds)
: > events.jsonl
for quarter in 1 2 3 4; do
  for number in $(seq $((sample / 4))); do measure_alone "$((quarter * 100 + number))"; done
done &
alone=$!
wait "$alone"
start=$(seconds)
"$limn" batch prompts.txt --output pictures --json > events.jsonl
whole=$(difference "$start" "$(seconds)")
for number in $(seq "$sample"); do measure_alone "$number"; done

jq -s --argjson whole "$whole" --argjson alone "$(jq -s 'add / length' alone)" '
  map(select(.event == "picture") | .picture) as $pictures
  | ($pictures | map(.timings.sample) | add) as $sampling
  | {
      pictures: ($pictures | length), seconds: $whole, sampling_seconds: $sampling,
      whole_to_sampling: ($whole / $sampling),
      alone_seconds_a_picture: $alone, batch_seconds_a_picture: ($whole / ($pictures | length)),
      alone_to_batch: ($alone * ($pictures | length) / $whole),
      memory_100th: ($pictures[([99, ($pictures | length) - 1] | min)].peak_memory),
      memory_last: ($pictures[-1].peak_memory)
    }
  | . + { memory_growth: (.memory_last / .memory_100th) }' events.jsonl

[ "$kills" -gt 0 ] || exit 0
echo "$kills kills in a batch of 200"
head -n 200 prompts.txt | sed 's/$/ --steps 4/' > some.txt
"$limn" batch some.txt --output undisturbed --quiet
runs=0
ended=0
for kill in $(seq "$kills"); do
  "$limn" batch some.txt --output killed --quiet &
  process=$!
  sleep "0.$((RANDOM % 9000 + 1000))"
  kill -KILL "$process" 2> /dev/null && runs=$((runs + 1)) || ended=$((ended + 1))
  wait "$process" 2> /dev/null || true
done
"$limn" batch some.txt --output killed --quiet
for picture in undisturbed/*.png; do cmp "$picture" "killed/${picture#undisturbed/}"; done
echo "$runs killed, $ended had ended; $(ls killed/*.png | wc -l) pictures, byte for byte those of an undisturbed run"
