"""Makes Tests/Fixtures/PicturesFollowed: pictures that diffusers paints with others beside the prompt (IP-Adapter).

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0, pillow 13.0.0. Run from the repository's root, after
pictures_end_to_end.py, pictures_sdxl.py and pictures_control.py, to whose models it links:

    python Tests/Reference/pictures_followed.py

`image_encoder` is a CLIP vision tower of 32x32 pixels, without `preprocessor_config.json`, as published ones are; Pillow scales pictures for it
(torchvision, which transformers 5 prefers, rounds one pixel in four hundred otherwise). `plain.safetensors` and
`plus.safetensors` are for sd1, `other.safetensors` is another plain one, `plus.bin` a pickle of the second; `xl.safetensors` and
`xl-plus.safetensors` are for xl.
`cases.json` holds what was asked for, `<name>.png` the picture.
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
    ControlNetModel, StableDiffusionControlNetPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, StableDiffusionXLPipeline,
    UNet2DConditionModel)
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

from pictures_end_to_end import random_parameter, reference, scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesFollowed"
LINKS = {"sd1": "Pictures/sd1", "xl": "PicturesXL/xl", "canny": "PicturesControl/canny"}
STANDARD = dict(guidance=5.0, steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow", sampler="euler")
EDGE, WIDTH, SHARED, QUERIES, INNER = 32, 32, 24, 4, 32
SD, XL = dict(model="sd1"), dict(model="xl")
ONE = [("fox.png", 1.0)]

CASES = [
    dict(SD, name="ip-plain", adapters=["plain.safetensors"], pictures=ONE),
    dict(SD, name="ip-weight", adapters=["plain.safetensors"], pictures=[("wide.png", 0.6)], sampler="ddim", negative="blurry"),
    dict(SD, name="ip-unguided", adapters=["plain.safetensors"], pictures=ONE, guidance=1.0),
    dict(SD, name="ip-several", adapters=["plain.safetensors"], pictures=[("fox.png", 0.7), ("wide.png", 0.7)]),
    dict(SD, name="ip-two-weights", adapters=["plain.safetensors"], pictures=[("fox.png", 0.7), ("wide.png", 0.3)], sampler="dpm++2m"),
    dict(SD, name="ip-two-networks", adapters=["other.safetensors", "plus.safetensors"], pictures=[("fox.png", 0.5), ("wide.png", 0.8)]),
    dict(SD, name="ip-plus", adapters=["plus.safetensors"], pictures=ONE),
    dict(SD, name="ip-plus-pickle", adapters=["plus.bin"], pictures=[("wide.png", 0.8)], sampler="euler-a", width=104, height=72),
    dict(SD, name="ip-plus-several", adapters=["plus.safetensors"], pictures=[("fox.png", 0.5), ("wide.png", 0.5)], negative="dark"),
    dict(SD, name="ip-picture", adapters=["plus.safetensors"], pictures=ONE, strength=0.6, steps=6),
    dict(SD, name="ip-controlled", adapters=["plain.safetensors"], pictures=ONE, controls="wide.png"),
    dict(XL, name="ip-xl", adapters=["xl.safetensors"], pictures=ONE),
    dict(XL, name="ip-xl-negative", adapters=["xl.safetensors"], pictures=[("wide.png", 0.5)], negative="dark", sampler="ddim"),
    dict(XL, name="ip-xl-plus", adapters=["xl-plus.safetensors"], pictures=[("fox.png", 0.9)]),
    dict(XL, name="ip-xl-plus-several", adapters=["xl-plus.safetensors"], pictures=[("fox.png", 0.6), ("wide.png", 0.6)], guidance=1.0),
]


def tensor(name, shape, gain=1.0):
    return random_parameter(name, torch.Size(shape), gain, torch.Generator().manual_seed(zlib.crc32(name.encode()))).half()


def adapter(name, model, is_plus):
    """As tencent-ailab's training script saves it."""
    unet = UNet2DConditionModel.from_pretrained(FOLDER / model, subfolder="unet", dtype=torch.float32)
    text = unet.config.cross_attention_dim
    own = {}
    def add(key, *shape):
        own[f"image_proj.{key}"] = tensor(f"{name} {key}", shape)
    if is_plus:
        add("latents", 1, QUERIES, INNER)
        for key, *shape in [("proj_in.weight", INNER, WIDTH), ("proj_in.bias", INNER), ("proj_out.weight", text, INNER),
                            ("proj_out.bias", text), ("norm_out.weight", text), ("norm_out.bias", text)]:
            add(key, *shape)
        for layer in range(4):
            for key, *shape in [
                    ("0.norm1.weight", INNER), ("0.norm1.bias", INNER), ("0.norm2.weight", INNER), ("0.norm2.bias", INNER),
                    ("0.to_q.weight", 64, INNER), ("0.to_kv.weight", 128, INNER), ("0.to_out.weight", INNER, 64), ("1.0.weight", INNER),
                    ("1.0.bias", INNER), ("1.1.weight", 4 * INNER, INNER), ("1.3.weight", INNER, 4 * INNER)]:
                add(f"layers.{layer}.{key}", *shape)
    else:
        for key, *shape in [("proj.weight", 4 * text, SHARED), ("proj.bias", 4 * text), ("norm.weight", text), ("norm.bias", text)]:
            add(key, *shape)
    number = 1
    for place in unet.attn_processors:
        if place.endswith("attn2.processor"):
            module = unet.get_submodule(place.removesuffix(".processor"))
            for kind in ["k", "v"]:
                own[f"ip_adapter.{number}.to_{kind}_ip.weight"] = tensor(f"{name} {number} {kind}", (module.to_k.out_features, text), 1.5)
            number += 2
    return own


def nested(tensors):
    result = {"image_proj": {}, "ip_adapter": {}}
    for name, value in tensors.items():
        part, key = name.split(".", 1)
        result[part][key] = value
    return result


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    tower = CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=3, num_attention_heads=2, image_size=EDGE, patch_size=8,
        projection_dim=SHARED, hidden_act="gelu")).eval()
    for name, parameter in tower.named_parameters():
        parameter.copy_(tensor(f"tower {name}", parameter.shape).float())
    tower.half().save_pretrained(FOLDER / "image_encoder")
    adapters = {
        "plain.safetensors": adapter("plain", "sd1", False), "other.safetensors": adapter("other", "sd1", False),
        "plus.safetensors": adapter("plus", "sd1", True), "xl.safetensors": adapter("xl", "xl", False),
        "xl-plus.safetensors": adapter("xl-plus", "xl", True)}
    for name, tensors in adapters.items():
        save_file(tensors, FOLDER / name)
    adapters["plus.bin"] = adapters["plus.safetensors"]
    torch.save(nested(adapters["plus.bin"]), FOLDER / "plus.bin")
    random = numpy.random.default_rng(3)
    for name, width, height in [("fox", 64, 64), ("wide", 104, 72)]:
        small = random.integers(0, 256, (height // 8, width // 8, 3), dtype=numpy.uint8)
        Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(FOLDER / f"{name}.png", optimize=True)
    return tower.float(), adapters


def painted(case, tower, adapters):
    is_xl = case["model"] == "xl"
    plain = StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False)
    absent = {} if is_xl else dict(safety_checker=None)
    parts = plain.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True, **more, **absent).components
    parts |= dict(image_encoder=tower, feature_extractor=CLIPImageProcessorPil(size=EDGE, crop_size=EDGE))
    asked = dict(width=case["width"], height=case["height"])
    if "strength" in case:
        plain = StableDiffusionImg2ImgPipeline
        first = reference(case)
        first.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        asked = dict(image=first, strength=case["strength"])
    if "controls" in case:
        plain = StableDiffusionControlNetPipeline
        more["controlnet"] = ControlNetModel.from_pretrained(FOLDER / "canny", dtype=torch.float32)
        asked["image"] = Image.open(FOLDER / case["controls"]).crop((0, 0, 64, 64))
        asked["image"].save(FOLDER / "cropped.png", optimize=True)
    pipeline = plain(**parts, **more)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = scheduler(case, FOLDER)
    pictures = [Image.open(FOLDER / name) for name, _ in case["pictures"]]
    weights = [weight for _, weight in case["pictures"]]
    names = case["adapters"]
    if len(names) == 1 and len(set(weights)) == 1:  # of one weight: all to one adapter
        pictures, weights = [pictures], weights[:1]
    elif len(names) == 1:
        names = names * len(pictures)
    pipeline.load_ip_adapter(
        [nested(adapters[name]) for name in names], subfolder=[None] * len(names), weight_name=[None] * len(names),
        image_encoder_folder=None)
    pipeline.set_ip_adapter_scale(weights)
    return pipeline(
        prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"], num_inference_steps=case["steps"],
        ip_adapter_image=pictures, generator=torch.Generator().manual_seed(case["seed"]), **asked).images[0]


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    tower, adapters = build()
    rows = []
    for case in [{**STANDARD, **case} for case in CASES]:
        painted(case, tower, adapters).save(FOLDER / f"{case['name']}.png", optimize=True)
        print(case["name"])
        row = {key: value for key, value in case.items() if key not in ["adapters", "pictures", "controls"]}
        row |= dict(ip_adapters=case["adapters"], ip_references=[f"{name}:{weight}" for name, weight in case["pictures"]])
        if "controls" in case:
            row |= dict(control_models=["canny"], controls=["ready=@cropped.png"])
        rows.append(row)
    (FOLDER / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
