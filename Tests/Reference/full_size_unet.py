"""One UNet evaluation of a full-size Stable Diffusion checkpoint, for `make parity-full`.

    python full_size_unet.py MODEL_FOLDER OUT_FOLDER

Writes little-endian float32, channels last: latents.bin [1, 64, 64, 4], context.bin [1, 77, width], expected.bin
[1, 64, 64, 4], all for timestep 981. Not run by `make references`: it needs a checkpoint. Made with torch 2.15,
diffusers 0.42, transformers 5.23.
"""
import pathlib
import sys

import numpy as np
import torch
from diffusers import UNet2DConditionModel

TIMESTEP = 981


def main(model, out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet", torch_dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn((1, 4, 64, 64), generator=generator)
    context = torch.randn((1, 77, unet.config.cross_attention_dim), generator=generator)
    with torch.no_grad():
        expected = unet(latents, TIMESTEP, encoder_hidden_states=context).sample
    for name, value in [("latents", latents.permute(0, 2, 3, 1)), ("context", context),
                        ("expected", expected.permute(0, 2, 3, 1))]:
        value.contiguous().numpy().astype("<f4").tofile(out / f"{name}.bin")


if __name__ == "__main__" and len(sys.argv) == 3:
    main(*sys.argv[1:])
