"""Makes the fixtures of TokenizersTests with transformers' CLIPTokenizer.

    python tokenizer.py [OUT_DIR] [FUZZED_PROMPTS]     (default: ../Fixtures/Tokenizers and 200)

Made with transformers 5.23.0, tokenizers 0.23.3, Python 3.11 (random.Random is the same in every version).
Each folder OUT_DIR/<case>/ holds a tokenizer as a checkpoint would, and expected.jsonl: first a line with the special
ids, then a line a prompt: its text, its ids without beginning and end, the text that diffusers' warning
says was cut (null for none) and, for some, the padded ids that StableDiffusionPipeline.encode_prompt asks for.
"""

import json
import pathlib
import random
import shutil
import sys
import unicodedata

import transformers
from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"

CORPUS = """
a quiet harbour at dawn, mist over the water and three wooden boats; an oil painting in the manner of the old masters.
the lighthouse keeper's daughter reads a letter by candlelight, warm shadows, highly detailed, soft focus photograph.
two foxes and a hedgehog share an umbrella in the rain, children's book illustration, watercolour and ink.
don't look down: the mountaineers' rope bridge sways above a valley of clouds, wide angle, 35mm film, golden hour.
a bowl of lemons on a blue tablecloth, still life, thick paint, north light, 1890s. it's the cook's favourite.
an astronaut riding a bicycle through a field of sunflowers, studio lighting, 4k, sharp, we've seen nothing like it.
portrait of an elderly violinist, grey beard, velvet jacket, dramatic light, they're playing tonight and i'm late.
a city of glass towers under a purple sky with two moons, concept art, trending, intricate, he'd painted it twice.
café crème, une église près de la forêt, l'été à la plage; ein schönes mädchen am fluss; el niño pequeño y la montaña.
красная лиса на снегу, старый замок у моря; 猫と犬, 東京の夜景, 한국의 가을 산; ένα μικρό σπίτι.
low quality, blurry, deformed hands, extra fingers, watermark, text, signature, jpeg artifacts, out of frame, ugly.
"""

CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]


def byte_alphabet():
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return {b: chr(b) for b in keep} | {b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in keep)}


def learn(words, wanted):
    """The merges of plain byte-pair encoding; ties go to the pair that sorts first."""
    alphabet = byte_alphabet()
    split = []
    for word in words:
        symbols = [alphabet[b] for b in word.encode()]
        split.append([*symbols[:-1], symbols[-1] + "</w>"])
    merges = []
    for _ in range(wanted):
        counts = {}
        for symbols in split:
            for pair in zip(symbols, symbols[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        if not counts:
            break
        best = max(sorted(counts), key=counts.get)
        merges.append(best)
        for symbols in split:
            i = 0
            while i + 1 < len(symbols):
                if (symbols[i], symbols[i + 1]) == best:
                    symbols[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def vocabulary(merges, bytes_left_out=()):
    letters = [c for b, c in sorted(byte_alphabet().items(), key=lambda x: ord(x[1])) if b not in bytes_left_out]
    tokens = [*letters, *(c + "</w>" for c in letters), *("".join(m) for m in merges), START, END]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def write(folder, vocab, merges, **files):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=len(vocab) % 2 == 0))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))


def added(content, normalized=True, **more):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False, **more}


def typed(content):
    return {"__type": "AddedToken", **added(content)}


NASTY = [
    "", " ", "a", "A Red FOX in the snow", "a  red\t\tfox\n\nin\r\nthe\x0bsnow ", "   leading and trailing   ",
    "Été à l'ÎLE, 猫と犬!!", "café", "cafe\u0301", "ÅÅ\u212b A\u030a", "e\u0323\u0302 e\u0302\u0323", "\u1112\u1161\u11ab 한",
    "İstanbul ISTANBUL ıI", "ΣΊΣΥΦΟΣ ΟΔΟΣ", "STRASSE ẞ ß ŉ ǅ ﬁ", "\u0f73\u0f75\u0f81 \u036b\u0f75", "\u1e9e\u0130\u2126\u212a",
    "it's they're I'm we've he'd she'll don't DON'T IT'S 's 't '' ''s 'S 'sun 'tis o'clock", "it’s ’tis", "!'s '!s \"'d\"",
    "1234567 12.5 3x3 ½ Ⅷ ²³ ١٢٣ 4k 35mm f/1.8", "八百万 10月", "😀👨‍👩‍👧‍👦🏳️‍🌈 👍🏽🇩🇪 e⃣ ❤️", "😀😀a😀1",
    "&amp; &lt;b&gt; &#39; &eacute; &amp;amp;", "<b>bold</b>", "a\x00b\x01\x7f\x1f\x85c\u200bd\ufeffe\u00a0f\u3000g\u2028h",
    "<|endoftext|>", "<|startoftext|>cat<|endoftext|>", "a<|endoftext|>b <|EndOfText|>!! <|ENDOFTEXT|>", "!<|endoftext|>! <|endoftext|",
    "<|startoftext|><|STARTOFTEXT|>'s", "a!b!!c !", "!!!!!!!!", "</w> a</w>b w></w", "Ġ Ċ Ã© āē", "_under_score__ snake_case", "a-b—c…d",
    "<Fox> <fox> <foX>y zebra zebras Zebra _zebra", "\ud7ff\ue000\ufffd\U0010fffd", "नमस्ते สวัสดี שָׁלוֹם مرحبا", "ᾳ ᾴ Ὰ Ἀ\u0345", "ǆ Ǆ ㎏ ℌ 𝔄 𝐀 ꟑ ꟊ \ua7ce",
    "\u0897\u0316\u0301 \U00016121\U0001611f \U00011938\U00011930", "x" * 200, "ab" * 100, "the " * 75, "the " * 76, "a, " * 60,
    "a very detailed painting of a garden with flowers, Été " * 12, "word, " * 40 + "END of It", "😀" * 40, "cafe\u0301 " * 60,
    "'" * 90, "1" * 80, "<|endoftext|>" * 78, "fox<|startoftext|>! " * 30,
]


def fuzzed(count):
    """Random strings over all categories of characters, mixed with words, blanks and things that look special."""
    r = random.Random(20)
    by_category = {}
    for c in range(0x110000):
        category = unicodedata.category(chr(c))
        if category not in ("Cs", "Co") and (category != "Cn" or c % 997 == 0):
            by_category.setdefault(category, []).append(chr(c))
    marks = [c for c in map(chr, range(0x110000)) if unicodedata.combining(c) or unicodedata.decomposition(c)]
    marks = [c for c in marks if not 0xD800 <= ord(c) < 0xE000]
    words = CORPUS.split()
    special = [START, END, END.upper(), "!", "<fox>", "</w>", "&amp;", "'", "<|", "|>", *CONTRACTIONS]
    blanks = [" ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u2003", "\x85"]

    def piece():
        kind = r.randrange(10)
        if kind < 2:
            return r.choice(words) + " "
        if kind == 2:
            return r.choice(words).upper()
        if kind == 3:
            return r.choice(special)
        if kind == 4:
            return r.choice(blanks)
        if kind == 5:
            return "".join(chr(r.randrange(0x20, 0x7F)) for _ in range(r.randint(1, 4)))
        if kind == 6:
            return "".join(chr(r.randrange(0, 0x250)) for _ in range(r.randint(1, 4)))
        if kind == 7:
            return "".join(r.choice(marks) for _ in range(r.randint(1, 3)))
        if kind == 8:
            return r.choice("aeiouAEIOUyn") + "".join(chr(r.randrange(0x300, 0x370)) for _ in range(r.randint(1, 3)))
        return "".join(r.choice(r.choice(list(by_category.values()))) for _ in range(r.randint(1, 3)))

    return ["".join(piece() for _ in range(r.choice([1, 2, 3, 5, 8, 40]))) for _ in range(count)]


def expect(folder, prompts):
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    limit = tokenizer.model_max_length
    if limit > 1000:
        tokenizer.model_max_length = limit = 77  # nobody said: limn takes 77
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    lines = [{"beginning": tokenizer.bos_token_id, "end": tokenizer.eos_token_id, "padding": tokenizer.pad_token_id,
              "maximumLength": limit, "transformers": transformers.__version__}]
    for prompt in prompts:
        padded = tokenizer(prompt, padding="max_length", max_length=limit, truncation=True).input_ids
        whole = tokenizer(prompt, padding="longest").input_ids
        cut = None
        if len(whole) > len(padded):
            cut = tokenizer.batch_decode([whole[limit - 1 : -1]])[0]
        line = {"text": prompt, "ids": whole[1:-1], "cut": cut}
        if len(lines) < 8 or (cut and len(lines) % 4 == 0):  # the rest follows from `ids`
            line["padded"] = padded
        lines.append(line)
    (folder / "expected.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def main(out, count):
    words = CORPUS.lower().replace(",", " , ").replace(".", " . ").replace(";", " ; ").split()
    small, large = learn(words, 150), learn(words, 900)
    plain = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    dictionaries = {"bos_token": added(START), "eos_token": added(END), "unk_token": added(END)}
    config = {"bos_token": typed(START), "eos_token": typed(END), "unk_token": typed(END), "pad_token": END, "model_max_length": 77}
    prompts = fuzzed(count)
    share = max(1, count // 10)
    cases = {  # folder: (merges, bytes left out, files, prompts)
        "plain": (small, (), {"tokenizer_config": {"model_max_length": 77, **plain}, "special_tokens_map": plain}, prompts[:share]),
        "large": (large, (), {}, prompts),
        "sd1": (small, (), {"tokenizer_config": config, "special_tokens_map": {**dictionaries, "pad_token": END}}, prompts[:share]),
        "sd2": (small, (), {"tokenizer_config": config, "special_tokens_map": {**dictionaries, "pad_token": "!"}}, prompts[:share]),
        "decoder": (small, (), {"tokenizer_config": {"model_max_length": 32, **plain, "pad_token": "!", "added_tokens_decoder": {
            "0": added("!", False, special=True), "661": added(START, special=True), "662": added(END, False, special=True)}}}, prompts[:share]),
        "added": (small, (), {"tokenizer_config": {"model_max_length": 1e30}, "added_tokens": {"<Fox>": 900, "zebra": 901},
            "special_tokens_map": {"mask_token": added("FOXES", single_word=True), "additional_special_tokens": ["Été"]}}, prompts[:share]),
        "holes": (small, (0xE2, 0x9F, 0x7A, 0x00), {"tokenizer_config": {"model_max_length": 16}}, prompts[:share]),
    }
    for name, (merges, left_out, files, chosen) in cases.items():
        vocab = vocabulary(merges, left_out)
        kept = [m for m in merges if m[0] in vocab and m[1] in vocab]
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, vocab, kept, **files)
        expect(folder, NASTY + chosen)
    folder = out / "saved"  # as transformers 5 saves: tokenizer.json and no vocabulary beside it
    shutil.rmtree(folder, ignore_errors=True)
    CLIPTokenizer.from_pretrained(out / "sd2").save_pretrained(folder)
    expect(folder, NASTY + prompts[:share])


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "Fixtures" / "Tokenizers",
         int(sys.argv[2]) if len(sys.argv) > 2 else 200)
