"""Prints medians, and limn's against each of the others: table.py ROWS, a file of the lines that the programs print"""
import collections
import json
import statistics
import sys

seconds, peaks = collections.defaultdict(lambda: collections.defaultdict(list)), collections.defaultdict(dict)
for line in open(sys.argv[1]):
    row = json.loads(line)
    seconds[row["stage"]][row["program"]] += row["seconds"]
    peaks[row["stage"]][row["program"]] = max(row["peak_mb"], peaks[row["stage"]].get(row["program"], 0))
print(f"{'':20}{'':24}{'median s':>10}{'best s':>10}{'runs':>6}{'limn / it':>11}{'peak MB':>9}")
for stage, programs in seconds.items():
    own = statistics.median(programs["limn"]) if "limn" in programs else None
    for program, values in programs.items():
        median = statistics.median(values)
        ratio = f"{own / median:.2f}" if own and program != "limn" else ""
        print(f"{stage:20}{program:24}{median:10.2f}{min(values):10.2f}{len(values):6}{ratio:>11}{peaks[stage][program]:9}")
