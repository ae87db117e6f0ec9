"""Makes Tests/Fixtures/Pictures: tiny checkpoints of random weights, and the pictures that diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.23.0, safetensors 0.8.0. Run from the repository's root:

    python Tests/Reference/pictures_end_to_end.py

Models, in diffusers' folder layout (what is equal to another model's part is a symbolic link to it):

    sd1       as Stable Diffusion 1.x: PNDM, 8 heads a layer, text encoder's names with `text_model.`
    sd2       as Stable Diffusion 2.x: v-prediction, linear projections, heads a level, GELU, "!" pads, bare names
    tiny      sd1 with an AutoencoderTiny
    prior     a transformer's with a prior (weights/training/latent_prior.py), whose latents its denoiser reads beside the noisy ones
    transformer   PixArtTransformer2DModel and an AutoencoderKL behind a pixel unshuffle by 4, 32 text positions, bfloat16

`sd1_original_keys.tsv` says how the original single-file layout names and shapes sd1's tensors. `cases.json` holds what
was asked for, `<name>.png` what diffusers painted in float32. The pictures look like noise; only the numbers matter.
"""

import itertools
import json
import pathlib
import shutil
import string
import sys

import diffusers
import numpy
import torch
from diffusers import (
    AutoencoderKL, AutoencoderTiny, PixArtTransformer2DModel, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline,
    UNet2DConditionModel)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from original_layout import original_rows

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "Pictures"
sys.path.append(str(FOLDER.parents[2] / "weights" / "training"))
from latent_prior import LatentPrior, beside, pooled  # noqa: E402

POSITIONS = {"transformer": 32, "prior": 32}

SAMPLERS = {  # limn's name: diffusers' class, and what from_config is handed besides
    "ddim": ("DDIMScheduler", {}), "ddpm": ("DDPMScheduler", {}), "pndm": ("PNDMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}), "euler-a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}), "lms": ("LMSDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}), "dpm2-a": ("KDPM2AncestralDiscreteScheduler", {}),
    "dpm++2m": ("DPMSolverMultistepScheduler", {}), "dpm++2s": ("DPMSolverSinglestepScheduler", {}),
    "dpm++2m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {}), "deis": ("DEISMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}), "tcd": ("TCDScheduler", {}),
}

LONG = "a very detailed painting of a garden with flowers, a river and a small house, " * 6

CASES = [dict(name=f"sd1-{name}", model="sd1", sampler=name, prompt="a red fox in the snow") for name in SAMPLERS] + [
    dict(name="sd1-negative", model="sd1", prompt="a castle by the sea", negative="blurry, dark"),
    dict(name="sd1-guidance-1", model="sd1", prompt="a golden bird", guidance=1.0, sampler="euler"),
    dict(name="sd1-clip-skip", model="sd1", prompt="a horse", clip_skip=1, sampler="ddim"),
    dict(name="sd1-wide", model="sd1", prompt="a boat", width=104, height=72, sampler="dpm++2m", seed=7),
    dict(name="sd1-long", model="sd1", prompt=LONG, sampler="euler"),
    dict(name="sd1-unicode", model="sd1", prompt="Été à l'ÎLE,  猫と犬!! &amp; 'tis", sampler="ddim"),
    dict(name="sd1-karras", model="sd1", prompt="a robot", sampler="dpm++2m", schedule="karras", steps=8),
    dict(name="sd1-exponential", model="sd1", prompt="a robot", sampler="euler", schedule="exponential"),
    dict(name="sd1-beta", model="sd1", prompt="a robot", sampler="euler", schedule="beta"),
    dict(name="sd1-trailing", model="sd1", prompt="a tower", sampler="ddim", spacing="trailing"),
    dict(name="sd1-linspace", model="sd1", prompt="a tower", sampler="euler-a", spacing="linspace"),
    dict(name="sd1-leading", model="sd1", prompt="a tower", sampler="unipc", spacing="leading"),
    dict(name="sd1-reference", model="sd1", prompt="a forest at night", sampler="ddim", steps=10, strength=0.6),
    dict(name="sd1-reference-euler-a", model="sd1", prompt="a forest", sampler="euler-a", steps=8, strength=0.35, width=72, height=64),
    dict(name="sd1-reference-pndm", model="sd1", prompt="a forest", steps=8, strength=1.0),
    dict(name="sd2-model", model="sd2", prompt="a knight and a horse!"),
    dict(name="sd2-wide", model="sd2", prompt="a street", width=104, height=72, sampler="euler", negative="cars"),
    dict(name="sd2-karras", model="sd2", prompt="a bridge", sampler="dpm++2m", schedule="karras"),
    dict(name="sd2-tall-reference", model="sd2", prompt="a bridge", steps=6, strength=0.5, width=64, height=88),
    dict(name="tiny-euler", model="tiny", prompt="a boat on a river", sampler="euler"),
    dict(name="tiny-reference", model="tiny", prompt="a boat on a river", sampler="ddim", strength=0.7),
    dict(name="transformer-model", model="transformer", prompt="a red apple", negative="green"),
    dict(name="transformer-wide", model="transformer", prompt="a cat", width=96, height=64, seed=3),
    dict(name="transformer-guidance-1", model="transformer", prompt="the sun", guidance=1.0, sampler="ddim"),
    dict(name="transformer-long", model="transformer", prompt=LONG, sampler="euler"),
    dict(name="transformer-reference", model="transformer", prompt="a house", strength=0.6, steps=8),
    dict(name="prior-model", model="prior", prompt="a red apple", negative="green"),
    dict(name="prior-wide", model="prior", prompt="a cat", width=96, height=64, seed=3),
    dict(name="prior-guidance-1", model="prior", prompt="the sun", guidance=1.0, sampler="euler"),
    dict(name="prior-reference", model="prior", prompt="a house", strength=0.6, steps=8, width=64, height=96),
]
STANDARD = dict(negative="", guidance=5.0, steps=5, width=64, height=64, seed=42)

WORDS = """a an the of and in on with at by red green golden dark small very detailed cat dog fox bird horse knight boat castle
sea river street bridge forest tower garden flowers house robot night snow painting apple sun blurry cars""".split()


# --- checkpoints

def write_tokenizer(folder, positions, pad, size=0):
    """A byte-pair vocabulary of CLIP's form: bytes, bytes that end words, merges that spell WORDS, start, end.

    More merges, of two and three letters and digits, fill it up to `size` tokens.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(rest))]
    names = dict.fromkeys(symbols + [symbol + "</w>" for symbol in symbols])
    merges = {}
    for word in WORDS:
        left = word[0] if len(word) > 1 else word + "</w>"
        for index in range(1, len(word)):
            right = word[index] + ("</w>" if index == len(word) - 1 else "")
            merges[left, right] = None
            left += right
            names[left] = None
    alphabet = string.ascii_lowercase + string.digits
    lefts = [*alphabet, *map("".join, itertools.product(alphabet, repeat=2))]
    for left, letter, end in itertools.product(lefts, alphabet, ["", "</w>"]):
        if len(names) + 2 < size and left + letter + end not in names:
            merges[left, letter + end] = None
            names[left + letter + end] = None
    names = [*names, "<|startoftext|>", "<|endoftext|>"]
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": pad}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({name: index for index, name in enumerate(names)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "CLIPTokenizer", "model_max_length": positions, **special}))
    return len(names)


def randomised(network, gain, seed):
    """Weights wide enough that every parameter, biases and norms too, shows in the picture."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        parameter.data = random_parameter(name, parameter.shape, gain, generator)
    return network.eval()


def random_parameter(name, shape, gain, generator):
    noise = torch.randn(shape, generator=generator)
    if len(shape) > 1:
        return noise * gain / shape[1:].numel() ** 0.5
    return noise / 10 + (1 if name.endswith("weight") else 0)


def text_encoder(vocabulary, width, heads, **more):
    return randomised(CLIPTextModel(CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_attention_heads=heads, projection_dim=width,
        bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1, **more)), 1.0, 2)


def autoencoder(widths, channels, **more):
    levels = len(widths)
    return randomised(AutoencoderKL(
        block_out_channels=widths, down_block_types=["DownEncoderBlock2D"] * levels, up_block_types=["UpDecoderBlock2D"] * levels,
        latent_channels=channels, layers_per_block=1, **more), 0.8, 3)


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    scheduler = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
    published = dict(scheduler, clip_sample=False, set_alpha_to_one=False, skip_prk_steps=True, steps_offset=1)

    vocabulary = write_tokenizer(FOLDER / "sd1" / "tokenizer", 77, "<|endoftext|>")
    levels = dict(down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
    save("sd1", dict(published, _class_name="PNDMScheduler"), dict(
        text_encoder=text_encoder(vocabulary, 32, 1, num_hidden_layers=2),
        unet=randomised(UNet2DConditionModel(
            sample_size=32, block_out_channels=(32, 32), layers_per_block=1, cross_attention_dim=32, attention_head_dim=8,
            **levels), 0.8, 1),
        vae=autoencoder((32, 32), 4)), prefix="text_model.")

    vocabulary = write_tokenizer(FOLDER / "sd2" / "tokenizer", 77, "!")
    save("sd2", dict(published, _class_name="DDIMScheduler", prediction_type="v_prediction"), dict(
        text_encoder=text_encoder(vocabulary, 32, 4, num_hidden_layers=3, hidden_act="gelu"),
        unet=randomised(UNet2DConditionModel(
            sample_size=8, block_out_channels=(16, 32), norm_num_groups=16, layers_per_block=1, cross_attention_dim=32,
            attention_head_dim=(2, 4), use_linear_projection=True, **levels), 0.8, 4),
        vae=autoencoder((16, 16, 16, 16), 4, norm_num_groups=8)))

    tiny = FOLDER / "tiny"
    save("tiny", None, dict(vae=randomised(AutoencoderTiny(
        encoder_block_out_channels=(16, 16), decoder_block_out_channels=(16, 16), num_encoder_blocks=(1, 2),
        num_decoder_blocks=(2, 1)), 0.6, 5)))
    for part in ["text_encoder", "tokenizer", "unet", "scheduler"]:
        (tiny / part).symlink_to(f"../sd1/{part}")

    vocabulary = write_tokenizer(FOLDER / "transformer" / "tokenizer", POSITIONS["transformer"], "<|endoftext|>")
    save("transformer", dict(
        scheduler, beta_end=0.02, _class_name="DPMSolverMultistepScheduler", prediction_type="v_prediction",
        timestep_spacing="trailing", steps_offset=0), dict(
        text_encoder=text_encoder(vocabulary, 32, 4, num_hidden_layers=2, max_position_embeddings=POSITIONS["transformer"]),
        transformer=transformer(8, 6),
        vae=autoencoder((16, 32), 8, in_channels=48, out_channels=48, norm_num_groups=16, scaling_factor=1.08, shift_factor=-0.01)),
        dtype=torch.bfloat16)
    add_to_json(FOLDER / "transformer" / "vae" / "config.json", patch_size=4)
    settings = dict(
        steps=5, guidance=4.0, sizes={"1:1": [64, 64], "3:2": [96, 64], "2:3": [64, 96]},
        styles={"flat": "{prompt}, flat", "ink": "{prompt}, ink", "pixel": {"prompt": "{prompt}, flat", "finish": "pixel"}})
    add_to_json(FOLDER / "transformer" / "model_index.json", limn=settings)

    drafts = randomised(LatentPrior(32, 24, 40, 2, 20, 8, 8), 0.8, 7).to(torch.bfloat16)
    transformer(16, 8).to(torch.bfloat16).save_pretrained(FOLDER / "prior" / "transformer")
    (FOLDER / "prior" / "prior").mkdir()
    save_file(drafts.state_dict(), FOLDER / "prior" / "prior" / "diffusion_pytorch_model.safetensors", {"format": "pt"})
    (FOLDER / "prior" / "prior" / "config.json").write_text(json.dumps(dict(_class_name="LatentPrior", **drafts.config), indent=1))
    for part in ["text_encoder", "tokenizer", "vae", "scheduler"]:
        (FOLDER / "prior" / part).symlink_to(f"../transformer/{part}")
    index = json.loads((FOLDER / "transformer" / "model_index.json").read_text())
    (FOLDER / "prior" / "model_index.json").write_text(json.dumps({**index, "prior": ["limn", "LatentPrior"]}, indent=1))
    write_original_keys()


def transformer(channels, seed):
    return randomised(PixArtTransformer2DModel(
        num_attention_heads=4, attention_head_dim=8, in_channels=channels, out_channels=8, num_layers=2, cross_attention_dim=32,
        caption_channels=32, sample_size=8, patch_size=1, interpolation_scale=1, use_additional_conditions=False), 0.8, seed)


def save(name, scheduler, parts, prefix="", dtype=torch.float16):
    folder = FOLDER / name
    for part, network in parts.items():
        network.to(dtype).save_pretrained(folder / part)
    for file in folder.glob("text_encoder/*.safetensors"):  # transformers 5 drops the `text_model.` that published files have
        tensors = {prefix + key.removeprefix("text_model."): value for key, value in load_file(file).items()}
        save_file(tensors, file, {"format": "pt"})
    if scheduler:
        (folder / "scheduler").mkdir()
        (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler, indent=1))
    kinds = dict(
        text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"],
        unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", type(parts["vae"]).__name__],
        scheduler=["diffusers", scheduler["_class_name"] if scheduler else "PNDMScheduler"])
    if "transformer" in parts:
        del kinds["unet"]
        kinds["transformer"] = ["diffusers", "PixArtTransformer2DModel"]
    pipeline = "LimnPipeline" if "transformer" in parts else "StableDiffusionPipeline"
    (folder / "model_index.json").write_text(json.dumps(dict(_class_name=pipeline, **kinds), indent=1))


def add_to_json(file, **more):
    file.write_text(json.dumps({**json.loads(file.read_text()), **more}, indent=1))


def write_original_keys():
    """Part, diffusers' name, original name, original shape: a line a tensor of sd1."""
    rows = original_rows(FOLDER / "sd1")
    (FOLDER / "sd1_original_keys.tsv").write_text("".join("\t".join(row[:4]) + "\n" for row in rows))


# --- pictures

def loaded(folder, part, kind):
    key = "dtype" if part == "text_encoder" else "torch_dtype"
    return kind.from_pretrained(folder / part, **{key: torch.float32}).eval()


def tokenizer(model):
    return CLIPTokenizer.from_pretrained(FOLDER / model / "tokenizer")


def scheduler(case, folder=FOLDER):
    config = json.loads((folder / case["model"] / "scheduler" / "scheduler_config.json").read_text())
    saved = getattr(diffusers, config["_class_name"]).from_config(config)
    if "clip_sample" in config:
        saved.register_to_config(clip_sample=config["clip_sample"])
    name, more = SAMPLERS.get(case.get("sampler"), (config["_class_name"], {}))
    if "schedule" in case:
        more = {**more, f"use_{case['schedule']}_sigmas": True}
    if "spacing" in case:
        more = {**more, "timestep_spacing": case["spacing"]}
    return getattr(diffusers, name).from_config(saved.config, **more)


def reference(case):
    """A smooth colourful picture."""
    y, x = numpy.mgrid[0:case["height"], 0:case["width"]] / 64
    waves = [numpy.sin(a * x + b * y + c) for a, b, c in [(4, 7, 0), (9, 3, 1), (5, 11, 2)]]
    return Image.fromarray(((numpy.stack(waves, -1) / 2 + 0.5) * 255).astype(numpy.uint8))


def painted_by_pipeline(case):
    folder = FOLDER / case["model"]
    text = loaded(folder, "text_encoder", CLIPTextModel)
    object.__setattr__(text, "text_model", text)  # where diffusers' clip_skip looks for it
    parts = dict(
        text_encoder=text, tokenizer=tokenizer(case["model"]), unet=loaded(folder, "unet", UNet2DConditionModel),
        vae=loaded(folder, "vae", AutoencoderTiny if case["model"] == "tiny" else AutoencoderKL), scheduler=scheduler(case),
        safety_checker=None, feature_extractor=None)
    order = dict(
        prompt=case["prompt"], negative_prompt=case["negative"], guidance_scale=case["guidance"], num_inference_steps=case["steps"],
        clip_skip=case.get("clip_skip"), generator=torch.Generator().manual_seed(case["seed"]))
    if "strength" in case:
        pipeline = StableDiffusionImg2ImgPipeline(**parts, requires_safety_checker=False)
        order |= dict(image=reference(case), strength=case["strength"])
    else:
        pipeline = StableDiffusionPipeline(**parts, requires_safety_checker=False)
        order |= dict(width=case["width"], height=case["height"])
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(**order).images[0]


def painted_by_transformer(case):
    """As diffusers' Stable Diffusion pipelines paint, around the transformer and the pixel unshuffle."""
    folder, drafts = FOLDER / case["model"], None
    vae, transformer = loaded(folder, "vae", AutoencoderKL), loaded(folder, "transformer", PixArtTransformer2DModel)
    ids = tokenizer(case["model"])(
        [case["negative"], case["prompt"]], padding="max_length", truncation=True, max_length=POSITIONS[case["model"]],
        return_tensors="pt").input_ids
    states = loaded(folder, "text_encoder", CLIPTextModel)(ids).last_hidden_state
    if (folder / "prior").exists():
        drafts = LatentPrior.from_pretrained(folder / "prior")(pooled(states, ids, ids.max()))
    generator = torch.Generator().manual_seed(case["seed"])
    steps = scheduler(case)
    steps.set_timesteps(case["steps"])
    timesteps = steps.timesteps
    shape = (1, 8, case["height"] // 8, case["width"] // 8)
    scale, shift = vae.config.scaling_factor, vae.config.shift_factor
    if "strength" in case:
        skipped = case["steps"] - int(case["steps"] * case["strength"])
        timesteps = timesteps[skipped * steps.order:]
        steps.set_begin_index(skipped * steps.order)
        picture = torch.from_numpy(numpy.array(reference(case))).permute(2, 0, 1)[None] / 255 * 2 - 1
        encoded = vae.encode(torch.nn.functional.pixel_unshuffle(picture, 4)).latent_dist.sample(generator)
        latents = steps.add_noise((encoded - shift) * scale, torch.randn(shape, generator=generator), timesteps[:1])
    else:
        latents = torch.randn(shape, generator=generator) * steps.init_noise_sigma
    for t in timesteps:
        both = steps.scale_model_input(torch.cat([latents, latents]), t)
        inputs = both if drafts is None else beside(both, drafts)
        without, wanted = transformer(inputs, encoder_hidden_states=states, timestep=t.expand(2)).sample.chunk(2)
        output = without + case["guidance"] * (wanted - without) if case["guidance"] > 1 else wanted
        latents = steps.step(output, t, latents, return_dict=False)[0]
    decoded = torch.nn.functional.pixel_shuffle(vae.decode(latents / scale + shift).sample, 4)
    pixels = (decoded / 2 + 0.5).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    return Image.fromarray((pixels * 255).round().astype(numpy.uint8))


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    build()
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        picture = (painted_by_transformer if case["model"] in POSITIONS else painted_by_pipeline)(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        if "strength" in case:
            reference(case).save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        print(f"{case['name']:26} {picture.size} mean {numpy.mean(picture):.0f} deviation {numpy.std(picture):.0f}")
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
