"""Trains the prior: from a caption's state to the latents that such pictures have on average.

    python prior.py --work WORK --denoiser WORK/denoiser.pt --minutes 15

What a prompt's picture looks like is learned here, by regression and without noise, a hundred times as cheaply as by a denoiser, which then only
has to draw it finely: it reads the prior's latents beside the noisy ones. (A cascade of a prior and a denoiser: Ramesh et al. 2022, "unCLIP".)
Writes WORK/prior.pt, and begins with it where it is there.
"""
import argparse
import json
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import denoiser as recipe
from latent_prior import LatentPrior, pooled
from muon import Muon
from pictures import STYLES, Pictures

CAPTIONS = 12                                           # for each picture, drawn once
EMPTY = 0.02
BATCH = 2048
SHARES = 0.76, 0.12, 0.12                                # of plain pictures, of those in places, of those painted anew


@torch.no_grad()
def read(encoder, captions, texts, batch=512):
    """[texts, width]: the state of the last token; what pads the text comes after it and is left out."""
    tokens = captions(texts)
    ends = (tokens == captions.words.eos_token_id).int().argmax(1)
    out, order = torch.zeros(len(texts), recipe.WIDTH), ends.argsort()
    for at in range(0, len(texts), batch):
        picks = order[at:at + batch]
        short = tokens[picks, :int(ends[picks].max()) + 1]
        with torch.autocast("cpu", torch.bfloat16):
            states = encoder(short).last_hidden_state
        out[picks] = pooled(states, short, captions.words.eos_token_id).float()
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--denoiser", required=True, type=pathlib.Path, help="whose text encoder is read")
    ap.add_argument("--minutes", type=float, default=15)
    ap.add_argument("--rate", type=float, default=5e-3)
    ap.add_argument("--focus", type=float, default=0.7, help="power of the sprites' weights: 0 draws all alike")
    args = ap.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    data, rng, work = Pictures(args.work), random.Random(21), args.work
    stored, scale = torch.load(work / "latents.pt"), json.loads((work / "latents.json").read_text())
    part, test = stored["1:1"], stored["held out"]
    captions = recipe.Captions(work)
    encoder = recipe.load_text_encoder(args.denoiser, captions.words)

    cache = work / "pooled.pt"
    if not cache.exists():
        texts = [recipe.caption_of(data, part, at, rng) for at in range(len(part["sprite"])) for _ in range(CAPTIONS)]
        others = [recipe.caption_of(data, test, at, random.Random(5)) for at in range(len(test["sprite"]))]
        torch.save(dict(trained=read(encoder, captions, texts).half(), held_out=read(encoder, captions, others).half()), cache)
    states, empty = torch.load(cache), read(encoder, captions, [""])[0]
    known, unknown = states["trained"].view(len(part["sprite"]), CAPTIONS, -1), states["held_out"].float()
    latents, unseen = part["latents"], recipe.scaled(test["latents"], scale)
    odds = recipe.odds_of(data, part, args.focus, SHARES)
    model, mean = (LatentPrior() for _ in range(2))
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(latents)} pictures", flush=True)
    if (work / "prior.pt").exists():
        model.load_state_dict(torch.load(work / "prior.pt")["mean"])
    mean.load_state_dict(model.state_dict())
    optimisers = [Muon([p for p in model.parameters() if p.ndim == 2], args.rate),
                  torch.optim.AdamW([p for p in model.parameters() if p.ndim == 1], args.rate / 3, betas=(0.9, 0.98), weight_decay=0)]
    plain = torch.nonzero((part["scene"] < 0) & (part["paint"] < 0)).flatten()
    probe = plain[torch.randperm(len(plain))[:2048]]
    styles = torch.tensor([list(STYLES).index(data.about[i]["style"]) for i in part["sprite"][probe].tolist()])

    def explained(x, y):
        return (1 - (x - y).square().mean() / y.square().mean()).item()

    began, step, total = time.time(), 0, 0.0
    while (spent := time.time() - began) < args.minutes * 60:
        recipe.rate(optimisers, min(1, (step + 1) / 100) * (1 - spent / args.minutes / 60))
        picks = torch.multinomial(odds, BATCH, replacement=True)
        x = known[picks, torch.randint(0, CAPTIONS, (BATCH,))].float()
        x[torch.rand(len(x)) < EMPTY] = empty
        with torch.autocast("cpu", torch.bfloat16):
            y = model(x)
        loss = F.mse_loss(y.float(), recipe.scaled(latents[picks], scale))
        loss.backward()
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        step, total = step + 1, total + loss.item()
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - min(0.998, step / (step + 50)))
        if step % 100 == 0:
            with torch.no_grad():
                seen = mean(known[probe, 0].float())
                true = recipe.scaled(latents[probe], scale)
                by_style = [f"{explained(seen[styles == s], true[styles == s]):.3f}" for s in range(len(STYLES))]
                print(f"{step} {spent:.0f}s {step * BATCH / spent:.0f}/s loss {total / 100:.4f} explained, trained {explained(seen, true):.3f} "
                      f"{by_style} held out {explained(mean(unknown), unseen):.3f}", flush=True)
            total = 0.0
    torch.save(dict(mean=mean.state_dict(), config=mean.config), work / "prior.pt")


if __name__ == "__main__":
    main()
