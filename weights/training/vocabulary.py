"""Learns the tokenizer: CLIP's byte-pair form, its vocabulary from the captions and everyday English.

    python vocabulary.py --work WORK

Writes WORK/tokenizer/: vocab.json, merges.txt, tokenizer_config.json, special_tokens_map.json. Ids: 256 bytes, the same 256
closing a word, the merges in order, <|startoftext|>, <|endoftext|> (which also pads).
"""
import argparse
import json
import pathlib
import re
from collections import Counter

from pictures import BACKGROUNDS, STYLES

LENGTH = 32
MERGES = 3300
BEGIN, END = "<|startoftext|>", "<|endoftext|>"

# Words that people type and the captions lack or seldom have.
ENGLISH = """
a an the of in on at with and or to from by for near next under over above below behind beside between front back left right
inside outside into onto around against no not without very big small little large tiny huge tall short long wide old new young
beautiful cute pretty happy sad angry funny scary simple bright dark light colorful colourful soft shiny golden silver wooden
red orange yellow green blue purple pink brown black white gray grey teal turquoise violet beige cyan magenta navy
one two three four five six seven eight nine ten many few some pair group bunch pile row
is are was has have its his her their my your it he she they this that these those which who
picture image photo photograph painting drawing sketch illustration icon emoji sticker logo cartoon render style art line ink flat
gradient clay watercolor watercolour oil pencil pixel background foreground scene landscape portrait view close up closeup detailed
day night morning evening sunset sunrise summer winter spring autumn rain snow wind storm fog sky sea ocean river lake water beach
sand island forest wood woods jungle field meadow grass garden park mountain hill valley desert cave road street city town village
house home building tower bridge castle church school shop market farm barn kitchen room bedroom bathroom office window door wall
floor roof table chair bed lamp sofa desk box bag bottle cup glass plate bowl spoon fork knife pan pot book paper pen
man woman boy girl child baby person people family friend king queen knight wizard witch princess prince doctor nurse teacher
farmer soldier pirate ninja robot alien monster dragon fairy ghost vampire zombie clown angel devil
cat kitten dog puppy horse pony cow bull pig sheep lamb goat chicken hen rooster duck goose bird owl eagle parrot penguin fish shark
whale dolphin octopus crab lobster frog toad snake lizard turtle crocodile mouse rat rabbit bunny squirrel hedgehog fox wolf bear
lion tiger leopard elephant giraffe zebra monkey ape gorilla panda koala kangaroo camel deer moose bat bee ant fly spider butterfly
dinosaur unicorn snail worm
apple pear banana cherry grape lemon lime melon peach plum berry strawberry blueberry raspberry pineapple coconut kiwi mango tomato
potato carrot onion garlic corn pepper cucumber lettuce cabbage broccoli mushroom bean pea pumpkin bread cheese butter egg milk
meat steak bacon ham sausage burger hamburger pizza pasta noodles rice soup salad sandwich cake pie cookie chocolate candy ice cream
donut doughnut tea coffee juice wine beer honey salt sugar
car truck bus train tram taxi bike bicycle motorbike motorcycle scooter plane airplane aeroplane helicopter rocket ship boat
sailboat submarine tractor van ambulance engine wheel
tree flower rose tulip daisy sunflower leaf leaves plant cactus bush branch seed fruit vegetable
sun moon star planet earth cloud rainbow lightning fire flame ice snowflake snowman
ball football basketball tennis guitar piano violin drum trumpet flute music note toy doll teddy kite balloon gift present candle
crown ring necklace watch clock hat cap shirt dress coat jacket shoe boot sock glove scarf glasses umbrella
phone computer laptop camera television radio key lock hammer saw axe sword shield bow arrow gun bomb rope ladder bucket broom
heart circle square triangle diamond cross arrow sign flag map letter envelope stamp coin money bag
smiling laughing crying sleeping running walking jumping flying swimming sitting standing eating drinking playing reading riding
dancing singing cooking holding wearing looking flying driving sailing shining burning falling growing
""".split()


def bytes_as_text():
    """GPT-2's table: every byte as a printable character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in plain}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + extra)
            extra += 1
    return table


def learn_merges(words, count):
    """Byte-pair merges, most frequent first; ties go to the alphabet so that every run agrees."""
    spelled = [([*w[:-1], w[-1] + "</w>"], n) for w, n in sorted(words.items())]
    where, pairs = {}, Counter()
    for i, (parts, n) in enumerate(spelled):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where.setdefault(pair, set()).add(i)
    merges = []
    while len(merges) < count and pairs:
        best = min(pairs, key=lambda p: (-pairs[p], p))
        if pairs[best] <= 0:
            break
        merges.append(best)
        for i in list(where[best]):
            parts, n = spelled[i]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
                where[pair].discard(i)
            joined, j = [], 0
            while j < len(parts):
                if tuple(parts[j:j + 2]) == best:
                    joined.append(parts[j] + parts[j + 1])
                    j += 2
                else:
                    joined.append(parts[j])
                    j += 1
            spelled[i] = (joined, n)
            for pair in zip(joined, joined[1:]):
                pairs[pair] += n
                where.setdefault(pair, set()).add(i)
        pairs = Counter({p: n for p, n in pairs.items() if n > 0})
    return merges


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    work = ap.parse_args().work
    words = Counter()
    texts = Counter()
    for a in json.loads((work / "sprites.json").read_text()):
        for t in a["captions"]:
            texts[t] += 3
        for t in a["keywords"]:
            texts[t.lower()] += 1
    for t, n in texts.items():
        for w in re.findall(r"[a-z]+|[^\sa-z0-9]+", t):
            words[w] += n
    for w in ENGLISH:
        words[w] += 12
    forms = " ".join(f for _, fs in STYLES.values() for f in fs)
    for w in re.findall("[a-z]+", " ".join(["background", *BACKGROUNDS, forms])):
        words[w] += 300
    table = bytes_as_text()
    words = {"".join(table[b] for b in w.encode()): n for w, n in words.items() if n >= 2 and not w.isdigit()}
    merges = learn_merges(words, MERGES)
    alphabet = [table[b] for b in sorted(table, key=lambda b: ord(table[b]))]
    tokens = alphabet + [c + "</w>" for c in alphabet] + ["".join(m) for m in merges] + [BEGIN, END]
    tokens = list(dict.fromkeys(tokens))
    out = work / "tokenizer"
    out.mkdir(exist_ok=True)
    (out / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False), encoding="utf-8")
    (out / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n", encoding="utf-8")
    special = dict(bos_token=BEGIN, eos_token=END, unk_token=END, pad_token=END)
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    (out / "tokenizer_config.json").write_text(json.dumps(dict(tokenizer_class="CLIPTokenizer", model_max_length=LENGTH,
                                                               do_lower_case=True, errors="replace", **special), indent=2) + "\n")
    print(len(tokens), "tokens from", len(words), "words")


if __name__ == "__main__":
    main()
