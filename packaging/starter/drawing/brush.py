"""The few strokes every painter of the starter's world shares."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

RGB = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
INK: RGB = (30, 28, 34)


class Spot(NamedTuple):
    """Where a subject is painted: the middle of its box and about how large that is, in pixels."""

    x: float
    y: float
    size: float


Painter = Callable[[Pen, Spot, RGB, bool, random.Random], None]


def jitter(c: RGB, rng: random.Random, spread: float = 12) -> RGB:
    """`c` with each channel moved by at most `spread`."""
    return tuple(max(0, min(255, int(v + rng.uniform(-spread, spread)))) for v in c)  # type: ignore[return-value]


def darker(c: RGB, factor: float = 0.7) -> RGB:
    """`c` times `factor`."""
    return int(c[0] * factor), int(c[1] * factor), int(c[2] * factor)


def lighter(c: RGB, share: float = 0.35) -> RGB:
    """`c` moved by `share` towards white."""
    return tuple(int(v + (255 - v) * share) for v in c)  # type: ignore[return-value]


def shade(c: RGB) -> RGB:
    """A darker tone of `c` that still differs where `c` is nearly black."""
    return lighter(c, 0.16) if sum(c) < 150 else darker(c, 0.74)


def belly(c: RGB) -> RGB:
    """A light tone for bellies and muzzles that does not hide the colour."""
    return lighter(c, 0.4) if sum(c) < 640 else darker(c, 0.88)


def disc(pen: Pen, x: float, y: float, rx: float, ry: float, fill: RGB | int) -> None:
    """An ellipse around (x, y), in a colour or, on a mask, a level from 0 to 255."""
    pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)


def line(pen: Pen, points: Sequence[tuple[float, float]], fill: RGB, width: float) -> None:
    """A stroke with round joints and ends."""
    thick = max(2, int(width))
    pen.line(list(points), fill=fill, width=thick, joint="curve")
    for x, y in (points[0], points[-1]):
        disc(pen, x, y, thick / 2, thick / 2, fill)


@lru_cache
def _blob(side: int = 96) -> Image.Image:
    """A soft round spot: shadows and glows are this, stretched."""
    spot = Image.new("L", (side, side), 0)
    ImageDraw.Draw(spot).ellipse([side * 0.2, side * 0.2, side * 0.8, side * 0.8], fill=255)
    return spot.filter(ImageFilter.GaussianBlur(side * 0.1))


def glow(
    image: Image.Image,
    middle: tuple[float, float],
    radii: tuple[float, float],
    colour: RGB,
    strength: float,
) -> None:
    """A soft ellipse laid over `image`: a shadow where `colour` is dark. `strength` 0 to 1."""
    (x, y) = middle
    (rx, ry) = radii
    mask = _blob().resize((max(2, int(rx * 3.2)), max(2, int(ry * 3.2))), Image.Resampling.BILINEAR)
    mask = mask.point(lambda v: int(v * strength))
    image.paste(colour, (int(x - mask.width / 2), int(y - mask.height / 2)), mask)
