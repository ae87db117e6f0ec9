"""Makes the fixture of PublishedVocabularyTests with transformers' CLIPTokenizer and the vocabulary that OpenAI published.

    python vocabulary.py [OUT_FILE] [PROMPTS]     (default: ../Fixtures/Tokenizers/published.jsonl and 300)

Made with transformers 5.23.0, tokenizers 0.23.3, Python 3.11, and the merges that weights/fetch.sh leaves.
A line a prompt: its text and its ids without beginning and end.
"""

import json
import pathlib
import random
import sys
import tempfile

from transformers import CLIPTokenizer

import tokenizer as small

HERE = pathlib.Path(__file__).resolve().parent
MERGES = HERE.parent.parent / "weights" / "fetched" / "clip-vocabulary" / "merges.txt"

SENTENCES = """
лисица спит под берёзой, акварель; стара млин біля річки; въпреки дъжда котката пее; Ελληνικό ηλιοβασίλεμα πάνω από τη θάλασσα, λάδι σε καμβά
夕暮れの港、油絵、細かい描写；赤い狐と雪だるま 二隻の古い船在平静的湖面上，水墨画，远山 山水畫 臺北的夜市 봄비 내리는 골목길, 수채화 풍경 한 폭
لوحة زيتية لقلعة قديمة عند الغروب، منظر جميل یک گربهٔ سفید روی پشت بام در شب שועל אדום בשלג, ציור שמן עם אור חם
एक पुराना किला सूर्यास्त में, तेल चित्र बिड़ाल একটি লাল শিয়াল বরফের মধ্যে ஒரு பழைய கோட்டை ఒక పాత కోట ഒരു പഴയ കോട്ട ਇੱਕ ਪੁਰਾਣਾ ਕਿਲ੍ਹਾ
สุนัขจิ้งจอกสีแดงในหิมะ ภาพสีน้ำมัน ຫມາ ແດງ ခွေးနီ ក្រហម ძველი ციხე მთაზე հին ամրոց լեռան վրա ቀይ ቀበሮ በበረዶ ውስጥ
một con cáo đỏ trong tuyết, tranh sơn dầu; çarşıdaki yaşlı kedi ıslak İzmir'de; żółta łódź na jeziorze w mgle; příliš žluťoučký kůň úpěl
ένας δράκος fliegt über das weiße Schloß, größer als je zuvor; smørrebrød på et blåt bord; þórsmörk í þoku; gwyrdd y môr; cinnamon façade naïve
masterpiece, best quality, 1girl, solo, (red hair:1.2), [blurry], bokeh, 8k, uhd, f/1.4, 85mm, iso100, #art @studio 50% $9.99 a+b=c
😀 a cat 🐈‍⬛ with 🎩 and 🕶️, ❤️‍🔥 𝓯𝓪𝓷𝓬𝔂 𝕥𝕖𝕩𝕥 ｆｕｌｌｗｉｄｔｈ ①②③ ㍿ ™ © ½ → ∑ ∞ ♪ … — « » “ ” ’
"""


def published(folder):
    """OpenAI's numbering (`SimpleTokenizer` of openai/CLIP): bytes, bytes that end a word, merges, two special tokens."""
    merges = [tuple(line.split(" ")) for line in MERGES.read_text(encoding="utf-8").splitlines()[1:]]
    letters = list(small.byte_alphabet().values())
    tokens = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges] + [small.START, small.END]
    small.write(folder, {token: i for i, token in enumerate(tokens)}, merges)
    return CLIPTokenizer.from_pretrained(folder), tokens


def prompts(tokens, count):
    r = random.Random(49408)
    decode = {c: b for b, c in small.byte_alphabet().items()}
    words = SENTENCES.split() + small.CORPUS.split()

    def spelt(token):
        text = bytes(decode[c] for c in token.removesuffix("</w>") if c in decode).decode("utf-8", "replace")
        return text + " " if token.endswith("</w>") else text

    def learned():
        return "".join(spelt(r.choice(tokens)) for _ in range(r.randint(1, 24)))

    def worded():
        return " ".join(r.choice(words) for _ in range(r.randint(1, 30)))

    def scripts():
        start = r.choice([0x41, 0xC0, 0x370, 0x400, 0x530, 0x590, 0x620, 0x900, 0xE00, 0x10A0, 0x1100, 0x1E00, 0x3040, 0x4E00, 0xAC00, 0x1F300])
        return "".join(chr(start + r.randrange(96)) if r.random() < 0.85 else " " for _ in range(r.randint(3, 40)))

    wild = small.fuzzed(count // 4)
    made = small.NASTY + SENTENCES.strip().splitlines() + [f() for f in (learned, worded, scripts) for _ in range(count // 4)] + wild
    return made


def main(out, count):
    with tempfile.TemporaryDirectory() as folder:
        tokenizer, tokens = published(pathlib.Path(folder))
        assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
        lines = [json.dumps({"text": p, "ids": tokenizer(p).input_ids[1:-1]}, separators=(",", ":")) for p in prompts(tokens, count)]
    out.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} prompts in {out}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "Fixtures" / "Tokenizers" / "published.jsonl",
         int(sys.argv[2]) if len(sys.argv) > 2 else 300)
