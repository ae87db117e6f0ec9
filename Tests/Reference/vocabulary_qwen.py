"""Ids of many prompts by the vocabulary that weights/fetch.sh leaves, for PublishedQwenTests: `make parity-vocabulary`.

    python vocabulary_qwen.py OUT_FILE PROMPTS

Made with transformers 5.24.0, tokenizers 0.23.3. A line a prompt: its text and its ids.
"""

import json
import pathlib
import shutil
import sys
import tempfile

from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer

import qwen2_tokenizer as small
import tokenizer as clip

PACKED = pathlib.Path(__file__).resolve().parent.parent.parent / "weights" / "fetched" / "qwen2-vocabulary"


def published(folder):
    """Bytes, then what each merge makes."""
    merges = [line.split(" ") for line in (PACKED / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]]
    letters = sorted(clip.byte_alphabet().values())
    vocabulary = {token: place for place, token in enumerate(letters + ["".join(merge) for merge in merges])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    for name in ["merges.txt", "tokenizer_config.json"]:
        shutil.copy(PACKED / name, folder)
    return Qwen2Tokenizer.from_pretrained(folder)


def main(out, count):
    texts = small.SPECIFIC + small.NASTY + [line for line in (small.CORPUS + small.LANGUAGES).splitlines() if line]
    texts = (texts + small.fuzzed_lines(count))[:count]
    with tempfile.TemporaryDirectory() as folder, open(out, "w", encoding="utf-8") as file:
        tokenizer = published(pathlib.Path(folder))
        for text in texts:
            file.write(json.dumps(dict(text=text, ids=tokenizer.encode(text))) + "\n")


if __name__ == "__main__" and len(sys.argv) == 3:  # no fixture: `make references` calls it without
    main(sys.argv[1], int(sys.argv[2]))
