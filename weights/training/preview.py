"""How latents look without a decoder: writes `limn.preview` into the model's model_index.json.

    python preview.py MODEL PICTURES...

PICTURES are some dozens that the model painted, on backgrounds of many colours. A linear map from a latent's channels to the mean colour
of its pixels is fitted to them by least squares; the correlation is told for pictures that were left out.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image
from safetensors.torch import load_file

model = pathlib.Path(sys.argv[1])
config = {k: v for k, v in json.loads((model / "vae/config.json").read_text()).items() if not k.startswith("_")}
patch = config.pop("patch_size", 1)
vae = AutoencoderKL(**config).eval()
vae.load_state_dict({k: v.float() for k, v in load_file(model / "vae/diffusion_pytorch_model.safetensors").items()})

latents, colours, picture = [], [], []
for number, path in enumerate(sorted(sys.argv[2:])):
    image = Image.open(path).convert("RGB").resize((128, 128), Image.LANCZOS)
    pixels = torch.tensor(np.asarray(image)).float().permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        encoded = vae.encode(torch.nn.functional.pixel_unshuffle(pixels, patch)).latent_dist.mode()
    encoded = (encoded - (config.get("shift_factor") or 0)) * config["scaling_factor"]
    means = torch.nn.functional.avg_pool2d(pixels, pixels.shape[-1] // encoded.shape[-1])
    latents.append(encoded[0].flatten(1).T.numpy())
    colours.append(means[0].flatten(1).T.numpy())
    picture += [number] * len(latents[-1])
latents, colours, picture = np.concatenate(latents), np.concatenate(colours), np.array(picture)
latents = np.c_[latents, np.ones(len(latents))]


def fitted(rows):
    x, y = latents[rows], colours[rows]
    return np.linalg.solve(x.T @ x + 1e-4 * len(x) * np.eye(x.shape[1]), x.T @ y)


out = picture % 3 == 0
guess = latents[out] @ fitted(~out)
print("correlation of red, green, blue in pictures left out:",
      *(round(np.corrcoef(guess[:, i], colours[out][:, i])[0, 1], 3) for i in range(3)))
factors = fitted(picture >= 0).round(4).tolist()
index = json.loads((model / "model_index.json").read_text())
index["limn"]["preview"] = {"factors": factors[:-1], "bias": factors[-1]}
text = json.dumps(index, indent=2)
for row in factors:
    text = text.replace("[\n          " + ",\n          ".join(map(str, row)) + "\n        ]", json.dumps(row))
    text = text.replace("[\n        " + ",\n        ".join(map(str, row)) + "\n      ]", json.dumps(row))
(model / "model_index.json").write_text(text + "\n")
