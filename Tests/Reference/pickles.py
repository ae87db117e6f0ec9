"""Makes Tests/Fixtures/Checkpoints/Pickles: files of `torch.save`, and the values that torch reads back.

Made with torch 2.15.0, numpy 2.4.6. Run from the repository's root:

    python Tests/Reference/pickles.py

`expected.json` holds, by file and dotted name, shape and values (as float32) of the tensors that limn computes with; `others`
lists those that it does not.
"""

import json
import pathlib
import sys
import types
from argparse import Namespace
from collections import OrderedDict

import numpy
import torch

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "Checkpoints" / "Pickles"
COMPUTED = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


def counting(*shape, dtype=torch.float32):
    return (torch.arange(torch.Size(shape).numel()).reshape(shape) / 4 - 1).to(dtype)


def all_types():
    floats = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
    others = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.float8_e4m3fn]
    return {str(kind).removeprefix("torch."): counting(3, 2, dtype=kind) for kind in floats + others} | {
        "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "step": torch.tensor(7)}


def views():
    base = counting(4, 6)
    wide = counting(5, 3, 2, 2, dtype=torch.float16)
    doubles = counting(3, 5, dtype=torch.float64)
    return {
        "whole": base, "transposed": base.T, "rows": base[1:3], "columns": base[:, 2:4], "every_other": base[::2, ::3],
        "permuted": wide.permute(2, 0, 3, 1), "channels_last": wide.to(memory_format=torch.channels_last), "cut": wide[2:],
        "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 5), "doubles": doubles, "doubles_transposed": doubles.T,
        "brain": counting(3, 4, dtype=torch.bfloat16).T, "lone_axis": base[:1].T.T, "nothing": base[2:2]}


def modules():
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    shared = torch.nn.ParameterDict({"*": torch.nn.Parameter(counting(2, 4))})
    tagged = torch.nn.Parameter(counting(2, 2))
    tagged.note = "kept by _rebuild_parameter_with_state"
    return OrderedDict(
        network=network.state_dict(), string_to_param=shared, tagged=tagged, string_to_token={"*": 265}, name="a name", step=500)


def lightning():
    """As pytorch_lightning leaves a checkpoint: classes that are nowhere installed stand beside the weights."""
    for name in ["pytorch_lightning", "pytorch_lightning.callbacks", "pytorch_lightning.callbacks.model_checkpoint"]:
        sys.modules[name] = types.ModuleType(name)
    module = sys.modules["pytorch_lightning.callbacks.model_checkpoint"]
    module.ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": module.__name__})
    callback = module.ModelCheckpoint()
    callback.best = numpy.float64(0.25)
    weights = {"model.weight": counting(2, 3, dtype=torch.float16), "model_ema.weight": counting(2, 3), "odd": numpy.arange(3.0)}
    optimizer = {"state": {0: {"step": 3, "exp_avg": counting(2, 3)}}, "param_groups": [{"lr": numpy.float32(1e-4), "betas": (0.9, 0.999)}]}
    return {
        "epoch": 4, "global_step": 875000, "pytorch-lightning_version": "1.4.2", "state_dict": weights,
        "callbacks": {module.ModelCheckpoint: {"monitor": None, "callback": callback}}, "optimizer_states": [optimizer],
        "hyper_parameters": Namespace(size=torch.Size([2, 3]), device=torch.device("cpu"), kind=torch.float16, names={"a", "b"})}


def flatten(value, prefix=""):
    if isinstance(value, torch.nn.ParameterDict):
        value = dict(value.items())
    if isinstance(value, torch.Tensor):
        yield prefix, value.detach()
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(inner, f"{prefix}.{key}" if prefix else str(key))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {
        "types.pt": (all_types(), {}), "views.pt": (views(), {}), "modules.pt": (modules(), {}), "lightning.ckpt": (lightning(), {}),
        "types-legacy.pt": (all_types(), dict(_use_new_zipfile_serialization=False)),
        "views-legacy.pt": (views(), dict(_use_new_zipfile_serialization=False)),
    } | {f"protocol-{number}.pt": (modules(), dict(pickle_protocol=number)) for number in (3, 4, 5)}
    expected = {}
    for name, (value, options) in files.items():
        if "legacy" in name:
            value.pop("float8_e4m3fn", None)
        torch.save(value, FOLDER / name, **options)
        tensors = dict(flatten(value.get("state_dict", value)))
        expected[name] = {
            "tensors": {key: {"shape": list(t.shape), "values": t.float().flatten().tolist()} for key, t in tensors.items() if t.dtype in COMPUTED},
            "others": sorted(key for key, t in tensors.items() if t.dtype not in COMPUTED)}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
