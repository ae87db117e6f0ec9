"""Makes Tests/Fixtures/PicturesHires: pictures that diffusers paints in two passes, as A1111's "hires fix" does.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, spandrel 0.4.2, pillow 13.0.0. Run from the repository's root, after the
scripts of the models that it links to:

    python Tests/Reference/pictures_hires.py

The first pass is the family's text-to-image pipeline. Its latents are enlarged by `torch.nn.functional.interpolate`, or its picture by Pillow
or a network; the family's image-to-image pipeline paints that over, with a generator of the same seed. `hires_steps` are taken: they are the
last of `steps / min(strength, 0.999)` (A1111's `setup_img2img_steps`). FLUX.2 klein has no such pipeline: the text-to-image one is given the
noised latents and the last sigmas. `cases.json` holds what was asked for, `<name>.png` the picture.
"""

import json
import pathlib
import shutil

import diffusers
import numpy
import torch
import transformers
from diffusers import (
    Flux2KleinPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline, ZImageImg2ImgPipeline, ZImagePipeline)
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from PIL import Image

import pictures_flux2 as flux2
from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesHires"
UPSCALER = FIXTURES / "Upscalers" / "compact.pth"
LINKS = {
    "sd1": "Pictures/sd1", "sd2": "Pictures/sd2", "tiny": "Pictures/tiny", "xl": "PicturesXL/xl", "turbo": "PicturesZImage/turbo",
    "base": "PicturesZImage/base", "klein": "PicturesFlux2/klein", "klein-base": "PicturesFlux2/klein-base"}
PIPELINES = {
    "xl": (StableDiffusionXLPipeline, StableDiffusionXLImg2ImgPipeline), "turbo": (ZImagePipeline, ZImageImg2ImgPipeline),
    "base": (ZImagePipeline, ZImageImg2ImgPipeline)}
STANDARD = dict(
    guidance=5.0, steps=5, width=64, height=64, seed=42, prompt="a red fox in the snow", hires=1.5, hires_steps=3, hires_strength=0.7,
    hires_upscaler="latent")
MODES = {"latent": "bilinear", "latent-bicubic": "bicubic", "latent-nearest": "nearest"}
LANCZOS = dict(hires_upscaler="lanczos", hires_strength=0.5)

CASES = [
    dict(name="hires-sd1-latent", model="sd1", sampler="ddim"),
    dict(name="hires-sd1-twice", model="sd1", sampler="euler", hires=2.0, hires_strength=0.6, hires_steps=4, negative="blurry"),
    dict(name="hires-sd1-bicubic", model="sd1", sampler="dpm++2m", hires_upscaler="latent-bicubic", width=72, height=104),
    dict(name="hires-sd1-nearest", model="sd1", sampler="ddim", hires_upscaler="latent-nearest", hires=1.25),
    dict(name="hires-sd1-lanczos", model="sd1", sampler="euler-a", **LANCZOS),
    dict(name="hires-sd1-network", model="sd1", sampler="ddim", hires_upscaler="compact.pth", hires=2.0, hires_strength=0.4, hires_steps=2),
    dict(name="hires-sd1-network-fitted", model="sd1", sampler="euler", hires_upscaler="compact.pth", hires_strength=0.5),
    dict(name="hires-sd1-heun", model="sd1", sampler="heun", hires_strength=0.6),
    dict(name="hires-sd1-whole", model="sd1", sampler="ddim", hires_strength=1.0),
    dict(name="hires-sd1-own", model="sd1", hires_steps=4),
    dict(name="hires-sd2-latent", model="sd2"),
    dict(name="hires-tiny-lanczos", model="tiny", sampler="euler", **LANCZOS),
    dict(name="hires-xl-latent", model="xl", sampler="euler"),
    dict(name="hires-xl-wide", model="xl", sampler="ddim", width=104, height=72, hires=1.3, negative="dark", **LANCZOS),
    dict(name="hires-turbo-latent", model="turbo", guidance=0.0),
    dict(name="hires-turbo-lanczos", model="turbo", guidance=0.0, hires=2.0, **LANCZOS),
    dict(name="hires-base-guided", model="base", guidance=3.0, negative="dark", hires_steps=2),
    dict(name="hires-klein-lanczos", model="klein", guidance=1.0, **LANCZOS),
    dict(name="hires-klein-base", model="klein-base", guidance=4.0, hires_strength=0.7, hires_upscaler="compact.pth", hires=2.0),
]


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")


def planned(case):
    return max(case["hires_steps"], int(case["hires_steps"] / min(case["hires_strength"], 0.999)))


def larger(case):
    return tuple(max(1, round(case[side] * case["hires"] / 8)) * 8 for side in ["width", "height"])


def loaded(case, kind):
    if case["model"] in ["turbo", "base"]:
        pipeline = kind.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True)
    else:
        is_xl = case["model"] == "xl"
        more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False, safety_checker=None)
        pipeline = kind.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True, **more)
        pipeline.scheduler = scheduler(case, FOLDER)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def enlarged(case, picture, size):
    if case["hires_upscaler"] == "lanczos":
        return picture.resize(size, Image.Resampling.LANCZOS)
    from spandrel import ModelLoader
    network = ModelLoader(device="cpu").load_from_file(UPSCALER)
    factor = 2 if case["hires"] <= 2 else 4
    pixels = torch.from_numpy(numpy.array(picture)).permute(2, 0, 1)[None] / 255
    large = network(pixels)
    if network.scale != factor:  # the mean of the areas that its pixels cover
        large = torch.nn.functional.avg_pool2d(large, network.scale // factor)
    rounded = (large.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255).round().astype(numpy.uint8)
    large = Image.fromarray(rounded)
    return large if large.size == size else large.resize(size, Image.Resampling.LANCZOS)


def painted(case):
    first, second = PIPELINES.get(case["model"], (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline))
    is_latent = case["hires_upscaler"] in MODES
    common = dict(prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"])
    small = loaded(case, first)(
        **common, num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"]), output_type="latent" if is_latent else "pil").images
    size = larger(case)
    if is_latent:
        edge = case["width"] // small.shape[3]
        image = torch.nn.functional.interpolate(small, (size[1] // edge, size[0] // edge), mode=MODES[case["hires_upscaler"]])
    else:
        image = enlarged(case, small[0], size)
    total, steps = planned(case), case["hires_steps"]
    is_flow = case["model"] in ["turbo", "base"]
    # The pipelines round the steps that are taken, or left out, down.
    strength = min(1.0, (steps - 0.5 if is_flow and steps < total else steps + 0.5) / total)
    more = dict(width=size[0], height=size[1]) if is_flow else {}
    return loaded(case, second)(
        **common, **more, image=image, strength=strength, num_inference_steps=total,
        generator=torch.Generator().manual_seed(case["seed"])).images[0]


def painted_by_klein(case):
    pipeline = Flux2KleinPipeline.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    common = dict(prompt=case["prompt"], guidance_scale=case["guidance"])
    small = pipeline(
        **common, num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"])).images[0]
    size = larger(case)
    picture = enlarged(case, small, size)
    pixels = torch.from_numpy(numpy.array(picture)).permute(2, 0, 1)[None] / 255 * 2 - 1
    generator = torch.Generator().manual_seed(case["seed"])
    latents = pipeline._encode_vae_image(pixels, generator)
    noise = torch.randn(latents.shape, generator=generator)
    total = planned(case)
    sigmas = numpy.linspace(1.0, 1 / total, total)[total - case["hires_steps"]:]
    mu = compute_empirical_mu(latents.shape[2] * latents.shape[3], total)
    pipeline.scheduler.set_timesteps(sigmas=sigmas, mu=mu)
    sigma = pipeline.scheduler.sigmas[0]
    return pipeline(
        **common, num_inference_steps=total, sigmas=sigmas, latents=sigma * noise + (1 - sigma) * latents, width=size[0],
        height=size[1]).images[0]


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    build()
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        picture = (painted_by_klein if case["model"].startswith("klein") else painted)(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        print(f"{case['name']:26} {picture.size} mean {numpy.mean(picture):.0f} deviation {numpy.std(picture):.0f}")
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
