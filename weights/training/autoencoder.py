"""Trains the autoencoder: pictures to 32 latent channels at a sixteenth of the size, and back.

    python autoencoder.py --work WORK --minutes 22
    python autoencoder.py --work WORK --minutes 15 --decoder     the decoder alone: latents stay as a denoiser knows them

A diffusers AutoencoderKL behind a 4x4 pixel-unshuffle. The latents keep a little fixed noise, so that the
decoder forgives a denoiser's small errors. bfloat16 arithmetic, float32 weights. Continues WORK/autoencoder.pt if it is there.
"""
import argparse
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from PIL import Image

from muon import Muon
from pictures import PAINTS, SIZES, Pictures
from scenes import SCENES

PATCH = 4
NOISE = 0.05
DECODER_NOISE = 0.2                                     # at most, when the decoder learns alone: what a denoiser leaves
BATCH, REDRAWN = 24, 7                                 # of a batch, so many of what the denoiser made (redrawn.py)


def autoencoder():
    return AutoencoderKL(in_channels=3 * PATCH**2, out_channels=3 * PATCH**2, latent_channels=32, block_out_channels=(48, 96, 192),
                         down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
                         layers_per_block=1, norm_num_groups=16, sample_size=32)


def to_tensor(pictures):
    """uint8 [batch, height, width, 3] to [batch, 3, height, width] in -1...1"""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def encode(model, x):
    return model.encode(F.pixel_unshuffle(x, PATCH).contiguous(memory_format=torch.channels_last)).latent_dist.mean


def decode(model, z):
    return F.pixel_shuffle(model.decode(z).sample, PATCH)


def loss_of(y, x, weight):
    """L1 and L2 in pixels, L1 on differences between neighbours at three scales (edges, and no seams between patches)."""
    total = (y - x).abs().mean() + 2 * (y - x).square().mean()
    for _ in range(3):
        for d in (2, 3):
            total = total + weight * (y.diff(dim=d) - x.diff(dim=d)).abs().mean()
        y, x = F.avg_pool2d(y, 2), F.avg_pool2d(x, 2)
        total = total + 0.5 * (y - x).abs().mean()
    return total


def psnr(y, x):
    mse = ((y.clamp(-1, 1) - x) / 2).square().flatten(1).mean(1)
    return (-10 * mse.clamp_min(1e-10).log10()).mean().item()


def mean_log_error(y, x):
    """The PSNR, but for sign and unit, to be learned from: a plain picture's small faults count as much as a busy one's large ones."""
    return (y - x).square().flatten(1).mean(1).clamp_min(1e-5).log().mean()


def place_and_paint(about, rng, placed, painted):
    """Of a sprite's picture, each a name or None: a place in a share `placed` of them, another colour in a share `painted`."""
    kind = rng.random()
    scene = rng.choice(list(SCENES)) if kind < placed and about["style"] != "ink" else None
    paint = rng.choice(list(PAINTS)) if kind > 1 - painted and about["paint"] else None
    return scene, paint


def drawn(data, index, size, rng, varied):
    """A picture as the denoiser's are: now and then in a place or in another colour."""
    scene, paint = place_and_paint(data.about[index], rng, *((0, 0) if varied else (0.12, 0.15)))
    return data.picture(index, size, rng, varied=varied, scene=scene, paint=paint)[0]


def held_out_pictures(data, count=64):
    rng = random.Random(1)
    picks = (data.held_out * 4)[:count]
    return to_tensor([data.picture(i, (128, 128), rng)[0] for i in picks])


def sheet(path, tensors, columns=16):
    """Rows of pictures, each tensor of the list under the one before."""
    rows = []
    for at in range(0, len(tensors[0]), columns):
        for t in tensors:
            row = ((t[at:at + columns].clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
            rows.append(np.concatenate(list(row), axis=1))
    width = max(r.shape[1] for r in rows)
    rows = [np.pad(r, ((0, 0), (0, width - r.shape[1]), (0, 0))) for r in rows]
    Image.fromarray(np.concatenate(rows)).save(path)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--minutes", type=float, default=22)
    ap.add_argument("--rate", type=float, default=2e-3)
    ap.add_argument("--decoder", action="store_true", help="train the decoder alone, from the averages in WORK/autoencoder.pt, into WORK/decoder.pt")
    ap.add_argument("--encoder", action="store_true", help="with --decoder: train the encoder too, its latents held near those of WORK/autoencoder.pt")
    args = ap.parse_args()
    if args.encoder and not args.decoder:
        ap.error("--encoder goes with --decoder")
    torch.set_num_threads(2)
    torch.manual_seed(0)
    data = Pictures(args.work)
    model = autoencoder().to(memory_format=torch.channels_last)
    mean = autoencoder().to(memory_format=torch.channels_last)
    path, step, spent = args.work / "autoencoder.pt", 0, 0.0
    if args.decoder:
        for part in (model, mean):
            part.load_state_dict(torch.load(path)["mean"])
            part.encoder.requires_grad_(args.encoder), part.quant_conv.requires_grad_(args.encoder)
        if args.encoder:
            known = autoencoder().to(memory_format=torch.channels_last).eval().requires_grad_(False)
            known.load_state_dict(model.state_dict())
        path = args.work / "decoder.pt"
    learning = [p for p in model.parameters() if p.requires_grad]
    optimisers = [Muon([p for p in learning if p.ndim > 1], args.rate, weight_decay=0.01),
                  torch.optim.AdamW([p for p in learning if p.ndim == 1], lr=args.rate / 2, betas=(0.9, 0.99), weight_decay=0)]
    if path.exists():
        state = torch.load(path)
        model.load_state_dict(state["model"])
        for o, s in zip(optimisers, state.get("optimisers", [])):
            o.load_state_dict(s)
        mean.load_state_dict(state["mean"])
        step, spent = state["step"], state["spent"]
    else:
        mean.load_state_dict(model.state_dict())
    rng = random.Random(1000 + step)
    torch.manual_seed(step)
    weights = [data.about[i]["weight"] ** 0.5 for i in data.trained]
    sizes = list(SIZES.values())
    test = held_out_pictures(data)
    redrawn = torch.load(args.work / "redrawn.pt") if args.decoder and (args.work / "redrawn.pt").exists() else None

    def keep():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            back = decode(mean, encode(mean, test)).float()
        print(f"held out: {psnr(back, test):.2f} dB", flush=True)
        sheet(args.work / "autoencoder.png", [test[:16], back[:16], test[16:32], back[16:32]])
        torch.save(dict(model=model.state_dict(), mean=mean.state_dict(), optimisers=[o.state_dict() for o in optimisers], step=step,
                        spent=time.time() - began), path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    began, saved, limit = time.time() - spent, time.time(), args.minutes * 60
    while (spent := time.time() - began) < limit:
        done = spent / limit
        rate = args.rate * min(1, (step + 1) / 100) * (1 - done) ** 1.0
        for o, part in zip(optimisers, (1, 0.5)):
            for group in o.param_groups:
                group["lr"] = part * rate
        size = (128, 128) if redrawn or rng.random() < 0.75 else rng.choice(sizes[1:])
        picks = rng.choices(data.trained, weights, k=BATCH - (REDRAWN if redrawn else 0))
        x = to_tensor([drawn(data, i, size, rng, varied=rng.random() < (0.05 if args.decoder else 0.3)) for i in picks])
        with torch.autocast("cpu", torch.bfloat16):
            with torch.set_grad_enabled(args.encoder or not args.decoder):
                posterior = model.encode(F.pixel_unshuffle(x, PATCH).contiguous(memory_format=torch.channels_last)).latent_dist
            centre = posterior.mean.float()
            noise = DECODER_NOISE * torch.rand(len(x), 1, 1, 1) ** 2 if args.decoder else NOISE
            z = centre + noise * torch.randn_like(centre)
            if redrawn:                                                # in part what the denoiser made
                at = torch.randint(0, len(redrawn["latents"]), (REDRAWN,))
                old = F.avg_pool2d(redrawn["pictures"][at].float() / 127.5 - 1, 2)
                x, z = torch.cat([x, old]), torch.cat([z, redrawn["latents"][at].float()])
            y = decode(model, z)
        loss = loss_of(y.float(), x, 1.0)
        if args.encoder:
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                before = encode(known, x[:len(centre)]).float()
            loss = loss + (centre - before).square().mean()
        spread = centre.square().mean()
        width = (posterior.logvar.float() - 2 * np.log(NOISE)).square().mean()
        (loss + 0.15 * mean_log_error(y.float(), x) if args.decoder else loss + 3e-3 * spread + 1e-4 * width).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in optimisers:
            o.step(), o.zero_grad(set_to_none=True)
        step += 1
        decay = min(0.998, step / (step + 50))
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - decay)
        if step % 25 == 0:
            print(f"{step} {spent:.0f}s rate {rate:.1e} loss {loss.item():.4f} psnr {psnr(y.float().detach(), x):.2f} "
                  f"spread {spread.item() ** 0.5:.3f} {step * BATCH / spent:.1f}/s", flush=True)
        if time.time() - saved > 180:
            saved = time.time()
            keep()
    keep()


if __name__ == "__main__":
    main()
