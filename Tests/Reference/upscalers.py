"""Makes Tests/Fixtures/Upscalers: tiny upscalers of random weights in the forms that people's files have, and what they make of a picture.

Made with torch 2.15.0, safetensors 0.8.0, pillow 13.0.0. Run from the repository's root:

    python Tests/Reference/upscalers.py

The networks run in float64, written from the papers' descriptions (Wang et al. 2018, ESRGAN; 2021, Real-ESRGAN).
"""

import pathlib

import numpy
import safetensors.torch
import torch
from PIL import Image
from torch.nn.functional import interpolate, leaky_relu, pixel_shuffle, pixel_unshuffle, prelu

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "Upscalers"
torch.set_grad_enabled(False)


class DenseBlocks:
    """RRDBNet under Real-ESRGAN's names: `ups` doublings behind a picture whose pixels enter `unshuffle` by `unshuffle`."""

    def __init__(self, seed, features=5, growth=3, blocks=2, ups=2, unshuffle=1):
        self.blocks, self.ups, self.unshuffle, self.scale = blocks, ups, unshuffle, 2**ups // unshuffle
        generator = torch.Generator().manual_seed(seed)
        self.state = {}

        def add(name, inputs, outputs):
            spread = (1.6 / (9 * inputs)) ** 0.5
            self.state[f"{name}.weight"] = torch.randn((outputs, inputs, 3, 3), generator=generator) * spread
            self.state[f"{name}.bias"] = torch.randn(outputs, generator=generator) * 0.1

        add("conv_first", 3 * unshuffle**2, features)
        for block in range(blocks):
            for dense in range(1, 4):
                for index in range(1, 6):
                    add(f"body.{block}.rdb{dense}.conv{index}", features + (index - 1) * growth, growth if index < 5 else features)
        for name in ["conv_body"] + [f"conv_up{index + 1}" for index in range(ups)] + ["conv_hr"]:
            add(name, features, features)
        add("conv_last", features, 3)

    def conv(self, name, x):
        return torch.nn.functional.conv2d(x, self.state[f"{name}.weight"].double(), self.state[f"{name}.bias"].double(), padding=1)

    def __call__(self, picture):
        first = self.conv("conv_first", pixel_unshuffle(picture, self.unshuffle))
        x = first
        for block in range(self.blocks):
            entered = x
            for dense in range(1, 4):
                every = [x]
                for index in range(1, 5):
                    every.append(leaky_relu(self.conv(f"body.{block}.rdb{dense}.conv{index}", torch.cat(every, 1)), 0.2))
                x = x + 0.2 * self.conv(f"body.{block}.rdb{dense}.conv5", torch.cat(every, 1))
            x = entered + 0.2 * x
        x = first + self.conv("conv_body", x)
        for index in range(1, self.ups + 1):
            x = leaky_relu(self.conv(f"conv_up{index}", interpolate(x, scale_factor=2, mode="nearest")), 0.2)
        return self.conv("conv_last", leaky_relu(self.conv("conv_hr", x), 0.2))


class Compact:
    """SRVGGNetCompact."""

    def __init__(self, seed, features=6, inner=2, scale=4):
        self.scale, self.count = scale, inner + 2
        generator = torch.Generator().manual_seed(seed)
        self.state = {}
        for place in range(self.count):
            inputs, outputs = 3 if place == 0 else features, 3 * scale**2 if place == inner + 1 else features
            self.state[f"body.{2 * place}.weight"] = torch.randn((outputs, inputs, 3, 3), generator=generator) * (0.5 / (9 * inputs)) ** 0.5
            self.state[f"body.{2 * place}.bias"] = torch.randn(outputs, generator=generator) * 0.05
            if place <= inner:
                self.state[f"body.{2 * place + 1}.weight"] = torch.rand(features, generator=generator)

    def __call__(self, picture):
        x = picture
        for place in range(self.count):
            x = torch.nn.functional.conv2d(
                x, self.state[f"body.{2 * place}.weight"].double(), self.state[f"body.{2 * place}.bias"].double(), padding=1)
            if place + 1 < self.count:
                x = prelu(x, self.state[f"body.{2 * place + 1}.weight"].double())
        return pixel_shuffle(x, self.scale) + interpolate(picture, scale_factor=self.scale, mode="nearest")


def renamed(state, table):
    """The same tensors by other names; `table` lists names of modules and what stands in their place."""
    return {f"{table.get(name.rpartition('.')[0], name.rpartition('.')[0])}.{name.rpartition('.')[2]}": value for name, value in state.items()}


def inner_names(blocks, name):
    return {
        f"body.{b}.rdb{d}.conv{c}": name(b, d, c) for b in range(blocks) for d in range(1, 4) for c in range(1, 6)
    }


def first_esrgan(network):
    """As ESRGAN was first published: a sequence of modules."""
    table = inner_names(network.blocks, lambda b, d, c: f"model.1.sub.{b}.RDB{d}.conv{c}.0")
    table |= {"conv_first": "model.0", "conv_body": f"model.1.sub.{network.blocks}"}
    table |= {f"conv_up{index}": f"model.{3 * index}" for index in range(1, network.ups + 1)}
    return table | {"conv_hr": f"model.{3 * network.ups + 2}", "conv_last": f"model.{3 * network.ups + 4}"}


def later_esrgan(network):
    """As ESRGAN was published later, and BSRGAN."""
    table = inner_names(network.blocks, lambda b, d, c: f"RRDB_trunk.{b}.RDB{d}.conv{c}")
    return table | {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}


def write(name, network, state):
    path = FOLDER / name
    safetensors.torch.save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    picture = numpy.asarray(Image.open(FOLDER / "picture.png"), dtype=numpy.float64) / 255
    result = network(torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()))[0].clamp(0, 1).numpy().transpose(1, 2, 0)
    print(name, result.shape, result.mean(), result.std())
    Image.fromarray((result * 255).round().astype(numpy.uint8)).save(path.with_suffix(".png"))


def main():
    FOLDER.mkdir(exist_ok=True)
    y, x = numpy.mgrid[0:14, 0:18]
    noise = numpy.random.default_rng(1).normal(0, 20, (14, 18, 3))
    waves = numpy.stack([128 + 90 * numpy.sin(x / 3 + c) * numpy.cos(y / 4 - c) for c in range(3)], -1)
    Image.fromarray((waves + noise).clip(0, 255).astype(numpy.uint8)).save(FOLDER / "picture.png")

    network = DenseBlocks(1)
    write("esrgan-old.pth", network, renamed(network.state, first_esrgan(network)))
    write("realesrgan.pth", network, {"params_ema": network.state, "params": {"conv_first.weight": torch.zeros(1)}})
    write("bsrgan.safetensors", network, renamed(network.state, later_esrgan(network)))
    twice = DenseBlocks(2, ups=1)
    write("esrgan-twice.safetensors", twice, renamed(twice.state, first_esrgan(twice)))
    unshuffling = DenseBlocks(3, unshuffle=2)
    write("realesrgan-x2.pth", unshuffling, {"params_ema": unshuffling.state})
    compact = Compact(4)
    write("compact.pth", compact, {"params": compact.state})


if __name__ == "__main__":
    main()
