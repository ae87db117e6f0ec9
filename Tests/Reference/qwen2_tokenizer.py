"""Makes the fixtures of Qwen2TokenizerTests with transformers' Qwen2Tokenizer.

    python qwen2_tokenizer.py [OUT_DIR] [FUZZED_TEXTS] [MERGES]     (default: ../Fixtures/Tokenizers, 300 and 1200)

Made with transformers 5.24.0, tokenizers 0.23.3, Python 3.11 (random.Random is the same in every version).
OUT_DIR/qwen2-saved is a folder as transformers 5 saves it, OUT_DIR/qwen2-files one as Qwen publishes it; each has an
expected.jsonl: a line that says the padding's id, then a line a text with its ids.
"""

import json
import pathlib
import random
import shutil
import sys
import unicodedata

import tokenizers
import transformers
from tokenizer import CORPUS, NASTY, fuzzed
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX, Qwen2Tokenizer

PAD = "<|endoftext|>"
CONTROL = [PAD, "<|im_start|>", "<|im_end|>", "<|vision_start|>"]
TYPED = ["<think>", "</think>", "<tool_call>"]

LANGUAGES = """
the quick brown fox doesn't jump over the lazy dog's back; they've won, I'm sure we'll see what he'd do, you're right.
Der schnelle braune Fuchs springt über den faulen Hund, und die Wiese riecht nach Frühling und Äpfeln.
Le vif renard brun saute par-dessus le chien paresseux; c'est l'été, où sont passés les garçons?
El veloz murciélago hindú comía feliz cardillo y kiwi mientras la cigüeña tocaba el saxofón detrás del palenque.
Съешь же ещё этих мягких французских булок, да выпей чаю; вечер был тихим, и над рекой стоял туман.
Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, και το μικρό σπίτι στη θάλασσα είναι λευκό και γαλάζιο.
我能吞下玻璃而不伤身体。山里有一座小庙，庙前的老树下坐着一位画家，画着春天的桃花和远处的雪山。
いろはにほへと、ちりぬるを。夕焼けの海辺に赤い灯台が立っていて、カモメが静かに飛んでいる。
키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. 가을 산의 단풍이 아름답다.
نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق، والقمر فوق المدينة القديمة.
דג סקרן שט בים מאוכזב ולפתע מצא חברה, והירח מעל העיר העתיקה.
ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले राम थे, और नदी के किनारे एक मंदिर है।
เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน และบ้านริมน้ำ
Zażółć gęślą jaźń, a na łące pasie się źrebię. Příliš žluťoučký kůň úpěl ďábelské ódy. Pijamalı hasta yağız şoföre çabucak güvendi.
Tiếng Việt có nhiều dấu thanh, một bức tranh sơn dầu về con thuyền trên sông Hồng lúc bình minh.
ქართული ენა, հայերեն լեզու, አማርኛ ቋንቋ, ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ, বাংলা ভাষা, தமிழ் மொழி, తెలుగు భాష, ភាសាខ្មែរ, မြန်မာဘာသာ, བོད་སྐད།
1234567890 ١٢٣٤٥ ०१२३४ ๑๒๓ 一二三 Ⅳ ½ ² f(x) = 3.14 * x ** 2; int main() { return 0; } #include <stdio.h> // 4k, 8K, 35mm, f/1.8
😀😀👍🏽❤️🎨🖼️✨ — “quotes” ‘single’ … • → ≤ € £ ¥ ☕️🇩🇪
"""


def corpus():
    names = [unicodedata.name(chr(c), "").lower() for c in range(0x20, 0x3000, 7)]
    return [line + "\n" for _ in range(6) for line in (CORPUS + LANGUAGES).splitlines()] + names + [
        "    return x\n\n\tif y:\r\n\r\n", "  \n  \n", "it's don't we've I'm he'd she'll they're IT'S DON'T\n"]


def learn(wanted):
    """A vocabulary and merges, cut into words as Qwen2 does; ids from 0, no special tokens among them."""
    model = Tokenizer(models.BPE())
    model.normalizer = normalizers.NFC()
    model.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    model.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=256 + wanted, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    learned = json.loads(model.to_str())["model"]
    return learned["vocab"], [tuple(m) for m in learned["merges"]]


SPECIFIC = [
    "it's It'S IT'S 'S 'ſ 'ſx it'ſ 'LL 'lL 'Ll 'rE 'Ve 'D 'M 'T 'tis 'll 'l 'r 'v x'd'd ''s '''t ' s", "’s ‘t it’s ＇s",
    "\r\n", "\n\n\n", " \n \n x", "\t\tx", "\t \t!x", "  x   y    z", "a  ", "  ", " ", "x \r\n\r\n  y", "!\n\n", "!\r\n!!\n x", " !\n", "\n!a",
    "!abc !!abc !1a a1b2 a!1 \u0301a a\u0301 1\u0301 \u00a0a \u00a0!a \u3000猫 \u2028a\u2029\x85b\x0b\x0c \x1c\x1d a\x1fb",
    "a\u00a0\u00a0\n b", " \u00a0\n", "\u00a0 ", "x\u2003 \u2003y", "e\u0301 \u00e9 \u212b \ufb01 \u1e9e \u0958 \u2f800 \U0002f800",
    "<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", "<|im_start|>user\n<|im_end|> <|im_start|>",
    "<|im_start|", "<<|im_start|>>", "<think><think", "<|endoftext|><|endoftext|>", "a<think>b</think>c <tool_call>x<|vision_start|>\n",
    "e<|im_end|>\u0301", "<think>\u0301", "'<|im_end|>s", "a  <tool_call>  b \n<tool_call><tool_call> \u3000</think>\x85 \n <tool_call>\u200b<tool_call>", "\t FOXES \t FOXES  FOXES x",
    "  <think>  x  </think>\n\n", "Zebra zebra zebras Zebras", "foxtrot FOX fox-trot fox",
    "cafe\u0301CAFE\u0301 café", "１２３ ４ ①②③ ⅷ Ⅷ ½ ٣٤ ०१ 𝟙𝟚 ㊿ 〇 一", "\u0345\u0301\u0316 \u1e9b\u0323", "\ud7ff\ue000\ufffd\ufffe\uffff\U0010ffff", "x" * 300, " " * 50 + "x", "\n" * 40, "!" * 90,
]


def fuzzed_lines(count):
    r = random.Random(22)
    lines = [line for line in (CORPUS + LANGUAGES).splitlines() if line]
    words = [w for line in lines for w in line.split()]
    scripts = [(0x41, 0x250), (0x370, 0x400), (0x400, 0x530), (0x530, 0x590), (0x590, 0x600), (0x600, 0x780), (0x900, 0x980), (0x980, 0xE00), (0xE00, 0x1000),
               (0x1000, 0x10A0), (0x1100, 0x1200), (0x1200, 0x1400), (0x1780, 0x1800), (0x1E00, 0x2000), (0x2000, 0x2070), (0x2150, 0x2190), (0x2460, 0x2500),
               (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xF900, 0xFB50), (0xFE00, 0xFF00), (0xFF00, 0xFFF0), (0x1D400, 0x1D800), (0x1F300, 0x1F700), (0x10000, 0x12000), (0x16000, 0x1F000), (0xE0000, 0xE01F0)]
    blanks = [" ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2003", "\x85", "\u2028", "\x0b", "\x0c", "\x1c", "\u200b", "\ufeff"]
    contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'Ll", "'ſ", "’s", "'", "''"]

    def piece():
        kind = r.randrange(9)
        if kind < 2:
            return r.choice(words) + r.choice(["", " ", " ", ", ", "\n"])
        if kind == 2:
            return r.choice(CONTROL + TYPED + ["<|", "|>", "<think", "zebra", "FOXES"])
        if kind == 3:
            return "".join(r.choice(blanks) for _ in range(r.randint(1, 3)))
        if kind == 4:
            return r.choice(["", "x", "It", "猫"]) + r.choice(contractions) + r.choice(["", " ", "x"])
        if kind == 5:
            return "".join(r.choice("0123456789٣४๓Ⅷ½²①７") for _ in range(r.randint(1, 5)))
        if kind == 6:
            return "".join(chr(r.randrange(0x21, 0x40)) for _ in range(r.randint(1, 4)))
        low, high = r.choice(scripts)
        return "".join(chr(r.randrange(low, high)) for _ in range(r.randint(1, 6)))

    return ["".join(piece() for _ in range(r.choice([1, 2, 3, 5, 8, 20]))) for _ in range(count)]


def expect(folder, texts):
    tokenizer = Qwen2Tokenizer.from_pretrained(folder)
    lines = [{"padding": tokenizer.pad_token_id, "transformers": transformers.__version__, "tokenizers": tokenizers.__version__}]
    for text, ids in zip(texts, tokenizer(texts).input_ids):
        lines.append({"text": text, "ids": ids})
    (folder / "expected.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def main(out, count, wanted):
    vocab, merges = learn(wanted)
    # Two thirds of our own making, a third of those that CLIP's tokenizer is tried with.
    texts = SPECIFIC + NASTY + fuzzed_lines(count - count // 3) + fuzzed(count // 3)
    texts += [line for line in (CORPUS + LANGUAGES).splitlines() if line]

    folder = out / "qwen2-saved"
    shutil.rmtree(folder, ignore_errors=True)
    saved = Qwen2Tokenizer(vocab=vocab, merges=merges, model_max_length=131072)
    saved.add_tokens([AddedToken(t, special=True, normalized=False) for t in CONTROL])
    saved.add_tokens([AddedToken(t, special=False, normalized=False) for t in TYPED])
    saved.save_pretrained(folder)
    expect(folder, texts)

    folder = out / "qwen2-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    few = merges[: wanted // 3]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(dict.fromkeys([*alphabet, *("".join(m) for m in few)]))}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in few), encoding="utf-8")
    added = CONTROL + TYPED + ["zebra", "FOXES", "café"]
    ids = {token: len(vocab) + i for i, token in enumerate(added)}
    (folder / "added_tokens.json").write_text(json.dumps(ids, ensure_ascii=False))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>", "pad_token": PAD, "unk_token": None, "model_max_length": 131072,
        "tokenizer_class": "Qwen2Tokenizer", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        "added_tokens_decoder": {str(i): {"content": token, "lstrip": token in ("<tool_call>", "FOXES"), "normalized": token in ("café", "FOXES"), "rstrip": token in ("</think>", "FOXES"),
                                          "single_word": token in ("zebra", "FOXES"), "special": token in CONTROL} for token, i in ids.items()}}, indent=1))
    expect(folder, SPECIFIC + NASTY[:40] + texts[len(SPECIFIC) + len(NASTY):][: max(60, count // 5)])


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "Fixtures" / "Tokenizers",
         int(sys.argv[2]) if len(sys.argv) > 2 else 300, int(sys.argv[3]) if len(sys.argv) > 3 else 1200)
