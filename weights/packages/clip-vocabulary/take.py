"""CLIP's byte pairs, as OpenAI's `SimpleTokenizer` reads them: take.py WHEEL FOLDER"""
import gzip, sys, zipfile

wheel = zipfile.ZipFile(sys.argv[1])
lines = gzip.decompress(wheel.read("open_clip/bpe_simple_vocab_16e6.txt.gz")).decode().split("\n")
merges = lines[1 : 49152 - 256 - 2 + 1]
with open(f"{sys.argv[2]}/merges.txt", "w", encoding="utf-8", newline="\n") as file:
    file.write("#version: 0.2\n" + "\n".join(merges) + "\n")
licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
with open(f"{sys.argv[2]}/LICENSE", "wb") as file:
    file.write(wheel.read(licence))
