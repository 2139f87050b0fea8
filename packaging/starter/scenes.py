"""The starter model's world: which scenes exist, how they are drawn and how they are described.

Everything the starter model has ever seen comes out of this file. A `Scene` says what is in the picture, `draw` paints
it (Pillow, supersampled twice, whatever the caption does not name varies), `describe` words it in many ways.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from subjects import AIRBORNE, PAINTERS, RGB, darker, jitter, lighter

SIZE = 128
SCALE = 2

COLOURS: dict[str, RGB] = {
    "red": (208, 44, 40), "orange": (240, 132, 28), "yellow": (250, 212, 50), "green": (58, 160, 72),
    "blue": (44, 96, 214), "purple": (130, 62, 176), "pink": (246, 136, 180), "white": (248, 248, 246),
    "black": (30, 30, 36), "brown": (126, 78, 44),
}
SUBJECTS = tuple(PAINTERS)
TIMES = ("day", "sunset", "night", "dawn")
GROUNDS = ("grass", "sand", "snow", "water")
EXTRAS = ("mountains", "clouds", "moon", "sun", "stars")
SKY: dict[str, tuple[RGB, RGB, RGB]] = {
    "day": ((66, 150, 234), (134, 196, 246), (214, 238, 250)),
    "sunset": ((84, 60, 138), (226, 104, 96), (255, 178, 92)),
    "night": ((8, 11, 38), (20, 26, 74), (46, 54, 112)),
    "dawn": ((150, 172, 224), (226, 192, 216), (255, 222, 196)),
}
EARTH: dict[str, RGB] = {"grass": (98, 178, 78), "sand": (234, 206, 138), "snow": (238, 244, 251), "water": (44, 118, 186)}
DIM = {"day": 1.0, "sunset": 0.84, "night": 0.5, "dawn": 0.92}
TINT: dict[str, RGB] = {"day": (255, 255, 255), "sunset": (255, 226, 206), "night": (206, 214, 255), "dawn": (255, 238, 240)}

# One colour of every subject is never drawn in training, so that evaluation can ask for pairs nobody has shown it.
HELD_OUT = frozenset(
    (subject, tuple(COLOURS)[(3 * i + 1) % 10]) for i, subject in enumerate(SUBJECTS)
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One subject of a scene: `side` is "left", "right" or "" for the middle."""

    subject: str
    colour: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows; everything else about it is chance."""

    things: tuple[Thing, ...]
    time: str
    ground: str
    extra: str = ""


def random_thing(rng: random.Random, *, unseen: bool = False) -> Thing:
    """A subject and colour; `unseen` draws only from the pairs held out of training, else never one of them."""
    if unseen:
        subject, colour = rng.choice(sorted(HELD_OUT))
        return Thing(subject, colour)
    while True:
        pair = rng.choice(SUBJECTS), rng.choice(tuple(COLOURS))
        if pair not in HELD_OUT:
            return Thing(*pair)


def random_scene(rng: random.Random, *, unseen: bool = False, single: bool = False) -> Scene:
    """A scene as training draws it: one subject (63 %) or two, any time, ground and a possible extra."""
    time, ground = rng.choice(TIMES), rng.choice(GROUNDS)
    extra = rng.choice(("", "", "mountains", "clouds", "moon", "sun", "stars"))
    if extra == "stars" and time != "night":
        extra = ""
    if extra == "sun" and time == "night":
        extra = "moon"
    if single or rng.random() < 0.63:
        thing = random_thing(rng, unseen=unseen)
        if rng.random() < 0.4:
            thing = Thing(thing.subject, thing.colour, rng.choice(("left", "right")))
        return Scene((thing,), time, ground, extra)
    first, second = random_thing(rng, unseen=unseen), random_thing(rng, unseen=unseen)
    things = (Thing(first.subject, first.colour, "left"), Thing(second.subject, second.colour, "right"))
    return Scene(things, time, ground, extra)


# --- drawing ----------------------------------------------------------------------------------------------------------


@lru_cache
def _light(side: int) -> Image.Image:
    """A soft light from the upper left, multiplied onto subjects."""
    tiny = Image.new("L", (2, 2))
    tiny.putdata([255, 238, 232, 196])
    return tiny.resize((side, side), Image.Resampling.BILINEAR).convert("RGB")


@lru_cache
def _blob(side: int = 96) -> Image.Image:
    """A soft round spot: shadows and glows are this, stretched."""
    spot = Image.new("L", (side, side), 0)
    ImageDraw.Draw(spot).ellipse([side * 0.2, side * 0.2, side * 0.8, side * 0.8], fill=255)
    return spot.filter(ImageFilter.GaussianBlur(side * 0.1))


def _spot(image: Image.Image, x: float, y: float, rx: float, ry: float, colour: RGB, strength: float) -> None:
    mask = _blob().resize((max(2, int(rx * 3.2)), max(2, int(ry * 3.2))), Image.Resampling.BILINEAR)
    mask = mask.point(lambda v: int(v * strength))
    image.paste(colour, (int(x - mask.width / 2), int(y - mask.height / 2)), mask)


def _gradient(size: tuple[int, int], colours: tuple[RGB, ...]) -> Image.Image:
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    return strip.resize(size, Image.Resampling.BICUBIC)


def _mountains(draw: ImageDraw.ImageDraw, side: int, horizon: float, time: str, rng: random.Random) -> None:
    base = darker(jitter((126, 122, 158), rng), DIM[time])
    peaks = sorted((rng.uniform(0.2, 0.4) for _ in range(rng.randint(2, 3))), reverse=True)
    for i, height in enumerate(peaks):
        x, h, w = rng.uniform(0.05, 0.95) * side, height * side, rng.uniform(0.25, 0.4) * side
        draw.polygon([(x - w, horizon), (x + w, horizon), (x, horizon - h)], fill=lighter(base, 0.12 * i))
        draw.polygon([(x, horizon), (x + w, horizon), (x, horizon - h)], fill=darker(lighter(base, 0.12 * i), 0.84))
        snow = darker((248, 250, 254), (1 + DIM[time]) / 2)
        ragged = [(x - w * 0.28, horizon - h * 0.72), (x - w * 0.12, horizon - h * 0.8), (x, horizon - h * 0.7),
                  (x + w * 0.13, horizon - h * 0.8), (x + w * 0.28, horizon - h * 0.72), (x, horizon - h)]
        draw.polygon(ragged, fill=snow)


def _clouds(draw: ImageDraw.ImageDraw, side: int, time: str, rng: random.Random) -> None:
    top = {"day": (255, 255, 255), "sunset": (255, 214, 196), "night": (126, 134, 176), "dawn": (255, 242, 244)}[time]
    for _ in range(rng.randint(2, 3)):
        x, y, q = rng.uniform(0.08, 0.92) * side, rng.uniform(0.08, 0.34) * side, rng.uniform(0.05, 0.085) * side
        for shade, drop in ((darker(top, 0.88), 0.22), (top, 0.0)):
            for dx, grow in ((-1.4, 0.85), (0.0, 1.25), (1.35, 0.95)):
                r = q * grow
                draw.ellipse([x + dx * q - r * 1.2, y - r + drop * q, x + dx * q + r * 1.2, y + r * 0.72 + drop * q], fill=shade)


def _orb(image: Image.Image, draw: ImageDraw.ImageDraw, side: int, scene: Scene, rng: random.Random) -> None:
    x = rng.choice((0.16, 0.84)) * side + rng.uniform(-0.05, 0.05) * side
    y, q = rng.uniform(0.12, 0.24) * side, rng.uniform(0.075, 0.105) * side
    if scene.extra == "sun":
        _spot(image, x, y, q * 2.2, q * 2.2, (255, 240, 170), 0.6)
        draw.ellipse([x - q, y - q, x + q, y + q], fill=(255, 232, 110) if scene.time != "sunset" else (255, 214, 120))
        return
    _spot(image, x, y, q * 2, q * 2, (226, 230, 250), 0.35)
    sky = image.getpixel((int(min(max(x, 1), side - 2)), int(max(1, y - q * 1.6))))
    draw.ellipse([x - q, y - q, x + q, y + q], fill=(250, 246, 224))
    draw.ellipse([x - q * 0.3, y - q * 1.08, x + q * 1.5, y + q * 0.8], fill=sky)  # type: ignore[arg-type]


def _stars(draw: ImageDraw.ImageDraw, side: int, horizon: float, rng: random.Random) -> None:
    for _ in range(rng.randint(20, 30)):
        x, y, q = rng.uniform(0, side), rng.uniform(0, horizon * 0.9), rng.uniform(0.005, 0.012) * side
        draw.ellipse([x - q, y - q, x + q, y + q], fill=rng.choice(((255, 252, 230), (255, 244, 200), (224, 232, 255))))


def _ground(image: Image.Image, draw: ImageDraw.ImageDraw, side: int, horizon: float, scene: Scene, rng: random.Random) -> RGB:
    earth = darker(jitter(EARTH[scene.ground], rng, 9), DIM[scene.time])
    tint = TINT[scene.time]
    earth = (earth[0] * tint[0] // 255, earth[1] * tint[1] // 255, earth[2] * tint[2] // 255)
    top = int(horizon)
    far = lighter(earth, 0.16) if scene.ground != "water" else darker(earth, 0.9)
    image.paste(_gradient((side, side - top), (far, earth, darker(earth, 0.84))), (0, top))
    if scene.ground == "water":
        for _ in range(rng.randint(12, 18)):
            depth = rng.random()
            y, x = horizon + (0.02 + depth * 0.98) * (side - horizon), rng.uniform(0, side)
            w = (0.03 + 0.1 * depth) * side
            draw.line([x - w, y, x + w, y], fill=lighter(earth, 0.38), width=max(1, round(side * (0.004 + 0.007 * depth))))
        return earth
    swell = rng.uniform(-0.1, 0.1) * side
    draw.ellipse([-side * 0.5 + swell, horizon + side * 0.06, side * 0.75 + swell, side * 1.7], fill=darker(earth, 0.95))
    draw.ellipse([side * 0.3 - swell, horizon + side * 0.16, side * 1.6 - swell, side * 1.7], fill=darker(earth, 0.88))
    for _ in range(26):
        depth = rng.random()
        x, y, q = rng.uniform(0, side), horizon + (0.05 + 0.9 * depth) * (side - horizon), side * (0.006 + 0.012 * depth)
        if scene.ground == "grass":
            draw.line([x, y, x + rng.uniform(-1, 1) * q, y - 2 * q], fill=darker(earth, 0.78), width=max(1, int(q / 2)))
        elif scene.ground == "sand":
            draw.arc([x - 4 * q, y - q, x + 4 * q, y + q], 200, 340, fill=darker(earth, 0.86), width=max(1, int(q / 2)))
        else:
            draw.ellipse([x - q / 2, y - q / 2, x + q / 2, y + q / 2], fill=lighter(earth, 0.7))
    return earth


def _place(image: Image.Image, thing: Thing, scene: Scene, horizon: float, earth: RGB, rng: random.Random) -> None:
    side = image.width
    alone = len(scene.things) == 1
    x = {"left": 0.27, "right": 0.73, "": 0.5}[thing.side] * side + rng.uniform(-0.035, 0.035) * side
    size = side * (rng.uniform(0.48, 0.62) if alone else rng.uniform(0.38, 0.46))
    floats = thing.subject in AIRBORNE
    y = side * rng.uniform(0.32, 0.43) if floats else horizon + side * rng.uniform(0.03, 0.13)
    foot = y + size * 0.42 if not floats else min(side * 0.94, horizon + side * rng.uniform(0.16, 0.24))
    _spot(image, x + size * 0.06, foot, size * (0.3 if floats else 0.42), size * 0.07, darker(earth, 0.45), 0.34 if floats else 0.62)
    if scene.time == "night":
        _spot(image, x, y, size * 0.62, size * 0.6, (120, 130, 190), 0.3)
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    PAINTERS[thing.subject](ImageDraw.Draw(layer), x, y, size, jitter(COLOURS[thing.colour], rng, 10), scene.time == "night", rng)
    mask = layer.getchannel("A")
    lit = ImageChops.multiply(layer.convert("RGB"), _light(side))
    lit = ImageChops.multiply(lit, Image.new("RGB", lit.size, tuple((255 + v) // 2 for v in TINT[scene.time])))
    if rng.random() < 0.5:
        lit, mask = _mirrored(lit, x), _mirrored(mask, x)
    image.paste(lit, (0, 0), mask)


def _mirrored(layer: Image.Image, x: float) -> Image.Image:
    return ImageChops.offset(layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT), round(2 * x - layer.width), 0)


def draw(scene: Scene, rng: random.Random, size: int = SIZE) -> Image.Image:
    """Paint `scene` as an RGB picture of `size` x `size` pixels."""
    side = size * SCALE
    horizon = side * rng.uniform(0.54, 0.66)
    sky = tuple(jitter(c, rng, 8) for c in SKY[scene.time])
    image = _gradient((side, side), (*sky, sky[-1], sky[-1]))
    pen = ImageDraw.Draw(image)
    if scene.extra in ("moon", "sun"):
        _orb(image, pen, side, scene, rng)
    elif scene.extra == "stars":
        _stars(pen, side, horizon, rng)
    elif scene.extra == "clouds":
        _clouds(pen, side, scene.time, rng)
    elif scene.extra == "mountains":
        _mountains(pen, side, horizon, scene.time, rng)
    earth = _ground(image, pen, side, horizon, scene, rng)
    for thing in scene.things:
        _place(image, thing, scene, horizon, earth, rng)
    return image.resize((size, size), Image.Resampling.LANCZOS)


# --- wording ----------------------------------------------------------------------------------------------------------

TIME_WORDS = {
    "day": ("in daylight", "in daylight", "by day", "during the day"),
    "sunset": ("at sunset", "at sunset", "in the evening light"),
    "night": ("at night", "at night", "by night"),
    "dawn": ("at dawn", "at dawn", "in the early morning"),
}
EXTRA_WORDS = {
    "mountains": ("with mountains", "with mountains behind", "mountains"),
    "clouds": ("with clouds", "clouds in the sky", "clouds"),
    "moon": ("with a moon", "the moon in the sky", "under the moon"),
    "sun": ("with a sun", "the sun in the sky", "under the sun"),
    "stars": ("with stars", "stars in the sky", "under the stars"),
}
LEADS = ("", "", "", "", "a picture of ", "an illustration of ")


def noun_phrase(thing: Thing, rng: random.Random) -> str:
    """"a red house", now and then without the article."""
    words = f"{thing.colour} {thing.subject}"
    return words if rng.random() < 0.15 else f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _subject_phrase(scene: Scene, rng: random.Random) -> str:
    names = [noun_phrase(thing, rng) for thing in scene.things]
    if len(names) == 1:
        side = scene.things[0].side
        return f"{names[0]} on the {side}" if side else names[0]
    both = [f"{names[0]} on the left, {names[1]} on the right", f"{names[0]} on the left and {names[1]} on the right",
            f"{names[1]} on the right, {names[0]} on the left", f"{names[0]} to the left of {names[1]}"]
    loose = [f"{names[0]} and {names[1]}", f"{names[0]} next to {names[1]}"]
    return rng.choice(both if rng.random() < 0.5 else loose)


def describe(scene: Scene, rng: random.Random, keep: float = 0.88) -> str:
    """A caption: subjects, then time, ground and extra in any order, each named with probability `keep`."""
    tail = [rng.choice(TIME_WORDS[scene.time]), f"on {'the ' if rng.random() < 0.15 else ''}{scene.ground}"]
    if scene.extra:
        tail.append(rng.choice(EXTRA_WORDS[scene.extra]))
    rng.shuffle(tail)
    tail = [words for words in tail if rng.random() < keep]
    subject = rng.choice(LEADS) + _subject_phrase(scene, rng)
    if rng.random() < 0.1 and tail:
        return f"{tail[0]}, {' '.join([subject, *tail[1:]])}"
    joined = ", ".join([subject, *tail]) if rng.random() < 0.5 else " ".join([subject, *tail])
    return joined
