"""What the denoiser makes of pictures that it knows: noised in part, then denoised again as limn does it.

    python redrawn.py --work WORK --denoiser WORK/denoiser.pt --prior WORK/prior.pt

Writes WORK/redrawn.pt: the pictures, of 256 pixels, and the latents that came back for them. Decoder and upscaler, where they find it, learn from it
to take the denoiser's faults away: uneven areas, wavering edges.
"""
import argparse
import json
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import denoiser as recipe
from autoencoder import autoencoder, encode, place_and_paint
from nearest import paint
from pictures import Pictures

BATCH = 64
STEPS, FIRST = 9, (1, 5)                                # of so many steps those from one of these on are done
GUIDANCE = 3.0
PLACED, PAINTED = 0.1, 0.1                              # shares of things in places, and of things painted anew


def drawn(data, weights, rng):
    """A picture of 256 pixels, [256, 256, 3], and a caption of it."""
    index = rng.choices(data.trained, weights)[0]
    scene, paint = place_and_paint(data.about[index], rng, PLACED, PAINTED)
    page, ground = data.picture(index, (256, 256), rng, scene=scene, paint=paint)
    return torch.from_numpy(page), data.caption(index, ground, rng, scene, paint)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--denoiser", required=True, type=pathlib.Path)
    ap.add_argument("--prior", required=True, type=pathlib.Path)
    ap.add_argument("--pictures", type=int, default=4096)
    args = ap.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(31)
    data, captions, rng = Pictures(args.work), recipe.Captions(args.work), random.Random(31)
    scale = json.loads((args.work / "latents.json").read_text())
    vae = autoencoder().to(memory_format=torch.channels_last)
    vae.load_state_dict(torch.load(args.work / "autoencoder.pt")["mean"])
    painter = recipe.transformer_like(torch.load(args.denoiser)["mean"]["painter"])
    text, prior = recipe.load_text_encoder(args.denoiser, captions.words), recipe.load_prior(args.prior)
    weights = [data.about[i]["weight"] ** 0.7 for i in data.trained]
    pictures, latents, began = [], [], time.time()
    for at in range(0, args.pictures, BATCH):
        pages, texts = zip(*(drawn(data, weights, rng) for _ in range(BATCH)))
        x = torch.stack(pages).permute(0, 3, 1, 2).contiguous()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            known = recipe.scaled(encode(vae, F.avg_pool2d(x.float() / 127.5 - 1, 2)), scale)
        made = paint(text, painter, prior, captions, texts, GUIDANCE, STEPS, known, rng.randrange(*FIRST))
        pictures.append(x), latents.append((made / scale["scaling_factor"] + scale["shift_factor"]).half())
        if at // BATCH % 8 == 0:
            print(at, f"{(at + BATCH) / (time.time() - began):.1f}/s explained {1 - (made - known).square().mean() / known.square().mean():.3f}", flush=True)
    torch.save(dict(pictures=torch.cat(pictures), latents=torch.cat(latents)), args.work / "redrawn.pt")


if __name__ == "__main__":
    main()
