#!/bin/bash
# Times limn and other programs in turn, and prints one table: bench-peers.sh FOLDER ROUNDS LIMN
#
# FOLDER holds `peers.sh`, which makes checkpoints of true size with random weights under $PERF_CK, runs diffusers on torch
# and OpenVINO, and takes programs of one's own with `--own NAME=COMMAND`. ONLY says which others run, MORE holds further
# arguments, such as `--sdcli best=/path/to/sd-cli` for a stable-diffusion.cpp that is there already.
set -euo pipefail
peers=$1 rounds=$2 limn=$(realpath "$3")
rows=$(realpath "$(dirname "$0")/peer-rows.sh")
export PERF_CK=${PERF_CK:-$HOME/.cache/limn-peers}
# A copy of the checkpoint with the tiny autoencoder in the place of its own.
tiny="{ck}/{kind}-tiny"
make_tiny="[ -e $tiny ] || { mkdir $tiny; ln -s {ck}/{kind}/* $tiny; rm $tiny/vae $tiny/model_index.json;
  ln -s {ck}/taesd $tiny/vae; sed s/AutoencoderKL/AutoencoderTiny/ {ck}/{kind}/model_index.json > $tiny/model_index.json; }"
read -ra more <<< "${MORE:-}"
exec "$peers/peers.sh" --rounds "$rounds" --only "${ONLY:-eager,openvino-f32}" --e2e "${more[@]}" \
  --own "limn=$limn 'a red cube on a table' --model {ck}/{kind} --steps {steps} --guidance {cfg} --seed 7 --no-history --quiet -o {out}" \
  --own "networks=$make_tiny; $rows $limn limn {ck}/{kind} text unet1 unet2 vae; $rows $limn limn $tiny taesd"
