"""Times limn as the peers are timed: limn.py unet LIMN CHECKPOINT SIZE ROUNDS, or limn.py picture LIMN CHECKPOINT SIZE OUT.png"""
import json
import resource
import subprocess
import sys
import time

import common


def run(*command):
    """Standard output, seconds and the peak memory in MB."""
    start = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return output, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main(stage, limn, checkpoint, size, last):
    edges = ["--width", size, "--height", size]
    if stage == "unet":
        output, _, peak = run(limn, "bench", "--json", "--model", checkpoint, *edges, "--rounds", last)
        stages = [json.loads(line) for line in output.splitlines()]
        seconds = next(found["rounds"] for found in stages if found["stage"] == "denoiser")
    else:
        _, total, peak = run(
            limn, common.PROMPT, "--model", checkpoint, *edges, "--steps", "1", "--guidance", "1", "--seed", str(common.SEED),
            "--no-history", "--quiet", "--output", last)
        seconds = [total]
    print(json.dumps(dict(
        program="limn", stage=f"{stage} {size}x{size}", seconds=[round(value, 4) for value in seconds], peak_mb=round(peak))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
