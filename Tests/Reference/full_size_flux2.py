"""A checkpoint of FLUX.2 klein 4B's true size with random weights, in bfloat16 and diffusers' folder layout: 7.9 GB without the
text encoder, to which a folder is linked.

    python full_size_flux2.py OUT --text-encoder FOLDER
    python full_size_flux2.py OUT --evaluate EDGE FILE [--dtype float32|bfloat16] [--rounds N]

The second form has diffusers evaluate the transformer once on noise of EDGE x EDGE pixels, as ten thousandths and their like that both
sides can make, under a text of 512 tokens; it writes the velocity to FILE as float32, channels last, and prints how long each
round took, by the clock and of processors. In float32 that takes 16 GB. The pictures are noise: the checkpoint is for timing and memory. Not run by `make references`.
Made with torch 2.15, diffusers 0.42, transformers 5.24.
"""
import argparse
import json
import pathlib
import time

import diffusers
import numpy
import torch
from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel

import full_size_sdxl
from full_size_sdxl import write_json
from pictures_flux2 import SCHEDULER, write_scheduler, write_tokenizer

TEXT_TOKENS, TIMESTEP = 512, 700.0
TRANSFORMER = dict(
    in_channels=128, num_layers=5, num_single_layers=20, attention_head_dim=128, num_attention_heads=24, joint_attention_dim=7680,
    timestep_guidance_channels=256, mlp_ratio=3.0, axes_dims_rope=[32, 32, 32, 32], rope_theta=2000, eps=1e-6, guidance_embeds=False)


def write(out, text_encoder):
    with torch.device("meta"):
        parts = {"transformer": Flux2Transformer2DModel(**TRANSFORMER), "vae": AutoencoderKLFlux2()}
    torch.Tensor.half = torch.Tensor.bfloat16  # what write_weights stores
    for part, network in parts.items():
        folder = out / part
        folder.mkdir(parents=True, exist_ok=True)
        network.save_config(folder)
        full_size_sdxl.write_weights(folder, network, "diffusion_pytorch_model")
        print(f"{part}: {sum(parameter.numel() for parameter in network.parameters()):,} parameters", flush=True)
    add_statistics(out / "vae" / "diffusion_pytorch_model.safetensors")
    if text_encoder:
        (out / "text_encoder").symlink_to(text_encoder.resolve())
    write_tokenizer(out / "tokenizer")
    write_scheduler(out, SCHEDULER)
    write_json(out / "model_index.json", dict(
        _class_name="Flux2KleinPipeline", _diffusers_version=diffusers.__version__, is_distilled=True,
        scheduler=["diffusers", SCHEDULER["_class_name"]], text_encoder=["transformers", "Qwen3ForCausalLM"],
        tokenizer=["transformers", "Qwen2Tokenizer"], transformer=["diffusers", "Flux2Transformer2DModel"],
        vae=["diffusers", "AutoencoderKLFlux2"]))


def add_statistics(file):
    """The mean and variance of latents, which are no parameters."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(file)
    tensors |= {"bn.running_mean": torch.zeros(128), "bn.running_var": torch.ones(128)}
    save_file(tensors, file, {"format": "pt"})


def ramp(*shape):
    """Values in [-1, 1) that both sides make alike."""
    count = int(numpy.prod(shape))
    return torch.from_numpy((numpy.arange(count) * 7919 % 1000).astype(numpy.float32) / 500 - 1).reshape(shape)


@torch.no_grad()
def evaluate(out, edge, file, dtype, rounds):
    torch.set_num_threads(2)
    model = Flux2Transformer2DModel.from_pretrained(out / "transformer", dtype=dtype, local_files_only=True)
    side = edge // 16
    latents = ramp(1, side * side, TRANSFORMER["in_channels"]).to(dtype)
    text = ramp(1, TEXT_TOKENS, TRANSFORMER["joint_attention_dim"]).to(dtype)
    ids = Flux2KleinPipeline._prepare_latent_ids(torch.empty(1, 1, side, side))
    for _ in range(rounds):
        start, spent = time.monotonic(), time.process_time()
        velocity = model(
            hidden_states=latents, timestep=torch.tensor([TIMESTEP / 1000], dtype=dtype), guidance=None, encoder_hidden_states=text,
            txt_ids=Flux2KleinPipeline._prepare_text_ids(text), img_ids=ids, return_dict=False)[0]
        print(f"{time.monotonic() - start:.1f} s, {time.process_time() - spent:.1f} s of processors", flush=True)
    velocity.float().numpy().tofile(file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    parser.add_argument("--text-encoder", type=pathlib.Path)
    parser.add_argument("--evaluate", nargs=2, metavar=("EDGE", "FILE"))
    parser.add_argument("--dtype", default="float32", type=lambda name: getattr(torch, name))
    parser.add_argument("--rounds", default=1, type=int)
    arguments = parser.parse_args()
    if arguments.out and arguments.evaluate:
        evaluate(arguments.out, int(arguments.evaluate[0]), arguments.evaluate[1], arguments.dtype, arguments.rounds)
    elif arguments.out:
        write(arguments.out, arguments.text_encoder)
