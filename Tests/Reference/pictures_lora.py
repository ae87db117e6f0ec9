"""Makes Tests/Fixtures/PicturesLoRA: LoRAs in the spellings of their writers for models of the other fixtures, and the pictures
that come of them.

Made with torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, peft 0.21.2, lycoris-lora 4.1.3, safetensors 0.8.0. Run from the
repository's root, after pictures_sdxl.py, to whose models it links:

    python Tests/Reference/pictures_lora.py

Plain LoRAs are loaded by diffusers (`load_lora_weights`, `set_adapters`); a file whose names diffusers does not read is loaded by
the names that it would read (`reads_as`). What only LyCORIS knows (LoHa, LoKr, DoRA, Tucker's decomposition) is applied to the
UNet by `lycoris.create_lycoris_from_weights(...).apply_to()`, as in training (`merge_to()` of 4.1.3 scales LoHa and LoKr twice); `alphas` and `text`, in which alphas differ
from module to module of attentions and text encoders, are added to the weights by the formula, since diffusers 0.42.1 takes one alpha for
all of those; so is `dora-inputs`, by LyCORIS's `weight_decompose`. All factors are random, the "up" ones too.

`cases.json` holds what was asked for; `loras` are files beside it with their weights.
"""

import json
import pathlib
import shutil
import zlib

import diffusers
import numpy
import torch
import transformers
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from lycoris import create_lycoris_from_weights
from lycoris.functional.general import weight_decompose
from safetensors.torch import load_file, save_file

from original_layout import original_rows
from pictures_end_to_end import scheduler

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
FOLDER = FIXTURES / "PicturesLoRA"
MODELS = {"sd1": "Pictures/sd1", "xl": "PicturesXL/xl", "vega": "PicturesXL/vega"}
STANDARD = dict(guidance=5.0, steps=4, width=64, height=64, seed=42, prompt="a red fox in the snow")
XL = {"xl", "vega"}

CASES = [
    dict(name="sd1-kohya", model="sd1", loras=["kohya.safetensors:1.0"]),
    dict(name="sd1-kohya-weak", model="sd1", loras=["kohya.safetensors:0.45"], negative="blurry"),
    dict(name="sd1-kohya-negative-weight", model="sd1", loras=["kohya.safetensors:-0.5"]),
    dict(name="sd1-peft", model="sd1", loras=["peft.safetensors:1.0"]),
    dict(name="sd1-diffusers", model="sd1", loras=["diffusers.safetensors:1.0"]),
    dict(name="sd1-diffusers-stabilised", model="sd1", loras=["diffusers-stabilised.safetensors:0.8"]),
    dict(name="sd1-diffusers-old", model="sd1", loras=["diffusers-old.safetensors:1.0"]),
    dict(name="sd1-processors", model="sd1", loras=["processors.safetensors:1.0"]),
    dict(name="sd1-alphas", model="sd1", loras=["alphas.safetensors:1.0"]),
    dict(name="sd1-text", model="sd1", loras=["text.safetensors:1.0"]),
    dict(name="sd1-convolutions", model="sd1", loras=["convolutions.safetensors:1.0"]),
    dict(name="sd1-two", model="sd1", loras=["kohya.safetensors:0.7", "convolutions.safetensors:-0.4"]),
    dict(name="sd1-one-file-twice", model="sd1", loras=["peft.safetensors:0.6", "diffusers.safetensors:0.4"], sampler="euler"),
    dict(name="sd1-tucker", model="sd1", loras=["tucker.safetensors:1.0"]),
    dict(name="sd1-loha", model="sd1", loras=["loha.safetensors:1.0"]),
    dict(name="sd1-loha-weak", model="sd1", loras=["loha.safetensors:0.5"]),
    dict(name="sd1-lokr", model="sd1", loras=["lokr.safetensors:1.0"]),
    dict(name="sd1-dora", model="sd1", loras=["dora.safetensors:1.0"]),
    dict(name="sd1-dora-inputs", model="sd1", loras=["dora-inputs.safetensors:1.0"]),
    dict(name="xl-kohya-original", model="xl", loras=["xl-kohya-original.safetensors:1.0"]),
    dict(name="xl-kohya", model="xl", loras=["xl-kohya.safetensors:0.8"], negative="dark"),
    dict(name="xl-diffusers", model="xl", loras=["xl-diffusers.safetensors:1.0"]),
    dict(name="xl-two", model="xl", loras=["xl-kohya-original.safetensors:0.5", "xl-diffusers.safetensors:0.5"]),
    dict(name="vega-original", model="vega", loras=["vega-original.safetensors:1.0"]),
]
BY_FORMULA = {"alphas", "text", "dora-inputs"}
BY_LYCORIS = {"tucker", "loha", "lokr", "dora"}


# --- files

def noise(name, *shape, scale=1.0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode()))) * scale


def pipeline(model):
    kind = StableDiffusionXLPipeline if model in XL else StableDiffusionPipeline
    more = dict(add_watermarker=False) if model in XL else dict(requires_safety_checker=False, safety_checker=None)
    loaded = kind.from_pretrained(FOLDER / model, dtype=torch.float32, local_files_only=True, **more)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def modules(loaded, part, *ends, every=1):
    """Modules with weights whose names end so, every so many of them, with their weights' shapes."""
    found = [(name, module.weight.shape) for name, module in getattr(loaded, part).named_modules()
             if hasattr(module, "weight") and name.endswith(ends)]
    return found[::every]


def factors(file, name, shape, rank, gain=1.0):
    """`down` and `up`, whose product is about as large as the weight."""
    down = noise(f"{file} {name} down", rank, *shape[1:], scale=gain / shape[1:].numel() ** 0.5)
    up = noise(f"{file} {name} up", shape[0], rank, *[1] * (len(shape) - 2), scale=rank ** -0.5)
    return down, up


def write(file, tensors, **metadata):
    tensors = {name: (tensor.half() if tensor.numel() > 1 else tensor.float()).contiguous() for name, tensor in tensors.items()}
    save_file(tensors, FOLDER / f"{file}.safetensors", {"format": "pt", **metadata})


def kohya(file, loaded, parts, rank, alpha, rename=lambda part, name: name.replace(".", "_"), varies=()):
    """`parts`: part, prefix, ends, every. Ranks and alphas differ from module to module of the parts that `varies` names."""
    tensors = {}
    for part, prefix, ends, every in parts:
        for place, (name, shape) in enumerate(modules(loaded, part, *ends, every=every)):
            step = place if part in varies else 0
            own = rank + step % 2
            down, up = factors(file, name, shape, own)
            text = name if part == "unet" or name.startswith("text_model.") else f"text_model.{name}"
            key = prefix + rename(part, text)
            tensors |= {
                f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up,
                f"{key}.alpha": torch.tensor(float(alpha + step % 3))}
    write(file, tensors)


def dotted(file, loaded, parts, rank, down_end, up_end, rename=lambda part, name: name, **metadata):
    tensors = {}
    for part, prefix, ends, every in parts:
        for name, shape in modules(loaded, part, *ends, every=every):
            down, up = factors(file, name, shape, rank)
            key = prefix + rename(part, name if part == "unet" or name.startswith("text_model.") else f"text_model.{name}")
            tensors |= {f"{key}{down_end}": down, f"{key}{up_end}": up}
    write(file, tensors, **metadata)


ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def lycoris_files(loaded):
    linear = modules(loaded, "unet", *ATTENTION, "ff.net.0.proj", every=2)
    window = [row for row in modules(loaded, "unet", "conv1", "conv2", "downsamplers.0.conv", every=2) if len(row[1]) == 4]

    def key(name):
        return f"lycoris_{name.replace('.', '_')}"

    tensors = {}
    for name, shape in window:
        rank = 3
        tensors |= {
            f"{key(name)}.lora_up.weight": noise(f"tucker {name} up", shape[0], rank, 1, 1, scale=0.5),
            f"{key(name)}.lora_mid.weight": noise(f"tucker {name} mid", rank, rank, *shape[2:], scale=0.3),
            f"{key(name)}.lora_down.weight": noise(f"tucker {name} down", rank, shape[1], 1, 1, scale=0.25),
            f"{key(name)}.alpha": torch.tensor(2.0)}
    write("tucker", tensors)

    tensors = {}
    for name, shape in linear + window[:2]:
        wide = shape[1:].numel()
        tensors |= {f"{key(name)}.alpha": torch.tensor(1.5)}
        for side in "12":
            tensors |= {
                f"{key(name)}.hada_w{side}_a": noise(f"loha {name} {side} a", shape[0], 2, scale=0.6),
                f"{key(name)}.hada_w{side}_b": noise(f"loha {name} {side} b", 2, wide, scale=0.5)}
    for name, shape in window[2:]:
        tensors |= {f"{key(name)}.alpha": torch.tensor(1.5)}
        for side in "12":
            tensors |= {
                f"{key(name)}.hada_t{side}": noise(f"loha {name} {side} t", 2, 2, *shape[2:], scale=0.5),
                f"{key(name)}.hada_w{side}_a": noise(f"loha {name} {side} a", 2, shape[0], scale=0.5),
                f"{key(name)}.hada_w{side}_b": noise(f"loha {name} {side} b", 2, shape[1], scale=0.5)}
    write("loha", tensors)

    tensors = {}
    for place, (name, shape) in enumerate(linear + window):
        rows, columns = shape[0] // 4, shape[1] // 4
        rest = shape[2:]
        tensors |= {f"{key(name)}.alpha": torch.tensor(1.0)}
        # LyCORIS decomposes the first factor only where its rank is below half its extent, and the second one then too.
        rank = 1 if place % 3 == 0 else 2
        if place % 3 == 0:
            tensors |= {
                f"{key(name)}.lokr_w1_a": noise(f"lokr {name} 1a", 4, rank, scale=0.8),
                f"{key(name)}.lokr_w1_b": noise(f"lokr {name} 1b", rank, 4, scale=0.8)}
        else:
            tensors |= {f"{key(name)}.lokr_w1": noise(f"lokr {name} 1", 4, 4, scale=0.5)}
        if place % 3 == 2:
            tensors |= {f"{key(name)}.lokr_w2": noise(f"lokr {name} 2", rows, columns, *rest, scale=0.3)}
        elif rest and place % 3 == 0:
            tensors |= {
                f"{key(name)}.lokr_t2": noise(f"lokr {name} t2", rank, rank, *rest, scale=0.5),
                f"{key(name)}.lokr_w2_a": noise(f"lokr {name} 2a", rank, rows, scale=0.5),
                f"{key(name)}.lokr_w2_b": noise(f"lokr {name} 2b", rank, columns, scale=0.5)}
        else:
            tensors |= {
                f"{key(name)}.lokr_w2_a": noise(f"lokr {name} 2a", rows, rank, scale=0.4),
                f"{key(name)}.lokr_w2_b": noise(f"lokr {name} 2b", rank, columns * rest.numel(), scale=0.3)}
    write("lokr", tensors)

    for file, is_on_outputs in [("dora", True), ("dora-inputs", False)]:
        tensors = {}
        for name, shape in linear + window[:3]:
            down, up = factors(file, name, shape, 2, gain=0.7)
            extent = [shape[0], *[1] * (len(shape) - 1)] if is_on_outputs else [1, shape[1], *[1] * (len(shape) - 2)]
            tensors |= {
                f"{key(name)}.lora_down.weight": down, f"{key(name)}.lora_up.weight": up,
                f"{key(name)}.alpha": torch.tensor(1.0),
                f"{key(name)}.dora_scale": noise(f"{file} {name} m", *extent, scale=0.2).abs() + 0.8}
        write(file, tensors)


def original_names(model):
    rows = {row[1].removesuffix(".weight"): row[2].removesuffix(".weight") for row in original_rows(FOLDER / model)
            if row[0] == "unet" and row[1].endswith(".weight")}
    return {name: theirs.removeprefix("model.diffusion_model.") for name, theirs in rows.items()}


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for model, place in MODELS.items():
        (FOLDER / model).symlink_to(f"../{place}")
    sd1, xl, vega = pipeline("sd1"), pipeline("xl"), pipeline("vega")

    kohya("kohya", sd1, [
        ("unet", "lora_unet_", (*ATTENTION, "proj_in", "ff.net.2"), 2), ("text_encoder", "lora_te_", TEXT, 1)], 2, 1)
    dotted("peft", sd1, [("unet", "base_model.model.", ATTENTION, 2)], 2, ".lora_A.weight", ".lora_B.weight")
    dotted(
        "diffusers", sd1, [("unet", "unet.", ATTENTION, 2), ("text_encoder", "text_encoder.", TEXT[:4], 2)], 2,
        ".lora_A.weight", ".lora_B.weight", lora_adapter_metadata=json.dumps({
            **{f"unet.{key}": value for key, value in configuration(2, 3, ATTENTION, alpha_pattern={"attn2.to_k": 1}).items()},
            **{f"text_encoder.{key}": value for key, value in configuration(2, 1, TEXT[:4]).items()}}))
    dotted(
        "diffusers-stabilised", sd1, [("unet", "unet.", ATTENTION, 3)], 4, ".lora_A.weight", ".lora_B.weight",
        lora_adapter_metadata=json.dumps(
            {f"unet.{key}": value for key, value in configuration(4, 2, ATTENTION, use_rslora=True).items()}))
    dotted(
        "diffusers-old", sd1, [("unet", "unet.", ATTENTION, 3), ("text_encoder", "text_encoder.", TEXT[:4], 2)], 2,
        ".lora.down.weight", ".lora.up.weight", rename=lambda part, name: name)
    tensors = load_file(FOLDER / "diffusers-old.safetensors")
    write("diffusers-old", {
        name.replace(".lora.", ".lora_linear_layer.") if name.startswith("text_encoder") else name: tensor
        for name, tensor in tensors.items()})
    dotted(
        "processors", sd1, [("unet", "", ATTENTION, 3)], 2, "_lora.down.weight", "_lora.up.weight",
        rename=lambda part, name: name.replace(".to_out.0", ".to_out").replace(".to_", ".processor.to_"))
    kohya("text", sd1, [("text_encoder", "lora_te_", TEXT, 1)], 3, 2, varies=("text_encoder",))
    kohya("convolutions", sd1, [
        ("unet", "lora_unet_", ("conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "proj_in", "proj_out"), 2)], 2, 1, varies=("unet",))
    kohya("alphas", sd1, [("unet", "lora_unet_", ATTENTION, 2)], 2, 1, varies=("unet",))
    lycoris_files(sd1)

    texts = [("text_encoder", "lora_te1_", TEXT, 3), ("text_encoder_2", "lora_te2_", TEXT, 3)]
    original = original_names("xl")
    unet = ("unet", "lora_unet_", (*ATTENTION, "proj_in", "conv1", "time_emb_proj", "downsamplers.0.conv", "upsamplers.0.conv"), 3)
    kohya("xl-kohya-original", xl, [unet, *texts], 1, 1, rename=lambda part, name: (
        original[name] if part == "unet" else name).replace(".", "_"))
    kohya("xl-kohya", xl, [("unet", "lora_unet_", ATTENTION, 3), *texts], 1, 1)
    dotted(
        "xl-diffusers", xl,
        [("unet", "unet.", ATTENTION, 4), ("text_encoder", "text_encoder.", TEXT[:4], 2),
         ("text_encoder_2", "text_encoder_2.", TEXT[:4], 2)], 2, ".lora_A.weight", ".lora_B.weight")
    original_vega = original_names("vega")
    kohya("vega-original", vega, [("unet", "lora_unet_", (*ATTENTION, "conv2", "upsamplers.0.conv"), 4)], 1, 1,
          rename=lambda part, name: original_vega[name].replace(".", "_"))


def configuration(rank, alpha, targets, **more):
    return dict(r=rank, lora_alpha=alpha, target_modules=list(targets), lora_dropout=0.0, bias="none", **more)


# --- pictures

def reads_as(file, model):
    """The tensors of a file with names that diffusers reads."""
    tensors = load_file(FOLDER / file)
    if file == "peft.safetensors":
        return {name.replace("base_model.model.", "unet."): tensor for name, tensor in tensors.items()}
    if file == "processors.safetensors":
        return {"unet." + name.replace(".processor.", ".").replace(".to_out_lora", ".to_out.0_lora").replace("_lora.", ".lora.")
                : tensor for name, tensor in tensors.items()}
    if "original" in file:
        names = {theirs.replace(".", "_"): name.replace(".", "_") for name, theirs in original_names(model).items()}
        result = {}
        for name, tensor in tensors.items():
            module, _, end = name.partition(".")
            ours = names.get(module.removeprefix("lora_unet_"))
            result[f"lora_unet_{ours}.{end}" if ours else name] = tensor
        return result
    return tensors


def formula(loaded, tensors, weight, scaling=lambda name, rank: 1.0):
    """Adds alpha / rank * up * down to the weights themselves."""
    flat = {}
    for part, prefixes in [("unet", ["lora_unet_", "unet_", "lycoris_"]), ("text_encoder", ["lora_te_", "lora_te1_", "text_encoder_"]),
                           ("text_encoder_2", ["lora_te2_", "text_encoder_2_"])]:
        for name, module in getattr(loaded, part, torch.nn.Module()).named_modules():
            for prefix in prefixes:
                for text in {name, f"text_model.{name}"}:
                    flat[prefix + text.replace(".", "_")] = module
    done = 0
    for key, down in tensors.items():
        for down_end, up_end in [(".lora_down.", ".lora_up."), (".lora_A.", ".lora_B."), (".lora.down.", ".lora.up."),
                                 (".lora_linear_layer.down.", ".lora_linear_layer.up.")]:
            if down_end in key:
                name = key.split(down_end)[0]
                up = tensors[key.replace(down_end, up_end)].float()
                alpha = tensors.get(f"{name}.alpha")
                scale = scaling(name, len(down)) if alpha is None else alpha.item() / len(down)
                module = flat[name.replace(".", "_")]
                delta = up.flatten(1) @ down.float().flatten(1)
                changed = module.weight + scale * delta.reshape(module.weight.shape)
                if f"{name}.dora_scale" in tensors:
                    changed = weight_decompose(changed, tensors[f"{name}.dora_scale"].float(), 1, False)
                module.weight.data += weight * (changed - module.weight)
                done += 1
    assert done, "nothing was changed"
    return done


def metadata_scaling(file):
    """What `lora_adapter_metadata` say, for the formula."""
    from safetensors import safe_open
    with safe_open(FOLDER / file, "pt") as opened:
        said = json.loads((opened.metadata() or {}).get("lora_adapter_metadata", "{}"))

    def scale(name, rank):
        part = name.split(".")[0]
        alpha = said.get(f"{part}.lora_alpha", rank)
        for end, other in said.get(f"{part}.alpha_pattern", {}).items():
            if name.endswith(end):
                alpha = other
        return alpha / (rank ** 0.5 if said.get(f"{part}.use_rslora") else rank)
    return scale


def adapted(case, by_formula):
    loaded = pipeline(case["model"])
    names, weights, networks = [], [], []
    for place, text in enumerate(case["loras"]):
        file, weight = text.rsplit(":", 1)
        if file.removesuffix(".safetensors") in BY_LYCORIS:
            network, _ = create_lycoris_from_weights(1.0, str(FOLDER / file), loaded.unet, weights_sd={
                name: tensor.float() for name, tensor in load_file(FOLDER / file).items()})
            expected = {name.split(".")[0] for name in load_file(FOLDER / file)}
            assert len(network.loras) == len(expected), (file, len(network.loras), len(expected))
            network.apply_to()
            for lora in network.loras:
                lora.multiplier = float(weight)
            networks.append(network)
        elif by_formula or file.removesuffix(".safetensors") in BY_FORMULA:
            formula(loaded, reads_as(file, case["model"]), float(weight), metadata_scaling(file))
        else:
            tensors = reads_as(file, case["model"])
            same = tensors.keys() == load_file(FOLDER / file).keys()
            loaded.load_lora_weights(str(FOLDER / file) if same else tensors, adapter_name=f"lora{place}")
            names.append(f"lora{place}")
            weights.append(float(weight))
    if names:
        loaded.set_adapters(names, weights)
    return loaded


def painted(case, by_formula=False):
    loaded = adapted(case, by_formula)
    loaded.scheduler = scheduler(case, FOLDER)
    return loaded(
        prompt=case["prompt"], negative_prompt=case.get("negative"), guidance_scale=case["guidance"],
        num_inference_steps=case["steps"], width=case["width"], height=case["height"],
        generator=torch.Generator().manual_seed(case["seed"])).images[0]


def distance(one, other):
    return numpy.abs(numpy.array(one, dtype=int) - numpy.array(other, dtype=int)).max()


@torch.no_grad()
def main():
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    build()
    cases = [{**STANDARD, **case} for case in CASES]
    plain = {}
    for case in cases:
        picture = painted(case)
        picture.save(FOLDER / f"{case['name']}.png", optimize=True)
        bare = (case["model"], case.get("negative"), case.get("sampler"))
        if bare not in plain:
            plain[bare] = painted({**case, "loras": []})
        print(f"{case['name']:26} without {distance(picture, plain[bare])}, by formula {distance(picture, painted(case, True))}")
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
