#!/bin/bash
# Times `limn batch --check` on 10,000 lines of which 500 are bad, of every kind; fails beyond 2 seconds, or where a bad
# line is not named with its reason. Needs jq. Usage: bench-check.sh LIMN
. "$(dirname "$0")/workplace.sh"

bad=(
  '{"prompt": "a fox"' '{"prompt": "a fox", "mood": 1}' '{"prompt": "a fox", "width": -64, "height": 64}'
  '{"prompt": "a fox", "reference": "missing.png"}' '{"prompt": "you idiot"}' '{"prompt": "a fox", "style": "bogus"}'
  '{"prompt": "a fox", "steps": 0}' '{"prompt": "a fox", "model": "bogus"}' '["a fox"]' '{"prompt": ""}'
)
said=(
  'not JSON' '"mood"' '-64x64' 'missing.png' 'refused as' 'bogus' '--steps 0' 'no model' 'array' 'empty'
)
for line in $(seq 10000); do
  if [ $((line % 20)) = 7 ]; then echo "${bad[line / 20 % 10]}"; else
    echo "{\"prompt\": \"a small red fox, number $line, in the snow\", \"seed\": $line, \"steps\": $((line % 30 + 1))}"
  fi
done > prompts.jsonl

start=$(date +%s.%N)
status=0
"$limn" batch prompts.jsonl --check > check 2> errors || status=$?
seconds=$(awk "BEGIN { printf \"%.2f\", $(date +%s.%N) - $start }")
[ "$status" = 5 ] || { cat errors; exit 1; }
[ "$(wc -l < check)" = 501 ]
for line in $(seq 7 20 10000); do
  grep -q "^prompts.jsonl:$line: .*${said[line / 20 % 10]/\"/.}" check || { echo "line $line is not named"; exit 1; }
done
tail -n 1 check
echo "10,000 lines checked in $seconds s, each of the 500 bad ones named with its reason"
awk "BEGIN { exit !($seconds < 2) }"
