"""Looks at an exported model: reconstruction PSNR, a contact sheet of everyday prompts, and the held-out pairs.

    python evaluate.py --model FOLDER --out FOLDER [--work WORK] [--guidance 3] [--steps 12] [--sampler DDIMScheduler]

sheet.png: everyday things (columns) in every style (rows). aspects.png: the other sizes. held-out.png: pairs of thing and style never trained on, above
the true pictures (with --work).
"""
import argparse
import pathlib
import random

import numpy as np
import torch
from PIL import Image

from pictures import SIZES, STYLES, Pictures
from reference_picture import Painter

THINGS = ["a red apple", "a cat", "the sun", "a house", "a dog", "a car", "a tree", "a flower", "a fish", "a red heart", "a star", "a rocket",
          "a fox", "a slice of pizza", "a bicycle", "a guitar", "an owl", "a castle", "a banana", "a butterfly", "an airplane",
          "a grinning face", "a sailboat", "a cup of coffee"]
FREE = ["an apple", "a kitten", "sun", "small house", "a blue car", "a bird on a yellow background", "a rose on a black background", "a pink flower",
        "snowman", "a robot", "a ghost", "a crown", "a green apple", "a horse", "a moon", "a ship", "a book", "a key", "an umbrella",
        "a penguin", "a strawberry", "a dinosaur", "a hamburger", "a mountain"]


def tile(pictures, columns):
    rows = [np.concatenate(pictures[i:i + columns], axis=1) for i in range(0, len(pictures), columns)]
    width = max(r.shape[1] for r in rows)
    return Image.fromarray(np.concatenate([np.pad(r, ((0, 0), (0, width - r.shape[1]), (0, 0)), constant_values=255) for r in rows]))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", required=True, type=pathlib.Path)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--work", type=pathlib.Path)
    ap.add_argument("--guidance", type=float)
    ap.add_argument("--steps", type=int)
    ap.add_argument("--sampler")
    ap.add_argument("--karras", action="store_true")
    ap.add_argument("--spacing")
    ap.add_argument("--only", choices=["sheet", "aspects", "held-out"])
    a = ap.parse_args()
    torch.set_num_threads(2)
    a.out.mkdir(parents=True, exist_ok=True)
    painter = Painter(a.model)
    limn = painter.index["limn"]
    how = dict(steps=a.steps or limn["steps"], guidance=limn["guidance"] if a.guidance is None else a.guidance, sampler=a.sampler)
    if a.karras:
        how["use_karras_sigmas"] = True
    if a.spacing:
        how["timestep_spacing"] = a.spacing

    if a.only in (None, "sheet"):
        rows = []
        for style in [*limn["styles"], None]:
            prompts = [limn["styles"][style].format(prompt=t) if style else t for t in (THINGS if style else FREE)]
            rows += list(painter.paint(prompts, range(len(prompts)), 128, 128, **how))
        tile(rows, len(THINGS)).save(a.out / "sheet.png")
    if a.only in (None, "aspects"):
        pages = []
        for aspect, (w, h) in list(SIZES.items())[1:]:
            row = painter.paint(THINGS[:8], range(8), w, h, **how)
            pages.append(np.concatenate(list(row), axis=1))
        tile(pages, 1).save(a.out / "aspects.png")
    if a.work and a.only in (None, "held-out"):
        from autoencoder import decode, encode, held_out_pictures, psnr
        data = Pictures(a.work)
        x = held_out_pictures(data)
        painter.vae.to(memory_format=torch.channels_last)
        with torch.no_grad():
            print(f"autoencoder, held-out composites: {psnr(decode(painter.vae, encode(painter.vae, x)), x):.2f} dB")
        names = [limn["styles"][STYLES[data.about[i]["style"]][0]].format(prompt=data.about[i]["main"]) for i in data.held_out]
        made = list(painter.paint(names, range(len(names)), 128, 128, **how))
        true = [data.picture(i, (128, 128), random.Random(1))[0] for i in data.held_out]
        tile([p for at in range(0, 30, 15) for p in made[at:at + 15] + true[at:at + 15]], 15).save(a.out / "held-out.png")
        print("\n".join(names))


if __name__ == "__main__":
    main()
