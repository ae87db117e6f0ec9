"""Paints from an exported folder with the published classes of diffusers and transformers, for other engines to be checked against.

    python reference_picture.py MODEL --prompt "a red apple, 3d" --seed 1 --output apple.png [--dump apple.npz]

float32 throughout. The prior is `latent_prior.py`'s; its latents of the prompt and of the negative prompt stand behind the noisy ones. Noise: torch.randn((1, 32, height / 16, width / 16)) of a CPU generator under the seed, times the scheduler's
init_noise_sigma. Guidance: uncond + guidance * (cond - uncond), uncond being the negative prompt ("" by default). The
latents are divided by scaling_factor and shift_factor is added; the decoder's 48 channels are pixel-shuffled by 4, halved, moved
by 0.5, clamped to 0...1 and rounded to 255.
"""
import argparse
import json
import pathlib

import diffusers
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, PixArtTransformer2DModel
from PIL import Image
from transformers import CLIPTextModel, CLIPTokenizer

from latent_prior import LatentPrior, beside, pooled


class Painter:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.index = json.loads((folder / "model_index.json").read_text())
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval()
        self.transformer = PixArtTransformer2DModel.from_pretrained(folder / "transformer", torch_dtype=torch.float32).eval()
        self.vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32).eval()
        self.prior = LatentPrior.from_pretrained(folder / "prior") if (folder / "prior").exists() else None
        self.patch = json.loads((folder / "vae" / "config.json").read_text())["patch_size"]
        self.scheduler_config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())

    def scheduler(self, name=None, **changes):
        cls = getattr(diffusers, name or self.scheduler_config["_class_name"])
        return cls.from_config({k: v for k, v in self.scheduler_config.items() if not k.startswith("_")}, **changes)

    def embed(self, prompts):
        ids = self.tokenizer(prompts, padding="max_length", truncation=True, max_length=self.tokenizer.model_max_length,
                             return_tensors="pt").input_ids
        return ids, self.text_encoder(ids).last_hidden_state

    @torch.no_grad()
    def latents(self, prompts, noise, steps, guidance, negative="", sampler=None, **changes):
        scheduler = self.scheduler(sampler, **changes)
        scheduler.set_timesteps(steps)
        ids, states = self.embed([negative] * len(prompts) + list(prompts))
        drafts = self.prior(pooled(states, ids, self.tokenizer.eos_token_id)) if self.prior else None
        x = noise * scheduler.init_noise_sigma
        for t in scheduler.timesteps:
            both = scheduler.scale_model_input(torch.cat([x, x]), t)
            inputs = both if drafts is None else beside(both, drafts)
            out = self.transformer(inputs, encoder_hidden_states=states, timestep=t.expand(len(both)), return_dict=False)[0]
            uncond, cond = out.chunk(2)
            x = scheduler.step(uncond + guidance * (cond - uncond), t, x, return_dict=False)[0]
        self.trace = dict(token_ids=ids, prompt_embeds=states, timesteps=scheduler.timesteps)
        return x

    @torch.no_grad()
    def decode(self, latents):
        z = latents / self.vae.config.scaling_factor + (self.vae.config.shift_factor or 0.0)
        return (F.pixel_shuffle(self.vae.decode(z).sample, self.patch) / 2 + 0.5).clamp(0, 1)

    def paint(self, prompts, seeds, width, height, steps, guidance, **more):
        noise = torch.cat([torch.randn((1, self.vae.config.latent_channels, height // 16, width // 16),
                                       generator=torch.Generator("cpu").manual_seed(s)) for s in seeds])
        x = self.latents(prompts, noise, steps, guidance, **more)
        self.trace.update(initial_noise=noise, latents=x)
        return (self.decode(x).permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model", type=pathlib.Path)
    ap.add_argument("--prompt", required=True)
    ap.add_argument("--negative", default="")
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--steps", type=int)
    ap.add_argument("--guidance", type=float)
    ap.add_argument("--width", type=int, default=128)
    ap.add_argument("--height", type=int, default=128)
    ap.add_argument("--sampler", help="a diffusers scheduler class; default: the one the model names")
    ap.add_argument("--output", required=True, type=pathlib.Path)
    ap.add_argument("--dump", type=pathlib.Path, help=".npz with token ids, text states, timesteps, noise and latents")
    a = ap.parse_args()
    painter = Painter(a.model)
    steps, guidance = a.steps or painter.index["limn"]["steps"], a.guidance if a.guidance is not None else painter.index["limn"]["guidance"]
    picture = painter.paint([a.prompt], [a.seed], a.width, a.height, steps, guidance, negative=a.negative, sampler=a.sampler)[0]
    Image.fromarray(picture).save(a.output)
    if a.dump:
        np.savez(a.dump, **{k: v.numpy() for k, v in painter.trace.items()})


if __name__ == "__main__":
    main()
