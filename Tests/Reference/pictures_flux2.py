"""Makes Tests/Fixtures/PicturesFlux2: tiny FLUX.2 klein models of random weights, and the pictures that diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0. Run from the repository's root:

    python Tests/Reference/pictures_flux2.py

Models, in diffusers' folder layout (what is equal to another model's part is a symbolic link to it):

    klein         distilled: no guidance
    klein-base    the same networks, guided
    klein-small   ... with the small decoder of an autoencoder that has one

The text encoder has 28 layers, since the states behind 9, 18 and 27 of them are read. All weights are bfloat16. `cases.json` holds
what was asked for, `<name>.png` what diffusers painted in float32; `references` name pictures that the prompt speaks of. Where a
case has no width and height, the first of them decides. Samplers that draw noise have no case: the pipeline hands them no generator. A negative prompt is encoded by the pipeline's own `encode_prompt`.
"""

import json
import pathlib
import shutil
import zlib

import diffusers
import numpy
import torch
import transformers
from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel
from PIL import Image
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import Qwen3Config, Qwen3ForCausalLM
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer

from pictures_end_to_end import random_parameter
from qwen2_tokenizer import CONTROL, TYPED, learn

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "PicturesFlux2"
WIDTH = 8
LONG = "a very detailed painting of a garden with flowers, a river and a small house, " * 40
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% if enable_thinking is defined and enable_thinking is false %}"
    "{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}")
SOLVER = dict(use_flow_sigmas=True, prediction_type="flow_prediction")
SAMPLERS = {  # limn's name: diffusers' class, and what from_config is handed besides
    "euler": ("FlowMatchEulerDiscreteScheduler", {}),
    "dpm++2m": ("DPMSolverMultistepScheduler", SOLVER), "unipc": ("UniPCMultistepScheduler", SOLVER)}
SCHEDULER = dict(
    _class_name="FlowMatchEulerDiscreteScheduler", base_image_seq_len=256, base_shift=0.5, invert_sigmas=False,
    max_image_seq_len=4096, max_shift=1.15, num_train_timesteps=1000, shift=3.0, shift_terminal=None, stochastic_sampling=False,
    time_shift_type="exponential", use_beta_sigmas=False, use_dynamic_shifting=True, use_exponential_sigmas=False,
    use_karras_sigmas=False)

STANDARD = dict(steps=4, width=64, height=64, seed=42)
FOX = dict(model="klein", prompt="a red fox in the snow")
EDIT = dict(model="klein", prompt="put the cat of picture 1 on the chair of picture 2", steps=2)
BASE = dict(model="klein-base", prompt="a castle by the sea", steps=5, guidance=4.0)
CASES = [
    dict(FOX, name="klein-model"),
    dict(FOX, name="klein-wide", width=112, height=64, seed=7),
    dict(FOX, name="klein-tall", width=80, height=128, seed=8),
    dict(FOX, name="klein-1step", steps=1),
    dict(FOX, name="klein-9steps", steps=9, seed=(5 << 40) + 3),
    dict(FOX, name="klein-dpm++2m", sampler="dpm++2m", steps=6),
    dict(FOX, name="klein-unipc", sampler="unipc", steps=6),
    dict(FOX, name="klein-karras", sampler="euler", schedule="karras", steps=5),
    dict(model="klein", name="klein-long", prompt=LONG),
    dict(model="klein", name="klein-unicode", prompt="Été à l'ÎLE,  猫と犬!! &amp; 'tis\n\n  x"),
    dict(model="klein", name="klein-end-of-turn", prompt="a sign that says <|im_end|> and <think>"),
    dict(EDIT, name="klein-edit", references=[(64, 64)]),
    dict(EDIT, name="klein-edit-its-size", references=[(100, 70)], width=None, height=None),
    dict(EDIT, name="klein-edit-two", references=[(64, 90), (135, 66)], width=80),
    dict(EDIT, name="klein-edit-three", references=[(64, 64), (70, 500), (99, 65)], width=None, height=None, seed=3),
    dict(EDIT, name="klein-edit-large", references=[(1400, 900)], steps=1),
    dict(EDIT, name="klein-edit-unipc", references=[(80, 64)], sampler="unipc", steps=4),
    dict(BASE, name="base-model"),
    dict(BASE, name="base-guidance-1", guidance=1.0),
    dict(BASE, name="base-guidance-9", guidance=9.0, width=96),
    dict(BASE, name="base-negative", negative="blurry, dark"),
    dict(BASE, name="base-negative-empty", negative="", steps=3),
    dict(BASE, name="base-edit", references=[(64, 80), (90, 64)], steps=3),
    dict(FOX, name="klein-lora", loras=["klein-peft.safetensors:0.8"]),
    dict(FOX, name="klein-lora-original", loras=["klein-original.safetensors:1.0"]),
    dict(FOX, name="klein-lora-two", loras=["klein-original.safetensors:0.5", "klein-peft.safetensors:0.5"], width=80),
    dict(FOX, name="small-model", model="klein-small"),
    dict(EDIT, name="small-edit", model="klein-small", references=[(96, 64)], height=80),
]


# --- checkpoints

def randomised(network, gain):
    for name, parameter in network.named_parameters():
        generator = torch.Generator().manual_seed(zlib.crc32(f"{name} {list(parameter.shape)}".encode()))
        parameter.data = random_parameter(name, parameter.shape, gain, generator)
    return network.eval()


def write_tokenizer(folder):
    """A small vocabulary with the special tokens of Qwen; returns its size."""
    vocab, merges = learn(120)
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=merges, model_max_length=131072)
    tokenizer.add_tokens([AddedToken(t, special=True, normalized=False) for t in CONTROL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in TYPED])
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def text_encoder(vocabulary, width, layers):
    return randomised(Qwen3ForCausalLM(Qwen3Config(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=12, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=1, head_dim=6, rms_norm_eps=1e-6, rope_theta=1000000.0, tie_word_embeddings=True)), 1.0)


def autoencoder(**more):
    """With statistics of its latents, without which nothing would show whether they are heeded."""
    widths = (4, 8, 8, 8)
    vae = randomised(AutoencoderKLFlux2(
        block_out_channels=widths, down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4, layers_per_block=1, norm_num_groups=4, **more), 0.8)
    generator = torch.Generator().manual_seed(1)
    vae.bn.running_mean = torch.randn(16, generator=generator) / 4
    vae.bn.running_var = torch.rand(16, generator=generator) + 0.3
    return vae


def save(network, place):
    network.to(torch.bfloat16).save_pretrained(place)


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    klein = FOLDER / "klein"
    vocabulary = write_tokenizer(klein / "tokenizer")
    save(text_encoder(vocabulary, WIDTH, 28), klein / "text_encoder")
    save(randomised(Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=2, attention_head_dim=16, num_attention_heads=2, joint_attention_dim=3 * WIDTH,
        timestep_guidance_channels=32, axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False), 1.0), klein / "transformer")
    save(autoencoder(), klein / "vae")
    save(autoencoder(decoder_block_out_channels=(4, 4, 8, 12)), FOLDER / "klein-small" / "vae")
    for model in ["klein", "klein-base", "klein-small"]:
        folder = FOLDER / model
        folder.mkdir(exist_ok=True)
        for part in ["tokenizer", "text_encoder", "transformer", "vae"]:
            if not (folder / part).exists():
                (folder / part).symlink_to(f"../klein/{part}")
        write_scheduler(folder, SCHEDULER)
        (folder / "model_index.json").write_text(json.dumps(dict(
            _class_name="Flux2KleinPipeline", _diffusers_version=diffusers.__version__, is_distilled=model != "klein-base",
            scheduler=["diffusers", SCHEDULER["_class_name"]], text_encoder=["transformers", "Qwen3ForCausalLM"],
            tokenizer=["transformers", "Qwen2Tokenizer"], transformer=["diffusers", "Flux2Transformer2DModel"],
            vae=["diffusers", "AutoencoderKLFlux2"]), indent=1))


def write_lora(folder, file, modules, prefix, ends, alpha=None):
    """`modules`: names with the outputs and inputs of their matrices."""
    tensors = {}
    for name, (outputs, inputs) in modules.items():
        generator = torch.Generator().manual_seed(zlib.crc32(f"{file} {name}".encode()))
        down, up = torch.randn(3, inputs, generator=generator) / inputs**0.5, torch.randn(outputs, 3, generator=generator) / 3**0.5
        tensors |= {f"{prefix}{name}.{ends[0]}.weight": down.bfloat16(), f"{prefix}{name}.{ends[1]}.weight": up.bfloat16()}
        if alpha:
            tensors[f"{prefix}{name}.alpha"] = torch.tensor(alpha)
    save_file(tensors, folder / file, {"format": "pt"})


def build_loras():
    double, single = "transformer_blocks.0.", "single_transformer_blocks.1."
    write_lora(FOLDER, "klein-peft.safetensors", {
        f"{double}attn.to_q": (32, 32), f"{double}attn.to_out.0": (32, 32), f"{double}attn.add_k_proj": (32, 32),
        f"{double}ff_context.linear_in": (192, 32), f"{single}attn.to_qkv_mlp_proj": (288, 32), f"{single}attn.to_out": (32, 128),
        "x_embedder": (32, 16)}, "transformer.", ("lora_A", "lora_B"))
    write_lora(FOLDER, "klein-original.safetensors", {
        "double_blocks.0.img_attn.qkv": (96, 32), "double_blocks.0.txt_attn.qkv": (96, 32), "double_blocks.0.txt_attn.proj": (32, 32),
        "double_blocks.0.img_mlp.0": (192, 32), "single_blocks.0.linear1": (288, 32), "single_blocks.0.linear2": (32, 128),
        "txt_in": (32, 24), "single_stream_modulation.lin": (96, 32)}, "diffusion_model.", ("lora_A", "lora_B"))


def take_loras(pipeline, case, folder):
    names, weights = [], []
    for place, text in enumerate(case.get("loras", [])):
        file, weight = text.rsplit(":", 1)
        pipeline.load_lora_weights(str(folder / file), adapter_name=f"lora{place}")
        names.append(f"lora{place}")
        weights.append(float(weight))
    if names:
        pipeline.set_adapters(names, weights)


def write_scheduler(folder, scheduler):
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler, indent=1))


# --- pictures

def reference(size, index):
    """Waves of colours; where it is large, in squares, which make a small file."""
    width, height = size
    edge = 50 if width * height > 500_000 else 1
    y, x = numpy.mgrid[0:height, 0:width] // edge * edge / 64
    waves = [numpy.sin(a * x + b * y + c + index) for a, b, c in [(4, 7, 0), (9, 3, 1), (5, 11, 2)]]
    return Image.fromarray(((numpy.stack(waves, -1) / 2 + 0.5) * 255).astype(numpy.uint8))


def chosen_scheduler(pipeline, case):
    own = pipeline.scheduler
    more = {"use_karras_sigmas": True} if case.get("schedule") == "karras" else {}
    name, extra = SAMPLERS[case["sampler"]] if "sampler" in case else (type(own).__name__, {})
    return getattr(diffusers, name).from_config(own.config, **extra, **more)


def painted(case, pictures):
    pipeline = Flux2KleinPipeline.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = chosen_scheduler(pipeline, case)
    take_loras(pipeline, case, FOLDER)
    order = dict(
        prompt=case["prompt"], num_inference_steps=case["steps"], guidance_scale=case.get("guidance", 1.0),
        width=case.get("width"), height=case.get("height"), generator=torch.Generator().manual_seed(case["seed"]))
    if pictures:
        order |= dict(image=pictures)
    if case.get("negative") is not None and case["guidance"] > 1:
        order |= dict(negative_prompt_embeds=pipeline.encode_prompt(case["negative"])[0])
    return pipeline(**order).images[0]


def write_cases(cases, folder, painted):
    for case in cases:
        pictures = [reference(size, index) for index, size in enumerate(case.get("references", []))]
        picture = painted(case, pictures)
        picture.save(folder / f"{case['name']}.png", optimize=True)
        names = [f"{case['name']}.reference{index or ''}.png" for index in range(len(pictures))]
        for name, own in zip(names, pictures):
            own.save(folder / name, optimize=True)
        if names:
            case["references"] = names
        print(f"{case['name']:26} {picture.size} mean {numpy.mean(picture):.0f} deviation {numpy.std(picture):.0f}")
    cases = [{key: value for key, value in case.items() if value is not None} for case in cases]
    (folder / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    build()
    build_loras()
    write_cases([{**STANDARD, **case} for case in CASES], FOLDER, painted)


if __name__ == "__main__":
    main()
