#!/usr/bin/env python3
"""Fixtures for Checkpoints: what diffusers calls the tensors of an original-layout file, and what it infers from one.

    single_file.py Tests/Fixtures/Checkpoints

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0. Writes for each of KINDS

    *_keys.tsv             part, original name, shape, diffusers' name, shape, first value (counted in the original
                           tensor); diffusers' columns are `-` where it leaves a tensor out
    *_configuration.json   what create_*_diffusers_config_from_ldm tells from the original YAML, and of prunings what their
                           authors' files say
    dtypes.safetensors  dtypes.json                  one tensor of every type, and its bytes in hexadecimal
"""
import json
import pathlib
import re
import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as single
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

SMALL_VAE = dict(ch=8, ch_mult=[1], num_res_blocks=1, in_channels=3, out_ch=3, z_channels=4)
SDXL = dict(in_channels=4, out_channels=4, model_channels=8, attention_resolutions=[4, 2], num_res_blocks=2, channel_mult=[1, 2, 4],
            num_head_channels=64, use_linear_in_transformer=True, transformer_depth=[1, 2, 3], context_dim=2048,
            num_classes="sequential", adm_in_channels=12 + 6 * 256)
# The `model.params` of v1-inference.yaml, v2-inference-v.yaml and sd_xl_base.yaml (CompVis, Stability AI), narrower and, for
# 2, with fewer levels and layers. `pruned` is what the configuration of a pruning says differently.
KINDS = {
    "sd1": dict(
        unet=dict(in_channels=4, out_channels=4, model_channels=8, attention_resolutions=[4, 2, 1], num_res_blocks=2,
                  channel_mult=[1, 2, 2, 4], num_heads=8, transformer_depth=1, context_dim=16),
        vae=dict(ch=8, ch_mult=[1, 2, 2, 4], num_res_blocks=2, in_channels=3, out_ch=3, z_channels=4),
        text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=3)),
    "sd2": dict(
        unet=dict(in_channels=9, out_channels=4, model_channels=64, attention_resolutions=[2, 1], num_res_blocks=1,
                  channel_mult=[1, 2, 2], num_head_channels=64, use_linear_in_transformer=True, transformer_depth=1, context_dim=16),
        vae=dict(ch=8, ch_mult=[1, 2], num_res_blocks=1, in_channels=3, out_ch=3, z_channels=4),
        text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=23)),
    "sdxl": dict(
        unet=SDXL, vae=SMALL_VAE, text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2),
        text_2=dict(hidden_size=24, intermediate_size=40, num_hidden_layers=3, projection_dim=12)),
    "ssd-1b": dict(
        unet=SDXL, vae=SMALL_VAE, text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1),
        text_2=dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1, projection_dim=12),
        pruned=dict(mid_block_type="UNetMidBlock2D", transformer_layers_per_block=[1, [2, 2], [3, 3]],
                    reverse_transformer_layers_per_block=[[3, 3, 4], [2, 1, 1], 1])),
    "tiny-sd": dict(
        unet=dict(in_channels=4, out_channels=4, model_channels=8, attention_resolutions=[4, 2, 1], num_res_blocks=1,
                  channel_mult=[1, 2, 4], num_heads=8, transformer_depth=1, context_dim=16),
        vae=SMALL_VAE, text=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1),
        pruned=dict(mid_block_type=None)),
}


def original_unet(name, layers):
    per = layers + 1
    for ours, theirs in [("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
                         ("add_embedding.linear_1", "label_emb.0.0"), ("add_embedding.linear_2", "label_emb.0.2"),
                         ("conv_in", "input_blocks.0.0"), ("conv_norm_out", "out.0"), ("conv_out", "out.2"),
                         ("mid_block.resnets.0", "middle_block.0"), ("mid_block.attentions.0", "middle_block.1"), ("mid_block.resnets.1", "middle_block.2")]:
        if name.startswith(ours + "."):
            name = theirs + name[len(ours):]
            break
    else:
        side, level, what, index, rest = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name).groups()
        level, index = int(level), int(index)
        if what == "downsamplers":
            return f"input_blocks.{per * (level + 1)}.0.op" + rest.removeprefix("conv")
        if what == "upsamplers":
            return f"output_blocks.{per * level + layers}.UP.{rest}"
        block = f"input_blocks.{per * level + index + 1}" if side == "down" else f"output_blocks.{per * level + index}"
        name = f"{block}.{0 if what == 'resnets' else 1}.{rest}"
    if "transformer_blocks" not in name:
        for ours, theirs in [("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("norm2", "out_layers.0"), ("conv2", "out_layers.3"),
                             ("time_emb_proj", "emb_layers.1"), ("conv_shortcut", "skip_connection")]:
            name = name.replace(f".{ours}.", f".{theirs}.")
    return name


def original_vae(name, levels):
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{levels - 1 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    for ours, theirs in [("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")]:
        name = name.replace(f"mid_block.attentions.0.{ours}.", f"mid.attn_1.{theirs}.")
    return name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")


def open_clip(prefix, blocks, text, projection):
    """Names and shapes of OpenCLIP's text encoder."""
    width, inner = text["hidden_size"], text["intermediate_size"]
    shapes = {prefix + "positional_embedding": (7, width), prefix + "token_embedding.weight": (20, width),
              prefix + "text_projection": (width, projection), prefix + "logit_scale": (),
              prefix + "ln_final.weight": (width,), prefix + "ln_final.bias": (width,)}
    for i in range(blocks):
        shapes |= {f"{prefix}transformer.resblocks.{i}.{name}": shape for name, shape in {
            "ln_1.weight": (width,), "ln_1.bias": (width,), "ln_2.weight": (width,), "ln_2.bias": (width,),
            "attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,),
            "attn.out_proj.weight": (width, width), "attn.out_proj.bias": (width,),
            "mlp.c_fc.weight": (inner, width), "mlp.c_fc.bias": (inner,),
            "mlp.c_proj.weight": (width, inner), "mlp.c_proj.bias": (width,)}.items()}
    return shapes


def main(out):
    for kind, parameters in KINDS.items():
        is_xl = "text_2" in parameters
        params = {"network_config" if is_xl else "unet_config": {"params": parameters["unet"]},
                  "first_stage_config": {"params": {"ddconfig": parameters["vae"]}}}
        first = {"model.diffusion_model.output_blocks.11.0.skip_connection.weight": torch.zeros(1)}  # any 1.x or 2.x checkpoint
        if is_xl:
            params["scale_factor"] = 0.13025
            first = {"conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": torch.zeros(1)}
        first["model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight"] = torch.zeros(1, 1024 if kind == "sd2" else 768)
        first["model.diffusion_model.input_blocks.0.0.weight"] = torch.zeros(1, parameters["unet"]["in_channels"])
        unet_config = single.create_unet_diffusers_config_from_ldm({"model": {"params": params}}, first)
        vae_config = single.create_vae_diffusers_config_from_ldm({"model": {"params": params}}, first)
        unet_config |= parameters.get("pruned", {})
        if is_xl:  # heads of 64 channels are more than these levels have
            unet_config |= {"attention_head_dim": [1, 1, 1], "cross_attention_dim": 40}
        text_config = dict(vocab_size=20, max_position_embeddings=7, num_attention_heads=1, **parameters["text"])
        configurations = {"unet": unet_config, "vae": vae_config, "text_encoder": text_config}
        if is_xl:
            configurations["text_encoder_2"] = dict(vocab_size=20, max_position_embeddings=7, num_attention_heads=1, **parameters["text_2"])
        (out / f"{kind}_configuration.json").write_text(json.dumps(configurations, indent=1) + "\n")

        extra = dict(norm_num_groups=4)
        unet = UNet2DConditionModel(**unet_config, **extra).state_dict()
        vae = AutoencoderKL(**vae_config, **extra).state_dict()
        text_model = CLIPTextModel(CLIPTextConfig(**text_config))
        text = {"text_model." + name.removeprefix("text_model."): x for name, x in text_model.state_dict().items()
                if "position_ids" not in name}

        layers, levels = unet_config["layers_per_block"], len(vae_config["block_out_channels"])
        shapes = {"model.diffusion_model." + original_unet(name, layers): x.shape for name, x in unet.items()}
        for name in [name for name in shapes if ".UP." in name]:  # behind the attention, or in its place
            attended = name.split(".UP.")[0] + ".1.norm.weight" in shapes
            shapes[name.replace(".UP.", ".2." if attended else ".1.")] = shapes.pop(name)
        for name, x in vae.items():
            theirs = original_vae(name, levels)
            convolution = "attn_1" in theirs and x.ndim == 2
            shapes["first_stage_model." + theirs] = (*x.shape, 1, 1) if convolution else x.shape
        reference = {"unet": unet, "vae": vae, "text_encoder": text}
        if is_xl:
            text_2_model = CLIPTextModelWithProjection(CLIPTextConfig(**configurations["text_encoder_2"]))
            reference["text_encoder_2"] = {name: x for name, x in text_2_model.state_dict().items() if "position_ids" not in name}
            shapes |= {"conditioner.embedders.0.transformer." + name: x.shape for name, x in text.items()}
            shapes |= open_clip("conditioner.embedders.1.model.", parameters["text_2"]["num_hidden_layers"], parameters["text_2"],
                                parameters["text_2"]["projection_dim"])
        elif kind != "sd2":
            shapes |= {"cond_stage_model.transformer." + name: x.shape for name, x in text.items()}
        else:
            shapes |= open_clip("cond_stage_model.model.", 24, text_config, text_config["hidden_size"])

        # Every value is its own number, so that what diffusers makes of a tensor can be traced back to it.
        checkpoint, owner, start = {}, {}, 0
        for name, shape in shapes.items():
            count = torch.Size(shape).numel()
            checkpoint[name] = torch.arange(start, start + count, dtype=torch.float64).reshape(tuple(shape))
            owner[start] = name
            start += count
        starts = sorted(owner)

        converted = {
            "unet": single.convert_ldm_unet_checkpoint(dict(checkpoint), unet_config),
            "vae": single.convert_ldm_vae_checkpoint(dict(checkpoint), vae_config),
            "text_encoder": single.convert_open_clip_checkpoint(text_model, dict(checkpoint)) if kind == "sd2"
            else single.convert_ldm_clip_checkpoint(dict(checkpoint)),
        }
        if is_xl:
            converted["text_encoder_2"] = single.convert_open_clip_checkpoint(
                text_2_model, dict(checkpoint), prefix="conditioner.embedders.1.model.")
        for part, tensors in reference.items():
            assert {n: tuple(x.shape) for n, x in converted[part].items()} == {n: tuple(x.shape) for n, x in tensors.items()}, (kind, part)

        rows, used = [], set()
        for part, tensors in converted.items():
            for name, x in tensors.items():
                value = int(x.flatten()[0])
                begin = max(s for s in starts if s <= value)
                original = owner[begin]
                in_order = x.T if name == "text_projection.weight" else x  # the one matrix that is transposed
                assert torch.equal(in_order.flatten(), torch.arange(value, value + x.numel(), dtype=torch.float64)), name
                used.add(original)
                rows.append((part, original, list(shapes[original]), name, list(x.shape), value - begin))
        rows += [("-", name, list(shape), "-", "-", "-") for name, shape in shapes.items() if name not in used]
        rows.sort(key=lambda row: (row[1], row[3]))
        lines = ["\t".join(str(x).replace(" ", "") for x in row) for row in rows]
        (out / f"{kind}_keys.tsv").write_text("\n".join(lines) + "\n")
        print(kind, len(shapes), "tensors,", len(rows) - len(shapes) + len(set(shapes) - used), "rows more,", start, "values")

    tensors = {
        "F32": torch.tensor([[1.5, -0.0, float("inf")], [float("nan"), 1e-45, 3.4028235e38]]),
        "F16": torch.tensor([1.0, -2.0, 65504.0, 6e-8, 6.1e-5, float("inf"), float("-inf"), float("nan"), -0.0], dtype=torch.float16),
        "BF16": torch.tensor([1.0, -3.140625, 1e-40, 3.3895e38, float("inf"), float("nan")], dtype=torch.bfloat16),
        "F64": torch.tensor([2.5], dtype=torch.float64), "I64": torch.arange(7).reshape(1, 7), "I32": torch.tensor([-1], dtype=torch.int32),
        "I16": torch.tensor([3], dtype=torch.int16), "I8": torch.tensor([-3], dtype=torch.int8), "U8": torch.tensor([200], dtype=torch.uint8),
        "BOOL": torch.tensor([True, False]), "F8_E4M3": torch.tensor([1.0]).to(torch.float8_e4m3fn), "F8_E5M2": torch.tensor([1.0]).to(torch.float8_e5m2),
        "scalar": torch.tensor(875000), "empty": torch.zeros(0, 4),
    }
    save_file(tensors, out / "dtypes.safetensors", {"format": "pt", "words": "Grüße, 猫 \"quoted\" \\ \n"})
    described = {name: {"shape": list(x.shape), "hex": bytes(x.flatten().view(torch.uint8) if x.numel() and x.ndim else x.reshape(-1).view(torch.uint8)).hex()}
                 for name, x in tensors.items()}
    (out / "dtypes.json").write_text(json.dumps(described, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "Fixtures/Checkpoints")
