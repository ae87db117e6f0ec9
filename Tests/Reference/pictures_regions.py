"""Makes Tests/Fixtures/PicturesRegions: masks of Z-Image, and parts of pictures painted by themselves ("only masked").

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, pillow 13.0.0. Run from the repository's root, after pictures_masks.py and
pictures_zimage.py, to whose models it links:

    python Tests/Reference/pictures_regions.py

With `mask_padding` diffusers' `padding_mask_crop` is painted, and put back as `Image.composite` rounds: diffusers goes through 8 bits of colours
multiplied by alpha, which loses up to 1 of 255. `cases.json` holds what was asked for, `<name>.png` the picture, `<name>.reference.png`
and `<name>.mask.png` what it began with. `hole.png` has a transparent part, of which `hole.mask.png` is the mask.
"""

import json
import pathlib
import shutil

import diffusers
import numpy
import torch
import transformers
from diffusers import (
    StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline, ZImageInpaintPipeline)
from PIL import Image, ImageFilter

import pictures_flux2 as flux2
from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesRegions"
LINKS = {"sd1": "Pictures/sd1", "sd1-inpaint": "PicturesMasks/sd1-inpaint", "xl": "PicturesXL/xl", "turbo": "PicturesZImage/turbo",
         "base": "PicturesZImage/base"}
STANDARD = dict(steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow", mask_blur=2.0, strength=1.0, mask="yes")
SD = dict(guidance=5.0, sampler="euler", mask_padding=4)

CASES = [
    dict(name="region-zimage", model="turbo", guidance=0.0, strength=0.8, steps=6),
    dict(name="region-zimage-whole", model="turbo", guidance=0.0),
    dict(name="region-zimage-wide", model="turbo", guidance=0.0, width=112, strength=0.6, steps=7, mask_blur=0.0),
    dict(name="region-zimage-guided", model="base", guidance=4.0, negative="dark", strength=0.9),
    dict(SD, name="region-sd1", model="sd1", size=(96, 96)),
    dict(SD, name="region-sd1-weak", model="sd1", size=(128, 80), strength=0.6, steps=6, sampler="ddim", mask_padding=0, mask_blur=0.0),
    dict(SD, name="region-sd1-large", model="sd1", size=(200, 200), mask_blur=3.0),
    dict(SD, name="region-sd1-inpaint", model="sd1-inpaint", size=(96, 96), negative="dark"),
    dict(SD, name="region-xl", model="xl", size=(112, 96), sampler="dpm++2m"),
]


def pictures(case):
    width, height = case.get("size", (case["width"], case["height"]))
    first = flux2.reference((width, height), 0)
    y, x = numpy.mgrid[:height, :width]
    disc = (x - 0.55 * width) ** 2 + (y - 0.5 * height) ** 2 < (0.2 * min(width, height)) ** 2
    return first, Image.fromarray((disc * 255).astype(numpy.uint8))


def painted(case):
    first, mask = pictures(case)
    first.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
    mask.save(FOLDER / f"{case['name']}.mask.png", optimize=True)
    soft = mask.filter(ImageFilter.GaussianBlur(case["mask_blur"])) if case["mask_blur"] else mask
    asked = dict(
        prompt=case["prompt"], negative_prompt=case.get("negative"), image=first, mask_image=soft, strength=case["strength"],
        guidance_scale=case["guidance"], num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"]))
    if "sampler" not in case:
        pipeline = ZImageInpaintPipeline.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True)
        pipeline.set_progress_bar_config(disable=True)
        return Image.composite(pipeline(**asked).images[0], first, soft)
    is_xl = case["model"] == "xl"
    plain, kind = ((StableDiffusionXLPipeline, StableDiffusionXLInpaintPipeline) if is_xl else
                   (StableDiffusionPipeline, StableDiffusionInpaintPipeline))
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False)
    absent = {} if is_xl else dict(safety_checker=None)
    parts = plain.from_pretrained(
        FOLDER / case["model"], dtype=torch.float32, local_files_only=True, **more, **absent).components
    pipeline = kind(**parts, **more)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = scheduler(case, FOLDER)
    pipeline.image_processor.apply_overlay = put_back
    return pipeline(**asked, padding_mask_crop=case["mask_padding"]).images[0]


def put_back(mask, whole, part, region):
    left, top, right, bottom = region
    laid = whole.copy()
    laid.paste(part.resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))
    return Image.composite(laid, whole, mask)


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    rows = []
    for case in [{**STANDARD, **case} for case in CASES]:
        picture = painted(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        print(case["name"])
        rows.append({key: value for key, value in case.items() if key != "size"})
    (FOLDER / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")
    first, mask = pictures(dict(width=40, height=24))
    mask.save(FOLDER / "hole.mask.png", optimize=True)
    first.putalpha(Image.fromarray(255 - numpy.array(mask)))
    first.save(FOLDER / "hole.png", optimize=True)


if __name__ == "__main__":
    main()
