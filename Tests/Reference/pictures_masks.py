"""Makes Tests/Fixtures/PicturesMasks: parts of pictures that diffusers paints anew, by UNets that take a mask and by such that know none.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0, pillow 13.0.0. Run from the repository's root, after
pictures_end_to_end.py and pictures_sdxl.py, to whose models it links:

    python Tests/Reference/pictures_masks.py

`sd1-inpaint` is sd1 with a UNet of nine channels. Masks are softened by Pillow's GaussianBlur, as diffusers' `mask_processor.blur` does, and
what is not painted is put back by `Image.composite` with the softened mask. `cases.json` holds what was asked for, `<name>.png` the picture,
`<name>.reference.png` and `<name>.mask.png` what it began with.
"""

import json
import pathlib
import shutil
import zlib

import diffusers
import numpy
import torch
import transformers
from diffusers import (
    StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline,
    UNet2DConditionModel)
from PIL import Image, ImageFilter

from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesMasks"
LINKS = {"sd1": "Pictures/sd1", "tiny": "Pictures/tiny", "xl": "PicturesXL/xl"}
STANDARD = dict(guidance=5.0, steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow", mask_blur=4.0, strength=1.0)
XL = {"xl"}

CASES = [
    *[dict(name=f"mask-sd1-{name}", model="sd1", sampler=name) for name in
      ["ddim", "euler", "euler-a", "heun", "dpm2", "lms", "dpm++2m", "dpm++2m-sde", "unipc", "lcm"]],
    dict(name="mask-sd1-model", model="sd1", steps=6),
    dict(name="mask-sd1-weak", model="sd1", sampler="euler", strength=0.5, steps=6),
    dict(name="mask-sd1-sharp", model="sd1", sampler="ddim", mask_blur=0.0, negative="blurry"),
    dict(name="mask-sd1-wide", model="sd1", sampler="euler", width=104, height=72, seed=7, mask_blur=1.5),
    dict(name="mask-sd1-plain", model="sd1", sampler="ddim", guidance=1.0, mask_blur=11.0),
    dict(name="mask-tiny-euler", model="tiny", sampler="euler"),
    dict(name="mask-sd1-inpaint-euler", model="sd1-inpaint", sampler="euler"),
    dict(name="mask-sd1-inpaint-ddim", model="sd1-inpaint", sampler="ddim", negative="dark"),
    dict(name="mask-sd1-inpaint-ancestral", model="sd1-inpaint", sampler="euler-a", width=72, height=104),
    dict(name="mask-sd1-inpaint-weak", model="sd1-inpaint", sampler="euler", strength=0.6, steps=6),
    dict(name="mask-sd1-inpaint-plain", model="sd1-inpaint", sampler="dpm++2m", guidance=1.0),
    dict(name="mask-xl-euler", model="xl", sampler="euler"),
    dict(name="mask-xl-weak", model="xl", sampler="ddim", strength=0.7, steps=6, negative="dark"),
    dict(name="mask-xl-wide", model="xl", sampler="dpm++2m", width=104, height=72),
]


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    model = FOLDER / "sd1-inpaint"
    model.mkdir()
    source = FIXTURES / LINKS["sd1"]
    for part in ["scheduler", "text_encoder", "tokenizer", "vae"]:
        (model / part).symlink_to(f"../../{LINKS['sd1']}/{part}")
    index = json.loads((source / "model_index.json").read_text())
    (model / "model_index.json").write_text(json.dumps({**index, "_class_name": "StableDiffusionInpaintPipeline"}, indent=1) + "\n")
    plain = UNet2DConditionModel.from_pretrained(source, subfolder="unet", dtype=torch.float32)
    told = {name: value for name, value in plain.config.items() if name != "_name_or_path"}
    wide = UNet2DConditionModel.from_config({**told, "in_channels": 9})
    tensors = plain.state_dict()
    window = tensors["conv_in.weight"]
    more = torch.randn((window.shape[0], 5, *window.shape[2:]), generator=torch.Generator().manual_seed(1)) * window.std()
    wide.load_state_dict({**tensors, "conv_in.weight": torch.cat([window, more], 1)})
    wide.half().save_pretrained(model / "unet")


def pictures(case):
    """A reference with some structure, and a mask of a disc and a bar."""
    random = numpy.random.default_rng(zlib.crc32(case["name"].encode()))
    width, height = case["width"], case["height"]
    small = random.integers(0, 256, (height // 8, width // 8, 3), dtype=numpy.uint8)
    reference = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    y, x = numpy.mgrid[:height, :width]
    disc = (x - 0.6 * width) ** 2 + (y - 0.45 * height) ** 2 < (0.3 * min(width, height)) ** 2
    mask = Image.fromarray(((disc | (y > 0.85 * height)) * 255).astype(numpy.uint8))
    return reference, mask


def painted(case):
    is_xl = case["model"] in XL
    plain, kind = ((StableDiffusionXLPipeline, StableDiffusionXLInpaintPipeline) if is_xl else
                   (StableDiffusionPipeline, StableDiffusionInpaintPipeline))
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False)
    absent = {} if is_xl else dict(safety_checker=None)
    parts = plain.from_pretrained(
        FOLDER / case["model"], dtype=torch.float32, local_files_only=True, **more, **absent).components
    loaded = kind(**parts, **more)
    loaded.set_progress_bar_config(disable=True)
    loaded.scheduler = scheduler(case, FOLDER)
    reference, mask = pictures(case)
    reference.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
    mask.save(FOLDER / f"{case['name']}.mask.png", optimize=True)
    soft = mask.filter(ImageFilter.GaussianBlur(case["mask_blur"])) if case["mask_blur"] else mask
    picture = loaded(
        prompt=case["prompt"], negative_prompt=case.get("negative"), image=reference, mask_image=soft, strength=case["strength"],
        guidance_scale=case["guidance"], num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"])).images[0]
    return Image.composite(picture, reference, soft), reference


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    build()
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        picture, reference = painted(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        print(f"{case['name']:24}", numpy.abs(numpy.array(picture, int) - numpy.array(reference, int)).mean().round(1))
    (FOLDER / "cases.json").write_text(json.dumps([{**case, "mask": "yes"} for case in cases], indent=1) + "\n")


if __name__ == "__main__":
    main()
