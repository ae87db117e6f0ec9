"""Makes Tests/Fixtures/PicturesSplit: autoencoders in files of their own under their authors' names, as ComfyUI has them beside the
transformers of FLUX.2 klein and Z-Image, and what diffusers paints with them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0. Run from the repository's root:

    python Tests/Reference/pictures_split.py

after pictures_flux2.py and pictures_zimage.py, whose other parts are used.

    flux2-vae.safetensors   as FLUX.2's: statistics of its latents, convolutions of moments within the halves
    ae.safetensors          as FLUX.1's and Z-Image's: no convolutions of moments
    qwen3.gguf              klein's text encoder as llama.cpp's converter writes it, with its tokenizer inside (gguf 0.19.0)

Their widths are multiples of 32, for nothing in a file tells the groups of its norms. All weights are bfloat16.
"""

import json
import shutil

import diffusers
import gguf
import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderKLFlux2, Flux2KleinPipeline, ZImageImg2ImgPipeline, ZImagePipeline
from safetensors.torch import save_file

import pictures_flux2 as flux2
import pictures_zimage as zimage
from pictures_flux2 import randomised, reference, write_cases
from single_file import original_vae

FOLDER = flux2.FOLDER.parent / "PicturesSplit"
WIDTHS = (32, 32)
BLOCKS = dict(
    block_out_channels=WIDTHS, down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    latent_channels=4, layers_per_block=1, norm_num_groups=32)
STANDARD = dict(steps=3, width=64, height=96, seed=42, prompt="a red fox in the snow")
CASES = [
    dict(name="klein", model="PicturesFlux2/klein", vae="flux2-vae.safetensors"),
    dict(name="klein-edit", model="PicturesFlux2/klein", vae="flux2-vae.safetensors", references=[(64, 64)]),
    dict(name="z-image", model="PicturesZImage/turbo", vae="ae.safetensors"),
    dict(name="z-image-reference", model="PicturesZImage/turbo", vae="ae.safetensors", strength=0.6, steps=5),
]


def with_statistics(vae):
    generator = torch.Generator().manual_seed(3)
    vae.bn.running_mean = torch.randn(16, generator=generator) / 4
    vae.bn.running_var = torch.rand(16, generator=generator) + 0.3
    return vae


def autoencoders():
    return {
        "flux2-vae.safetensors": with_statistics(randomised(AutoencoderKLFlux2(**BLOCKS), 0.8)),
        "ae.safetensors": randomised(AutoencoderKL(
            **BLOCKS, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False), 0.8),
    }


def original(name, tensor):
    if name.startswith("quant_conv"):
        name = "encoder." + name
    elif name.startswith("post_quant_conv"):
        name = "decoder." + name
    elif not name.startswith("bn."):
        name = original_vae(name, len(WIDTHS))
    return name, tensor[:, :, None, None] if "attn_1" in name and tensor.dim() == 2 else tensor


def painted(case, pictures):
    place = FOLDER.parent / case["model"]
    vae = VAES[case["vae"]].float()
    kind = Flux2KleinPipeline if "Flux2" in case["model"] else ZImageImg2ImgPipeline if "strength" in case else ZImagePipeline
    pipeline = kind.from_pretrained(place, vae=vae, dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    order = dict(
        prompt=case["prompt"], num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        guidance_scale=1.0 if kind is Flux2KleinPipeline else 0.0, generator=torch.Generator().manual_seed(case["seed"]))
    if pictures:
        order |= dict(image=pictures)
    if "strength" in case:
        picture = reference((case["width"], case["height"]), 0)
        picture.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        order |= dict(image=picture, strength=case["strength"])
    return pipeline(**order).images[0]


def write_text_encoder(path):
    """`convert_hf_to_gguf.py` of llama.cpp, as far as Qwen3 goes: names by gguf's own table, vectors in float32, tokens by their ids."""
    place = FOLDER.parent / "PicturesFlux2" / "klein"
    model = transformers.AutoModelForCausalLM.from_pretrained(place / "text_encoder", dtype=torch.float32)
    settings = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, settings.num_hidden_layers)
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_block_count(settings.num_hidden_layers)
    writer.add_embedding_length(settings.hidden_size)
    writer.add_feed_forward_length(settings.intermediate_size)
    writer.add_head_count(settings.num_attention_heads)
    writer.add_head_count_kv(settings.num_key_value_heads)
    writer.add_key_length(settings.head_dim)
    writer.add_value_length(settings.head_dim)
    writer.add_layer_norm_rms_eps(settings.rms_norm_eps)
    folder = place / "tokenizer"
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    ids = dict(stored["model"]["vocab"]) | {token["content"]: token["id"] for token in stored["added_tokens"]}
    kinds = {token["id"]: 3 if token["special"] else 4 for token in stored["added_tokens"]}
    tokens = {place: token for token, place in ids.items()}
    # Rows of the embedding without a token are filled up and never used.
    rows = range(settings.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([tokens.get(row, f"[PAD{row}]") for row in rows])
    writer.add_token_types([kinds.get(row, 1) if row in tokens else 5 for row in rows])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in stored["model"]["merges"]])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and settings.tie_word_embeddings:
            continue
        mapped = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if tensor.dim() > 1:
            bits = gguf.quants.quantize(tensor.numpy(), gguf.GGMLQuantizationType.BF16)
            writer.add_tensor(mapped, bits, raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:
            writer.add_tensor(mapped, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@torch.no_grad()
def main():
    for module in (diffusers, transformers):
        module.utils.logging.set_verbosity_error()
        module.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, vae in VAES.items():
        vae.to(torch.bfloat16)
        tensors = {key: value for key, value in vae.state_dict().items() if value.dtype == torch.bfloat16}
        tensors = dict(original(key, value.contiguous()) for key, value in tensors.items())
        save_file(tensors, FOLDER / name)
    write_text_encoder(FOLDER / "qwen3.gguf")
    write_cases([{**STANDARD, **case} for case in CASES], FOLDER, painted)


VAES = autoencoders()

if __name__ == "__main__":
    main()
