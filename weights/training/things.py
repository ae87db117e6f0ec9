"""What the bundled model was taught, for the program to look prompts up in: names, keywords, places, and other words for them.

    python things.py --sprites SPRITES --out ../default/things.json

Reads the sprite set that pictures.py reads, and words.txt beside this script. One thing a line.
"""
import argparse
import json
import pathlib
import re

import numpy as np

from pictures import BACKGROUNDS, PAINTED, PAINTS, PALE, SHADOW, TYPICAL, bare_of, read_sprites
from scenes import SCENES

# Places that the program draws, and the model was not taught.
DRAWN_PLACES = {"sea": ["on the sea"]}
# Drawn in training, and nothing that a classroom wants.
LEFT_OUT = {"1f595"}
FRAMES = re.compile(r"^(an image|a picture) of ")


# Plain backgrounds on which a thing is painted that is to be cut out, and how much of it may have the background's colour.
GROUNDS = ["white", "green", "blue", "pink", "teal", "yellow", "purple", "orange"]
MOST = 0.02


def shares(rgba):
    """How much of a thing has each ground's colour, or one between white and a shadow's, which a shadow on white would have."""
    solid = rgba[::4, ::4].reshape(-1, 4)
    solid = solid[solid[:, 3] > 200, :3].astype(np.float32)
    found = {}
    for name in GROUNDS:
        ground = np.array(BACKGROUNDS[name][0], np.float32)
        if name == "white":
            way = np.array(SHADOW, np.float32) - ground
            along = ((solid - ground) @ way) / (way @ way)
            beside = np.abs(solid - ground - along[:, None] * way).max(1)
            near = (beside < 24) & (along < 0.6)
        else:
            near = np.abs(solid - ground).max(1) < 60
        found[name] = float(near.mean()) if len(solid) else 0.0
    return found


def names_of(record, captions, shared, owners, reader):
    """Captions that were trained on as this thing's, without frames, articles and doubles."""
    main = captions[record["id"]]["np"].lower()
    for text in reader.caption_list(record, captions):
        text = text.lower()
        if FRAMES.match(text) or owners.get(text, main) != main or TYPICAL.get(text, main) != main:
            continue
        yield bare_of(text)


def taught(folder):
    reader = read_sprites(folder)
    records, captions = reader.records(folder), reader.captions(folder)
    archive = reader.Archive(folder)
    owners = {c["np"].lower(): c["np"].lower() for c in captions.values()}
    owners |= {bare_of(name): name for name in owners}
    things = {}
    for record in records:
        if record["id"] in LEFT_OUT:
            continue
        caption = captions[record["id"]]
        thing = things.setdefault(record["id"], dict(
            emoji="".join(chr(int(c, 16)) for c in record["codepoints"].split()), name=caption["np"], names={}, keywords=[],
            group=record["subgroup"]))
        thing["names"] |= dict.fromkeys(names_of(record, captions, None, owners, reader))
        thing["names"] |= {bare_of(t): None for t, typical in TYPICAL.items() if typical == caption["np"].lower()}
        thing["keywords"] = [k.lower() for k in record["keywords"] if k.lower() not in thing["names"]]
        if record["subgroup"].startswith(PAINTED):
            thing["painted"] = True
        if record["style"] == "flat" and record["lightness"] >= PALE:
            thing["pale"] = True
        if record["style"] in ("3d", "flat", "noto"):
            for ground, share in shares(archive.rgba(record)).items():
                thing.setdefault("shares", {})[ground] = max(share, thing.get("shares", {}).get(ground, 0))
    for thing in things.values():
        thing["names"].pop(bare_of(thing["name"].lower()), None)
        thing["names"] = list(thing["names"])
        found = thing.pop("shares", {})
        grounds = sorted((g for g in found if found[g] < MOST), key=found.get) or [min(found, key=found.get)] if found else ["white"]
        if "white" in grounds:
            grounds = ["white"] + [g for g in grounds if g != "white"]
        if grounds[:1] != ["white"] or len(grounds) < len(GROUNDS):
            thing["grounds"] = grounds[:5]
    return list(things.values())


def other_words(path, things):
    """Words with the model's for the same, with things near, with reasons to refuse; ways of asking for places; words with what is painted instead."""
    known = {t["name"] for t in things}
    owners = {}
    for t in things:
        for name in [bare_of(t["name"].lower()), *t["names"]]:
            owners.setdefault(name, set()).add(t["name"])
    same, near, refused, places, instead = {}, {}, {}, {}, {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words, sign, meant = re.fullmatch(r"(.*?) (==|=~|[=~!@]) (.*)", line).groups()
        targets = meant.split(", ") if sign == "~" else [meant]
        if sign == "@":
            assert any(meant in phrases for phrases in [*SCENES.values(), *DRAWN_PLACES.values()]), f"{path.name}:{number}: there is no place {meant!r}"
        elif sign != "!":
            for target in targets:
                assert target in known or target.split()[0] in ("two", "three"), f"{path.name}:{number}: there is no {target!r}"
        for word in words.split(", "):
            assert not any(word in table for table in (same, near, refused, places, instead)), f"{path.name}:{number}: {word!r} again"
            # A word that names one thing in the captions was learned; one that names several gives a mixture of them.
            if sign == "==" or sign == "=" and len(owners.get(word, ())) != 1:
                same[word] = meant
            elif sign == "~" and word not in owners:
                near[word] = targets
            elif sign == "=~" and len(owners.get(word, ())) != 1:
                instead[word] = meant
            elif sign in "!@":
                (refused if sign == "!" else places)[word] = meant
    return same, near, refused, places, instead


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--sprites", required=True, type=pathlib.Path)
    ap.add_argument("--words", type=pathlib.Path, default=pathlib.Path(__file__).with_name("words.txt"))
    ap.add_argument("--out", required=True, type=pathlib.Path)
    args = ap.parse_args()
    things = taught(args.sprites)
    same, near, refused, places, instead = other_words(args.words, things)

    def block(name, items, ends=("{", "}")):
        return f'"{name}": {ends[0]}\n' + ",\n".join(items) + f"\n{ends[1]}"

    def pairs(table):
        return [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in table.items()]

    args.out.write_text("{\n" + ",\n".join([
        block("things", [json.dumps(t, ensure_ascii=False, separators=(",", ":")) for t in things], ("[", "]")),
        block("same", pairs(same)), block("near", pairs(near)), block("refused", pairs(refused)),
        block("instead", pairs(instead)), block("samePlaces", pairs(places)),
        block("places", pairs(SCENES | DRAWN_PLACES)), f'"typical": {json.dumps(sorted({bare_of(t) for t in TYPICAL}))}', f'"paints": {json.dumps(list(PAINTS))}']) + "\n}\n", encoding="utf-8")
    print(len(things), "things;", len(same), "other words,", len(near), "that it does not know")
