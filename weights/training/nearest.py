"""Whose latents are painted ones like? Prompts of sprites drawn evenly, painted; the nearest of all sprites names the thing.

    python nearest.py --work WORK --denoiser WORK/denoiser.pt [--prior WORK/prior.pt] [--guidance 3] [--steps 12] [--prompts 192] [--seed 3]

A stricter judge of training than a person, who forgives much, and a cheaper one: half a minute.
"""
import argparse
import json
import pathlib
import random

import torch

import denoiser as recipe
from latent_prior import beside, pooled
from pictures import STYLES, Pictures


@torch.no_grad()
def paint(text, painter, prior, captions, texts, guidance, steps, known=None, first=0):
    """Latents [texts, 32, 8, 8] from fixed noise; from the step `first` on, noise on `known` latents."""
    scheduler = recipe.scheduler()
    scheduler.set_timesteps(steps)
    times = scheduler.timesteps[first:]
    if known is None:
        x = torch.randn(len(texts), 32, 8, 8, generator=torch.Generator().manual_seed(1))
    else:
        x = scheduler.add_noise(known, torch.randn_like(known), times[:1].expand(len(known)))
        scheduler.set_begin_index(first)
    with torch.autocast("cpu", torch.bfloat16):
        tokens = [captions(t) for t in ([""] * len(texts), texts)]
        states = [text(t).last_hidden_state for t in tokens]
        drafts = [prior(pooled(s, t, captions.words.eos_token_id)).float() if prior else None for s, t in zip(states, tokens)]
        for t in times:
            now = torch.full((len(x),), int(t))
            plain, wanted = [painter(x if d is None else beside(x, d), encoder_hidden_states=s, timestep=now, return_dict=False)[0].float()
                             for s, d in zip(states, drafts)]
            x = scheduler.step(plain + guidance * (wanted - plain), t, x, return_dict=False)[0]
    return x


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--denoiser", required=True, type=pathlib.Path)
    ap.add_argument("--prior", type=pathlib.Path)
    ap.add_argument("--guidance", type=float, default=3.0)
    ap.add_argument("--steps", type=int, default=12)
    ap.add_argument("--prompts", type=int, default=192)
    ap.add_argument("--seed", type=int, default=3)
    args = ap.parse_args()
    data, captions = Pictures(args.work), recipe.Captions(args.work)
    store, scale = torch.load(args.work / "latents.pt")["1:1"], json.loads((args.work / "latents.json").read_text())
    first = {}
    for at in torch.nonzero((store["scene"] < 0) & (store["paint"] < 0)).flatten().tolist():
        first.setdefault(store["sprite"][at].item(), at)
    known = sorted(first)
    bank = recipe.scaled(store["latents"][[first[i] for i in known]], scale)
    state = torch.load(args.denoiser)["mean"]
    text, painter = recipe.text_encoder(captions.words), recipe.transformer_like(state["painter"])
    text.load_state_dict(state["text"])
    prior = recipe.load_prior(args.prior) if args.prior else None
    rng = random.Random(args.seed)
    picks = rng.sample([i for i in data.trained if i in first], args.prompts)
    texts = [f"{rng.choices(a['captions'], a['caption_weights'])[0]}, {STYLES[a['style']][0]}" for a in (data.about[i] for i in picks)]
    painted = paint(text, painter, prior, captions, texts, args.guidance, args.steps)
    nearest = torch.cdist(painted.flatten(1), bank.flatten(1)).argmin(1).tolist()
    pairs = [(data.about[i], data.about[known[n]]) for i, n in zip(picks, nearest)]
    for what in ("id", "style"):
        print(what, f"{sum(a[what] == b[what] for a, b in pairs) / len(pairs):.3f}")


if __name__ == "__main__":
    main()
