"""A checkpoint of SDXL's true size with random weights, in float16 and diffusers' folder layout: 6.9 GB.

    python full_size_sdxl.py OUT [--variant base|turbo] [--weights OTHER]

`base` is as SDXL base (Euler, 1024x1024), `turbo` as SDXL-Turbo (Euler ancestral, trailing, 512x512). `--weights` links the networks
to those of a checkpoint that this script wrote before. Beside them lies `vae_tiny`, an AutoencoderTiny of TAESDXL's size. The
vocabulary is made up, of CLIP's 49,408 tokens. Shards are made one by one, in 5 GB of memory. The pictures are noise: the checkpoint
is for timing, and for full_size_unet.py. Not run by `make references`. Made with torch 2.15, diffusers 0.42, transformers 5.24.
"""
import argparse
import json
import pathlib
import zlib

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from pictures_end_to_end import random_parameter, write_tokenizer
from pictures_sdxl import brightened, randomised

TOKENS = 49_408
SHARD_BYTES = 2 << 30
GAIN = 0.8
TEXT = dict(vocab_size=TOKENS, max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1)
SCHEDULER = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, prediction_type="epsilon",
    interpolation_type="linear", clip_sample=False, set_alpha_to_one=False, skip_prk_steps=True, steps_offset=1,
    sample_max_value=1.0, trained_betas=None, use_karras_sigmas=False)
VARIANTS = {  # edge of the latents, scheduler
    "base": (128, dict(SCHEDULER, _class_name="EulerDiscreteScheduler", timestep_spacing="leading")),
    "turbo": (64, dict(SCHEDULER, _class_name="EulerAncestralDiscreteScheduler", timestep_spacing="trailing")),
}


def networks(edge):
    """Part, network without values, the name of its files."""
    return [
        ("text_encoder", CLIPTextModel(CLIPTextConfig(
            **TEXT, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768)),
         "model"),
        ("text_encoder_2", CLIPTextModelWithProjection(CLIPTextConfig(
            **TEXT, hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, hidden_act="gelu",
            projection_dim=1280)), "model"),
        ("unet", UNet2DConditionModel(
            sample_size=edge, block_out_channels=(320, 640, 1280), cross_attention_dim=2048, attention_head_dim=[5, 10, 20],
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), transformer_layers_per_block=[1, 2, 10],
            use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816), "diffusion_pytorch_model"),
        ("vae", AutoencoderKL(
            sample_size=8 * edge, block_out_channels=(128, 256, 512, 512), layers_per_block=2,
            down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, scaling_factor=0.13025,
            force_upcast=True), "diffusion_pytorch_model"),
    ]


def write_weights(folder, network, base):
    """In one file, or in shards and their index, as diffusers and transformers do."""
    prefix = "text_model." if isinstance(network, CLIPTextModel) else ""  # which transformers 5 drops, and published files have
    shapes = {prefix + name: parameter.shape for name, parameter in network.named_parameters()}
    shards, size = [[]], 0
    for name, shape in shapes.items():
        if size + 2 * shape.numel() > SHARD_BYTES and shards[-1]:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += 2 * shape.numel()
    weight_map = {}
    for number, names in enumerate(shards, 1):
        file = f"{base}.safetensors" if len(shards) == 1 else f"{base}-{number:05}-of-{len(shards):05}.safetensors"
        weight_map |= dict.fromkeys(names, file)
        tensors = {}
        for name in names:
            generator = torch.Generator().manual_seed(zlib.crc32(f"{folder.name} {name}".encode()))
            tensors[name] = random_parameter(name, shapes[name], GAIN, generator).half()
        save_file(tensors, folder / file, {"format": "pt"})
    if len(shards) > 1:
        total = sum(2 * shape.numel() for shape in shapes.values())
        write_json(folder / f"{base}.safetensors.index.json", dict(metadata=dict(total_size=total), weight_map=weight_map))


def write_json(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1))


def main(out, variant, weights):
    edge, scheduler = VARIANTS[variant]
    with torch.device("meta"):
        parts = networks(edge)
    kinds = {part: ["transformers" if part.startswith("text") else "diffusers", type(network).__name__] for part, network, _ in parts}
    for part, network, base in parts:
        folder = out / part
        folder.mkdir(parents=True, exist_ok=True)
        network.config.save_pretrained(folder) if part.startswith("text") else network.save_config(folder)
        if weights:
            for file in (weights / part).glob(f"{base}*"):
                (folder / file.name).symlink_to(file.resolve())
        else:
            write_weights(folder, network, base)
        print(f"{part}: {sum(parameter.numel() for parameter in network.parameters()):,} parameters", flush=True)
    with torch.no_grad():
        brightened(randomised(AutoencoderTiny(), GAIN)).half().save_pretrained(out / "vae_tiny")
    write_tokenizer(out / "tokenizer", 77, "<|endoftext|>", TOKENS)
    write_tokenizer(out / "tokenizer_2", 77, "!", TOKENS)
    write_json(out / "scheduler" / "scheduler_config.json", scheduler)
    write_json(out / "model_index.json", dict(
        _class_name="StableDiffusionXLPipeline", **kinds, tokenizer=["transformers", "CLIPTokenizer"],
        tokenizer_2=["transformers", "CLIPTokenizer"], scheduler=["diffusers", scheduler["_class_name"]],
        feature_extractor=[None, None], image_encoder=[None, None], force_zeros_for_empty_prompt=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    parser.add_argument("--variant", choices=VARIANTS, default="base")
    parser.add_argument("--weights", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.out:
        main(**vars(arguments))
