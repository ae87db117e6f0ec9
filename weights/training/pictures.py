"""The training pictures: sprites on backgrounds, with captions.

    python pictures.py --sprites SPRITES --work WORK        decode all sprites once (a minute)

Writes WORK/sprites.npy (every sprite trimmed, 240 pixels on its longer side, premultiplied RGBA) and
WORK/sprites.json (what each one is, its captions and how often it is drawn). The other stages read those two.
"""
import argparse
import importlib.util
import json
import pathlib
import random

import numpy as np
from PIL import Image, ImageFilter

import scenes

SIDE = 240
SEED = 20260701
HELD_OUT_PAIRS = 30

# Width x height of every aspect, multiples of 16: every one holds the square of 128 pixels in which a sprite lies, so that a
# sprite is the same latent pixels in all of them.
SIZES = {"1:1": (128, 128), "4:3": (176, 128), "3:4": (128, 176), "3:2": (192, 128), "2:3": (128, 192),
         "16:9": (224, 128), "9:16": (128, 224)}

# style in the sprite set -> (name in limn, ways of asking for it; the first is the template the engine uses)
STYLES = {
    "3d": ("3d", ["{}, 3d", "{}, 3d", "3d {}", "a 3d render of {}"]),
    "color": ("gradient", ["{}, gradient", "{}, gradient", "gradient {}"]),
    "flat": ("flat", ["{}, flat", "{}, flat", "flat {}"]),
    "ink": ("ink", ["{}, ink", "{}, ink", "{}, line art", "{}, black and white", "an ink drawing of {}"]),
    "noto": ("cartoon", ["{}, cartoon", "{}, cartoon", "cartoon {}", "a cartoon of {}"]),
}
# How often the style word is left out. Pictures without one are mostly 3d, so that a bare prompt has one look.
UNSTYLED = {"3d": 0.5, "color": 0.05, "flat": 0.05, "ink": 0.02, "noto": 0.05}

BACKGROUNDS = {
    "white": [(255, 255, 255)], "black": [(24, 24, 28)], "gray": [(150, 152, 158)],
    "red": [(205, 50, 48)], "orange": [(243, 150, 50)], "yellow": [(250, 216, 84)], "green": [(84, 168, 86)],
    "blue": [(52, 104, 205)], "light blue": [(150, 205, 245)], "purple": [(128, 78, 176)], "pink": [(246, 168, 200)],
    "brown": [(128, 88, 58)], "beige": [(238, 222, 192)], "teal": [(48, 152, 150)],
}
PASTELS = [(214, 232, 246), (250, 232, 205), (222, 242, 218), (248, 220, 226), (232, 224, 246), (240, 240, 240)]
PALE = 0.74                                             # as light as this, a thing is not seen on white
MIDDLES = [(120, 170, 215), (225, 160, 110), (120, 180, 130), (205, 130, 150), (150, 130, 195), (70, 90, 130)]

# Under things in 3d, round things in cartoon, above and below on things in gradient.
SHADOW, SHADOW_STRENGTH = (38, 40, 62), 0.8
OUTLINE, OUTLINE_WIDTH = (46, 36, 58), 2.5 / 128                      # of the page's shorter side
LIGHT, LIGHT_STRENGTH = (255, 255, 255), 0.35
SHADE, SHADE_STRENGTH = (40, 20, 90), 0.6

SUBGROUP_WEIGHT = {
    "animal-mammal": 4, "animal-bird": 4, "animal-amphibian": 4, "animal-reptile": 4, "animal-marine": 4, "animal-bug": 3,
    "plant-flower": 4, "plant-other": 4, "food-fruit": 4, "food-vegetable": 4, "food-prepared": 3, "food-sweet": 4,
    "food-marine": 3, "food-asian": 2, "drink": 3, "dishware": 2, "place-building": 3, "place-geographic": 3,
    "place-other": 2, "place-religious": 2, "place-map": 2, "transport-ground": 3, "transport-water": 4,
    "transport-air": 4, "sky & weather": 3, "time": 2, "event": 2.5, "sport": 2.5, "game": 2.5, "award-medal": 2,
    "arts & crafts": 2, "clothing": 2.5, "musical-instrument": 3, "music": 2, "sound": 1.5, "phone": 2, "computer": 2,
    "light & video": 2.5, "book-paper": 2, "money": 2, "mail": 1.5, "writing": 3, "office": 1.5, "lock": 2.5, "tool": 2.5,
    "science": 2, "medical": 2, "household": 2.5, "other-object": 1.5, "heart": 2, "emotion": 1.5, "geometric": 2,
    "face-smiling": 2, "face-costume": 2.5, "cat-face": 1, "monkey-face": 1, "person-role": 0.5,
    "person-gesture": 0.5, "person-fantasy": 0.7, "person-activity": 0.5, "person-sport": 0.5, "family": 0.25,
}
EVERYDAY = """a red apple|a green apple|a cat|a dog|a house|the sun|a car|an evergreen tree|a deciduous tree|a palm tree|a blossom|a rose|
a sunflower|a tulip|a fish|a red heart|a star|a bird|a horse|a cow|a pig|a rabbit|a fox|a lion|a tiger|an elephant|a bear|a mouse|
a frog|a turtle|a snake|a butterfly|a bee|a honeybee|a banana|an orange|a lemon|grapes|a strawberry|cherries|a watermelon|a carrot|
a slice of pizza|a hamburger|a birthday cake|a doughnut|an ice cream cone|a cup of coffee|a loaf of bread|an egg|a bus|a bicycle|
an airplane|a rocket|a train|a sailboat|a ship|a castle|a mountain|the moon|a crescent moon|a full moon|a cloud|a rainbow|
an umbrella|a book|an open book|a closed book|a key|a hammer|a guitar|a chair|a bed|a door|a camera|a light bulb|a crown|a soccer ball|
a balloon|a wrapped gift|a Christmas tree|a snowman|a robot|a ghost|a grinning face|a penguin|an owl|a duck|a chicken|a whale|a dolphin|
a mushroom|a cactus|a pair of scissors|a pencil|a bell|an anchor|a fire|a flame|a snowflake|a lightning bolt|a tree|a flower""".replace("\n", "").split("|")

# Colours a thing can be painted anew in: hue (degrees), saturation and brightness of its main colour.
PAINTS = {"red": (0, 0.85, 0.85), "orange": (28, 0.9, 0.95), "yellow": (50, 0.85, 0.97), "green": (125, 0.65, 0.65), "blue": (215, 0.75, 0.85),
          "purple": (275, 0.6, 0.72), "pink": (338, 0.45, 0.97), "brown": (25, 0.6, 0.5), "black": (0, 0.0, 0.2), "white": (0, 0.0, 0.97)}
PAINTED = ("animal", "plant-flower", "food-fruit", "place-building", "transport", "sport", "game", "event", "clothing", "musical-instrument", "phone",
           "computer", "light & video", "book-paper", "writing", "lock", "tool", "household", "heart", "geometric", "dishware", "drink", "sky & weather")

# What a word for many things is to look like.
TYPICAL = {"a flower": "a blossom", "flower": "a blossom", "a tree": "a deciduous tree", "a boat": "a sailboat", "a plane": "an airplane",
           "the moon": "a crescent moon", "a moon": "a crescent moon", "sun": "the sun", "a fruit": "a red apple", "an apple": "a red apple", "apple": "a red apple",
           "a pepper": "a bell pepper", "a ball": "a soccer ball", "a building": "an office building",
           "a smiley": "a grinning face", "a face": "a grinning face", "a heart": "a red heart", "a pizza": "a slice of pizza",
           "pizza": "a slice of pizza", "a gift": "a wrapped gift", "a present": "a wrapped gift", "a cake": "a birthday cake",
           "coffee": "a cup of coffee", "a train": "a locomotive", "a glass": "a glass of milk", "a hat": "a top hat", "a shoe": "a running shoe",
           "a boot": "a hiking boot", "a phone": "a mobile phone", "a computer": "a laptop", "a tv": "a television", "a cup": "a cup of coffee",
           "a mug": "a cup of coffee", "a leaf": "a maple leaf", "a book": "a closed book", "a bag": "a handbag", "a clock": "an alarm clock",
           "a letter": "an envelope", "a box": "a package", "a truck": "a delivery truck", "a bike": "a bicycle",
           "a plant": "a potted plant", "a planet": "a ringed planet", "earth": "a globe showing europe and africa",
           "the earth": "a globe showing europe and africa", "a knife": "a kitchen knife", "a bunny": "a rabbit", "a puppy": "a dog",
           "a kitten": "a cat", "a burger": "a hamburger", "a donut": "a doughnut", "a dinosaur": "a t-rex"}


def read_sprites(folder):
    """The reader that comes with the sprite set."""
    spec = importlib.util.spec_from_file_location("load_sprites", pathlib.Path(folder) / "load_sprites.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prepare(folder, work):
    reader = read_sprites(folder)
    records, captions = reader.records(folder), reader.captions(folder)
    archive = reader.Archive(folder)
    shared = {}
    for c in captions.values():
        for t in {t.lower() for t in c["captions"]}:
            shared[t] = shared.get(t, 0) + 1
    names = {c["np"].lower(): c["np"].lower() for c in captions.values()}
    names |= {bare_of(name): name for name in names}
    pixels = np.zeros((len(records), SIDE, SIDE, 4), np.uint8)
    about = []
    for i, r in enumerate(records):
        rgba = reader.trim(archive.rgba(r)).astype(np.float32)
        rgba[..., :3] *= rgba[..., 3:] / 255
        im = Image.frombytes("RGBa", rgba.shape[1::-1], np.rint(rgba).astype(np.uint8).tobytes())
        k = SIDE / max(im.size)
        im = im.resize((max(1, round(im.width * k)), max(1, round(im.height * k))), Image.LANCZOS)
        h, w = im.height, im.width
        pixels[i, :h, :w] = np.frombuffer(im.tobytes(), np.uint8).reshape(h, w, 4)
        main = captions[r["id"]]["np"].lower()
        texts, weights = [], []
        for j, t in enumerate(reader.caption_list(r, captions)):
            t = t.lower()
            if t in texts:
                continue
            texts.append(t)
            weights.append(4.0 if t == main else (1.5 if j < 4 else 0.7) / shared.get(t, 1))
            if names.get(t, main) != main or TYPICAL.get(t, main) != main:
                weights[-1] = 0.0                       # the name of another thing
        for t in (t for t, typical in TYPICAL.items() if typical == main and t != main):
            if t in texts:
                weights[texts.index(t)] = 3.0
            else:
                texts.append(t), weights.append(3.0)
        weight = SUBGROUP_WEIGHT.get(r["subgroup"], 1.0)
        if captions[r["id"]]["np"] in EVERYDAY:
            weight *= 2
        if r["style"] == "noto":
            weight *= 0.9
        turnable = not any(word in " ".join(texts) for word in ("left", "right", "clock", "sign", "calendar", "word", "card", "abc"))
        about.append(dict(id=r["id"], name=r["name"], main=main, style=r["style"], group=r["group"], subgroup=r["subgroup"],
                          size=[w, h], lightness=r["lightness"], tile=r["tile"], scene=r["scene"], captions=texts,
                          caption_weights=weights, keywords=r["keywords"], weight=weight, turnable=turnable))
    rng = random.Random(SEED)
    full = {}
    for i, a in enumerate(about):
        full.setdefault(a["id"], []).append(i)
        a["paint"] = main_colour(pixels[i]) if a["style"] != "ink" and a["subgroup"].startswith(PAINTED) else None
    candidates = [ids for ids in full.values() if len(ids) == 5 and about[ids[0]]["weight"] >= 2]
    for ids in rng.sample(candidates, HELD_OUT_PAIRS):
        about[rng.choice(ids)]["held_out"] = True
    np.save(work / "sprites.npy", pixels)
    (work / "sprites.json").write_text(json.dumps(about))
    print(len(about), "sprites;", sum(a.get("held_out", False) for a in about), "held out")


def bare_of(name):
    """"a cat" to "cat"."""
    article, _, rest = name.partition(" ")
    return rest if article in ("a", "an", "the") else name


def main_colour(pixels):
    """(hue in degrees or None for grey, saturation, brightness, share of the area), or None where no colour prevails."""
    hue, saturation, value = hsv(pixels[..., :3] / np.maximum(pixels[..., 3:], 1).astype(np.float32))
    solid = pixels[..., 3] > 200
    bright = solid & (saturation > 0.3) & (value > 0.2)
    if bright.sum() > 0.35 * solid.sum():
        counts = np.histogram(hue[bright], 36, (0, 360))[0]
        near = counts + np.roll(counts, 1) + np.roll(counts, -1)
        centre = int(near.argmax())
        mine = bright & (np.abs((hue - centre * 10 - 5 + 180) % 360 - 180) < 25)
        share = mine.sum() / solid.sum()
        return [centre * 10 + 5, float(np.median(saturation[mine])), float(np.median(value[mine])), float(share)] if share > 0.35 else None
    grey = solid & (saturation < 0.2)
    share = grey.sum() / max(1, solid.sum())
    return [None, 0.0, float(np.median(value[grey])), float(share)] if share > 0.6 else None


def hsv(rgb):
    """Hue in degrees, saturation and value, each [height, width], of colours in 0...1."""
    top, low = rgb.max(-1), rgb.min(-1)
    spread = np.maximum(top - low, 1e-6)
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    hue = np.where(top == r, (g - b) / spread % 6, np.where(top == g, (b - r) / spread + 2, (r - g) / spread + 4)) * 60
    return hue, (top - low) / np.maximum(top, 1e-6), top


def repainted(pixels, main, paint):
    """Premultiplied RGBA with the main colour's pixels brought to the paint's, shades kept."""
    alpha = pixels[..., 3:].astype(np.float32)
    hue, saturation, value = hsv(np.clip(pixels[..., :3] / np.maximum(alpha, 1), 0, 1))
    if main[0] is None:
        belongs = np.clip((0.3 - saturation) / 0.1, 0, 1)
    else:
        belongs = np.clip((38 - np.abs((hue - main[0] + 180) % 360 - 180)) / 8, 0, 1) * np.clip((saturation - 0.12) / 0.1, 0, 1)
    lit = np.clip(value * (paint[2] / max(main[2], 0.05)) ** 0.8, 0, 1)
    pure = paint[1] * np.clip(saturation / main[1], 0, 1.2) if main[0] is not None else np.full_like(lit, paint[1])
    new = from_hsv(np.full_like(lit, paint[0]), np.clip(pure, 0, 1), lit)
    old = np.clip(pixels[..., :3] / np.maximum(alpha, 1), 0, 1)
    rgb = old + belongs[..., None] * (new - old)
    return np.concatenate([np.rint(rgb * alpha), alpha], -1).astype(np.uint8)


def from_hsv(hue, saturation, value):
    def channel(n):
        k = (n + hue / 60) % 6
        return value - value * saturation * np.clip(np.minimum(k, 4 - k), 0, 1)
    return np.stack([channel(5), channel(3), channel(1)], -1)


class Pictures:
    """Draws composites. All randomness comes from the generators handed in."""

    def __init__(self, work):
        work = pathlib.Path(work)
        self.about = json.loads((work / "sprites.json").read_text())
        self.pixels = np.load(work / "sprites.npy", mmap_mode="r")
        self.trained = [i for i, a in enumerate(self.about) if not a.get("held_out")]
        self.held_out = [i for i, a in enumerate(self.about) if a.get("held_out")]

    def background(self, index, rng, plain=False, paint=None):
        """(colour at the top, colour at the bottom, words or None)."""
        style = self.about[index]["style"]
        ink = style == "ink"
        light = (0.9 if paint == "white" else 0.5) if paint else self.about[index]["lightness"]
        if style in ("3d", "noto"):
            light = min(light, PALE - 0.01)             # shades or an outline part it from white

        def luma(c):
            return (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]) / 255

        if not plain and rng.random() < 0.2:
            far = [n for n, c in BACKGROUNDS.items() if abs(luma(c[0]) - light) >= 0.25 and not (ink and luma(c[0]) < 0.5)]
            if far:
                name = rng.choice(far)
                colour = tuple(min(255, max(0, v + rng.randint(-8, 8))) if name not in ("white",) else v for v in BACKGROUNDS[name][0])
                return colour, colour, name
        far = lambda choices: [c for c in choices if abs(luma(c) - light) >= 0.2]
        if light < PALE or ink:
            if plain or rng.random() < 0.8:
                return (255, 255, 255), (255, 255, 255), None
            colour = rng.choice(far(PASTELS) or [(255, 255, 255)])
        else:
            colour = rng.choice(far(MIDDLES) or far(PASTELS) or [MIDDLES[5]])
        if rng.random() < 0.3:
            other = tuple(min(255, v + rng.randint(8, 24)) for v in colour)
            return other, colour, None
        return colour, colour, None

    def picture(self, index, size, rng, varied=False, scene=None, paint=None):
        """(height, width, 3) uint8 and the background's name. `varied` is for the autoencoder: any colours, any place."""
        w, h = size
        if scene:
            page = scenes.page(scene, w, h)
            self.lay(page, index, rng, False, paint)
            return np.rint(page).clip(0, 255).astype(np.uint8), None
        top, bottom, name = self.background(index, rng, plain=paint is not None, paint=paint)
        if varied and rng.random() < 0.5:
            top, bottom = [tuple(rng.randint(0, 255) for _ in range(3)) for _ in range(2)]
        ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
        page = np.broadcast_to(np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp, (h, w, 3)).copy()
        for extra in range(2 if varied and rng.random() < 0.2 else 1):
            self.lay(page, index if not extra else rng.choice(self.trained), rng, varied, paint)
        return np.rint(page).clip(0, 255).astype(np.uint8), name

    def lay(self, page, index, rng, varied, paint=None):
        h, w = page.shape[:2]
        a = self.about[index]
        sw, sh = a["size"]
        sprite = np.ascontiguousarray(self.pixels[index, :sh, :sw])
        if paint:
            sprite = repainted(sprite, a["paint"], PAINTS[paint])
        im = Image.frombytes("RGBa", (sw, sh), sprite.tobytes())
        share = rng.uniform(0.55, 0.95) if varied else 0.875
        k = share * min(w, h) / max(sw, sh) * (1 if not varied or rng.random() < 0.9 else rng.uniform(0.4, 1.0))
        nw, nh = max(1, round(sw * k)), max(1, round(sh * k))
        im = im.resize((nw, nh), Image.BICUBIC)
        px = np.frombuffer(im.tobytes(), np.uint8).reshape(nh, nw, 4).astype(np.float32)
        if varied and a["turnable"] and rng.random() < 0.5:
            px = px[:, ::-1]
        if varied:
            x, y = round((w - nw) * rng.random()), round((h - nh) * rng.random())
        else:                                          # in the middle of a square that begins at a multiple of the latent pixel
            x = (w - min(w, h)) // 2 // 16 * 16 + round((min(w, h) - nw) / 2)
            y = (h - min(w, h)) // 2 // 16 * 16 + round((min(w, h) - nh) / 2)
        if a["style"] == "3d":
            cast_shadow(page, px[..., 3] / 255, x, y)
        if a["style"] == "noto":
            outline(page, px[..., 3], x, y)
        part = page[y:y + nh, x:x + nw]
        part *= 1 - px[..., 3:] / 255
        part += px[..., :3]
        if a["style"] == "color":
            light(part, px[..., 3] / 255)

    def caption(self, index, background, rng, scene=None, paint=None):
        a = self.about[index]
        text = rng.choices(a["captions"], a["caption_weights"])[0]
        if paint:
            text = coloured(text, paint) or coloured(a["main"], paint) or f"{text} in {paint}"
        place = f" on a{'n' if background == 'orange' else ''} {background} background" if background else ""
        if scene:
            place = " " + rng.choice(scenes.SCENES[scene])
        if rng.random() >= UNSTYLED[a["style"]]:
            template = rng.choice(STYLES[a["style"]][1])
            if template.startswith("{}") and rng.random() < 0.5:
                return template.format(text + place)
            if template.startswith("flat") or template.startswith("3d {}") or template.startswith("gradient") or template.startswith("cartoon {}"):
                for article in ("a ", "an "):
                    if text.startswith(article):
                        return "a " + template.format(text[len(article):]) + place
            return template.format(text) + place
        return text + place


def cast_shadow(page, alpha, x, y):
    """A soft shadow on the ground below a thing: what tells `3d` from `gradient`, whose sprites differ so little that people take one for the other."""
    columns = np.flatnonzero(alpha[-max(1, len(alpha) // 4):].max(0) > 0.5)
    if not len(columns):
        return
    centre, foot = x + (columns[0] + columns[-1] + 1) / 2, y + len(alpha)
    width = 0.5 * (0.5 * (columns[-1] - columns[0] + 1) + 0.5 * alpha.shape[1]) * 1.15
    height = max(0.13 * width, 0.06 * min(page.shape[:2]))
    rows, across = np.mgrid[0:page.shape[0], 0:page.shape[1]].astype(np.float32) + 0.5
    distance = ((across - centre) / width) ** 2 + ((rows - foot + 0.25 * height) / height) ** 2
    tint(page, SHADOW_STRENGTH * np.exp(-1.2 * distance**1.5), SHADOW)


def outline(page, alpha, x, y):
    """A dark line round a thing, as cartoonists draw it: what tells `cartoon` from the others."""
    h, w = page.shape[:2]
    spread = OUTLINE_WIDTH * min(h, w)
    mask = Image.new("L", (w, h))
    mask.paste(Image.fromarray(np.rint(alpha).astype(np.uint8)), (x, y))
    near = np.asarray(mask.filter(ImageFilter.GaussianBlur(spread)), np.float32) / 255
    tint(page, np.clip((near - 0.16) * spread * 4 + 0.5, 0, 1), OUTLINE)          # 0.16: one deviation outside a straight edge


def light(part, alpha):
    """Light from above on a thing, which fades into violet shade below: what tells `gradient` from `flat` where a thing has one colour."""
    fall = np.linspace(1, -1, len(alpha), dtype=np.float32)[:, None]
    tint(part, LIGHT_STRENGTH * fall.clip(0, 1) * alpha, LIGHT)
    tint(part, SHADE_STRENGTH * (-fall).clip(0, 1) * alpha, SHADE)


def tint(page, share, colour):
    """Brings each pixel of a page nearer to the colour, by a share [height, width] of the way."""
    page *= 1 - share[..., None]
    page += share[..., None] * np.array(colour, np.float32)


def coloured(text, paint):
    """"a car" to "a blue car", "a red apple" to "a blue apple"; None for a text that begins with no article."""
    words = text.split(" ")
    if words[0] not in ("a", "an", "the") or len(words) < 2 or words[1] in ("picture", "image"):
        return None
    if words[1] in PAINTS or words[1] in ("gray", "grey"):
        del words[1]
    article = "the" if words[0] == "the" else "an" if paint == "orange" else "a"
    return " ".join([article, paint, *words[1:]])


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--sprites", required=True, type=pathlib.Path)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    args = ap.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    prepare(args.sprites, args.work)
