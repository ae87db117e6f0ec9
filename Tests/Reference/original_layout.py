"""How single files of the original layout hold what diffusers folders hold; for the scripts that make tiny checkpoints.

    original_rows(folder)            a row a tensor of the single file: part, name in the folder, original name, original shape, form
    single_file_tensors(folder, rows)    the tensors of the single file

The form is `same` (the bytes are equal), `transpose` (of a matrix), or `concat` (three tensors, with commas between their names,
one behind the other).
"""
import json

import torch
from safetensors.torch import load_file

from single_file import original_unet, original_vae

FORMS = {
    "same": lambda tensor: tensor,
    "transpose": lambda tensor: tensor.T,
    "concat": lambda *tensors: torch.cat(tensors),
}


def original_rows(folder):
    is_xl = (folder / "text_encoder_2").exists()
    first = "conditioner.embedders.0.transformer." if is_xl else "cond_stage_model.transformer."
    layers = configuration(folder, "unet")["layers_per_block"]
    levels = len(configuration(folder, "vae")["block_out_channels"])
    renames = {
        "text_encoder": lambda name: first + name,
        "text_encoder_2": lambda name: "conditioner.embedders.1.model." + original_open_clip(name),
        "unet": lambda name: "model.diffusion_model." + original_unet(name, layers),
        "vae": lambda name: "first_stage_model." + original_vae(name, levels),
    }
    if not is_xl:
        del renames["text_encoder_2"]
    rows = [row(part, name, rename(name), list(tensor.shape))
            for part, rename in renames.items() for name, tensor in part_tensors(folder / part).items()]
    rows = [row for row in rows if row]
    names = {row[2] for row in rows}
    for cells in rows:  # behind the attention, or in its place
        attended = cells[2].split(".UP.")[0] + ".1.norm.weight" in names
        cells[2] = cells[2].replace(".UP.", ".2." if attended else ".1.")
    return rows


def row(part, name, theirs, shape):
    """None for tensors that stand in the row of another."""
    form = "same"
    if ".in_proj_" in theirs:
        if "q_proj" not in name:
            return None
        form, shape = "concat", [3 * shape[0], *shape[1:]]
        name = ",".join(name.replace("q_proj", f"{letter}_proj") for letter in "qkv")
    elif theirs.endswith("text_projection"):
        form, shape = "transpose", shape[::-1]
    elif "mid.attn_1" in theirs and len(shape) == 2:
        shape += [1, 1]
    return [part, name, theirs, ",".join(map(str, shape)), form]


def original_open_clip(name):
    for ours, theirs in [
            ("text_model.embeddings.token_embedding", "token_embedding"), ("text_projection.weight", "text_projection"),
            ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
            ("text_model.final_layer_norm", "ln_final"), ("text_model.encoder.layers", "transformer.resblocks"),
            ("layer_norm", "ln_"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("self_attn.out_proj", "attn.out_proj"),
            ("self_attn.q_proj.", "attn.in_proj_"), ("self_attn.k_proj.", "attn.in_proj_"), ("self_attn.v_proj.", "attn.in_proj_")]:
        name = name.replace(ours, theirs)
    return name


def single_file_tensors(folder, rows):
    """Rows whose tensors the folder lacks are left out: a smaller model of the same kind has no others."""
    held = {part: part_tensors(folder / part) for part in {row[0] for row in rows}}
    result = {}
    for part, names, theirs, shape, form in rows:
        tensors = [held[part].get(name) for name in names.split(",")]
        if tensors[0] is not None:
            result[theirs] = FORMS[form](*tensors).reshape([int(extent) for extent in shape.split(",")]).contiguous()
    return result


def configuration(folder, part):
    return json.loads((folder / part / "config.json").read_text())


def part_tensors(folder):
    """All tensors of a part, whether in one file or in shards."""
    tensors = {}
    for file in sorted(folder.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors
