"""One UNet evaluation of a full-size Stable Diffusion checkpoint, SDXL's family included, for `make parity-full`.

    python full_size_unet.py MODEL_FOLDER OUT_FOLDER

Writes little-endian float32, channels last: latents.bin [1, edge, edge, 4], where the edge is the UNet's own (`sample_size`: 64 for
1.x, 128 for SDXL), context.bin [1, 77, width], expected.bin [1, edge, edge, 4], all for timestep 981. For SDXL also pooled.bin
[1, width of the pooled text] and time_ids.bin [1, 6]. Prints how long the evaluation took, and the peak memory. Not run by
`make references`: it needs a checkpoint. Made with torch 2.15, diffusers 0.42, transformers 5.23.
"""
import pathlib
import resource
import sys
import time

import torch
from diffusers import UNet2DConditionModel

TIMESTEP = 981


def main(model, out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet", dtype=torch.float32).eval()
    config = unet.config
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn((1, 4, config.sample_size, config.sample_size), generator=generator)
    context = torch.randn((1, 77, config.cross_attention_dim), generator=generator)
    added = {}
    if config.addition_embed_type == "text_time":
        side = 8 * config.sample_size
        time_ids = torch.tensor([[side, side, 0, 0, side, side]], dtype=torch.float32)
        width = config.projection_class_embeddings_input_dim - time_ids.numel() * config.addition_time_embed_dim
        added = dict(text_embeds=torch.randn((1, width), generator=generator), time_ids=time_ids)
    start = time.perf_counter()
    with torch.no_grad():
        expected = unet(latents, TIMESTEP, encoder_hidden_states=context, added_cond_kwargs=added).sample
    seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{seconds:.1f} s, {peak:.1f} GB; the result's deviation {expected.std():.3g}")
    results = dict(latents=latents.permute(0, 2, 3, 1), context=context, expected=expected.permute(0, 2, 3, 1))
    if added:
        results |= dict(pooled=added["text_embeds"], time_ids=added["time_ids"])
    for name, value in results.items():
        value.contiguous().numpy().astype("<f4").tofile(out / f"{name}.bin")


if __name__ == "__main__" and len(sys.argv) == 3:
    main(*sys.argv[1:])
