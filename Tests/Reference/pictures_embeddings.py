"""Makes Tests/Fixtures/PicturesEmbeddings: textual inversions in the layouts of their writers, and the pictures that come of them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0. Run from the repository's root, after
pictures_sdxl.py, to whose models it links:

    python Tests/Reference/pictures_embeddings.py

diffusers writes the tokens of several vectors out where a word stands in the case that it was loaded with, so the prompts keep to
that. XL's second encoder is one of those (`eos_token_id` 2) in which transformers takes the largest number of a text for its end,
an added token's where there is one.

All are loaded by diffusers' `load_textual_inversion`; XL's two halves one after the other, as its documentation shows. `token`
is the word that stands for one where its file names none.

`cases.json` holds what was asked for; `embeddings` are files beside it.
"""

import json
import pathlib
import shutil
import zlib

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import load_file, save_file

from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesEmbeddings"
MODELS = {"sd1": "Pictures/sd1", "xl": "PicturesXL/xl"}
STANDARD = dict(guidance=5.0, steps=4, width=64, height=64, seed=42)

CASES = [
    dict(name="sd1-word", model="sd1", embeddings=["word.safetensors"], prompt="a <red-fox> in the snow"),
    dict(name="sd1-words", model="sd1", embeddings=["words.safetensors"], prompt="a fox, <many-words>, in the snow"),
    dict(name="sd1-within", model="sd1", embeddings=["words.safetensors"], prompt="a fox<many-words>s in the <many-words>"),
    dict(name="sd1-negative", model="sd1", embeddings=["automatic.safetensors"], prompt="a red fox", negative="automatic, blurry"),
    dict(name="sd1-pickle", model="sd1", embeddings=["pickle.bin"], prompt="the <pickled> fox"),
    dict(name="sd1-old", model="sd1", embeddings=["old.pt"], prompt="a red fox by old"),
    dict(name="sd1-half", model="sd1", embeddings=["half.safetensors"], prompt="half of a fox"),
    dict(name="sd1-two", model="sd1", embeddings=["word.safetensors", "automatic.safetensors"], prompt="automatic <red-fox> automatic"),
    dict(name="sd1-cut", model="sd1", embeddings=["automatic.safetensors"], prompt="cat " * 73 + "automatic dog"),
    dict(name="xl-one", model="xl", embeddings=["xl-one.safetensors"], prompt="a xl-one in the snow"),
    dict(name="xl-four", model="xl", embeddings=["xl-four.safetensors"], prompt="a red fox, xl-four", negative="blurry xl-four"),
    dict(name="xl-two", model="xl", embeddings=["xl-one.safetensors", "xl-four.safetensors"], prompt="xl-four of xl-one by xl-four"),
]
WORDS = {"word.safetensors": "<red-fox>", "words.safetensors": "<many-words>", "pickle.bin": "<pickled>"}


def noise(name, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))


def pipeline(model):
    kind = StableDiffusionXLPipeline if model == "xl" else StableDiffusionPipeline
    more = dict(add_watermarker=False) if model == "xl" else dict(requires_safety_checker=False, safety_checker=None)
    loaded = kind.from_pretrained(FOLDER / model, dtype=torch.float32, local_files_only=True, **more)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def write_files(widths):
    first, second = widths["sd1"], widths["xl"]

    def save(name, **tensors):
        save_file({key.replace("KEY", WORDS.get(name, "")): value.contiguous() for key, value in tensors.items()}, FOLDER / name)

    save("word.safetensors", KEY=noise("word", 1, *first))
    save("words.safetensors", KEY=noise("words", 3, *first))
    save("automatic.safetensors", emb_params=noise("automatic", 4, *first))
    save("half.safetensors", emb_params=noise("half", 2, *first).half())
    torch.save({WORDS["pickle.bin"]: noise("pickle", *first)}, FOLDER / "pickle.bin")
    torch.save({
        "string_to_token": {"*": 265}, "string_to_param": {"*": torch.nn.Parameter(noise("old", 2, *first))}, "name": "some name",
        "step": 500, "sd_checkpoint": None, "sd_checkpoint_name": None}, FOLDER / "old.pt")
    for name, count in [("xl-one", 1), ("xl-four", 4)]:
        save(f"{name}.safetensors", clip_l=noise(f"{name} l", count, second[0]), clip_g=noise(f"{name} g", count, second[1]))


def load(pipe, name):
    file = FOLDER / name
    token = WORDS.get(name, pathlib.Path(name).stem)
    if name.startswith("xl-"):
        halves = load_file(file)
        pipe.load_textual_inversion(halves["clip_l"], token=token, text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer)
        pipe.load_textual_inversion(halves["clip_g"], token=token, text_encoder=pipe.text_encoder_2, tokenizer=pipe.tokenizer_2)
    else:
        pipe.load_textual_inversion(str(FOLDER), weight_name=name, token=token)


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in MODELS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    widths = {}
    for model in MODELS:
        pipe = pipeline(model)
        encoders = [pipe.text_encoder] + ([pipe.text_encoder_2] if model == "xl" else [])
        widths[model] = [encoder.config.hidden_size for encoder in encoders]
    write_files(widths)
    cases = [{**STANDARD, **case} for case in CASES]
    for case in cases:
        pipe = pipeline(case["model"])
        for name in case["embeddings"]:
            load(pipe, name)
        pipe.scheduler = scheduler(case, FOLDER)
        picture = pipe(
            case["prompt"], negative_prompt=case.get("negative"), width=case["width"], height=case["height"],
            guidance_scale=case["guidance"], num_inference_steps=case["steps"],
            generator=torch.Generator().manual_seed(case["seed"])).images[0]
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
