"""Writes what limn's random sources must draw: torch.randn on the CPU, and CUDA's Philox as A1111 and stable-diffusion.cpp draw it.

    python Tests/Reference/random_sources.py Tests/Fixtures/Sampling/random_sources.json      (needs torch, numpy)
"""
import base64, json, pathlib, sys
import numpy as np, torch

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures/Sampling"


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def philox(seed, draws):
    """Philox 4x32-10; counter (offset, 0, element, 0), key seed, a Box-Muller transform in float32 of words 0 and 1."""
    result = []
    for offset, count in enumerate(draws):
        c = [np.full(count, offset, np.uint64), np.zeros(count, np.uint64), np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64)]
        k0, k1 = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
        for _ in range(10):
            a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
            low, high = np.uint64(0xFFFFFFFF), np.uint64(32)
            c = [(b >> high) ^ c[1] ^ np.uint64(k0), b & low, (a >> high) ^ c[3] ^ np.uint64(k1), a & low]
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        u = c[0].astype(np.float32) * np.float32(2.0**-32) + np.float32(2.0**-33)
        turn = np.float32(2.0**-32) * np.float32(2 * np.pi)
        v = c[1].astype(np.float32) * turn + turn / np.float32(2)
        result.append(np.sqrt(np.float32(-2) * np.log(u)) * np.sin(v))
    return result


def summarised(draws):
    """Long draws are kept as their ends and some values between."""
    return [{"count": len(d), "values": packed(d if len(d) <= 64 else np.concatenate([d[:16], d[16:-16:97], d[-16:]]))} for d in draws]


def torch_case(seed, counts):
    generator = torch.Generator("cpu").manual_seed(seed)
    return {"source": "torch", "seed": str(seed % 2**64), "draws": summarised([torch.randn(n, generator=generator).numpy() for n in counts])}


def main(path):
    cases = [torch_case(seed, [n]) for n in range(1, 41) for seed in (0, 42)]
    cases += [torch_case(7, range(1, 41)), torch_case(7, [3, 16, 1, 5, 20, 2, 1000, 1, 7]), torch_case(1, [1000, 4 * 64 * 64, 4 * 64 * 64 + 3, 15])]
    cases += [torch_case(seed, [4, 32]) for seed in (2**32, 2**32 + 5, 2**63 - 1, 2**64 - 1, -1, -2**40, -2**63, 123456789012)]
    for seed, draws in ((0, [4, 4]), (42, [64, 3, 64]), (2**33 + 17, [16 * 16]), (2**64 - 1, [8])):
        cases.append({"source": "philox", "seed": str(seed), "draws": summarised(philox(seed, draws))})
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    with open(path, "w") as file:
        file.write(json.dumps({"versions": versions})[:-1] + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")


main(sys.argv[1] if len(sys.argv) > 1 else FIXTURES / "random_sources.json")
