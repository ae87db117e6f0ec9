"""What the programs that are timed beside limn have in common: their arguments, their timing, and the line of JSON that they print."""
import argparse
import json
import os
import resource
import time

START = time.perf_counter()
TIMESTEP = 981
SEED = 7
PROMPT = "a red cube on a table"
TOKENS = [49406, 320, 736, 11353, 525, 320, 2175, 49407]  # which tokens they are changes no time


def arguments(description, stage):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("checkpoint", help="a diffusers folder of SDXL's family")
    if stage == "picture":
        parser.add_argument("output", help="the PNG to write")
    parser.add_argument("--size", type=int, default=1024 if stage == "unet" else 512, help="edge of the picture in pixels")
    parser.add_argument("--rounds", type=int, default=1, help="measured evaluations, after one to warm up")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--exported", help="the folder of openvino_export.py")
    parser.add_argument("--channels-last", action="store_true")
    found = parser.parse_args()
    for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS"]:
        os.environ[name] = str(found.threads)
    return found


def timed(work, rounds):
    """Seconds of each round, after one to warm up."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(round(time.perf_counter() - start, 4))
    return seconds


def report(program, stage, size, seconds):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(program=program, stage=f"{stage} {size}x{size}", seconds=seconds, peak_mb=round(peak))), flush=True)


def unet_inputs(config, size):
    """Latents, time step, text, pooled text and sizes, as numpy arrays."""
    import numpy as np
    random = np.random.default_rng(SEED)
    time_ids = np.array([[size, size, 0, 0, size, size]], "f")
    pooled = config["projection_class_embeddings_input_dim"] - time_ids.size * config["addition_time_embed_dim"]
    shapes = dict(latents=(1, 4, size // 8, size // 8), context=(1, 77, config["cross_attention_dim"]), pooled=(1, pooled))
    normal = {name: random.standard_normal(shape, "f") for name, shape in shapes.items()}
    return [normal["latents"], np.array(TIMESTEP, "f"), normal["context"], normal["pooled"], time_ids]


def configuration(checkpoint, part):
    with open(f"{checkpoint}/{part}/config.json") as file:
        return json.load(file)
