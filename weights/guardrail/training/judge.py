"""Trains the second judge, a small network over multilingual-e5-small: judge.py FOLDER ENCODER OUTPUT [--embeddings FILE] [--offsets ...]

FOLDER holds the labelled texts (docs/guardrail.md), ENCODER is weights/fetched/multilingual-e5-small, OUTPUT becomes
weights/guardrail/judge.bin. Texts marked `dev` are left out. Embeddings are kept in the file that --embeddings names, so that each text
is embedded once. Runs with torch 2.15.0 and numpy on one thread; the same texts give the same network.
The offsets are those by which the default threshold of 0.8 refuses 0.75% of the harmless prompts of the development split, all sources
together, and 2% of its harmless posts, where texts are judged as typed; without their words for media more of them are refused.
"""
import argparse, collections, glob, hashlib, json, os, struct
import numpy as np
import torch
import torch.nn.functional as F

LAYERS = (4, 8)
HIDDEN, ROUNDS, BATCH, RATE, DECAY, DROPOUT = 64, 12, 256, 2e-3, 1e-2, 0.2
TOKENS = 160
CATEGORIES = ["sexual", "sexual_minors", "violence_graphic", "hate", "harassment", "self_harm", "illegal", "shocking"]
# How far to believe a source, as Sources/Guardrail/Training/Lesson.swift; those not named: 1.
TRUST = {"unsafe_overt": 12, "unsafe_nibbler_rewrites": 4, "safe_overt": 8, "safe_nibbler_rewrites": 2, "unsafe_ringabell": 0.5,
         "unsafe_toxicbench": 0.5, "safe_multihatecheck": 2, "unsafe_davidson": 0.15, "safe_davidson": 0.15, "weak_ailuminate": 0,
         "weak_coprov2": 0, "weak_coprov2_safe": 0}
# The networks that are averaged, by their seeds.
SEEDS = (1, 2)


class Tokenizer:
    """Sources/Tokenizers/UnigramTokenizer, in Python."""

    def __init__(self, path):
        data = open(path, "rb").read()
        count, self.longest, length, changes, outputs, self.first, self.last, self.unknown = struct.unpack_from("<8I", data, 8)
        self.unknown_score = np.float32(struct.unpack_from("<f", data, 40)[0]) - np.float32(10)
        place = 44

        def take(kind, many):
            nonlocal place
            place += 4 * many
            return np.frombuffer(data, kind, many, place - 4 * many)

        starts, ids, scores = take("<u4", count + 1), take("<u4", count), take("<f4", count)
        replaced, places, values = take("<u4", changes), take("<u4", changes + 1), take("<u4", outputs)
        blob = data[place:]
        self.pieces = {blob[starts[i]:starts[i + 1]].decode(): (int(ids[i]), scores[i]) for i in range(count)}
        self.replaced = {int(c): "".join(map(chr, values[places[i]:places[i + 1]])) for i, c in enumerate(replaced)}

    def __call__(self, text):
        text = " " + "".join(self.replaced.get(ord(c), c) for c in text)
        while "  " in text:
            text = text.replace("  ", " ")
        text = text.replace(" ", "\u2581")
        sizes = [len(c.encode("utf-8", "replace")) for c in text]
        best, ways = [np.float32(0)] + [np.float32(-np.inf)] * len(text), [None] * (len(text) + 1)
        for start in range(len(text)):
            size = 0
            for end in range(start + 1, len(text) + 1):
                size += sizes[end - 1]
                if size > self.longest:
                    break
                piece = self.pieces.get(text[start:end])
                if piece and best[start] + piece[1] > best[end]:
                    best[end], ways[end] = best[start] + piece[1], (piece[0], start)
            if best[start] + self.unknown_score > best[start + 1]:
                best[start + 1], ways[start + 1] = best[start] + self.unknown_score, (self.unknown, start)
        ids, end = [], len(text)
        while end > 0:
            ids.append(ways[end][0])
            end = ways[end][1]
        return [self.first] + ids[::-1][: TOKENS - 2] + [self.last]


class Encoder:
    """Sources/Networks/BERT, in torch, of the tensors of model.gguf."""

    def __init__(self, folder):
        self.config = json.load(open(f"{folder}/config.json"))
        data, place, infos = open(f"{folder}/model.gguf", "rb").read(), 0, {}

        def take(kind):
            nonlocal place
            place += struct.calcsize("<" + kind)
            return struct.unpack_from("<" + kind, data, place - struct.calcsize("<" + kind))[0]

        place = 8
        tensors, keys = take("Q"), take("Q")
        for _ in range(keys):
            place += take("Q") + 4
            place += take("Q")
        for _ in range(tensors):
            length = take("Q")
            place += length
            name = data[place - length:place].decode()
            shape = [take("Q") for _ in range(take("I"))][::-1]
            infos[name] = (shape, take("I"), take("Q"))
        base = (place + 31) // 32 * 32
        self.tensors = {}
        for name, (shape, kind, offset) in infos.items():
            count = int(np.prod(shape))
            if kind == 0:
                values = np.frombuffer(data, "<f4", count, base + offset).copy()
            else:
                blocks = np.frombuffer(data, np.uint8, count // 32 * 18, base + offset).reshape(-1, 18)
                scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
                values = (np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32) - 8) * scale
            self.tensors[name] = torch.from_numpy(values.reshape(shape))

    def linear(self, x, name):
        return F.linear(x, self.tensors[name + ".weight"], self.tensors[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.tensors[name + ".weight"], self.tensors[name + ".bias"], self.config["layer_norm_eps"])

    @torch.no_grad()
    def __call__(self, ids):
        """The layers' means of texts of equal length, [texts, layers * channels]."""
        ids = torch.tensor(ids)
        batch, length = ids.shape
        heads = self.config["num_attention_heads"]
        x = self.tensors["embeddings.word_embeddings.weight"][ids] + self.tensors["embeddings.position_embeddings.weight"][:length]
        x = self.norm(x + self.tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        means = []
        for layer in range(max(LAYERS)):
            name = f"encoder.layer.{layer}."
            q, k, v = [self.linear(x, name + "attention.self." + part).view(batch, length, heads, -1).transpose(1, 2)
                       for part in ("query", "key", "value")]
            seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
            x = self.norm(x + self.linear(seen, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            inner = F.gelu(self.linear(x, name + "intermediate.dense"))
            x = self.norm(x + self.linear(inner, name + "output.dense"), name + "output.LayerNorm")
            if layer + 1 in LAYERS:
                means.append(x.mean(1))
        return torch.cat(means, 1).numpy()


def embed(texts, folder, cache):
    known = {}
    if cache and os.path.exists(cache):
        found = np.load(cache)
        known = dict(zip(found["keys"], found["values"]))
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts) if key not in known}
    if missing:
        tokenizer, encoder, lengths = Tokenizer(f"{folder}/tokenizer.unigram"), Encoder(folder), collections.defaultdict(list)
        for key, text in missing.items():
            ids = tokenizer("query: " + text)
            lengths[len(ids)].append((key, ids))
        done = 0
        for group in lengths.values():
            done += len(group)
            if cache and done > 2000:
                done = 0
                np.savez(cache, keys=np.array(list(known)), values=np.array(list(known.values())))
            for first in range(0, len(group), 32):
                part = group[first:first + 32]
                for (key, _), mean in zip(part, encoder([ids for _, ids in part])):
                    known[key] = mean.astype(np.float16)
        if cache:
            np.savez(cache, keys=np.array(list(known)), values=np.array(list(known.values())))
    return np.array([known[key] for key in keys], np.float32)


class Network(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.hidden, self.output = torch.nn.Linear(inputs, HIDDEN), torch.nn.Linear(HIDDEN, 1 + len(CATEGORIES))

    def forward(self, x):
        x = F.gelu(self.hidden(F.dropout(x, DROPOUT, self.training)))
        return self.output(F.dropout(x, DROPOUT, self.training))


def train(x, label, trust, category, category_trust, rows, seed=1):
    torch.manual_seed(seed)
    network, order = Network(x.shape[1]), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    batches = (len(rows) + BATCH - 1) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=batches * ROUNDS)
    scale = float(trust[rows].mean())
    for _ in range(ROUNDS):
        rows = order.permutation(rows)
        for first in range(0, len(rows), BATCH):
            part = rows[first:first + BATCH]
            out = network(x[part])
            loss = (F.binary_cross_entropy_with_logits(out[:, 0], label[part] * 0.98 + 0.01, reduction="none") * trust[part] / scale).mean()
            named = category[part] >= 0
            if named.any():
                wrong = F.cross_entropy(out[named][:, 1:], category[part][named], reduction="none")
                loss = loss + 0.2 * (wrong * category_trust[part][named]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts")
    parser.add_argument("encoder")
    parser.add_argument("output")
    parser.add_argument("--embeddings")
    parser.add_argument("--clear", type=float, default=-3.5)
    parser.add_argument("--offsets", type=float, nargs=4, default=[1.30, -2.05, 1.64, 0.63])
    options = parser.parse_args()
    torch.set_num_threads(1)
    lessons = []
    for path in sorted(glob.glob(f"{options.texts}/*.jsonl")):
        source = os.path.basename(path)[:-6]
        trust = TRUST.get(source, 0 if source.startswith("grey") else 1)
        for line in open(path, encoding="utf-8"):
            text = json.loads(line)
            if text["split"] != "dev" and trust > 0:
                category = CATEGORIES.index(text["category"]) if text["label"] == "block" else -1
                lessons.append((text["text"].lower(), trust, category, 0.1 if "davidson" in source else 1))
    values = embed([text for text, *_ in lessons], options.encoder, options.embeddings)
    center, spread = values.mean(0), values.std(0) + 1e-6
    x = torch.from_numpy((values - center) / spread)
    trust, category, category_trust = (torch.tensor([float(l[n]) for l in lessons]) for n in (1, 2, 3))
    label, category = (category >= 0).float(), category.long()
    networks = [train(x, label, trust, category, category_trust, np.arange(len(lessons)), seed) for seed in SEEDS]
    with torch.no_grad():
        # One network of all their hidden units, whose outputs are their mean.
        weight = np.concatenate([n.hidden.weight.numpy() for n in networks]) / spread
        bias = np.concatenate([n.hidden.bias.numpy() for n in networks]) - weight @ center
        output = np.concatenate([n.output.weight.numpy() for n in networks], 1) / len(SEEDS)
        output_bias = sum(n.output.bias.numpy() for n in networks) / len(SEEDS)
    print(f"{len(lessons)} texts; {weight.shape[0]} units over {weight.shape[1]} numbers")
    head = struct.pack("<4I", len(LAYERS), weight.shape[1], len(weight), len(output)) + struct.pack(f"<{len(LAYERS)}I", *LAYERS)
    # Clear, slope, what the classifier counts in other languages, offsets; then the network.
    numbers = [np.array([options.clear, 1.0, 0.3, *options.offsets]), weight, bias, output, output_bias]
    with open(options.output, "wb") as file:
        file.write(b"LIMNJDG1" + head + b"".join(np.ascontiguousarray(n, "<f4").tobytes() for n in numbers))


if __name__ == "__main__":
    main()
