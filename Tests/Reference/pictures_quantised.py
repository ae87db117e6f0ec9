"""Makes Tests/Fixtures/PicturesQuantised: models of the other fixtures with weights in blocks and of 8 bits, and the pictures that
diffusers paints with what gguf and torch make of those.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, gguf 0.19.0, safetensors 0.8.0, numpy 2.4.6. Run from the repository's
root, after pictures_sdxl.py, to whose models it links:

    python Tests/Reference/pictures_quantised.py [--each FOLDER]

    sd1.gguf      all of Pictures/sd1 under the original names, the types taking turns
    xl            PicturesXL/xl-file with a UNet as ComfyUI-GGUF writes it: no prefix, an architecture, true shapes in keys
    float8        Pictures/sd1 with a UNet of 8-bit floats: plain ones, scaled by one number under both names, by rows, by blocks of
                  128 x 128; and of 64 bits

`--each` writes to a folder of its own a model for each type: `LIMN_QUANTISED=FOLDER` has the tests paint with those too.

Legacy types are quantised by `gguf.quantize`. It has no encoder for the K types, so their blocks are random, with scales that
give them the deviation of the weights that they stand for. Matrices whose rows are no whole blocks are cut into rows of 256 or 32,
as ComfyUI-GGUF does (`comfy.gguf.orig_shape`). `cases.json` holds what was asked for.
"""

import itertools
import json
import pathlib
import shutil
import sys
import zlib

import diffusers
import gguf
import numpy
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file

import pictures_sdxl
from blocks import SCALES, TYPES, random_blocks
from original_layout import part_tensors

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesQuantised"
MODELS = {"sd1": FIXTURES / "Pictures" / "sd1", "xl": FIXTURES / "PicturesXL" / "xl-file"}
STANDARD = dict(prompt="a red fox in the snow", guidance=5.0, steps=4, width=64, height=64, seed=42)
# Scale to minimum, so that numbers lie around zero.
MINIMA = {Type.Q2_K: 1.5, Type.Q4_K: 7.5, Type.Q5_K: 15.5}


# --- blocks

def quantised(name, tensor, kind):
    """The bytes as rows of blocks, and the numbers that they are."""
    values, _ = gguf.GGML_QUANT_SIZES[kind]
    width = tensor.shape[-1] if tensor.shape[-1] % values == 0 else values
    rows = tensor.reshape(-1, width).astype(numpy.float32)
    if kind in (Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0):
        data = gguf.quantize(rows, kind)
    else:
        blocks = random_blocks(kind, rows.size // values, zlib.crc32(name.encode()))
        spread = gguf.dequantize(with_scales(blocks, kind, 1.0), kind).std()
        data = with_scales(blocks, kind, rows.std() / spread).reshape(rows.shape[0], -1)
    return data, gguf.dequantize(data, kind).reshape(tensor.shape)


def with_scales(blocks, kind, scale):
    blocks = blocks.copy()
    for place, factor in zip(SCALES[kind], [1, MINIMA.get(kind)]):
        blocks[:, place:place + 2] = numpy.array([scale * factor], "<f2").view(numpy.uint8)
    return blocks


class File:
    """A GGUF file that is written, and what a reader must make of it."""

    def __init__(self, path, architecture=None):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.writer = gguf.GGUFWriter(path, architecture or "")
        if architecture is None:
            self.writer.kv_data[0].clear()
        self.values = {}

    def add(self, name, tensor, kind):
        if tensor.ndim < 2 or tensor.size % gguf.GGML_QUANT_SIZES[kind][0]:
            kind = Type.F32
        if kind in (Type.F32, Type.F16):
            data = tensor.astype(numpy.float32 if kind == Type.F32 else numpy.float16)
            self.writer.add_tensor(name, data)
            self.values[name] = data.astype(numpy.float32)
            return
        if kind == Type.BF16:
            data = gguf.quantize(tensor.reshape(-1, tensor.shape[-1]), kind)
            self.values[name] = gguf.dequantize(data, kind).reshape(tensor.shape)
            data = data.reshape(*tensor.shape[:-1], -1)
        else:
            data, self.values[name] = quantised(name, tensor, kind)
            if tensor.ndim != 2 or data.shape[0] != tensor.shape[0]:
                self.writer.add_array(f"comfy.gguf.orig_shape.{name}", list(tensor.shape))
        self.writer.add_tensor(name, data, raw_dtype=kind)

    def close(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


# --- models

def rows_of(model):
    """part, name in the folder, original name, original shape, form"""
    folder = MODELS[model]
    table = folder.parent / f"{folder.name}_original_keys.tsv"
    return [[*line.split("\t"), "same"][:5] for line in table.read_text().splitlines()]


def original(model, parts):
    """part, name in the folder, original name, tensor in its original shape"""
    held = {part: part_tensors(MODELS[model] / part) for part in parts}
    for part, names, theirs, shape, form in rows_of(model):
        if part in parts:
            assert form == "same", (theirs, form)
            yield part, names, theirs, held[part][names].reshape([int(x) for x in shape.split(",")]).float().numpy()


def write_gguf(path, model, parts, kinds, architecture=None, prefix=""):
    """Writes the parts' tensors, the types taking turns; the values that they have now, by part and diffusers' name."""
    file = File(path, architecture)
    turns = itertools.cycle(kinds)
    values = {part: {} for part in parts}
    held = {part: part_tensors(MODELS[model] / part) for part in parts}
    for part, name, theirs, tensor in original(model, parts):
        theirs = theirs.removeprefix(prefix)
        file.add(theirs, tensor, next(turns) if tensor.ndim > 1 else Type.F32)
        values[part][name] = torch.from_numpy(file.values[theirs].copy()).reshape(held[part][name].shape)
    file.close()
    return values


def write_float8(path):
    tensors, values = {}, {}
    for turn, (name, tensor) in enumerate(part_tensors(MODELS["sd1"] / "unet").items()):
        tensor = tensor.float()
        if tensor.ndim < 2 or not name.endswith(".weight"):
            tensors[name] = tensor.half()
            values[name] = tensors[name].float()
            continue
        stem, columns = name.removesuffix("weight"), tensor[0].numel()
        match turn % 7:
            case 0:
                tensors[name] = tensor.to(torch.float8_e5m2)
                values[name] = tensors[name].float()
            case 1:
                tensors[name] = tensor.to(torch.float8_e4m3fn)
                values[name] = tensors[name].float()
            case 2 | 3 as one:
                scale = tensor.abs().max() / 448
                tensors[name] = (tensor / scale).to(torch.float8_e4m3fn)
                tensors[stem + ("weight_scale" if one == 2 else "scale_weight")] = scale
                tensors[stem + "input_scale"] = torch.tensor(7.0)
                values[name] = tensors[name].float() * scale
            case 4:
                scale = tensor.flatten(1).abs().max(dim=1).values / 448
                whole = scale.reshape(-1, *[1] * (tensor.ndim - 1))
                tensors[name] = (tensor / whole).to(torch.float8_e4m3fn)
                tensors[stem + "weight_scale"] = scale[:, None]
                values[name] = tensors[name].float() * whole
            case 5:
                scale = torch.rand(-(-tensor.shape[0] // 128), -(-columns // 128), generator=torch.Generator().manual_seed(turn)) + 0.5
                whole = scale.repeat_interleave(128, 0)[:tensor.shape[0]].repeat_interleave(128, 1)[:, :columns].reshape(tensor.shape)
                tensors[name] = (tensor / whole).to(torch.float8_e4m3fn)
                tensors[stem + "weight_scale_inv"] = scale
                values[name] = tensors[name].float() * whole
            case 6:
                tensors[name] = tensor.double() / 3
                values[name] = tensors[name].float()
    tensors["scaled_fp8"] = torch.empty(0, dtype=torch.float8_e4m3fn)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return {"unet": values}


def folder_with(folder, name, model):
    """A model's folder that has all but the UNet of another."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    for entry in MODELS[model].iterdir():
        if entry.name != "unet":
            (place / entry.name).symlink_to(pathlib.Path("../..") / entry.relative_to(FIXTURES) if folder == FOLDER else entry)
    (place / "unet").mkdir()
    shutil.copy(MODELS[model] / "unet" / "config.json", place / "unet")
    return place / "unet"


def painted(case, base, values):
    pictures_sdxl.FOLDER = MODELS[base].parent
    name = MODELS[base].name
    xl = pictures_sdxl.is_xl(name)
    loaded = pictures_sdxl.pipeline(name, diffusers.StableDiffusionXLPipeline if xl else diffusers.StableDiffusionPipeline)
    for part, tensors in values.items():
        network = getattr(loaded, part)
        known = network.state_dict()
        tensors = {name if name in known else name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
        network.load_state_dict(tensors)
    for place, lora in enumerate(case.get("loras", [])):
        file, weight = lora.rsplit(":", 1)
        loaded.load_lora_weights(FOLDER / file, adapter_name=f"lora{place}", local_files_only=True)
        loaded.set_adapters([f"lora{place}"], [float(weight)])
    return loaded(
        prompt=case["prompt"], guidance_scale=case["guidance"], num_inference_steps=case["steps"], width=case["width"],
        height=case["height"], generator=torch.Generator().manual_seed(case["seed"])).images[0]


def finish(folder, cases):
    rows = []
    for case, base, values in cases:
        case = {**STANDARD, **case}
        picture = painted(case, base, values)
        picture.save(folder / f"{case['name']}.png", optimize=True)
        print(f"{case['name']:26} {picture.size} mean {numpy.mean(picture):.0f} deviation {numpy.std(picture):.0f}")
        rows.append(case)
    (folder / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")


LORA = "../PicturesLoRA/convolutions.safetensors:0.8"
WHOLE = ["text_encoder", "unet", "vae"]
XL_PREFIX = "model.diffusion_model."


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    if "--each" in sys.argv:
        folder = pathlib.Path(sys.argv[-1])
        folder.mkdir(parents=True)
        cases = []
        for kind in [*TYPES, Type.F16, Type.BF16, Type.F32]:
            values = write_gguf(folder / f"sd1-{kind.name}.gguf", "sd1", WHOLE, [kind])
            cases.append((dict(name=f"sd1-{kind.name}", model=f"sd1-{kind.name}.gguf"), "sd1", values))
            unet = folder_with(folder, f"xl-{kind.name}", "xl")
            values = write_gguf(unet / "x.gguf", "xl", ["unet"], [kind], "sdxl", XL_PREFIX)
            cases.append((dict(name=f"xl-{kind.name}", model=f"xl-{kind.name}"), "xl", values))
        for kind in TYPES:
            shutil.copytree(MODELS["sd1"] / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
        finish(folder, cases)
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    (FOLDER / "tokenizer").symlink_to("../Pictures/sd1/tokenizer")
    kinds = [*TYPES, Type.F16, Type.BF16]
    whole = write_gguf(FOLDER / "sd1.gguf", "sd1", WHOLE, kinds[::-1])
    xl = write_gguf(folder_with(FOLDER, "xl", "xl") / "xl-unet.gguf", "xl", ["unet"], kinds, "sdxl", XL_PREFIX)
    float8 = write_float8(folder_with(FOLDER, "float8", "sd1") / "diffusion_pytorch_model.safetensors")
    finish(FOLDER, [
        (dict(name="quantised-file", model="sd1.gguf"), "sd1", whole),
        (dict(name="quantised-file-wide", model="sd1.gguf", width=104, height=72, seed=7), "sd1", whole),
        (dict(name="quantised-xl", model="xl"), "xl", xl),
        (dict(name="quantised-xl-wide", model="xl", width=72, height=104, seed=3), "xl", xl),
        (dict(name="float8", model="float8"), "sd1", float8),
        (dict(name="quantised-lora", model="sd1.gguf", loras=[LORA]), "sd1", whole),
        (dict(name="float8-lora", model="float8", loras=[LORA]), "sd1", float8),
    ])


if __name__ == "__main__":
    main()
