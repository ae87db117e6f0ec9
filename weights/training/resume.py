"""Takes an exported model apart again, so that training goes on from committed weights.

    python resume.py --model ../default --work WORK      after pictures.py

Writes what the stages look for in WORK: the tokenizer, autoencoder.pt (with the decoder that learned alone), prior.pt, denoiser.pt,
upscaler.pt, matcher.pt and the spread of the latents. Weights come back as they were exported, in float16; the optimisers' states do not.
"""
import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file

from latent_prior import LatentPrior


def weights(path):
    return {k: v.float() for k, v in load_file(path).items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", required=True, type=pathlib.Path)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    args = ap.parse_args()
    model, work = args.model, args.work
    shutil.copytree(model / "tokenizer", work / "tokenizer", dirs_exist_ok=True)
    vae, config = weights(model / "vae" / "diffusion_pytorch_model.safetensors"), json.loads((model / "vae" / "config.json").read_text())
    torch.save(dict(model=vae, mean=vae, step=0, spent=0.0), work / "autoencoder.pt")
    (work / "latents.json").write_text(json.dumps({k: config[k] for k in ("scaling_factor", "shift_factor")}))
    text = {k.removeprefix("text_model."): v for k, v in weights(model / "text_encoder" / "model.safetensors").items()}
    parts = dict(text=text, painter=weights(model / "transformer" / "diffusion_pytorch_model.safetensors"))
    if (model / "prior").exists():
        prior = LatentPrior.from_pretrained(model / "prior")
        torch.save(dict(mean=prior.state_dict(), config=prior.config), work / "prior.pt")
    torch.save(dict(mean=parts, step=0, seen=0), work / "denoiser.pt")
    upscaler = weights(model / "upscaler" / "model.safetensors")
    torch.save(dict(model=upscaler, mean=upscaler, step=0, spent=0.0), work / "upscaler.pt")
    pair = weights(model / "clip" / "model.safetensors")
    torch.save(dict(vision={k: v for k, v in pair.items() if k.startswith(("vision_model.", "visual_projection."))},
                    projection=dict(weight=pair["text_projection.weight"]), log_scale=pair["logit_scale"]), work / "matcher.pt")


if __name__ == "__main__":
    main()
