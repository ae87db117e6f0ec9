"""Times one evaluation of SDXL's UNet by diffusers and torch in float32: torch_unet.py CHECKPOINT [--size 1024] [--channels-last]"""
import common

options = common.arguments(__doc__, "unet")
import torch  # noqa: E402
from diffusers import UNet2DConditionModel  # noqa: E402

torch.set_num_threads(options.threads)
unet = UNet2DConditionModel.from_pretrained(options.checkpoint, subfolder="unet", dtype=torch.float32).eval()
latents, timestep, context, pooled, time_ids = map(torch.from_numpy, common.unet_inputs(unet.config, options.size))
program = "torch"
if options.channels_last:
    program = "torch, channels last"
    unet, latents = unet.to(memory_format=torch.channels_last), latents.to(memory_format=torch.channels_last)
added = dict(text_embeds=pooled, time_ids=time_ids)
with torch.inference_mode():
    seconds = common.timed(
        lambda: unet(latents, timestep, encoder_hidden_states=context, added_cond_kwargs=added), options.rounds)
common.report(program, "unet", options.size, seconds)
