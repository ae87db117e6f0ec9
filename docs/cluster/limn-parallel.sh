#!/bin/sh
# Paints a batch on several machines that share a folder and let this one in by ssh:
#   limn-parallel.sh prompts.txt pictures machine1,machine2,machine3
# Run it again to paint what is missing; the last line takes all ledgers together.
set -eu
file=$1
folder=$2
machines=${3:-:}
count=$(printf '%s\n' "$machines" | tr ',' '\n' | wc -l)
seq "$count" | parallel --will-cite --jobs 1 --sshlogin "$machines" --workdir "$PWD" --retries 2 \
  limn batch "$file" --output "$folder" --shard "{}/$count"
limn batch "$file" --output "$folder"
