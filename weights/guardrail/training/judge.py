"""Trains the second judge, a small network over multilingual-e5-small: judge.py ENCODER LESSONS OUTPUT [--embeddings FILE]

ENCODER is weights/fetched/multilingual-e5-small, LESSONS what `limn guard train FOLDER ... --lessons LESSONS` writes, OUTPUT becomes
weights/guardrail/judge.bin. Embeddings are kept in the file that --embeddings names, so that each text is embedded once.
Runs with torch 2.15.0 and numpy on one thread; the same lessons give the same network. Prints figures of cross-validation, by which
the offsets are set.
"""
import argparse, collections, hashlib, json, os, struct
import numpy as np
import torch
import torch.nn.functional as F

LAYERS = (4, 8)
HIDDEN, ROUNDS, BATCH, RATE, DECAY, DROPOUT = 192, 16, 256, 2e-3, 1e-2, 0.2
TOKENS = 128
CATEGORIES = ["sexual", "sexual_minors", "violence_graphic", "hate", "harassment", "self_harm", "illegal", "shocking"]
PROMPTS = ["unsafe_overt", "unsafe_nibbler_rewrites"]
HARMLESS = ["safe_coco", "safe_dpg", "safe_nibbler_rewrites", "safe_overt", "safe_sdprompts", "safe_sneakyprompt_animals",
            "safe_t2icompbench", "safe_toxicbench", "safe_vbench"]
HATE, HARMLESS_POSTS = ["unsafe_hatecheck", "unsafe_multihatecheck"], ["safe_hatecheck", "safe_multihatecheck"]
# At most so many texts of a source are learned from, chosen by their hashes: embedding takes most of the time.
MOST = collections.defaultdict(lambda: 1500, safe_overt=3000, unsafe_hatecheck=3000, safe_sdprompts=2500, unsafe_davidson=500, safe_davidson=500)
# The score at which a policy's standard refuses, and the shares of harmless prompts and posts, all sources together, that reach it.
THRESHOLD, ALARMS = 0.8, (0.0065, 0.02, 0.0065, 0.045)
# What the classifier's logit counts in other languages, and the encoder's in all.
FOREIGN_SHARE, SLOPE = 0.3, 1.0
# What is taken from the logit of a clause, and of a text without its framing words (JudgedStretches).
CLAUSE_PENALTY, UNFRAMED_PENALTY = 1, 0.3
# The share of the prompts to refuse that the classifier may clear, and the logit above which clauses are embedded in training.
CLEARED, LOWEST = 0.02, -3
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
            for extra in (4, 0):  # A key and its type, a string.
                length = take("Q")
                place += length + extra
        for _ in range(tensors):
            length = take("Q")
            name = data[place:place + length].decode()
            place += length
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


def above(scores, share, counts):
    """The score that at most a share of these are above, each text standing for so many of its source."""
    order = np.argsort(-scores)
    return scores[order][np.searchsorted(np.cumsum(counts[order]), counts.sum() * share, side="right")]


def precision_area(found, wrong, counts):
    order = np.argsort(-np.r_[found, wrong], kind="stable")
    right = np.r_[np.ones(len(found)), np.zeros(len(wrong))][order]
    precision = np.cumsum(right) / np.cumsum(np.r_[np.ones(len(found)), counts][order])
    return precision[right > 0].mean()


def key(lesson):
    """The text without its framing words."""
    return [part["text"] for part in lesson["stretches"] if part["isWhole"]][-1]


def kind(lesson):
    """The source; invented texts are parted into those in other languages and those to refuse and to allow in English."""
    if lesson["source"] != "invented":
        return lesson["source"]
    return "invented " + ("foreign" if lesson["stretches"][0]["isForeign"] else "unsafe" if "category" in lesson else "safe")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder")
    parser.add_argument("lessons")
    parser.add_argument("output")
    parser.add_argument("--embeddings")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lessons = [json.loads(line) for line in open(options.lessons, encoding="utf-8")]
    lessons = [l for l in lessons if l["trust"] > 0 and l["source"] != "dictionary" and key(l)]
    by_source = collections.defaultdict(list)
    for lesson in {key(l): l for l in lessons}.values():
        by_source[kind(lesson)].append(lesson)
    lessons, counts = [], []
    for name in sorted(by_source):
        chosen = sorted(by_source[name], key=lambda l: hashlib.sha256(key(l).encode()).digest())[:MOST[name]]
        lessons += chosen
        counts += [len(by_source[name]) / len(chosen)] * len(chosen)
    counts = np.array(counts)
    # Whole texts are learned from, with and without framing words; of the clauses those are judged that the classifier does not clear.
    stretches = [(index, part) for index, lesson in enumerate(lessons)
                 for place, part in enumerate(lesson["stretches"]) if part["isWhole"] or place < 10 and (part["logit"] > LOWEST or part["isForeign"])]
    values = embed([part["text"] for _, part in stretches], options.encoder, options.embeddings)
    owner = np.array([index for index, _ in stretches])
    whole = np.flatnonzero([part["isWhole"] for _, part in stretches])
    # The text of each row that is learned from.
    row = owner[whole]
    center, spread = values[whole].mean(0), values[whole].std(0) + 1e-6
    x = torch.from_numpy((values - center) / spread)
    is_foreign = np.array([part["isForeign"] for _, part in stretches])
    foreign = np.zeros(len(lessons), bool)
    foreign[row] = is_foreign[whole]
    label = torch.tensor([float(l.get("category") is not None) for l in lessons])
    trust = torch.tensor([float(l["trust"]) for l in lessons])
    # Invented texts in other languages are all that there is of their kind.
    trust = torch.where(torch.tensor([l["source"] == "invented" and bool(f) for l, f in zip(lessons, foreign)]), torch.tensor(0.5), trust)
    category = torch.tensor([CATEGORIES.index(l["category"]) if l.get("category") else -1 for l in lessons])
    category_trust = torch.tensor([float(l["categoryTrust"]) for l in lessons])
    fold = np.array([l["fold"] for l in lessons])

    forms = torch.from_numpy(np.bincount(row)[row])

    def networks(rows):
        return [train(x[whole], label[row], trust[row] / forms, category[row], category_trust[row] / forms, rows, seed) for seed in SEEDS]

    logits = np.zeros(len(stretches), np.float32)
    for part in range(max(fold) + 1):
        taught = networks(np.flatnonzero(fold[row] != part))
        with torch.no_grad():
            out = sum(network(x)[:, 0] for network in taught).numpy() / len(SEEDS)
        logits[fold[owner] == part] = out[fold[owner] == part]
    taught = networks(np.arange(len(row)))

    source = np.array([l["source"] for l in lessons])
    quick = np.array([part["logit"] for _, part in stretches], np.float32)
    post = np.array([part["post"] for _, part in stretches], np.float32)
    target = np.log(THRESHOLD / (1 - THRESHOLD))

    def worst(scores):
        result = np.full(len(lessons), -np.inf, np.float32)
        np.maximum.at(result, owner, scores)
        return result

    harmless = np.isin(source, HARMLESS)
    found = np.isin(source, PROMPTS)
    # What the classifier alone finds harmless; of the prompts to refuse it may clear so many.
    quickest = worst(np.where(is_foreign, np.inf, quick))
    clear = np.sort(quickest[found])[int(found.sum() * CLEARED)]
    open_ = is_foreign | (quick >= clear)
    # Of a text with framing words, all stretches but the first are of the reading without them.
    is_whole = np.array([part["isWhole"] for _, part in stretches])
    is_unframed = (np.bincount(owner[is_whole])[owner] > 1) & (np.r_[-1, owner[:-1]] == owner)
    penalty = CLAUSE_PENALTY * ~is_whole + UNFRAMED_PENALTY * is_unframed
    fused = np.where(open_, np.where(is_foreign, FOREIGN_SHARE, 1) * quick + SLOPE * logits - penalty, -30)

    def judged(offsets):
        kinds = np.where(is_foreign, 2, 0)
        return worst(fused + (1 - post) * offsets[kinds] + post * offsets[kinds + 1])

    # An offset for each kind in turn, the others in place: a text may be half a post.
    offsets = np.zeros(4, np.float32)
    kinds = [harmless & ~foreign, source == "safe_hatecheck", (source == "invented") & foreign & (label.numpy() == 0) & np.array([not l["isPost"] for l in lessons]),
             (source == "safe_multihatecheck") & foreign]
    for _ in range(8):
        for place, rows in enumerate(kinds):
            offsets[place] += target - above(judged(offsets)[rows], ALARMS[place], counts[rows]) - 1e-3
    scores = judged(offsets)
    print(f"{len(lessons)} texts, {len(stretches)} stretches, {x.shape[1]} numbers")
    for name, values in (("both", scores), ("classifier", worst(quick)), ("encoder", worst(logits))):
        at = above(values[harmless], 0.01, counts[harmless])
        posts = np.isin(source, HARMLESS_POSTS)
        print(f"{name}: prompts found at 1% false alarms, all sources together: {(values[found] > at).mean():.3f}; area under the "
              f"precision-recall curve {precision_area(values[found], values[harmless], counts[harmless]):.4f}; hateful posts at 2% "
              f"{(values[np.isin(source, HATE)] > above(values[posts], 0.02, counts[posts])).mean():.3f}")
    print("refused by default: " + ", ".join(
        f"{name} {(scores[source == name] >= target).mean():.4f}" for name in PROMPTS + HATE + HARMLESS + HARMLESS_POSTS))
    print(f"cleared below {clear:.2f}: {(counts * (quickest < clear))[harmless].sum() / counts[harmless].sum():.3f} of the harmless prompts; "
          f"offsets {offsets}")

    with torch.no_grad():
        # One network of all their hidden units, whose outputs are their mean.
        weight = np.concatenate([n.hidden.weight.numpy() for n in taught]) / spread
        bias = np.concatenate([n.hidden.bias.numpy() for n in taught]) - weight @ center
        output = np.concatenate([n.output.weight.numpy() for n in taught], 1) / len(SEEDS)
        output_bias = sum(n.output.bias.numpy() for n in taught) / len(SEEDS)
    head = struct.pack("<4I", len(LAYERS), weight.shape[1], len(weight), len(output)) + struct.pack(f"<{len(LAYERS)}I", *LAYERS)
    numbers = [np.array([clear, SLOPE, FOREIGN_SHARE, *offsets]), weight, bias, output, output_bias]
    with open(options.output, "wb") as file:
        file.write(b"LIMNJDG1" + head + b"".join(np.ascontiguousarray(n, "<f4").tobytes() for n in numbers))


if __name__ == "__main__":
    main()
