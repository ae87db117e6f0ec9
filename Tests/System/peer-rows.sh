#!/bin/bash
# Prints what `limn bench` measures as the rows that a comparison with other programs collects:
#   peer-rows.sh LIMN NAME MODEL [PART...]     parts: text unet1 unet2 vae taesd
# One line a part: ROW {"name": "own-NAME PART", "seconds": median, "min": best, "peak_mb": 0}
set -euo pipefail
limn=$1 name=$2 model=$3
shift 3
declare -A part=([text encoder, one prompt]=text [denoiser]=unet1 [denoiser, guided]=unet2 [decoder]=vae)
[[ " $* " == *" taesd "* ]] && part[decoder]=taesd
"$limn" bench --model "$model" --json | jq -r '[.stage, .median_seconds, .best_seconds] | @tsv' |
  while IFS=$'\t' read -r stage median best; do
    row=${part[$stage]-}
    [[ -n $row && ($# -eq 0 || " $* " == *" $row "*) ]] || continue
    printf 'ROW {"name": "own-%s %s", "seconds": %s, "min": %s, "peak_mb": 0}\n' "$name" "$row" "$median" "$best"
  done
