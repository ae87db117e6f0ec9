"""Makes Tests/Fixtures/Checkpoints/blocks.gguf and float8.safetensors: numbers in blocks and of 8 bits with what they are.

Made with gguf 0.19.0, torch 2.15.0, safetensors 0.8.0, numpy 2.4.6. Run from the repository's root:

    python Tests/Reference/blocks.py [--large FOLDER]

`blocks.gguf` holds for each type a tensor of its name, of random bytes whose scales are finite, and `<name>.expected`, what
`gguf.quants.dequantize` makes of it; keys of every kind; `values`, and what `gguf.quantize` makes of them (`<name>.quantised`). `float8.safetensors` holds all patterns of both types and what torch
makes of them. `--large` writes a file of a million numbers a type instead.
"""

import pathlib
import sys

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "Checkpoints"
TYPES = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K]
# Where the binary16 scales of a block lie.
SCALES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82],
    Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}


def random_blocks(kind, blocks, seed):
    """Any bytes are a block; scales are any finite numbers, subnormal ones and zero too."""
    random = numpy.random.default_rng(seed)
    _, size = gguf.GGML_QUANT_SIZES[kind]
    data = random.integers(0, 256, (blocks, size), dtype=numpy.uint8)
    for place in SCALES[kind]:
        bits = random.integers(0, 0x7C00, blocks, dtype=numpy.uint16) | random.integers(0, 2, blocks, dtype=numpy.uint16) << 15
        data[:, place:place + 2] = bits.astype("<u2")[:, None].view(numpy.uint8).reshape(blocks, 2)
    return data


def write(path, numbers):
    writer = gguf.GGUFWriter(path, "test")
    writer.add_uint8("kinds.uint8", 200)
    writer.add_int8("kinds.int8", -100)
    writer.add_uint16("kinds.uint16", 60000)
    writer.add_int16("kinds.int16", -30000)
    writer.add_uint32("kinds.uint32", 4_000_000_000)
    writer.add_int32("kinds.int32", -2_000_000_000)
    writer.add_uint64("kinds.uint64", 1 << 60)
    writer.add_int64("kinds.int64", -(1 << 60))
    writer.add_float32("kinds.float32", 0.5)
    writer.add_float64("kinds.float64", 0.1)
    writer.add_bool("kinds.bool", True)
    writer.add_string("kinds.text", "Grüße, 猫")
    writer.add_array("kinds.texts", ["a", "", "猫"])
    writer.add_array("kinds.integers", [1, -2, 3])
    writer.add_array("kinds.numbers", [0.5, 0.25])
    for seed, kind in enumerate(TYPES):
        values, _ = gguf.GGML_QUANT_SIZES[kind]
        rows = 3
        data = random_blocks(kind, max(rows, numbers // values // rows * rows), seed).reshape(rows, -1)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        writer.add_tensor(f"{kind.name}.expected", gguf.quants.dequantize(data, kind))
    halves = numpy.arange(6, dtype=numpy.float16).reshape(2, 3) / 3
    writer.add_tensor("F16", halves)
    writer.add_tensor("F32", halves.astype(numpy.float32))
    writer.add_tensor("F64", halves.astype(numpy.float64) / 7)
    brain = numpy.arange(6, dtype=numpy.float32)[None]
    writer.add_tensor("BF16", gguf.quants.quantize(brain, Type.BF16), raw_dtype=Type.BF16)
    # As ComfyUI-GGUF stores convolutions.
    writer.add_tensor("reshaped.weight", random_blocks(Type.Q4_K, 9, 99), raw_dtype=Type.Q4_K)
    writer.add_array("comfy.gguf.orig_shape.reshaped.weight", [8, 32, 3, 3])
    values = numpy.random.default_rng(7).normal(0, 0.05, (4, 256)).astype(numpy.float32)
    values[3] = 0
    writer.add_tensor("values", values)
    for kind in [Type.Q4_0, Type.Q5_0, Type.Q8_0]:
        writer.add_tensor(f"{kind.name}.quantised", gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    if "--large" in sys.argv:
        write(pathlib.Path(sys.argv[-1]) / "blocks.gguf", 1_000_000)
        return
    write(FOLDER / "blocks.gguf", 96)
    patterns = torch.arange(256, dtype=torch.uint8)
    types = {"F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2}
    tensors = {name: patterns.clone().view(kind) for name, kind in types.items()}
    tensors |= {f"{name}.expected": tensors[name].float() for name in types}
    save_file(tensors, FOLDER / "float8.safetensors")


if __name__ == "__main__":
    main()
