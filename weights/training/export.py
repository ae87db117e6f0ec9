"""Writes the model folder from the checkpoints: fp16 safetensors in the layout of diffusers.

    python export.py --work WORK --out FOLDER [--denoiser WORK/denoiser.pt] [--guidance 3 --steps 12]

The prior (WORK/prior.pt), the decoder that learned alone (WORK/decoder.pt), the upscaler (WORK/upscaler.pt) and the CLIP pair (WORK/matcher.pt) are taken where they are there.
"""
import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from transformers import CLIPTokenizer

import denoiser as recipe
import matcher
import upscaler
from autoencoder import PATCH, autoencoder
from pictures import BACKGROUNDS, SIZES, STYLES

CLASSES = {"transformer": ["diffusers", "PixArtTransformer2DModel"], "vae": ["diffusers", "AutoencoderKL"],
           "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
           "scheduler": ["diffusers", "DPMSolverMultistepScheduler"]}

# Looks that limn gives to a painted picture by rule.
FINISHES = ["blueprint", "halftone", "mosaic", "pixel", "sketch", "watercolor"]


def save(model, folder, name, prefix=""):
    folder.mkdir(parents=True)
    half = {(k if k.startswith(prefix) else prefix + k): v.detach().half().contiguous()
            for k, v in model.state_dict().items() if not k.endswith("position_ids")}
    for k, v in half.items():
        assert torch.isfinite(v).all(), k
    save_file(half, folder / name, metadata={"format": "pt"})


def save_upscaler(work, out):
    model = upscaler.SRVGGNetCompact()
    model.load_state_dict(torch.load(work / "upscaler.pt")["mean"])
    save(model, out / "upscaler", "model.safetensors")
    config = dict(_class_name="SRVGGNetCompact", num_in_ch=3, num_out_ch=3, num_feat=upscaler.FEATURES, num_conv=upscaler.CONVOLUTIONS,
                  upscale=upscaler.SCALE, act_type="prelu")
    (out / "upscaler" / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def save_pair(work, out, text_config, edge):
    """The half that looks, and both projections; the half that reads is the model's text encoder."""
    state, looker = torch.load(work / "matcher.pt"), matcher.vision()
    looker.load_state_dict(state["vision"])
    half = {(k if k.startswith("vis") else f"vision_model.{k}"): v.detach().half().contiguous()
            for k, v in looker.state_dict().items() if not k.endswith("position_ids")}
    half["text_projection.weight"] = state["projection"]["weight"].half().contiguous()
    half["logit_scale"] = state["log_scale"].half()
    (out / "clip").mkdir()
    save_file(half, out / "clip" / "model.safetensors", metadata={"format": "pt"})
    config = dict(architectures=["CLIPModel"], model_type="clip", projection_dim=matcher.PROJECTION, text_config=text_config,
                  vision_config=looker.config.to_diff_dict())
    (out / "clip" / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    processor = dict(do_resize=True, size={"shortest_edge": edge}, do_center_crop=True, crop_size={"height": edge, "width": edge}, do_rescale=True,
                     rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3, resample=3)
    (out / "clip" / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--denoiser", type=pathlib.Path)
    ap.add_argument("--guidance", type=float, default=3.0)
    ap.add_argument("--steps", type=int, default=12)
    args = ap.parse_args()
    work = args.work
    out = args.out.with_name(args.out.name + ".new")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)

    vae = autoencoder()
    weights = [w for name in ("decoder.pt", "autoencoder.pt") if (w := work / name).exists()]
    if weights:
        vae.load_state_dict(torch.load(weights[0])["mean"])
    spread = work / "latents.json"
    scale = json.loads(spread.read_text()) if spread.exists() else dict(scaling_factor=0.7, shift_factor=0.0)
    vae.register_to_config(patch_size=PATCH, use_quant_conv=True, use_post_quant_conv=True, **{k: scale[k] for k in ("scaling_factor", "shift_factor")})
    save(vae, out / "vae", "diffusion_pytorch_model.safetensors")
    (out / "vae" / "config.json").write_text(vae.to_json_string())

    shutil.copytree(work / "tokenizer", out / "tokenizer")
    words = CLIPTokenizer.from_pretrained(out / "tokenizer")
    state = torch.load(args.denoiser)["mean"] if args.denoiser else None
    text, painter = recipe.text_encoder(words), recipe.transformer_like(state["painter"]) if state else recipe.transformer()
    if state:
        text.load_state_dict(state["text"])
    save(text, out / "text_encoder", "model.safetensors", prefix="text_model.")
    text.config.architectures, text.config.dtype = ["CLIPTextModel"], "float16"
    (out / "text_encoder" / "config.json").write_text(text.config.to_json_string())
    save(painter, out / "transformer", "diffusion_pytorch_model.safetensors")
    (out / "transformer" / "config.json").write_text(painter.to_json_string())

    classes = dict(CLASSES)
    if (work / "prior.pt").exists():
        classes["prior"] = ["limn", "LatentPrior"]
        prior = recipe.load_prior(work / "prior.pt")
        save(prior, out / "prior", "diffusion_pytorch_model.safetensors")
        (out / "prior" / "config.json").write_text(json.dumps(dict(_class_name="LatentPrior", **prior.config), indent=2) + "\n")
    if (work / "upscaler.pt").exists():
        classes["upscaler"] = ["basicsr", "SRVGGNetCompact"]
        save_upscaler(work, out)
    if (work / "matcher.pt").exists():
        classes["clip"] = ["transformers", "CLIPModel"]
        save_pair(work, out, text.config.to_diff_dict(), min(SIZES["1:1"]))

    (out / "scheduler").mkdir()
    config = json.loads(recipe.scheduler().to_json_string())
    config.pop("lambda_min_clipped")                                   # its default, minus infinity, is no JSON
    config["clip_sample"] = False                                      # DDIM and DDPM would clip the latents by default
    (out / "scheduler" / "scheduler_config.json").write_text(json.dumps(config, indent=2) + "\n")
    index = {"_class_name": "LimnPipeline", "_diffusers_version": vae.config.get("_diffusers_version") or "0.42.0", **classes,
             "limn": {"steps": args.steps, "guidance": args.guidance,
                      "layouts": {"window": min(SIZES["1:1"]), "backgrounds": {k: list(v[0]) for k, v in BACKGROUNDS.items()}},
                      "sizes": {k: list(v) for k, v in SIZES.items()},
                      "styles": {name: forms[0].replace("{}", "{prompt}") for name, forms in STYLES.values()}
                      | {name: {"prompt": "{prompt}, flat", "finish": name} for name in FINISHES}}}
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    old = args.out.with_name(args.out.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if args.out.exists():
        args.out.rename(old)
    out.rename(args.out)
    shutil.rmtree(old, ignore_errors=True)
    print(args.out, f"{sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
