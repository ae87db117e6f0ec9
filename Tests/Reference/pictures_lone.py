"""Makes Tests/Fixtures/PicturesLone: pictures of single files with the vocabulary that OpenAI published.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, and the merges that weights/fetch.sh leaves. Run from
the repository's root, after pictures_end_to_end.py and pictures_sdxl.py:

    python Tests/Reference/pictures_lone.py [FOLDER]

The models are those fixtures' own, their tables of tokens repeated until all 49,408 have a row, so that no fixture holds as much.
The tests make the same single files; FOLDER gets them too, for a look by hand. XL's second tokenizer pads with `!`.
"""

import json
import pathlib
import sys
import tempfile

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file

from original_layout import original_rows, single_file_tensors
from pictures_end_to_end import scheduler
from vocabulary import published

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesLone"
MODELS = {"sd1": "Pictures/sd1", "xl-file": "PicturesXL/xl-file"}
CASES = [
    dict(name=name, model=name, prompt="a röd fox in the snow, 35mm photograph of 猫", negative="blurry", guidance=5.0, steps=3,
         width=64, height=64, seed=7, sampler="euler") for name in MODELS]


def repeated(table):
    return table.repeat(-(-49408 // len(table)), 1)[:49408]


def painted(case, tokenizers):
    model = FIXTURES / MODELS[case["model"]]
    kind = StableDiffusionXLPipeline if "xl" in case["model"] else StableDiffusionPipeline
    more = dict(add_watermarker=False) if "xl" in case["model"] else dict(requires_safety_checker=False, safety_checker=None)
    pipe = kind.from_pretrained(model, dtype=torch.float32, local_files_only=True, **more)
    pipe.set_progress_bar_config(disable=True)
    for name in ["text_encoder", "text_encoder_2"]:
        if encoder := getattr(pipe, name, None):
            encoder.set_input_embeddings(torch.nn.Embedding.from_pretrained(repeated(encoder.get_input_embeddings().weight.detach())))
            encoder.config.eos_token_id = 49407
            getattr(encoder, "text_model", encoder).eos_token_id = 49407
    pipe.tokenizer = tokenizers["<|endoftext|>"]
    if hasattr(pipe, "tokenizer_2"):
        pipe.tokenizer_2 = tokenizers["!"]
    pipe.scheduler = scheduler(case, model.parent)
    order = {key: case[key] for key in ["prompt", "width", "height"]}
    return pipe(
        **order, negative_prompt=case["negative"], guidance_scale=case["guidance"], num_inference_steps=case["steps"],
        generator=torch.Generator().manual_seed(case["seed"])).images[0]


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    tokenizers = {}
    for pad in ["<|endoftext|>", "!"]:
        with tempfile.TemporaryDirectory() as folder:
            tokenizers[pad] = published(pathlib.Path(folder))[0]
            tokenizers[pad].pad_token = pad
            tokenizers[pad].model_max_length = 77
    for case in CASES:
        painted(case, tokenizers).save(FOLDER / f"{case['name']}.png", optimize=True)
        if len(sys.argv) > 1:
            folder = FIXTURES / MODELS[case["model"]]
            tensors = single_file_tensors(folder, original_rows(folder))
            tensors = {name: repeated(value) if "token_embedding" in name else value for name, value in tensors.items()}
            save_file({name: value.contiguous() for name, value in tensors.items()}, pathlib.Path(sys.argv[1]) / f"{case['name']}.safetensors")
    (FOLDER / "cases.json").write_text(json.dumps(CASES, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
