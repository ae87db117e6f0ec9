"""Makes Tests/Fixtures/PicturesSplit: autoencoders in files of their own under their authors' names, as ComfyUI has them beside the
transformers of FLUX.2 klein and Z-Image, and what diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0. Run from the repository's root:

    python Tests/Reference/pictures_split.py

after pictures_flux2.py and pictures_zimage.py, whose other parts are used.

    flux2-vae.safetensors   as FLUX.2's: statistics of its latents, convolutions of moments within the halves
    ae.safetensors          as FLUX.1's and Z-Image's: no convolutions of moments

Their widths are multiples of 32, for nothing in a file tells the groups of its norms. All weights are bfloat16.
"""

import shutil

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderKLFlux2, Flux2KleinPipeline, ZImageImg2ImgPipeline, ZImagePipeline
from safetensors.torch import save_file

import pictures_flux2 as flux2
import pictures_zimage as zimage
from pictures_flux2 import randomised, reference, write_cases
from single_file import original_vae

FOLDER = flux2.FOLDER.parent / "PicturesSplit"
WIDTHS = (32, 32)
BLOCKS = dict(
    block_out_channels=WIDTHS, down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    latent_channels=4, layers_per_block=1, norm_num_groups=32)
STANDARD = dict(steps=3, width=64, height=96, seed=42, prompt="a red fox in the snow")
CASES = [
    dict(name="klein", model="PicturesFlux2/klein", vae="flux2-vae.safetensors"),
    dict(name="klein-edit", model="PicturesFlux2/klein", vae="flux2-vae.safetensors", references=[(64, 64)]),
    dict(name="z-image", model="PicturesZImage/turbo", vae="ae.safetensors"),
    dict(name="z-image-reference", model="PicturesZImage/turbo", vae="ae.safetensors", strength=0.6, steps=5),
]


def with_statistics(vae):
    generator = torch.Generator().manual_seed(3)
    vae.bn.running_mean = torch.randn(16, generator=generator) / 4
    vae.bn.running_var = torch.rand(16, generator=generator) + 0.3
    return vae


def autoencoders():
    return {
        "flux2-vae.safetensors": with_statistics(randomised(AutoencoderKLFlux2(**BLOCKS), 0.8)),
        "ae.safetensors": randomised(AutoencoderKL(
            **BLOCKS, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False), 0.8),
    }


def original(name, tensor):
    if name.startswith("quant_conv"):
        name = "encoder." + name
    elif name.startswith("post_quant_conv"):
        name = "decoder." + name
    elif not name.startswith("bn."):
        name = original_vae(name, len(WIDTHS))
    return name, tensor[:, :, None, None] if "attn_1" in name and tensor.dim() == 2 else tensor


def painted(case, pictures):
    place = FOLDER.parent / case["model"]
    vae = VAES[case["vae"]].float()
    kind = Flux2KleinPipeline if "Flux2" in case["model"] else ZImageImg2ImgPipeline if "strength" in case else ZImagePipeline
    pipeline = kind.from_pretrained(place, vae=vae, dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    order = dict(
        prompt=case["prompt"], num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        guidance_scale=1.0 if kind is Flux2KleinPipeline else 0.0, generator=torch.Generator().manual_seed(case["seed"]))
    if pictures:
        order |= dict(image=pictures)
    if "strength" in case:
        picture = reference((case["width"], case["height"]), 0)
        picture.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        order |= dict(image=picture, strength=case["strength"])
    return pipeline(**order).images[0]


@torch.no_grad()
def main():
    for module in (diffusers, transformers):
        module.utils.logging.set_verbosity_error()
        module.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, vae in VAES.items():
        vae.to(torch.bfloat16)
        tensors = {key: value for key, value in vae.state_dict().items() if value.dtype == torch.bfloat16}
        tensors = dict(original(key, value.contiguous()) for key, value in tensors.items())
        save_file(tensors, FOLDER / name)
    write_cases([{**STANDARD, **case} for case in CASES], FOLDER, painted)


VAES = autoencoders()

if __name__ == "__main__":
    main()
