"""Makes Tests/Fixtures/PicturesStyled: pictures whose self-attention attends to another picture too ("reference-only").

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, pillow 13.0.0. Run from the repository's root, after the scripts of the
models that it links to:

    python Tests/Reference/pictures_styled.py

At each evaluation the UNet first sees the other picture's latents with the noise of that timestep (drawn by a generator of its own), while
an attention processor keeps the keys and values of all self-attention layers. Then the layers attend to their own tokens and to those; without
the prompt, half to their own alone, as diffusers' community pipeline `stable_diffusion_reference.py` does with `reference_attn` and a
`style_fidelity` of 0.5. The style's strength is its `attention_auto_machine_weight`: the share of the layers, the widest first, then in the
order down, middle, up. `cases.json` holds what was asked for, `<name>.style.png` the other picture, `<name>.png` what was painted.
"""

import json
import pathlib
import shutil

import diffusers
import numpy
import torch
import torch.nn.functional as F
import transformers
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from PIL import Image

from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesStyled"
LINKS = {"sd1": "Pictures/sd1", "sd2": "Pictures/sd2", "xl": "PicturesXL/xl"}
STANDARD = dict(
    guidance=9.0, steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow", style_method="attention", style_strength=1.0)
FIDELITY = 0.5

CASES = [
    dict(name="styled-sd1-ddim", model="sd1", sampler="ddim"),
    dict(name="styled-sd1-dpm++2m", model="sd1", sampler="dpm++2m", steps=6, width=72, height=104),
    dict(name="styled-sd2-ddim", model="sd2", sampler="ddim"),
    dict(name="styled-sd2-half", model="sd2", sampler="euler", style_strength=0.5, negative="dark"),
    dict(name="styled-sd2-little", model="sd2", sampler="euler", style_strength=0.2),
    dict(name="styled-sd2-plain", model="sd2", sampler="euler", guidance=1.0),
    dict(name="styled-sd2-ancestral", model="sd2", sampler="euler-a", style_strength=0.8),
    dict(name="styled-sd2-unipc", model="sd2", sampler="unipc", seed=7),
    dict(name="styled-sd2-heun", model="sd2", sampler="heun", width=104, height=72),
    dict(name="styled-xl-euler", model="xl", sampler="euler"),
    dict(name="styled-xl-half", model="xl", sampler="ddim", style_strength=0.6, width=104, height=72),
    dict(name="styled-xl-negative", model="xl", sampler="dpm++2m", negative="dark", steps=6),
]


class Style:
    """The two passes of a UNet, and the attention processors of its self-attention."""

    def __init__(self, pipeline, latents, share, generator):
        self.pipeline, self.latents, self.generator = pipeline, latents, generator
        self.writes = False
        unet = pipeline.unet
        blocks = [
            block for level in [*unet.down_blocks, unet.mid_block, *unet.up_blocks] for block in level.modules()
            if type(block).__name__ == "BasicTransformerBlock" and not block.only_cross_attention]
        widest = sorted(range(len(blocks)), key=lambda index: -blocks[index].norm1.normalized_shape[0])
        chosen = {index for place, index in enumerate(widest) if place / len(blocks) < share}
        for index, block in enumerate(blocks):
            block.attn1.set_processor(Processor(self, index in chosen))
        self.forward, unet.forward = unet.forward, self.both

    def both(self, sample, timestep, *arguments, **named):
        scheduler = self.pipeline.scheduler
        noise = torch.randn(self.latents.shape, generator=self.generator)
        other = scheduler.add_noise(self.latents, noise, timestep.reshape(1))
        other = scheduler.scale_model_input(other, timestep)
        self.writes = True
        self.forward(torch.cat([other] * len(sample)), timestep, *arguments, **named)
        self.writes = False
        return self.forward(sample, timestep, *arguments, **named)


class Processor:
    def __init__(self, style, attends):
        self.style, self.attends = style, attends

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **more):
        def heads(x):
            return x.unflatten(2, (attn.heads, -1)).transpose(1, 2)

        q, k, v = heads(attn.to_q(hidden_states)), heads(attn.to_k(hidden_states)), heads(attn.to_v(hidden_states))
        found = F.scaled_dot_product_attention(q, k, v)
        if self.style.writes:
            self.other = k, v
        elif self.attends:
            alone = found
            found = F.scaled_dot_product_attention(q, torch.cat([k, self.other[0]], 2), torch.cat([v, self.other[1]], 2))
            if len(found) == 2:
                found = torch.cat([FIDELITY * alone[:1] + (1 - FIDELITY) * found[:1], found[1:]])
        return attn.to_out[0](found.transpose(1, 2).flatten(2))


def picture(case):
    y, x = numpy.mgrid[0:case["height"], 0:case["width"]] / 8
    waves = [numpy.sin(a * x + b * y + c) for a, b, c in [(2, 1, 0), (1, -3, 1), (3, 2, 2)]]
    return Image.fromarray(((numpy.stack(waves, -1) / 2 + 0.5) * 255).astype(numpy.uint8))


def painted(case, style=True):
    is_xl = case["model"] == "xl"
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False, safety_checker=None)
    kind = StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline
    pipeline = kind.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True, **more)
    pipeline.scheduler = scheduler(case, FOLDER)
    pipeline.set_progress_bar_config(disable=True)
    if style:
        pixels = torch.from_numpy(numpy.array(picture(case))).permute(2, 0, 1)[None] / 255 * 2 - 1
        latents = pipeline.vae.encode(pixels).latent_dist.mode() * pipeline.vae.config.scaling_factor
        Style(pipeline, latents, case["style_strength"], torch.Generator().manual_seed(case["seed"]))
    return pipeline(
        prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"],
        num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"])).images[0]


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        result = painted(case)
        plain = painted(case, style=False)
        result.save(FOLDER / f"{case['name']}.png", optimize=True)
        picture(case).save(FOLDER / f"{case['name']}.style.png", optimize=True)
        change = numpy.abs(numpy.array(result, int) - numpy.array(plain, int)).mean()
        print(f"{case['name']:26} {result.size} deviation {numpy.std(result):.0f} changed by {change:.1f}")
        case["style_from"] = f"{case['name']}.style.png"
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
