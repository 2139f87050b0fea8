"""Sky and ground of the starter's world: the colours of a time of day, what stands in the sky, and
what covers the earth."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from starter.drawing.brush import RGB, Pen, darker, disc, glow, jitter, lighter
from starter.drawing.scenes import Scene

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


def _gradient(size: tuple[int, int], colours: tuple[RGB, ...], *, flat: bool) -> Image.Image:
    """From the first colour above to the last below; `flat` leaves them plain bands."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    return strip.resize(size, Image.Resampling.NEAREST if flat else Image.Resampling.BICUBIC)


def _mountains(pen: Pen, side: int, horizon: float, time: str, rng: random.Random) -> None:
    base = darker(jitter((126, 122, 158), rng), DIM[time])
    peaks = sorted((rng.uniform(0.2, 0.4) for _ in range(rng.randint(2, 4))), reverse=True)
    for i, height in enumerate(peaks):
        x = rng.uniform(0.05, 0.95) * side
        h = height * side
        w = rng.uniform(0.25, 0.4) * side
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
        x = rng.uniform(0.08, 0.92) * side
        y = rng.uniform(0.08, 0.34) * side
        q = rng.uniform(0.05, 0.085) * side
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


def _sun_or_moon(image: Image.Image, pen: Pen, side: int, scene: Scene, rng: random.Random) -> None:
    x = rng.choice((0.16, 0.84)) * side + rng.uniform(-0.05, 0.05) * side
    y = rng.uniform(0.12, 0.24) * side
    q = rng.uniform(0.075, 0.105) * side
    if scene.extra == "sun":
        glow(image, (x, y), (q * 2.2, q * 2.2), (255, 240, 170), 0.6)
        disc(pen, x, y, q, q, (255, 232, 110) if scene.time != "sunset" else (255, 214, 120))
        return
    glow(image, (x, y), (q * 2, q * 2), (226, 230, 250), 0.35)
    crescent = Image.new("L", image.size, 0)
    cut = ImageDraw.Draw(crescent)
    cut.ellipse([x - q, y - q, x + q, y + q], fill=255)
    cut.ellipse([x - q * 0.3, y - q * 1.08, x + q * 1.5, y + q * 0.8], fill=0)
    image.paste((250, 246, 224), (0, 0), crescent)


def _stars(pen: Pen, side: int, horizon: float, rng: random.Random) -> None:
    for _ in range(rng.randint(20, 30)):
        x = rng.uniform(0, side)
        y = rng.uniform(0, horizon * 0.9)
        q = rng.uniform(0.005, 0.011) * side
        disc(pen, x, y, q, q, rng.choice(((255, 252, 230), (255, 244, 200), (224, 232, 255))))


def _waves(pen: Pen, side: int, horizon: float, earth: RGB, rng: random.Random) -> None:
    for _ in range(rng.randint(12, 18)):
        depth = rng.random()
        y = horizon + (0.02 + depth * 0.98) * (side - horizon)
        x = rng.uniform(0, side)
        w = (0.03 + 0.1 * depth) * side
        pen.line(
            [x - w, y, x + w, y],
            fill=lighter(earth, 0.38),
            width=max(1, round(side * (0.004 + 0.007 * depth))),
        )


def _cobbles(pen: Pen, side: int, horizon: float, earth: RGB, rng: random.Random) -> None:
    y = horizon + side * 0.015
    row = 0
    while y < side:
        depth = (y - horizon) / (side - horizon)
        h = side * (0.02 + 0.055 * depth)
        w = side * (0.05 + 0.1 * depth)
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
        x = rng.uniform(0, side)
        y = horizon + (0.05 + 0.9 * depth) * (side - horizon)
        q = side * (0.006 + 0.012 * depth)
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


def ground(image: Image.Image, horizon: float, scene: Scene, rng: random.Random) -> RGB:
    """Paint everything below the horizon; gives the colour of the earth there."""
    side = image.width
    pen = ImageDraw.Draw(image)
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


def sky(side: int, horizon: float, scene: Scene, rng: random.Random) -> Image.Image:
    """A picture of `side` x `side` pixels with the sky of the scene down to `horizon`."""
    colours = tuple(jitter(c, rng, 8) for c in SKY[scene.time])
    image = _gradient((side, side), (*colours, colours[-1], colours[-1]), flat=scene.style == FLAT)
    pen = ImageDraw.Draw(image)
    match scene.extra:
        case "moon" | "sun":
            _sun_or_moon(image, pen, side, scene, rng)
        case "stars":
            _stars(pen, side, horizon, rng)
        case "clouds":
            _clouds(pen, side, scene.time, rng)
        case "mountains":
            _mountains(pen, side, horizon, scene.time, rng)
        case _:
            pass
    return image
