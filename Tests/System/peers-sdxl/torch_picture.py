"""One step of SDXL-Turbo by diffusers and torch in float32, from process start to PNG: torch_picture.py CHECKPOINT OUT.png [--size 512]"""
import time

import common

options = common.arguments(__doc__, "picture")
import torch  # noqa: E402
from diffusers import StableDiffusionXLPipeline  # noqa: E402

torch.set_num_threads(options.threads)
pipeline = StableDiffusionXLPipeline.from_pretrained(options.checkpoint, dtype=torch.float32, local_files_only=True)
pipeline(
    common.PROMPT, num_inference_steps=1, guidance_scale=0.0, width=options.size, height=options.size,
    generator=torch.Generator().manual_seed(common.SEED)).images[0].save(options.output)
common.report("torch", "picture", options.size, [round(time.perf_counter() - common.START, 4)])
