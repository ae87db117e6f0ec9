"""Works out with SciPy and NumPy what the reports' statistics must reproduce.

    python Tests/Reference/report_statistics.py

Writes Tests/Fixtures/Reports/statistics.json, which names the versions that made it. Needs scipy and numpy.
"""
import json, pathlib
import numpy as np, scipy
from scipy.stats import binomtest, fisher_exact

random = np.random.default_rng(1)

SHARES = [(0, 1), (1, 1), (0, 5), (5, 5), (1, 3), (7, 10), (40, 80), (3, 20_000), (19_999, 20_000)]
PAIRS = [((0, 1), (0, 1)), ((1, 1), (0, 1)), ((3, 4), (1, 4)), ((8, 10), (1, 6)), ((0, 5), (500, 1000)),
         ((5, 5), (500, 1000)), ((60, 100), (9_000, 19_900)), ((2_000, 4_000), (8_100, 16_000)), ((0, 7), (0, 90)),
         ((7, 7), (90, 90)), ((0, 0), (3, 9))]
for _ in range(40):
    totals = random.integers(1, [60, 3000])
    PAIRS.append(tuple((int(random.integers(0, total + 1)), int(total)) for total in totals))


def wilson(count, total):
    found = binomtest(count, total).proportion_ci(confidence_level=0.95, method="wilson")
    return {"count": count, "total": total, "low": found.low, "high": found.high}


def fisher(first, second):
    table = [[count, total - count] for count, total in (first, second)]
    return {"first": first, "second": second, "probability": fisher_exact(table).pvalue}


def quantiles(values):
    return {"values": values, "median": float(np.quantile(np.float32(values), 0.5, method="inverted_cdf")),
            "p95": float(np.quantile(np.float32(values), 0.95, method="inverted_cdf"))}


LISTS = [[1.5], [2, 1], [3, 1, 2], [1] * 50, list(range(100)), list(range(100, 0, -1))] + [
    [round(float(x), 3) for x in random.lognormal(0, 1, size)] for size in (7, 20, 21, 100, 999)] + [
    [int(x) for x in random.integers(0, 4, 333)]]

fixture = {
    "versions": {"scipy": scipy.__version__, "numpy": np.__version__},
    "wilson": [wilson(*share) for share in SHARES],
    "fisher": [fisher(*pair) for pair in PAIRS],
    "quantiles": [quantiles(values) for values in LISTS],
}
place = pathlib.Path(__file__).parent / "../Fixtures/Reports/statistics.json"
place.write_text(json.dumps(fixture) + "\n")
