"""The few strokes every painter of the starter's world shares."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from PIL import ImageDraw

RGB = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
Painter = Callable[[Pen, float, float, float, RGB, bool, random.Random], None]
INK: RGB = (30, 28, 34)


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


def disc(pen: Pen, x: float, y: float, rx: float, ry: float, fill: RGB) -> None:
    """An ellipse around (x, y)."""
    pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)


def line(pen: Pen, points: Sequence[tuple[float, float]], fill: RGB, width: float) -> None:
    """A stroke with round joints and ends."""
    thick = max(2, int(width))
    pen.line(list(points), fill=fill, width=thick, joint="curve")
    for x, y in (points[0], points[-1]):
        disc(pen, x, y, thick / 2, thick / 2, fill)
