#!/bin/bash
# Measures a batch on the bundled model against its pure sampling, against processes of their own, and its memory; fails
# where it misses what docs/performance.md promises. Needs jq. Usage: bench-batch.sh LIMN [PICTURES] [PROCESSES]
. "$(dirname "$0")/workplace.sh"
pictures=${2:-1000}
processes=${3:-100}

subjects=(apple house fish fox tree boat heart star cat mug)
seconds_since() { awk "BEGIN { printf \"%.3f\", $(date +%s.%N) - $1 }"; }
prompt() { echo "a red ${subjects[$1 % 10]}"; }

for number in $(seq "$pictures"); do echo "$(prompt "$number") --seed $number"; done > prompts.txt

# Half of the processes before the batch and half after it, so that both meet the same machine.
alone() {
  local start
  start=$(date +%s.%N)
  for number in $(seq $((processes / 2))); do
    "$limn" "$(prompt "$number")" --seed "$number" --output alone.png --quiet
  done
  seconds_since "$start" >> alone
  echo >> alone
}

alone
start=$(date +%s.%N)
"$limn" batch prompts.txt --output one --jobs 1 --json > events.jsonl
whole=$(seconds_since "$start")
start=$(date +%s.%N)
"$limn" batch prompts.txt --output several --json > several.jsonl
several=$(seconds_since "$start")
alone
for picture in one/*.png; do cmp "$picture" "several/${picture#one/}"; done

jq -s --slurpfile other several.jsonl --argjson several "$several" --argjson whole "$whole" --argjson alone "$(jq -s "add / $((processes / 2 * 2))" alone)" '
  def memory: map(select(.event == "picture") | .picture.peak_memory)
    | { memory_100th: .[([99, length - 1] | min)], memory_last: .[-1] } | . + { growth: (.memory_last / .memory_100th) };
  map(select(.event == "picture") | .picture) as $pictures
  | ($pictures | map(.timings.sample) | add) as $sampling
  | ($pictures | length) as $count
  | {
      pictures: $count,
      one_at_a_time: ({ seconds: $whole, sampling_seconds: $sampling, seconds_to_sampling: ($whole / $sampling) } + memory),
      by_default: ({ seconds: $several, seconds_to_sampling: ($several / $sampling) } + ($other | memory)),
      alone_seconds_a_picture: $alone, alone_to_batch: ($alone * $count / $several)
    }' events.jsonl | tee figures.json
jq -e '.one_at_a_time.seconds_to_sampling <= 1.1 and .by_default.seconds_to_sampling <= 1.1
  and .one_at_a_time.growth <= 1.05 and .by_default.growth <= 1.05 and .alone_to_batch >= 1' figures.json > /dev/null
