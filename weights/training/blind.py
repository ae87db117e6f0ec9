"""Sheets of pictures for somebody to name who knows nothing else, and the key to judge the names by.

    python blind.py --work WORK --limn ../../limn --out FOLDER     paints 100 prompts drawn from the captions, seeds 1 to 100
    python blind.py --work WORK --out FOLDER                       the same, shown by the pictures that were trained on: what could be told at best

30 are the pairs of thing and style never trained on; the others are drawn evenly from the five styles, of things that are drawn as often in training
as those. Writes FOLDER/sheet-1.png to sheet-5.png, 20 numbered pictures each, and FOLDER/key.json.
"""
import argparse
import json
import pathlib
import random
import subprocess

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pictures import STYLES, Pictures

COUNT, COLUMNS, ROWS, EDGE, LABEL = 100, 5, 4, 256, 28


def drawn(data, rng):
    """(sprite, caption), in an order that tells nothing."""
    picks, styles = list(data.held_out), list(STYLES)
    met = {data.about[i]["id"] for i in picks}
    others = [i for i in data.trained if data.about[i]["weight"] >= 2]
    rng.shuffle(others)
    while len(picks) < COUNT:
        style = styles[len(picks) % len(styles)]
        pick = next(i for i in others if data.about[i]["style"] == style and data.about[i]["id"] not in met)
        met.add(data.about[pick]["id"])
        picks.append(pick)
    rng.shuffle(picks)
    return [(i, rng.choices(data.about[i]["captions"], data.about[i]["caption_weights"])[0]) for i in picks]


def painted(limn, prompts, folder):
    """Pictures by the program, in the order of the prompts."""
    (folder / "prompts.jsonl").write_text("".join(
        json.dumps(dict(prompt=text, style=style, seed=n + 1, output=f"{n + 1:03}.png")) + "\n" for n, (text, style) in enumerate(prompts)))
    subprocess.run([limn, "batch", folder / "prompts.jsonl", "-o", folder / "pictures", "--no-history", "--quiet"], check=True)
    return [Image.open(folder / "pictures" / f"{n + 1:03}.png").convert("RGB") for n in range(len(prompts))]


def sheet(pictures, first):
    page = Image.new("RGB", (COLUMNS * EDGE, ROWS * (EDGE + LABEL)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(20)
    for n, picture in enumerate(pictures):
        x, y = n % COLUMNS * EDGE, n // COLUMNS * (EDGE + LABEL)
        draw.text((x + 8, y + 2), str(first + n), "black", font)
        page.paste(picture.resize((EDGE - 8, EDGE - 8), Image.LANCZOS), (x + 4, y + LABEL))
    return page


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--limn", type=pathlib.Path, help="the program that paints; without it the true pictures are shown")
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--seed", type=int, default=100)
    args = ap.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    data = Pictures(args.work)
    picks = drawn(data, random.Random(args.seed))
    names = [STYLES[data.about[i]["style"]][0] for i, _ in picks]
    if args.limn:
        pictures = painted(args.limn.absolute(), [(text, style) for (_, text), style in zip(picks, names)], args.out)
    else:
        pictures = [Image.fromarray(np.asarray(data.picture(i, (EDGE, EDGE), random.Random(n))[0])) for n, (i, _) in enumerate(picks)]
    for at in range(0, COUNT, COLUMNS * ROWS):
        sheet(pictures[at:at + COLUMNS * ROWS], at + 1).save(args.out / f"sheet-{at // (COLUMNS * ROWS) + 1}.png")
    (args.out / "key.json").write_text(json.dumps([
        dict(number=n + 1, thing=text, name=data.about[i]["name"], style=style, trained=not data.about[i].get("held_out", False))
        for n, ((i, text), style) in enumerate(zip(picks, names))], indent=1) + "\n")


if __name__ == "__main__":
    main()
