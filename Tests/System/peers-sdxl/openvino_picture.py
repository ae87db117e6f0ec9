"""One step of SDXL-Turbo by OpenVINO in float32, from process start to PNG, no torch in the process:
openvino_picture.py CHECKPOINT OUT.png --exported FOLDER [--size 512]"""
import time

import common

options = common.arguments(__doc__, "picture")
import numpy as np  # noqa: E402
from openvino_networks import compiled  # noqa: E402
from PIL import Image  # noqa: E402

latents, _, context, pooled, time_ids = common.unet_inputs(common.configuration(options.checkpoint, "unet"), options.size)


def encoded(part, padding):
    """One network at a time is in memory."""
    tokens = np.array([common.TOKENS + [padding] * (77 - len(common.TOKENS))])
    tokens = np.minimum(tokens, common.configuration(options.checkpoint, part)["vocab_size"] - 1)
    return list(compiled(options.exported, part, options.threads)(tokens).values())


first, = encoded("text_encoder", common.TOKENS[-1])
second, pooled = encoded("text_encoder_2", 0)
# Euler's one step from the last time step on ends at the sample that the UNet predicts.
betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
remaining = np.cumprod(1 - betas)[-1]
level = ((1 - remaining) / remaining) ** 0.5
inputs = [(latents * level / (level**2 + 1) ** 0.5).astype("f"), np.array(999, "f"), np.concatenate([first, second], -1), pooled, time_ids]
unet = compiled(options.exported, "unet", options.threads, *[list(array.shape) for array in inputs])
sample = level * latents - level * unet(inputs)[0]
del unet
decoder = compiled(options.exported, "vae", options.threads, list(latents.shape))
scale = common.configuration(options.checkpoint, "vae").get("scaling_factor", 1.0)
picture = decoder((sample / scale).astype("f"))[0][0].transpose(1, 2, 0) / 2 + 0.5
Image.fromarray((picture.clip(0, 1) * 255).round().astype("u1")).save(options.output)
common.report("openvino", "picture", options.size, [round(time.perf_counter() - common.START, 4)])
