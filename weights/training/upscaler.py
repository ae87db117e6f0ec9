"""Trains the upscaler: pictures to twice their size, and the decoder's faults away.

    python upscaler.py --work WORK --minutes 15

Real-ESRGAN's compact network (Wang et al. 2021, `SRVGGNetCompact`): convolutions at the small picture's size, their sum with
the picture enlarged by repeated pixels. Half of the small pictures went through the autoencoder, with noise on their latents, so that the
texture which it leaves is taken off; the others are clean, so that the network can be applied again to what it made. Continues
WORK/upscaler.pt if it is there.
"""
import argparse
import json
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from autoencoder import autoencoder, decode, drawn, encode, psnr, sheet
from muon import Muon
from pictures import Pictures

FEATURES, CONVOLUTIONS, SCALE = 48, 8, 2
NOISE = 0.15
BATCH = 16


class SRVGGNetCompact(nn.Module):
    """Values 0...1, [batch, 3, height, width] to [batch, 3, scale * height, scale * width]; the names of the published weights."""

    def __init__(self, num_feat=FEATURES, num_conv=CONVOLUTIONS, upscale=SCALE):
        super().__init__()
        self.upscale = upscale
        self.body = nn.ModuleList([nn.Conv2d(3, num_feat, 3, 1, 1), nn.PReLU(num_feat)])
        for _ in range(num_conv):
            self.body += [nn.Conv2d(num_feat, num_feat, 3, 1, 1), nn.PReLU(num_feat)]
        self.body.append(nn.Conv2d(num_feat, 3 * upscale**2, 3, 1, 1))

    def forward(self, x):
        y = x
        for layer in self.body:
            y = layer(y)
        return F.pixel_shuffle(y, self.upscale) + F.interpolate(x, scale_factor=self.upscale, mode="nearest")


def large(data, picks, rng):
    """Pictures of 256 pixels, values 0...1."""
    pages = [drawn(data, i, (256, 256), rng, varied=rng.random() < 0.2) for i in picks]
    return torch.from_numpy(np.stack(pages)).permute(0, 3, 1, 2).float() / 255


def worsened(vae, small, scale, noise):
    """What the autoencoder makes of a picture whose latents carry an error as a denoiser leaves it."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        z = encode(vae, (small * 2 - 1).contiguous(memory_format=torch.channels_last))
    return decoded(vae, z + noise * torch.rand(len(z), 1, 1, 1) * torch.randn_like(z) / scale)


def decoded(vae, z):
    """Latents to pictures, values 0...1."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return (decode(vae, z).float() / 2 + 0.5).clamp(0, 1)


def loss_of(y, x):
    """L1, and the L1 of differences between neighbours: edges."""
    total = (y - x).abs().mean()
    for d in (2, 3):
        total = total + (y.diff(dim=d) - x.diff(dim=d)).abs().mean()
    return total


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--minutes", type=float, default=15)
    ap.add_argument("--rate", type=float, default=2e-3)
    args = ap.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    data, scale = Pictures(args.work), json.loads((args.work / "latents.json").read_text())["scaling_factor"]
    vae = autoencoder().to(memory_format=torch.channels_last)
    decoder = args.work / "decoder.pt"
    vae.load_state_dict(torch.load(decoder if decoder.exists() else args.work / "autoencoder.pt")["mean"])
    model, mean = (SRVGGNetCompact().to(memory_format=torch.channels_last) for _ in range(2))
    optimisers = [Muon([p for p in model.parameters() if p.ndim > 1], args.rate, weight_decay=0),
                  torch.optim.AdamW([p for p in model.parameters() if p.ndim == 1], lr=args.rate / 2, weight_decay=0)]
    path, step, spent = args.work / "upscaler.pt", 0, 0.0
    if path.exists():
        state = torch.load(path)
        model.load_state_dict(state["model"]), mean.load_state_dict(state["mean"])
        for o, s in zip(optimisers, state.get("optimisers", [])):
            o.load_state_dict(s)
        step, spent = state["step"], state["spent"]
    else:
        mean.load_state_dict(model.state_dict())
    rng = random.Random(500 + step)
    torch.manual_seed(step)
    weights = [data.about[i]["weight"] ** 0.5 for i in data.trained]
    test = large(data, (data.held_out * 2)[:48], random.Random(2))
    small = F.avg_pool2d(test, 2)
    tests = {"clean": small, "decoded": worsened(vae, small, scale, 0)}
    redrawn = torch.load(args.work / "redrawn.pt") if (args.work / "redrawn.pt").exists() else None

    def keep():
        with torch.no_grad():
            made = {k: mean(v).clamp(0, 1) for k, v in tests.items()}
        plain = {k: F.interpolate(v, scale_factor=2, mode="bicubic").clamp(0, 1) for k, v in tests.items()}
        print("held out:", {k: f"{psnr(made[k] * 2 - 1, test * 2 - 1):.2f} dB, bicubic {psnr(plain[k] * 2 - 1, test * 2 - 1):.2f}" for k in tests},
              flush=True)
        sheet(args.work / "upscaler.png", [t[:8] * 2 - 1 for t in (test, plain["decoded"], made["decoded"], made["clean"])], 8)
        torch.save(dict(model=model.state_dict(), mean=mean.state_dict(), optimisers=[o.state_dict() for o in optimisers], step=step,
                        spent=time.time() - began), args.work / "upscaler.new")
        (args.work / "upscaler.new").replace(path)

    began, saved, limit = time.time() - spent, time.time(), args.minutes * 60
    while (spent := time.time() - began) < limit:
        rate = min(1, (step + 1) / 50) * (1 - spent / limit)
        for o, part in zip(optimisers, (1, 0.5)):
            for group in o.param_groups:
                group["lr"] = part * rate * args.rate
        x = large(data, rng.choices(data.trained, weights, k=BATCH), rng)
        small = F.avg_pool2d(x, 2)
        half = BATCH // 2
        small = torch.cat([worsened(vae, small[:half], scale, NOISE), small[half:]])
        if redrawn:
            at = torch.randint(0, len(redrawn["latents"]), (half,))
            x = torch.cat([x, redrawn["pictures"][at].float() / 255])
            small = torch.cat([small, decoded(vae, redrawn["latents"][at].float())])
        places = [(rng.randrange(0, 65, 4), rng.randrange(0, 65, 4)) for _ in small]
        small = torch.stack([s[:, r:r + 64, c:c + 64] for s, (r, c) in zip(small, places)])
        x = torch.stack([s[:, 2 * r:2 * r + 128, 2 * c:2 * c + 128] for s, (r, c) in zip(x, places)])
        with torch.autocast("cpu", torch.bfloat16):
            y = model(small.contiguous(memory_format=torch.channels_last))
        loss = loss_of(y.float(), x)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        step += 1
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - min(0.998, step / (step + 50)))
        if step % 25 == 0:
            print(f"{step} {spent:.0f}s loss {loss.item():.4f} {step * BATCH / spent:.1f}/s", flush=True)
        if time.time() - saved > 180:
            saved = time.time()
            keep()
    keep()


if __name__ == "__main__":
    main()
