#!/bin/bash
# Times limn, torch and OpenVINO on SDXL in turn, all in float32: bench-sdxl.sh CHECKPOINT LIMN
#
# CHECKPOINT is what Tests/Reference/full_size_sdxl.py writes. One UNet evaluation at each of SIZES, and SDXL-Turbo at PICTURE pixels in
# one step with the tiny autoencoder, from process start to PNG. Every program runs in a process of its own; at 1024x1024 torch needs some
# 12 GB, OpenVINO 17, converting for it 20, and each some minutes. The ratios are of medians: below 1, limn is faster.
#
#   PYTHON     with torch, diffusers, transformers, openvino and pillow (default python3)
#   WORK       where the converted networks and the pictures lie (default ~/.cache/limn-sdxl; 7 GB)
#   ROUNDS     how often all go round (2)         REPEATS    evaluations of a UNet in each process (1)
#   SIZES      edges in pixels (1024 512)         PICTURE    edge of the picture (512)
#   ONLY       which run (limn torch torch-channels-last openvino)
set -euo pipefail
checkpoint=$(realpath "$1") limn=$(realpath "$2")
peers=$(realpath "$(dirname "$0")/peers-sdxl")
python=${PYTHON:-python3} work=${WORK:-$HOME/.cache/limn-sdxl} rounds=${ROUNDS:-2} repeats=${REPEATS:-1} picture=${PICTURE:-512}
read -ra sizes <<< "${SIZES:-1024 512}"
read -ra programs <<< "${ONLY:-limn torch torch-channels-last openvino}"
export HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore

# The same networks as SDXL-Turbo with the tiny autoencoder in the place of its own.
turbo=$work/turbo
rm -rf "$turbo"
mkdir -p "$turbo/scheduler"
for part in text_encoder text_encoder_2 tokenizer tokenizer_2 unet; do ln -s "$checkpoint/$part" "$turbo/$part"; done
ln -s "$checkpoint/vae_tiny" "$turbo/vae"
sed 's/EulerDiscrete/EulerAncestralDiscrete/; s/"leading"/"trailing"/' "$checkpoint/scheduler/scheduler_config.json" \
  > "$turbo/scheduler/scheduler_config.json"
sed 's/AutoencoderKL/AutoencoderTiny/; s/EulerDiscrete/EulerAncestralDiscrete/' "$checkpoint/model_index.json" > "$turbo/model_index.json"

if [[ " ${programs[*]} " == *" openvino "* ]]; then
  for part in text_encoder text_encoder_2 unet vae; do "$python" "$peers/openvino_export.py" "$turbo" "$work/openvino" "$part"; done
fi

unet() { # PROGRAM SIZE
  case $1 in
    limn) "$python" "$peers/limn.py" unet "$limn" "$checkpoint" "$2" "$repeats" ;;
    torch) "$python" "$peers/torch_unet.py" "$checkpoint" --size "$2" --rounds "$repeats" ;;
    torch-channels-last) "$python" "$peers/torch_unet.py" "$checkpoint" --size "$2" --rounds "$repeats" --channels-last ;;
    openvino) "$python" "$peers/openvino_unet.py" "$checkpoint" --size "$2" --rounds "$repeats" --exported "$work/openvino" ;;
  esac
}

picture() { # PROGRAM
  case $1 in
    limn) "$python" "$peers/limn.py" picture "$limn" "$turbo" "$picture" "$work/limn.png" ;;
    torch) "$python" "$peers/torch_picture.py" "$turbo" "$work/torch.png" --size "$picture" ;;
    openvino) "$python" "$peers/openvino_picture.py" "$turbo" "$work/openvino.png" --size "$picture" --exported "$work/openvino" ;;
  esac
}

rows=$work/rows.jsonl
: > "$rows"
for ((round = 0; round < rounds; round++)); do
  for size in "${sizes[@]}"; do
    for program in "${programs[@]}"; do unet "$program" "$size" | tee -a "$rows"; done
  done
  for program in "${programs[@]}"; do picture "$program" | tee -a "$rows"; done
done
"$python" "$peers/table.py" "$rows"
