"""Paints scenes: Pillow at twice the size, soft shadows and rounded light;
whatever the caption does not name varies."""

from __future__ import annotations

import random
from functools import lru_cache

import styles
from brush import RGB, Pen, darker, disc, jitter, lighter
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scenes import COLOURS, SIZE, Scene, Thing
from subjects import AIRBORNE, PAINTERS

SCALE = 2
FLAT = "flat illustration"  # a style drawn so from the start: plain areas, no shading, no shadows
SKY: dict[str, tuple[RGB, RGB, RGB]] = {
    "day": ((66, 150, 234), (134, 196, 246), (214, 238, 250)),
    "sunset": ((84, 60, 138), (226, 104, 96), (255, 178, 92)),
    "night": ((8, 11, 38), (20, 26, 74), (46, 54, 112)),
    "dawn": ((150, 172, 224), (226, 192, 216), (255, 222, 196)),
}
EARTH: dict[str, RGB] = {
    "grass": (98, 178, 78),
    "sand": (234, 206, 138),
    "snow": (238, 244, 251),
    "water": (44, 118, 186),
    "stone": (150, 150, 158),
}
DIM = {"day": 1.0, "sunset": 0.84, "night": 0.5, "dawn": 0.92}
TINT: dict[str, RGB] = {
    "day": (255, 255, 255),
    "sunset": (255, 226, 206),
    "night": (206, 214, 255),
    "dawn": (255, 238, 240),
}


@lru_cache
def _blob(side: int = 96) -> Image.Image:
    """A soft round spot: shadows and glows are this, stretched."""
    spot = Image.new("L", (side, side), 0)
    ImageDraw.Draw(spot).ellipse([side * 0.2, side * 0.2, side * 0.8, side * 0.8], fill=255)
    return spot.filter(ImageFilter.GaussianBlur(side * 0.1))


def _spot(
    image: Image.Image, x: float, y: float, rx: float, ry: float, colour: RGB, strength: float
) -> None:
    mask = _blob().resize((max(2, int(rx * 3.2)), max(2, int(ry * 3.2))), Image.Resampling.BILINEAR)
    mask = mask.point(lambda v: int(v * strength))
    image.paste(colour, (int(x - mask.width / 2), int(y - mask.height / 2)), mask)


def _gradient(size: tuple[int, int], colours: tuple[RGB, ...], *, flat: bool) -> Image.Image:
    """From the first colour above to the last below; `flat` leaves them plain bands."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    return strip.resize(size, Image.Resampling.NEAREST if flat else Image.Resampling.BICUBIC)


def _mountains(pen: Pen, side: int, horizon: float, time: str, rng: random.Random) -> None:
    base = darker(jitter((126, 122, 158), rng), DIM[time])
    peaks = sorted((rng.uniform(0.2, 0.4) for _ in range(rng.randint(2, 4))), reverse=True)
    for i, height in enumerate(peaks):
        x, h, w = rng.uniform(0.05, 0.95) * side, height * side, rng.uniform(0.25, 0.4) * side
        pen.polygon(
            [(x - w, horizon), (x + w, horizon), (x, horizon - h)], fill=lighter(base, 0.12 * i)
        )
        pen.polygon(
            [(x, horizon), (x + w, horizon), (x, horizon - h)],
            fill=darker(lighter(base, 0.12 * i), 0.84),
        )
        snow = darker((248, 250, 254), (1 + DIM[time]) / 2)
        ragged = [
            (x - w * 0.28, horizon - h * 0.72),
            (x - w * 0.12, horizon - h * 0.8),
            (x, horizon - h * 0.7),
            (x + w * 0.13, horizon - h * 0.8),
            (x + w * 0.28, horizon - h * 0.72),
            (x, horizon - h),
        ]
        pen.polygon(ragged, fill=snow)


def _clouds(pen: Pen, side: int, time: str, rng: random.Random) -> None:
    top = {
        "day": (255, 255, 255),
        "sunset": (255, 214, 196),
        "night": (126, 134, 176),
        "dawn": (255, 242, 244),
    }[time]
    for _ in range(rng.randint(2, 3)):
        x, y, q = (
            rng.uniform(0.08, 0.92) * side,
            rng.uniform(0.08, 0.34) * side,
            rng.uniform(0.05, 0.085) * side,
        )
        for tone, drop in ((darker(top, 0.88), 0.22), (top, 0.0)):
            for dx, grow in ((-1.4, 0.85), (0.0, 1.25), (1.35, 0.95)):
                r = q * grow
                pen.ellipse(
                    [
                        x + dx * q - r * 1.2,
                        y - r + drop * q,
                        x + dx * q + r * 1.2,
                        y + r * 0.72 + drop * q,
                    ],
                    fill=tone,
                )


def _orb(image: Image.Image, pen: Pen, side: int, scene: Scene, rng: random.Random) -> None:
    x = rng.choice((0.16, 0.84)) * side + rng.uniform(-0.05, 0.05) * side
    y, q = rng.uniform(0.12, 0.24) * side, rng.uniform(0.075, 0.105) * side
    if scene.extra == "sun":
        _spot(image, x, y, q * 2.2, q * 2.2, (255, 240, 170), 0.6)
        disc(pen, x, y, q, q, (255, 232, 110) if scene.time != "sunset" else (255, 214, 120))
        return
    _spot(image, x, y, q * 2, q * 2, (226, 230, 250), 0.35)
    crescent = Image.new("L", image.size, 0)
    cut = ImageDraw.Draw(crescent)
    cut.ellipse([x - q, y - q, x + q, y + q], fill=255)
    cut.ellipse([x - q * 0.3, y - q * 1.08, x + q * 1.5, y + q * 0.8], fill=0)
    image.paste((250, 246, 224), (0, 0), crescent)


def _stars(pen: Pen, side: int, horizon: float, rng: random.Random) -> None:
    for _ in range(rng.randint(20, 30)):
        x, y, q = (
            rng.uniform(0, side),
            rng.uniform(0, horizon * 0.9),
            rng.uniform(0.005, 0.011) * side,
        )
        disc(pen, x, y, q, q, rng.choice(((255, 252, 230), (255, 244, 200), (224, 232, 255))))


def _waves(pen: Pen, side: int, horizon: float, earth: RGB, rng: random.Random) -> None:
    for _ in range(rng.randint(12, 18)):
        depth = rng.random()
        y, x = horizon + (0.02 + depth * 0.98) * (side - horizon), rng.uniform(0, side)
        w = (0.03 + 0.1 * depth) * side
        pen.line(
            [x - w, y, x + w, y],
            fill=lighter(earth, 0.38),
            width=max(1, round(side * (0.004 + 0.007 * depth))),
        )


def _cobbles(pen: Pen, side: int, horizon: float, earth: RGB, rng: random.Random) -> None:
    y, row = horizon + side * 0.015, 0
    while y < side:
        depth = (y - horizon) / (side - horizon)
        h, w = side * (0.02 + 0.055 * depth), side * (0.05 + 0.1 * depth)
        x = -w * rng.uniform(0.1, 0.9)
        while x < side:
            pen.rounded_rectangle(
                [x + w * 0.05, y + h * 0.07, x + w * 0.95, y + h * 0.93],
                radius=h * 0.4,
                fill=jitter(lighter(earth, 0.16), rng, 8),
            )
            x += w
        y, row = y + h, row + 1


def _tufts(
    pen: Pen, side: int, horizon: float, ground: str, earth: RGB, rng: random.Random
) -> None:
    swell = rng.uniform(-0.1, 0.1) * side
    pen.ellipse(
        [-side * 0.5 + swell, horizon + side * 0.06, side * 0.75 + swell, side * 1.7],
        fill=darker(earth, 0.95),
    )
    pen.ellipse(
        [side * 0.3 - swell, horizon + side * 0.16, side * 1.6 - swell, side * 1.7],
        fill=darker(earth, 0.88),
    )
    for _ in range(30):
        depth = rng.random()
        x, y, q = (
            rng.uniform(0, side),
            horizon + (0.05 + 0.9 * depth) * (side - horizon),
            side * (0.006 + 0.012 * depth),
        )
        if ground == "grass":
            for lean in (-0.8, 0.1, 0.9):
                pen.line(
                    [x, y, x + lean * q, y - 2 * q],
                    fill=darker(earth, 0.78),
                    width=max(1, int(q / 3)),
                )
        elif ground == "sand":
            pen.arc(
                [x - 4 * q, y - q, x + 4 * q, y + q],
                200,
                340,
                fill=darker(earth, 0.86),
                width=max(1, int(q / 2)),
            )
        else:
            disc(pen, x, y, q / 2, q / 2, lighter(earth, 0.7))


def _ground(
    image: Image.Image, pen: Pen, side: int, horizon: float, scene: Scene, rng: random.Random
) -> RGB:
    earth = darker(jitter(EARTH[scene.ground], rng, 9), DIM[scene.time])
    tint = TINT[scene.time]
    earth = (earth[0] * tint[0] // 255, earth[1] * tint[1] // 255, earth[2] * tint[2] // 255)
    top = int(horizon)
    far = lighter(earth, 0.16) if scene.ground != "water" else darker(earth, 0.9)
    near = darker(earth, 0.7) if scene.ground == "stone" else darker(earth, 0.84)
    image.paste(
        _gradient((side, side - top), (far, earth, near), flat=scene.style == FLAT), (0, top)
    )
    if scene.ground == "water":
        _waves(pen, side, horizon, earth, rng)
    elif scene.ground == "stone":
        _cobbles(pen, side, horizon, earth, rng)
    else:
        _tufts(pen, side, horizon, scene.ground, earth, rng)
    return earth


# --- subjects -------------------------------------------------------------------------------------


@lru_cache
def _pattern(material: str, side: int) -> Image.Image:
    """(side, side) L mask of planks, stripes, spots or metal bands,
    white where the overlay colour goes."""
    mask = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(mask)
    step = side // 11
    if material == "wooden":
        for y in range(0, side, step):
            pen.line([0, y, side, y], fill=255, width=max(2, side // 110))
            for x in range((y // step % 2) * step * 2, side, step * 4):
                pen.line([x, y, x, y + step], fill=200, width=max(2, side // 130))
    elif material == "striped":
        for x in range(0, side, step):
            pen.rectangle([x, 0, x + step * 0.48, side], fill=255)
    elif material == "spotted":
        for row, y in enumerate(range(0, side, step)):
            for x in range((row % 2) * step // 2, side, step):
                disc(pen, x, y, step * 0.24, step * 0.24, 255)  # type: ignore[arg-type]
    elif material == "metal":
        strip = Image.new("L", (1, 9))
        strip.putdata([10, 90, 240, 120, 0, 30, 200, 60, 0])
        mask = strip.resize((side, side), Image.Resampling.BICUBIC)
    return mask


def _material(
    layer: Image.Image, alpha: Image.Image, thing: Thing, box: tuple[int, int, int]
) -> Image.Image:
    """The painted layer made of something: planks, stripes, spots,
    polished metal (glass only thins the alpha)."""
    x, y, side = box
    patch = Image.new("L", layer.size, 0)
    patch.paste(_pattern(thing.material, side), (x - side // 2, y - side // 2))
    mask = ImageChops.multiply(patch, alpha)
    colour = COLOURS[thing.colour]
    light = lighter(colour, 0.72) if sum(colour) < 600 else darker(colour, 0.72)
    tone, strength = {
        "wooden": (darker(colour, 0.45) if sum(colour) > 150 else lighter(colour, 0.3), 0.6),
        "striped": (light, 0.85),
        "spotted": (light, 0.9),
        "metal": (lighter(colour, 0.8), 0.75),
    }[thing.material]
    layer.paste(tone, (0, 0), mask.point(lambda v: int(v * strength)))
    return layer


def _rounded(layer: Image.Image, alpha: Image.Image) -> Image.Image:
    """Light from the upper left, dusk along the lower right edge: the silhouette looks round."""
    small = alpha.resize((alpha.width // 4, alpha.height // 4), Image.Resampling.BILINEAR)
    reach = max(2, small.width // 26)
    soft = small.filter(ImageFilter.GaussianBlur(reach))
    moved = ImageChops.offset(soft, -reach, -reach)
    light = moved.point(lambda v: 150 + int(v * 0.41)).resize(alpha.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(layer, Image.merge("RGB", (light, light, light)))


def _paint(
    image: Image.Image,
    thing: Thing,
    scene: Scene,
    at: tuple[float, float, float],
    rng: random.Random,
) -> None:
    """One subject of size at[2] around at[0], at[1], mirrored half the time."""
    x, y, size = at
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    PAINTERS[thing.subject](
        ImageDraw.Draw(layer),
        x,
        y,
        size,
        jitter(COLOURS[thing.colour], rng, 10),
        scene.time == "night",
        rng,
    )
    mask, lit = layer.getchannel("A"), layer.convert("RGB")
    if thing.material and thing.material != "glass":
        lit = _material(lit, mask, thing, (int(x), int(y), int(size * 1.25)))
    if scene.style != FLAT:
        lit = _rounded(lit, mask)
    tint = TINT[scene.time]
    lit = ImageChops.multiply(
        lit,
        Image.new(
            "RGB", lit.size, ((255 + tint[0]) // 2, (255 + tint[1]) // 2, (255 + tint[2]) // 2)
        ),
    )
    if thing.material == "glass":
        inner = (
            mask.resize((mask.width // 4, mask.height // 4))
            .filter(ImageFilter.MinFilter(3))
            .filter(ImageFilter.GaussianBlur(3))
            .resize(mask.size)
        )
        mask = ImageChops.subtract(mask, inner.point(lambda v: int(v * 0.45)))
        ImageDraw.Draw(lit).line(
            [x - size * 0.24, y + size * 0.1, x - size * 0.02, y - size * 0.26],
            fill=(255, 255, 255),
            width=max(2, int(size * 0.05)),
        )
    if rng.random() < 0.5:
        lit, mask = _mirrored(lit, x), _mirrored(mask, x)
    image.paste(lit, (0, 0), mask)


def _mirrored(layer: Image.Image, x: float) -> Image.Image:
    return ImageChops.offset(
        layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT), round(2 * x - layer.width), 0
    )


def _shadowed(
    image: Image.Image,
    thing: Thing,
    scene: Scene,
    at: tuple[float, float, float],
    foot: float,
    earth: RGB,
    rng: random.Random,
) -> None:
    """The subject with its soft shadow on the ground at height `foot`,
    and a glow behind it at night."""
    x, y, size = at
    floats = foot > y + size * 0.5
    if scene.style != FLAT:
        _spot(
            image,
            x + size * 0.06,
            foot,
            size * (0.3 if floats else 0.42),
            size * 0.07,
            darker(earth, 0.45),
            0.34 if floats else 0.62,
        )
    if scene.time == "night":
        _spot(image, x, y, size * 0.62, size * 0.6, (120, 130, 190), 0.3)
    _paint(image, thing, scene, at, rng)


Placed = tuple[Thing, tuple[float, float, float], float]


def _alone(scene: Scene, side: int, horizon: float, rng: random.Random) -> list[Placed]:
    thing = scene.things[0]
    grow = {"small": 0.5, "huge": 1.5}.get(thing.size, 1.0) * {"close-up": 1.65, "wide": 0.5}.get(
        scene.view, 1.0
    )
    floats = thing.subject in AIRBORNE
    found: list[Placed] = []
    for k in range(thing.count):
        wide = {1: 0.5, 2: 0.27 + 0.46 * k, 3: 0.19 + 0.31 * k}[thing.count]
        x = {"left": 0.27, "right": 0.73}.get(scene.side, wide) * side + rng.uniform(
            -0.03, 0.03
        ) * side
        size = side * rng.uniform(0.46, 0.56) * grow * {1: 1.0, 2: 0.82, 3: 0.6}[thing.count]
        y = (
            side * rng.uniform(0.32, 0.42)
            if floats
            else horizon + side * rng.uniform(0.12, 0.2) - size * 0.22
        )
        if grow > 1.2:
            y = side * rng.uniform(0.46, 0.52)
        foot = (
            min(side * 0.95, horizon + side * rng.uniform(0.16, 0.24))
            if floats
            else y + size * 0.42
        )
        found.append((thing, (x, y, size), foot))
    return found


def _together(scene: Scene, side: int, horizon: float, rng: random.Random) -> list[Placed]:
    a, b = scene.things
    nudge = [rng.uniform(-0.03, 0.03) * side for _ in range(4)]
    size = side * rng.uniform(0.38, 0.45)
    foot = horizon + side * rng.uniform(0.17, 0.25)
    if scene.relation == "above":
        upper = (a, (side * 0.5 + nudge[0] * 2, side * 0.23 + nudge[1] * 0.6, size * 0.92), foot)
        return [
            (
                b,
                (side * 0.5 + nudge[2] * 2, side * 0.71 + nudge[1] * 0.5, size),
                side * 0.71 + nudge[1] * 0.5 + size * 0.42,
            ),
            upper,
        ]
    if scene.relation == "on top of":
        base = side * 0.9 + nudge[1] * 0.6
        y = base - size * 0.42
        return [
            (b, (side * 0.5 + nudge[0], y, size), base),
            (a, (side * 0.5 + nudge[0], y - size * 0.8, size * 0.84), side * 2.0),
        ]
    if scene.relation == "behind":
        x, flip = side * 0.5 + nudge[0], rng.choice((-1, 1))
        back, front = size * 1.35, size * 0.85
        return [
            (
                a,
                (x - flip * side * 0.11, foot - side * 0.06 - back * 0.42, back),
                foot - side * 0.06,
            ),
            (
                b,
                (x + flip * side * 0.15, foot + side * 0.1 - front * 0.42, front),
                foot + side * 0.1,
            ),
        ]
    found: list[Placed] = []
    for thing, x, drift in ((a, 0.27, nudge[0]), (b, 0.73, nudge[2])):
        floats = thing.subject in AIRBORNE
        grown = size * rng.uniform(0.92, 1.05)
        y = side * rng.uniform(0.32, 0.43) if floats else foot - grown * 0.42 + nudge[3]
        found.append(
            (
                thing,
                (x * side + drift, y, grown),
                foot + side * 0.03 if floats else y + grown * 0.42,
            )
        )
    return found


def draw(scene: Scene, rng: random.Random, size: int = SIZE) -> Image.Image:
    """Paint `scene` as an RGB picture of `size` x `size` pixels."""
    side = size * SCALE
    horizon = side * rng.uniform(0.54, 0.64)
    sky = tuple(jitter(c, rng, 8) for c in SKY[scene.time])
    image = _gradient((side, side), (*sky, sky[-1], sky[-1]), flat=scene.style == FLAT)
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
    if scene.view == "close-up" and scene.style != FLAT:
        image = (
            image.resize((side // 4, side // 4), Image.Resampling.BOX)
            .filter(ImageFilter.GaussianBlur(2))
            .resize((side, side), Image.Resampling.BICUBIC)
        )
    placed = (
        _alone(scene, side, horizon, rng)
        if len(scene.things) == 1
        else _together(scene, side, horizon, rng)
    )
    for thing, at, foot in placed:
        _shadowed(image, thing, scene, at, foot, earth, rng)
    image = styles.weathered(image, scene.weather, DIM[scene.time], horizon, rng)
    image = image.resize((size, size), Image.Resampling.LANCZOS)
    return styles.rendered(styles.graded(image, scene.light), scene.style, rng)
