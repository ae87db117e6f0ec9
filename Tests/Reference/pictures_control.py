"""Makes Tests/Fixtures/PicturesControl: pictures that diffusers paints under the control of others.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, safetensors 0.8.0, opencv-python-headless 5.0.0, pillow 13.0.0. Run from the
repository's root, after pictures_end_to_end.py, pictures_sdxl.py and pictures_masks.py, to whose models it links:

    python Tests/Reference/pictures_control.py

Networks, with every parameter random, also those that training begins with zeros:

    canny            a ControlNet of sd1 in diffusers' layout; `shuffle` has canny's weights, and takes blue, green, red for a mean
    depth.safetensors            one of sd1 in the original layout
    difference.safetensors       one as its difference from sd1's UNet, where there is one
    lora.safetensors             one of sd1 as a Control-LoRA (made whole here for diffusers)
    sd2-canny, xl-canny          of sd2 and xl
    xl-union         knows eight kinds of pictures
    adapter, light, xl-adapter   T2I-Adapters; adapter.safetensors and light.safetensors hold the first two in the original layout

`cases.json` holds what was asked for (`@` stands for the folder), `<name>.png` the picture. `edges.png` is what OpenCV's Canny makes of `photo.png`,
`soft.png` what Pillow's GaussianBlur(9) does.
"""

import json
import pathlib
import shutil
import zlib

import cv2
import diffusers
import numpy
import torch
import transformers
from diffusers import (
    ControlNetModel, ControlNetUnionModel, MultiAdapter, StableDiffusionAdapterPipeline, StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetInpaintPipeline, StableDiffusionControlNetPipeline, StableDiffusionPipeline,
    StableDiffusionXLAdapterPipeline, StableDiffusionXLControlNetImg2ImgPipeline, StableDiffusionXLControlNetInpaintPipeline,
    StableDiffusionXLControlNetPipeline, StableDiffusionXLControlNetUnionPipeline, StableDiffusionXLPipeline, T2IAdapter,
    UNet2DConditionModel)
from PIL import Image, ImageFilter, ImageOps
from safetensors.torch import load_file, save_file

from pictures_end_to_end import random_parameter, reference, scheduler
from single_file import original_unet

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesControl"
LINKS = {"sd1": "Pictures/sd1", "sd2": "Pictures/sd2", "xl": "PicturesXL/xl", "sd1-inpaint": "PicturesMasks/sd1-inpaint"}
STANDARD = dict(guidance=5.0, steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow", sampler="euler", count=1)
UNION = dict(pose=0, depth=1, scribble=2, canny=3, normals=4, segments=5, tile=6)
SD, XL = dict(model="sd1"), dict(model="xl")


def control(kind="ready", file="fox.png", weight=1.0, start=0.0, end=1.0):
    return dict(kind=kind, file=file, weight=weight, start=start, end=end)


CASES = [
    dict(SD, name="net-ready", nets=["canny"], controls=[control()]),
    dict(SD, name="net-canny", nets=["canny"], controls=[control("canny", "photo.png")], sampler="ddim", negative="blurry"),
    dict(SD, name="net-weight", nets=["canny"], controls=[control(weight=0.45)], sampler="dpm++2m"),
    dict(SD, name="net-range", nets=["canny"], controls=[control(start=0.2, end=0.7)], steps=7, sampler="euler-a"),
    dict(SD, name="net-heun", nets=["canny"], controls=[control(end=0.5)], sampler="heun"),
    dict(SD, name="net-own-sampler", nets=["canny"], controls=[control()], sampler=None, steps=6),
    dict(SD, name="net-plain", nets=["canny"], controls=[control()], guidance=1.0),
    dict(SD, name="net-guess", nets=["canny"], controls=[control()], control_mode="guess"),
    dict(SD, name="net-guess-plain", nets=["canny"], controls=[control(weight=0.7)], control_mode="guess", guidance=1.0),
    dict(SD, name="net-two", nets=["canny", "depth.safetensors"], controls=[control(weight=0.6), control("grey", "sea.png", 0.8, 0.0, 0.5)]),
    dict(SD, name="net-twice", nets=["canny"], controls=[control(weight=0.6), control("invert", "sea.png", 0.5)], sampler="ddim"),
    dict(SD, name="net-shuffle", nets=["shuffle"], controls=[control()]),
    dict(SD, name="net-wide", nets=["canny"], controls=[control(file="wide.png")], width=104, height=72, seed=7),
    dict(SD, name="net-picture", nets=["canny"], controls=[control()], strength=0.6, steps=6),
    dict(SD, name="net-mask", nets=["canny"], controls=[control()], strength=1.0, mask="yes", mask_blur=4.0),
    dict(SD, name="net-mask-weak", nets=["depth.safetensors"], controls=[control(weight=0.7)], strength=0.6, mask="yes", mask_blur=0.0, steps=6,
         sampler="ddim"),
    dict(SD, name="net-mask-inpainting", nets=["canny"], controls=[control()], strength=1.0, mask="yes", mask_blur=4.0,
         model="sd1-inpaint"),
    dict(SD, name="net-original", nets=["depth.safetensors"], controls=[control("depth", "sea.png")]),
    dict(SD, name="net-difference", nets=["difference.safetensors"], controls=[control("depth", "sea.png", 0.9)], sampler="ddim"),
    dict(SD, name="net-lora", nets=["lora.safetensors"], controls=[control("scribble", "sea.png")]),
    dict(SD, name="net-blur", nets=["depth.safetensors"], controls=[control("blur", "photo.png", 0.8)]),
    dict(SD, name="net-sd2", model="sd2", nets=["sd2-canny"], controls=[control()]),
    dict(SD, name="net-sd2-guess", model="sd2", nets=["sd2-canny"], controls=[control(weight=0.8)], control_mode="guess",
         sampler="ddim"),
    dict(XL, name="net-xl", nets=["xl-canny"], controls=[control()]),
    dict(XL, name="net-xl-guess", nets=["xl-canny"], controls=[control(weight=0.8)], control_mode="guess", sampler="ddim"),
    dict(XL, name="net-xl-two", nets=["xl-canny"], controls=[control(weight=0.5), control("canny", "photo.png", 0.6, 0.0, 0.5)],
         negative="dark", sampler="dpm++2m"),
    dict(XL, name="net-xl-picture", nets=["xl-canny"], controls=[control()], strength=0.7, steps=6),
    dict(XL, name="net-xl-mask", nets=["xl-canny"], controls=[control()], strength=1.0, mask="yes", mask_blur=4.0),
    dict(XL, name="net-union", nets=["xl-union"], controls=[control("canny", "photo.png", 0.9)]),
    dict(XL, name="net-union-range", nets=["xl-union"], controls=[control("pose", end=0.5)], negative="dark", sampler="ddim"),
    dict(XL, name="net-union-two", nets=["xl-union"], controls=[control("depth", weight=0.7), control("tile", "sea.png", 0.8)]),
    dict(SD, name="adapter-full", adapters=["adapter"], controls=[control()]),
    dict(SD, name="adapter-original", adapters=["adapter.safetensors"], controls=[control(weight=0.6)], sampler="ddim"),
    dict(SD, name="adapter-half", adapters=["adapter"], controls=[control(weight=0.8, end=0.5)], negative="dark"),
    dict(SD, name="adapter-light", adapters=["light"], controls=[control("canny", "photo.png")], sampler="euler-a"),
    dict(SD, name="adapter-light-original", adapters=["light.safetensors"], controls=[control()], width=104, height=72),
    dict(SD, name="adapter-two", adapters=["adapter", "light"], controls=[control(weight=0.6), control("ready", "sea.png", 0.9)]),
    dict(XL, name="adapter-xl", adapters=["xl-adapter"], controls=[control()]),
    dict(XL, name="adapter-xl-half", adapters=["xl-adapter"], controls=[control("grey", "sea.png", 0.7, 0.0, 0.5)], guidance=1.0,
         sampler="dpm++2m"),
]


def randomised(network, seed, gain=1.0):
    """Every parameter of its own, so that none is zero and none the UNet's."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            generator = torch.Generator().manual_seed(zlib.crc32(f"{seed} {name}".encode()))
            parameter.copy_(random_parameter(name, parameter.shape, gain, generator).half().float())
    return network


def scale_of(model):
    return 2 ** (len(json.loads((FOLDER / model / "vae" / "config.json").read_text())["block_out_channels"]) - 1)


def unet(model):
    return UNet2DConditionModel.from_pretrained(FOLDER / model, subfolder="unet", dtype=torch.float32)


def control_net(model, seed):
    widths = (4, 8, 12, 16)[:len(bin(scale_of(model))) - 2]
    net = ControlNetModel.from_unet(unet(model), conditioning_embedding_out_channels=widths, load_weights_from_unet=False)
    return randomised(net, seed, 0.7)


def union(model, seed):
    config = unet(model).config
    names = ["in_channels", "flip_sin_to_cos", "freq_shift", "down_block_types", "block_out_channels", "layers_per_block", "downsample_padding",
             "norm_num_groups", "norm_eps", "cross_attention_dim", "transformer_layers_per_block", "attention_head_dim",
             "use_linear_projection", "addition_embed_type", "addition_time_embed_dim", "projection_class_embeddings_input_dim"]
    first = config.block_out_channels[0]
    return randomised(ControlNetUnionModel(
        **{name: config[name] for name in names}, conditioning_embedding_out_channels=(4, 8, 12, 16)[:len(bin(scale_of(model))) - 2],
        num_control_type=8, num_trans_channel=first, num_trans_head=2, num_proj_channel=first), seed, 0.7)


def original(net):
    """A ControlNet's tensors as its authors name them."""
    layers = net.config.layers_per_block
    last = len(net.controlnet_cond_embedding.blocks)
    result = {}
    for name, tensor in net.state_dict().items():
        parts = name.split(".")
        if name.startswith("controlnet_cond_embedding"):
            number = 0 if parts[1] == "conv_in" else 2 * (last + 1) if parts[1] == "conv_out" else 2 * (int(parts[2]) + 1)
            theirs = f"input_hint_block.{number}.{parts[-1]}"
        elif name.startswith("controlnet_down_blocks"):
            theirs = f"zero_convs.{parts[1]}.0.{parts[-1]}"
        elif name.startswith("controlnet_mid_block"):
            theirs = f"middle_block_out.0.{parts[-1]}"
        else:
            theirs = original_unet(name, layers)
        result[theirs] = tensor
    return result


def halves(tensors):
    return {name: tensor.half().contiguous() for name, tensor in tensors.items()}


def save_lora(net, base, file):
    """Changes `net` into what the file stands for: the base with factors of rank 2, other biases and norms from the file."""
    layers = net.config.layers_per_block
    tensors, whole = {"lora_controlnet": torch.zeros(0)}, {}
    theirs = dict(zip(net.state_dict(), original(net)))
    for name, tensor in net.state_dict().items():
        tensor = tensor.half().float()
        if name in base and name.endswith("weight") and tensor.ndim > 1:
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            rows, columns = tensor.shape[0], tensor[0].numel()
            up = (torch.randn((rows, 2), generator=generator) / 4).half()
            down = (torch.randn((2, columns), generator=generator) / columns ** 0.5).half()
            stem = theirs[name].removesuffix("weight")
            tensors |= {f"{stem}up": up, f"{stem}down": down.reshape([2, *tensor.shape[1:]])}
            whole[name] = base[name] + (up.float() @ down.float()).reshape(tensor.shape)
        elif name in base and zlib.crc32(name.encode()) % 2:  # what the file leaves out is the base's
            whole[name] = base[name]
        else:
            tensors[theirs[name]] = tensor
            whole[name] = tensor
    save_file(halves(tensors), file)
    net.load_state_dict(whole)
    return net


def save_difference(net, base, file):
    tensors, whole = {"difference": torch.zeros(0)}, {}
    theirs = dict(zip(net.state_dict(), original(net)))
    for name, tensor in net.state_dict().items():
        if name in base and "conv1" in name:
            whole[name] = base[name]  # what the file leaves out is the base's
            continue
        shift = (tensor / 4).half() if name in base else tensor.half()
        tensors["control_model." + theirs[name]] = shift
        whole[name] = base[name] + shift.float() if name in base else shift.float()
    tensors["control_model.difference"] = tensors.pop("difference")
    save_file(halves(tensors), file)
    net.load_state_dict(whole)
    return net


def original_adapter(adapter, is_light):
    result = {}
    for name, tensor in adapter.half().state_dict().items():
        parts = name.split(".")
        if parts[1] != "body":
            result[name.removeprefix("adapter.")] = tensor
        elif is_light:
            result[name.removeprefix("adapter.").replace("resnets", "body")] = tensor
        elif parts[3] == "in_conv":
            result[f"body.{2 * int(parts[2])}.in_conv.{parts[-1]}"] = tensor
        else:
            result[f"body.{2 * int(parts[2]) + int(parts[4])}.{'.'.join(parts[5:])}"] = tensor
    adapter.float()
    return result


def save(network, name):
    network.half().save_pretrained(FOLDER / name)
    return network.float()


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, target in LINKS.items():
        (FOLDER / name).symlink_to(f"../{target}")
    networks = {
        "canny": save(control_net("sd1", 1), "canny"),
        "sd2-canny": save(control_net("sd2", 3), "sd2-canny"), "xl-canny": save(control_net("xl", 4), "xl-canny"),
        "xl-union": save(union("xl", 5), "xl-union")}
    folder = FOLDER / "shuffle"
    folder.mkdir()
    settings = json.loads((FOLDER / "canny" / "config.json").read_text())
    settings |= {"controlnet_conditioning_channel_order": "bgr", "global_pool_conditions": True}
    (folder / "config.json").write_text(json.dumps(settings, indent=1) + "\n")
    (folder / "diffusion_pytorch_model.safetensors").symlink_to("../canny/diffusion_pytorch_model.safetensors")
    networks["shuffle"] = ControlNetModel.from_pretrained(folder, dtype=torch.float32)
    net = control_net("sd1", 6)
    save_file(halves({"control_model." + name: tensor for name, tensor in original(net).items()}), FOLDER / "depth.safetensors")
    networks["depth.safetensors"] = net
    base = unet("sd1").state_dict()
    networks["lora.safetensors"] = save_lora(control_net("sd1", 7), base, FOLDER / "lora.safetensors")
    networks["difference.safetensors"] = save_difference(control_net("sd1", 8), base, FOLDER / "difference.safetensors")

    scale, xl_scale = scale_of("sd1"), scale_of("xl")
    widths, xl_widths = list(unet("sd1").config.block_out_channels), list(unet("xl").config.block_out_channels)
    adapters = {
        "adapter": T2IAdapter(3, widths, 2, scale, "full_adapter"), "light": T2IAdapter(3, widths[:-1], 2, scale, "light_adapter"),
        "xl-adapter": T2IAdapter(3, xl_widths + xl_widths[-1:], 2, 2 * xl_scale, "full_adapter_xl")}
    for seed, (name, adapter) in enumerate(adapters.items()):
        networks[name] = save(randomised(adapter, 20 + seed, 0.8), name)
    for name in ["adapter", "light"]:
        save_file(original_adapter(networks[name], name == "light"), FOLDER / f"{name}.safetensors")
        networks[f"{name}.safetensors"] = networks[name]
    return networks


def pictures():
    random = numpy.random.default_rng(1)
    def noise(width, height, coarse):
        small = random.integers(0, 256, (height // coarse, width // coarse, 3), dtype=numpy.uint8)
        return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    made = dict(fox=noise(64, 64, 8), sea=noise(64, 64, 16), photo=noise(64, 64, 4), wide=noise(104, 72, 8))
    for name, picture in made.items():
        picture.save(FOLDER / f"{name}.png", optimize=True)
    prepared("canny", made["photo"]).save(FOLDER / "edges.png", optimize=True)
    prepared("blur", made["photo"]).save(FOLDER / "soft.png", optimize=True)


def prepared(kind, picture):
    if kind == "canny":
        return Image.fromarray(cv2.Canny(numpy.array(picture), 100, 200)).convert("RGB")
    if kind == "grey":
        return picture.convert("L").convert("RGB")
    if kind == "invert":
        return ImageOps.invert(picture)
    if kind == "scribble":
        return Image.fromarray(((numpy.array(picture).min(2) < 127) * 255).astype(numpy.uint8)).convert("RGB")
    return picture.filter(ImageFilter.GaussianBlur(9)) if kind == "blur" else picture


def mask_of(case):
    y, x = numpy.mgrid[:case["height"], :case["width"]]
    disc = (x - 38) ** 2 + (y - 29) ** 2 < 19 ** 2
    return Image.fromarray(((disc | (y > 54)) * 255).astype(numpy.uint8))


def parts(model):
    is_xl = model == "xl"
    plain = StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False, safety_checker=None)
    return plain.from_pretrained(FOLDER / model, dtype=torch.float32, local_files_only=True, **more).components


def painted(case, networks):
    is_xl, controls = case["model"] == "xl", case["controls"]
    seen = [prepared(control["kind"], Image.open(FOLDER / control["file"])) for control in controls]
    weights = [control["weight"] for control in controls]
    asked = dict(
        prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"], num_inference_steps=case["steps"],
        width=case["width"], height=case["height"], generator=torch.Generator().manual_seed(case["seed"]))
    if "adapters" in case:
        seen = [picture.resize((case["width"], case["height"]), Image.Resampling.LANCZOS) for picture in seen]
        used = [networks[name] for name in case["adapters"]]
        kind = StableDiffusionXLAdapterPipeline if is_xl else StableDiffusionAdapterPipeline
        adapter = MultiAdapter(used) if len(used) > 1 else used[0]
        # Of several, SD's pipeline adds what each makes.
        asked |= dict(image=seen if len(used) > 1 else seen[0], adapter_conditioning_scale=weights if len(used) > 1 else weights[0])
        if is_xl:
            asked |= dict(adapter_conditioning_factor=controls[0]["end"])
        more = {} if is_xl else dict(requires_safety_checker=False)
        taken = {name: part for name, part in parts(case["model"]).items() if is_xl or name != "image_encoder"}
        loaded = kind(**taken, adapter=adapter, **more)
        if not is_xl and controls[0]["end"] < 1:
            until(loaded, int(case["steps"] * controls[0]["end"]))
        return picture_of(loaded, case, asked)
    names = case["nets"] * (len(controls) if len(case["nets"]) == 1 and case["nets"] != ["xl-union"] else 1)
    used = [networks[name] for name in names]
    starts, ends = [control["start"] for control in controls], [control["end"] for control in controls]
    if case["nets"] == ["xl-union"]:
        asked |= dict(
            control_image=seen, control_mode=[UNION[control["kind"]] for control in controls], controlnet_conditioning_scale=weights,
            control_guidance_start=starts[0], control_guidance_end=ends[0])
        loaded = StableDiffusionXLControlNetUnionPipeline(**parts(case["model"]), controlnet=used[0], add_watermarker=False)
        return picture_of(loaded, case, asked)
    several = len(used) > 1
    is_picture, is_masked = "strength" in case, "mask" in case
    kind = {
        (False, False, False): StableDiffusionControlNetPipeline, (False, True, False): StableDiffusionControlNetImg2ImgPipeline,
        (False, True, True): StableDiffusionControlNetInpaintPipeline, (True, False, False): StableDiffusionXLControlNetPipeline,
        (True, True, False): StableDiffusionXLControlNetImg2ImgPipeline, (True, True, True): StableDiffusionXLControlNetInpaintPipeline,
    }[is_xl, is_picture, is_masked]
    asked |= dict(
        controlnet_conditioning_scale=weights if several else weights[0], control_guidance_start=starts if several else starts[0],
        control_guidance_end=ends if several else ends[0], guess_mode=case.get("control_mode") == "guess")
    asked["control_image" if is_picture else "image"] = seen if several else seen[0]
    soft = None
    if is_picture:
        first = reference(case)
        first.save(FOLDER / f"{case['name']}.reference.png", optimize=True)
        asked |= dict(image=first, strength=case["strength"])
    if is_masked:
        mask = mask_of(case)
        mask.save(FOLDER / f"{case['name']}.mask.png", optimize=True)
        soft = mask.filter(ImageFilter.GaussianBlur(case["mask_blur"])) if case["mask_blur"] else mask
        asked |= dict(mask_image=soft)
    more = dict(add_watermarker=False) if is_xl else dict(requires_safety_checker=False)
    loaded = kind(**parts(case["model"]), controlnet=used if several else used[0], **more)
    picture = picture_of(loaded, case, asked)
    return Image.composite(picture, first, soft) if is_masked else picture


def until(pipeline, steps):
    """Lets the adapter of SD's pipeline, which has no such setting, count in the first steps only, as SDXL's does."""
    forward, calls = pipeline.unet.forward, [0]
    def limited(*arguments, **named):
        calls[0] += 1
        if calls[0] > steps:
            named["down_intrablock_additional_residuals"] = None
        return forward(*arguments, **named)
    pipeline.unet.forward = limited


def picture_of(pipeline, case, asked):
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = scheduler(case, FOLDER)
    return pipeline(**asked).images[0]


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    networks = build()
    pictures()
    rows = []
    for case in [{**STANDARD, **case} for case in CASES]:
        case = {key: value for key, value in case.items() if value is not None}
        painted(case, networks).save(FOLDER / f"{case['name']}.png", optimize=True)
        print(case["name"])
        row = {key: value for key, value in case.items() if key not in ["nets", "adapters", "controls"]}
        rows.append(row | dict(
            control_models=case.get("nets", case.get("adapters")),
            controls=[f"{c['kind']}=@{c['file']}:{c['weight']}:{c['start']}-{c['end']}" for c in case["controls"]]))
    (FOLDER / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
