"""Converts a checkpoint of SDXL's family for OpenVINO: openvino_export.py CHECKPOINT OUT [PART...]

Parts: text_encoder text_encoder_2 unet vae; what is there already is left alone. Weights of a float16 checkpoint are kept in
float16, which loses nothing, and computed with in float32. One process a part needs the least memory.
"""
import pathlib
import re
import sys

import numpy as np
import openvino
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from openvino import opset13
from transformers import CLIPTextModel, CLIPTextModelWithProjection

import common

HALVES = "halves of "


class Part(torch.nn.Module):
    """A network that takes and gives plain tensors."""

    def __init__(self, network):
        super().__init__()
        self.network = network.eval().requires_grad_(False)


class Unet(Part):
    def forward(self, latents, timestep, context, pooled, time_ids):
        added = dict(text_embeds=pooled, time_ids=time_ids)
        return self.network(latents, timestep, encoder_hidden_states=context, added_cond_kwargs=added, return_dict=False)[0]


class Text(Part):
    """The last layer but one and, where there is one, the pooled text."""

    def forward(self, tokens):
        result = self.network(tokens, output_hidden_states=True)
        states = result.hidden_states[-2]
        return (states, result.text_embeds) if hasattr(result, "text_embeds") else states


class Decoder(Part):
    def forward(self, latents):
        return self.network.decode(latents, return_dict=False)[0]


def load(checkpoint, part):
    """The part, an example of its input, and the shapes that it takes."""
    place = dict(subfolder=part, dtype=torch.float32)
    if part == "unet":
        network = UNet2DConditionModel.from_pretrained(checkpoint, **place)
        example = [torch.from_numpy(array) for array in common.unet_inputs(network.config, 64)]
        return Unet(network), example, [[1, 4, -1, -1], *[list(tensor.shape) for tensor in example[1:]]]
    if part == "vae":
        is_tiny = common.configuration(checkpoint, part)["_class_name"] == "AutoencoderTiny"
        network = (AutoencoderTiny if is_tiny else AutoencoderKL).from_pretrained(checkpoint, **place)
        return Decoder(network), [torch.zeros(1, 4, 8, 8)], [[1, 4, -1, -1]]
    network = (CLIPTextModelWithProjection if part == "text_encoder_2" else CLIPTextModel).from_pretrained(checkpoint, **place)
    return Text(network), [torch.zeros(1, 77, dtype=torch.long)], [[1, 77]]


def keep_halves(model):
    """Constants that float16 holds exactly become float16; compress_to_fp16 would round others, such as those of the time embedding."""
    for constant in [op for op in model.get_ops() if op.get_type_name() == "Constant" and op.get_element_type() == openvino.Type.f32]:
        with np.errstate(over="ignore"):
            halves = constant.data.astype(np.float16)
        if np.array_equal(halves, constant.data):
            widened = opset13.convert(opset13.constant(halves), "f32", name=f"{HALVES}{constant.get_friendly_name()}")
            for user in constant.output(0).get_target_inputs():
                user.replace_source_output(widened.output(0))


def mark_halves(file):
    """As compress_to_fp16 marks what it widens: without the mark, OpenVINO holds the widened weights twice."""
    mark = r'\1<rt_info><attribute name="decompression" version="0" /></rt_info>'
    file.write_text(re.sub(rf'(name="{HALVES}[^"]*" type="Convert"[^>]*>\s*<data [^>]*>)', mark, file.read_text()))


def main(checkpoint, out, *parts):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for part in parts or ["text_encoder", "text_encoder_2", "unet", "vae"]:
        if (out / f"{part}.xml").exists():
            continue
        network, example, shapes = load(checkpoint, part)
        with torch.no_grad():
            model = openvino.convert_model(network, example_input=tuple(example), input=shapes)
        del network
        keep_halves(model)
        openvino.save_model(model, out / f"{part}.partial.xml", compress_to_fp16=False)
        mark_halves(out / f"{part}.partial.xml")
        for suffix in ["bin", "xml"]:
            (out / f"{part}.partial.{suffix}").rename(out / f"{part}.{suffix}")


if __name__ == "__main__":
    main(*sys.argv[1:])
