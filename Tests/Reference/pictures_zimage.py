"""Makes Tests/Fixtures/PicturesZImage: tiny Z-Image models of random weights, and the pictures that diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, tokenizers 0.23.3, safetensors 0.8.0. Run from the repository's root:

    python Tests/Reference/pictures_zimage.py

after pictures_flux2.py, whose tokenizer is linked to.

Models, in diffusers' folder layout (what is equal to another model's part is a symbolic link to it):

    turbo      as Z-Image-Turbo: a static shift of 3
    base       the same networks, another shift
    dynamic    ... with a shift that follows from the size
    tiny       ... with an AutoencoderTiny (TAEF1)

All weights are bfloat16. `cases.json` holds what was asked for, `<name>.png` what diffusers painted in float32. A guidance of 0, which
the pipeline takes for none, and above 0 is the pipeline's own `guidance_scale`.
"""

import json
import shutil

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderTiny, ZImageImg2ImgPipeline, ZImagePipeline, ZImageTransformer2DModel
from transformers import AutoTokenizer, Qwen3Config, Qwen3Model

import pictures_flux2 as flux2
from pictures_flux2 import LONG, randomised, reference, save, write_cases, write_scheduler

FOLDER = flux2.FOLDER.parent / "PicturesZImage"
WIDTH = 12
SCHEDULER = dict(
    _class_name="FlowMatchEulerDiscreteScheduler", num_train_timesteps=1000, shift=3.0, use_dynamic_shifting=False)

STANDARD = dict(steps=4, width=64, height=64, seed=42)
FOX = dict(model="turbo", prompt="a red fox in the snow", guidance=0.0)
SEA = dict(model="base", prompt="a castle by the sea, painted in oil on a large canvas with much light", steps=5)
CASES = [
    dict(FOX, name="turbo-model"),
    dict(FOX, name="turbo-wide", width=112, height=64, seed=7),
    dict(FOX, name="turbo-tall", width=80, height=128, seed=8),
    dict(FOX, name="turbo-1step", steps=1),
    dict(FOX, name="turbo-8steps", steps=8, seed=(5 << 40) + 3),
    dict(FOX, name="turbo-karras", sampler="euler", schedule="karras", steps=5),
    dict(FOX, name="turbo-whole-multiple", width=128, height=64),
    dict(FOX, name="turbo-long", prompt=LONG),
    dict(FOX, name="turbo-unicode", prompt="Été à l'ÎLE,  猫と犬!! &amp; 'tis\n\n  x"),
    dict(FOX, name="turbo-end-of-turn", prompt="a sign that says <|im_end|> and <think>"),
    dict(FOX, name="turbo-guided", guidance=1.0),
    dict(FOX, name="turbo-reference", strength=0.6, steps=8),
    dict(FOX, name="turbo-reference-wide", strength=0.35, steps=9, width=96),
    dict(FOX, name="turbo-reference-1", strength=1.0, steps=3, height=80),
    dict(FOX, name="turbo-lora", loras=["z-image-peft.safetensors:0.8"]),
    dict(FOX, name="turbo-lora-kohya", loras=["z-image-kohya.safetensors:1.0"]),
    dict(SEA, name="base-model", guidance=5.0),
    dict(SEA, name="base-guidance-0", guidance=0.0),
    dict(SEA, name="base-guidance-half", guidance=0.5),
    dict(SEA, name="base-negative", guidance=4.0, negative="blurry, dark"),
    dict(SEA, name="base-negative-long", guidance=4.0, negative="blurry, dark, " * 20, width=96),
    dict(SEA, name="base-reference", guidance=4.0, negative="", strength=0.5, steps=6),
    dict(FOX, name="dynamic-model", model="dynamic"),
    dict(FOX, name="dynamic-wide", model="dynamic", width=96, height=80),
    dict(FOX, name="tiny-model", model="tiny"),
    dict(FOX, name="tiny-reference", model="tiny", strength=0.7, steps=5),
]


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    turbo = FOLDER / "turbo"
    turbo.mkdir(parents=True)
    (turbo / "tokenizer").symlink_to("../../PicturesFlux2/klein/tokenizer")
    vocabulary = len(AutoTokenizer.from_pretrained(turbo / "tokenizer"))
    save(randomised(Qwen3Model(Qwen3Config(
        vocab_size=vocabulary, hidden_size=WIDTH, intermediate_size=16, num_hidden_layers=3, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, rms_norm_eps=1e-6, rope_theta=1000000.0)), 1.0), turbo / "text_encoder")
    save(randomised(ZImageTransformer2DModel(
        in_channels=4, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=WIDTH, axes_dims=[4, 6, 6],
        axes_lens=[1536, 64, 64]), 1.0), turbo / "transformer")
    widths = (4, 8, 8, 8)
    save(randomised(AutoencoderKL(
        block_out_channels=widths, down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4, layers_per_block=1, norm_num_groups=4, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False,
        use_post_quant_conv=False), 0.8), turbo / "vae")
    save(brightened(randomised(AutoencoderTiny(
        latent_channels=4, encoder_block_out_channels=[8] * 4, decoder_block_out_channels=[8] * 4, num_encoder_blocks=[1, 1, 2, 1],
        num_decoder_blocks=[1, 2, 1, 1], scaling_factor=1.0, shift_factor=0.0), 1.0)), FOLDER / "tiny" / "vae")
    for model, more in {
            "turbo": {}, "base": dict(shift=6.0), "dynamic": dict(use_dynamic_shifting=True, base_shift=0.4), "tiny": {}}.items():
        folder = FOLDER / model
        folder.mkdir(exist_ok=True)
        for part in ["tokenizer", "text_encoder", "transformer", "vae"]:
            if not (folder / part).exists():
                (folder / part).symlink_to(f"../turbo/{part}")
        write_scheduler(folder, SCHEDULER | more)
        kind = json.loads((folder / "vae" / "config.json").read_text())["_class_name"]
        (folder / "model_index.json").write_text(json.dumps(dict(
            _class_name="ZImagePipeline", _diffusers_version=diffusers.__version__, scheduler=["diffusers", SCHEDULER["_class_name"]],
            text_encoder=["transformers", "Qwen3Model"], tokenizer=["transformers", "Qwen2Tokenizer"],
            transformer=["diffusers", "ZImageTransformer2DModel"], vae=["diffusers", kind]), indent=1))


def build_loras():
    block = "layers.1."
    flux2.write_lora(FOLDER, "z-image-peft.safetensors", {
        f"{block}attention.to_q": (32, 32), f"{block}attention.to_out.0": (32, 32), "context_refiner.0.feed_forward.w2": (32, 85),
        f"{block}adaLN_modulation.0": (128, 32), "cap_embedder.1": (32, 12)}, "transformer.", ("lora_A", "lora_B"))
    flux2.write_lora(FOLDER, "z-image-kohya.safetensors", {
        "layers_0_attention_to_k": (32, 32), "layers_0_attention_to_out_0": (32, 32), "layers_1_feed_forward_w1": (85, 32),
        "noise_refiner_0_attention_to_v": (32, 32)}, "lora_unet_", ("lora_down", "lora_up"), alpha=1.5)


def brightened(autoencoder):
    """As in pictures_sdxl.py: the last layer made to paint grey."""
    last = autoencoder.decoder.layers[-1]
    picture = autoencoder.decode(torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))).sample / 2 + 0.5
    factor = 0.2 / picture.std(dim=(0, 2, 3))
    last.weight *= factor[:, None, None, None]
    last.bias.copy_(0.5 + (last.bias - picture.mean(dim=(0, 2, 3))) * factor)
    return autoencoder


def painted(case, pictures):
    kind = ZImageImg2ImgPipeline if "strength" in case else ZImagePipeline
    pipeline = kind.from_pretrained(FOLDER / case["model"], dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = flux2.chosen_scheduler(pipeline, case)
    flux2.take_loras(pipeline, case, FOLDER)
    order = dict(
        prompt=case["prompt"], num_inference_steps=case["steps"], guidance_scale=case["guidance"], width=case["width"],
        height=case["height"], negative_prompt=case.get("negative"), generator=torch.Generator().manual_seed(case["seed"]))
    if "strength" in case:
        picture = reference((case["width"], case["height"]), 0)
        picture.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        order |= dict(image=picture, strength=case["strength"])
    return pipeline(**order).images[0]


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
