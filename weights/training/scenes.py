"""Backgrounds that are places: drawn by rule, the same way each time, so that a place has one set of latents.

Heights are measured on the square of 128 pixels in which a sprite lies; in wide and tall pictures the place goes on to all sides.
"""
import numpy as np

# place -> ways of asking for it
SCENES = {
    "beach": ["on a beach", "on the beach", "at the beach", "by the sea"],
    "meadow": ["in a meadow", "on the grass", "in a field", "in a garden", "in a park"],
    "snow": ["in the snow", "in winter", "on snow"],
    "night": ["at night", "under the stars", "in the night sky"],
    "city": ["in a city", "in the city", "in a town", "on a street"],
    "desert": ["in a desert", "in the desert"],
    "sunset": ["at sunset", "in the evening", "in front of a sunset"],
    "sky": ["in the sky", "in the clouds", "in front of a blue sky"],
    "forest": ["in a forest", "in the forest", "in the woods", "in a jungle"],
    "room": ["in a room", "indoors", "at home", "on a wooden floor"],
    "table": ["on a table", "on a desk"],
    "underwater": ["under water", "underwater", "in the sea", "in the ocean"],
    "space": ["in space", "in outer space"],
    "mountains": ["in the mountains", "in front of mountains"],
}


def page(scene, width, height):
    """The empty place, float32 [height, width, 3] in 0...255."""
    square = min(width, height)
    left, top = (width - square) // 2 // 16 * 16, (height - square) // 2 // 16 * 16
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x + 0.5 - left) / square, (y + 0.5 - top) / square
    return DRAWN[scene](x, y)


def colour(*rgb):
    return np.array(rgb, np.float32)


def ramp(y, first, last, begin=0.0, end=1.0):
    share = np.clip((y - begin) / (end - begin), 0, 1)[..., None]
    return colour(*first) * (1 - share) + colour(*last) * share


def over(below, mask, rgb):
    """Lays a colour over a picture; masks are distances in sixty-fourths of the square, so edges are soft by about two pixels."""
    mask = np.clip(mask * 64 + 0.5, 0, 1)[..., None]
    return below * (1 - mask) + (rgb if isinstance(rgb, np.ndarray) and rgb.ndim == 3 else colour(*rgb)) * mask


def dots(x, y, count, radius, seed, bottom=1.5):
    """Discs at places that never change, denser than one picture needs: stars, flakes, bubbles."""
    rng, found = np.random.RandomState(seed), np.full(x.shape, -1.0, np.float32)
    for _ in range(count * 4):
        cx, cy, r = rng.uniform(-1, 2), rng.uniform(-1, 2), radius * rng.uniform(0.6, 1.4)
        if cy < bottom:
            found = np.maximum(found, r - np.hypot(x - cx, y - cy))
    return found


def cloud(x, y, cx, cy, size):
    lumps = ((0, 0, 1), (-1.1, 0.25, 0.7), (1.1, 0.2, 0.75), (0.5, -0.45, 0.8))
    return np.maximum.reduce([size * r - np.hypot(x - cx - size * dx, (y - cy - size * dy) * 1.15) for dx, dy, r in lumps])


def hills(x, base, height, length, phase):
    return base - height * (0.5 + 0.5 * np.sin(2 * np.pi * (x / length + phase)))


def beach(x, y):
    p = ramp(y, (120, 190, 240), (205, 232, 250), 0, 0.5)
    p = over(p, y - 0.52, (58, 150, 205))
    p = over(p, y - hills(x, 0.70, 0.02, 0.5, 0), (240, 248, 250))
    return over(p, y - hills(x, 0.725, 0.02, 0.5, 0), (240, 215, 160))


def meadow(x, y):
    p = ramp(y, (130, 200, 245), (215, 238, 250), 0, 0.6)
    p = over(p, y - hills(x, 0.66, 0.08, 1.1, 0.3), (150, 205, 110))
    return over(p, y - hills(x, 0.80, 0.05, 0.8, 0.0), (104, 176, 80))


def snow(x, y):
    p = ramp(y, (150, 180, 210), (205, 222, 236), 0, 0.7)
    p = over(p, y - hills(x, 0.76, 0.06, 1.0, 0.1), (245, 249, 252))
    return over(p, dots(x, y, 26, 0.013, 1), (250, 252, 255))


def night(x, y):
    p = ramp(y, (16, 22, 58), (50, 60, 118), 0, 0.85)
    p = over(p, dots(x, y, 26, 0.010, 2, 0.7), (245, 240, 205))
    return over(p, y - hills(x, 0.86, 0.05, 0.9, 0.2), (20, 28, 44))


def city(x, y):
    p = ramp(y, (165, 205, 235), (226, 236, 242), 0, 0.7)
    rng = np.random.RandomState(3)
    for step in range(-6, 12):
        left, top = step * 0.16, rng.uniform(0.18, 0.55)
        shade = rng.uniform(0.85, 1.05)
        block = np.minimum(np.minimum(x - left, left + 0.145 - x), y - top)
        p = over(p, block, tuple(v * shade for v in (150, 165, 185)))
        panes = np.minimum(0.012 - np.abs((x - left - 0.0725 + 0.02) % 0.04 - 0.02), 0.016 - np.abs((y - top - 0.05) % 0.07 - 0.02))
        p = over(p, np.minimum(panes, block - 0.015), (222, 228, 215))
    return over(p, y - 0.82, (110, 114, 122))


def desert(x, y):
    p = ramp(y, (250, 205, 130), (252, 232, 190), 0, 0.6)
    p = over(p, y - hills(x, 0.68, 0.08, 1.2, 0.6), (232, 180, 105))
    return over(p, y - hills(x, 0.82, 0.05, 0.9, 0.1), (216, 158, 84))


def sunset(x, y):
    p = ramp(y, (98, 70, 140), (250, 150, 90), 0, 0.68)
    p = over(p, 0.16 - np.hypot(x - 0.5, y - 0.68), (255, 220, 130))
    return over(p, y - 0.70, ramp(y, (190, 90, 100), (80, 50, 100), 0.7, 1))


def sky(x, y):
    p = ramp(y, (84, 160, 235), (176, 216, 248))
    for cx, cy, size in ((0.16, 0.2, 0.11), (0.86, 0.36, 0.12), (0.2, 0.82, 0.12), (-0.35, 0.5, 0.14), (1.4, 0.7, 0.13), (0.8, -0.25, 0.13), (0.4, 1.3, 0.13)):
        p = over(p, cloud(x, y, cx, cy, size), (250, 252, 255))
    return p


def forest(x, y):
    p = ramp(y, (80, 130, 92), (128, 170, 112), 0, 0.8)
    for step in range(-6, 12):
        centre = step * 0.21 + 0.06 * np.sin(step * 5.0)
        p = over(p, 0.032 - np.abs(x - centre), (84, 66, 50))
    p = over(p, 0.16 - y + 0.03 * np.sin(x * 28), (46, 96, 58))
    return over(p, y - hills(x, 0.82, 0.03, 0.5, 0.2), (72, 112, 58))


def room(x, y):
    p = np.broadcast_to(colour(236, 222, 198), (*x.shape, 3))
    p = over(p, y - 0.76, (250, 246, 238))
    p = over(p, y - 0.79, (176, 124, 80))
    return over(p, np.minimum(0.005 - np.abs((y - 0.79) % 0.07 - 0.035), y - 0.80), (148, 100, 62))


def table(x, y):
    p = ramp(y, (214, 224, 228), (232, 236, 236), 0, 0.7)
    p = over(p, y - 0.70, (190, 138, 88))
    return over(p, y - 0.92, (146, 100, 60))


def underwater(x, y):
    p = ramp(y, (90, 190, 225), (16, 82, 150))
    p = over(p, np.minimum(dots(x, y, 12, 0.022, 5), 0.006 - np.abs(dots(x, y, 12, 0.022, 5) - 0.004)), (190, 230, 245))
    return over(p, y - hills(x, 0.90, 0.03, 0.6, 0.4), (206, 186, 130))


def space(x, y):
    return over(ramp(y, (14, 12, 34), (34, 22, 66)), dots(x, y, 34, 0.009, 4), (240, 240, 250))


def mountains(x, y):
    p = ramp(y, (140, 196, 240), (222, 236, 246), 0, 0.6)
    for centre, height, width in ((0.2, 0.52, 0.42), (0.75, 0.60, 0.48), (-0.4, 0.5, 0.45), (1.35, 0.5, 0.45)):
        slope = height * (1 - np.abs(x - centre) / width)
        p = over(p, y - (0.82 - slope), (122, 136, 158))
        p = over(p, np.minimum(y - (0.82 - slope), 0.82 - height + 0.13 + 0.02 * np.sin(x * 50) - y), (246, 249, 252))
    return over(p, y - hills(x, 0.84, 0.05, 0.9, 0.1), (110, 160, 96))


DRAWN = dict(beach=beach, meadow=meadow, snow=snow, night=night, city=city, desert=desert, sunset=sunset, sky=sky, forest=forest, room=room,
             table=table, underwater=underwater, space=space, mountains=mountains)
