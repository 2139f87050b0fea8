"""Weather, light and the hands that paint: what happens to a whole drawn picture
(RGB, Pillow and numpy)."""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Array = np.ndarray


def weathered(
    image: Image.Image, weather: str, dim: float, horizon: float, rng: random.Random
) -> Image.Image:
    """Rain streaks, fog thickest at the horizon, or flakes, over a picture at drawing size."""
    if not weather:
        return image
    side = image.width
    grey = tuple(int(v * (0.35 + 0.65 * dim)) for v in (206, 212, 222))
    veil = {"rain": 0.26, "fog": 0.5, "snowfall": 0.16}[weather]
    if weather == "fog":
        strip = Image.new("L", (1, 5))
        strip.putdata([int(255 * v) for v in (0.45, 0.66, 0.8, 0.62, 0.36)])
        return Image.composite(
            Image.new("RGB", image.size, grey),
            image,
            strip.resize(image.size, Image.Resampling.BICUBIC),
        )
    image = Image.blend(
        image,
        Image.new(
            "RGB", image.size, tuple(int(v * (0.62 if weather == "rain" else 1)) for v in grey)
        ),
        veil,
    )
    pen = ImageDraw.Draw(image, "RGBA")
    if weather == "rain":
        lean = rng.uniform(0.12, 0.3) * rng.choice((-1, 1))
        for _ in range(90):
            x = rng.uniform(-0.1, 1.1) * side
            y = rng.uniform(-0.1, 1) * side
            q = rng.uniform(0.05, 0.1) * side
            pen.line(
                [x, y, x - lean * q, y + q], fill=(226, 234, 246, 190), width=max(1, side // 170)
            )
    else:
        for _ in range(110):
            x = rng.uniform(0, side)
            y = rng.uniform(0, side)
            q = rng.uniform(0.005, 0.014) * side
            pen.ellipse([x - q, y - q, x + q, y + q], fill=(255, 255, 255, 235))
    return image


def graded(image: Image.Image, light: str) -> Image.Image:
    """Warm (amber) or cold (blue) light over everything."""
    if not light:
        return image
    tint = (255, 224, 170) if light == "warm" else (186, 214, 255)
    return Image.blend(image, ImageChops.multiply(image, Image.new("RGB", image.size, tint)), 0.9)


@lru_cache
def _fields(side: int, coarse: int, seed: int) -> Array:
    """(6, side, side) smooth noise of about unit spread with features of side / coarse pixels."""
    noise = np.random.default_rng(seed).standard_normal((6, coarse, coarse)).astype(np.float32)
    padded = [Image.fromarray(np.pad(plane, ((0, 1), (0, 1)), "wrap")) for plane in noise]
    return np.stack(
        [np.asarray(plane.resize((side, side), Image.Resampling.BICUBIC)) for plane in padded]
    )


def _field(side: int, coarse: int, rng: random.Random) -> Array:
    plane = _fields(side, coarse, 7 + coarse)[rng.randrange(6)]
    return np.roll(plane, (rng.randrange(side), rng.randrange(side)), (0, 1))


@lru_cache
def _hatches(side: int) -> Array:
    """(3, side, side) pencil strokes in three directions, 0 (stroke) to 1 (paper)."""
    layers = []
    for k, slant in enumerate((1.0, -0.8, 0.35)):
        sheet = Image.new("L", (side * 2, side * 2), 255)
        pen = ImageDraw.Draw(sheet)
        rng = random.Random(k)
        for start in range(-side * 4, side * 4, 9):
            shift = start + rng.uniform(-3, 3)
            pen.line(
                [shift, 0, shift + side * 2 * slant, side * 2], fill=rng.randint(60, 140), width=3
            )
        layers.append(
            np.asarray(sheet.resize((side, side), Image.Resampling.LANCZOS), np.float32) / 255
        )
    return np.stack(layers)


def _pencil(image: Image.Image, rng: random.Random) -> Image.Image:
    """Coloured pencil on paper: light tones, hatching in the dark, graphite outlines."""
    side = image.width
    x = np.asarray(image, np.float32) / 255
    grey = x.mean(2)
    edges = (
        np.asarray(
            image.filter(ImageFilter.GaussianBlur(0.6)).convert("L").filter(ImageFilter.FIND_EDGES),
            np.float32,
        )
        / 255
    )
    # what the filter finds at the rim of the sheet is no outline
    for rim in (edges[:2], edges[-2:], edges[:, :2], edges[:, -2:]):
        rim[:] = 0
    paper = np.array([0.97, 0.955, 0.92], np.float32)
    tone = paper * (1 - 0.72 * (1 - x))
    hatch = np.roll(_hatches(side), rng.randrange(side), 2)
    depth = np.clip((0.9 - grey) * 1.1, 0, 1)
    tone = tone + (paper - tone) * ((hatch[0] - 0.66) * 0.3 * (0.3 + 0.7 * depth))[..., None]
    tone = tone * (1 - (np.clip(depth - 0.45, 0, 1) * (1 - hatch[1]) * 0.35))[..., None]
    strokes = np.clip(edges * 3.2 - 0.14, 0, 0.85)[..., None]
    return _image(tone * (1 - strokes) + np.array([0.22, 0.22, 0.25], np.float32) * strokes)


@lru_cache
def _margin(side: int) -> Array:
    """(side, side) distance to the nearest edge of the sheet, in pixels."""
    ramp = np.minimum(np.arange(side), np.arange(side)[::-1]).astype(np.float32)
    return np.minimum(ramp[:, None], ramp[None, :])


def _watercolour(image: Image.Image, rng: random.Random) -> Image.Image:
    """Wobbling edges that gather pigment, uneven washes, and an unpainted ragged margin."""
    side = image.width
    grid = np.arange(side)
    dx, dy = _field(side, 24, rng) * side / 230, _field(side, 24, rng) * side / 230
    rows = np.clip(grid[:, None] + dy, 0, side - 1).astype(np.int32)
    columns = np.clip(grid[None, :] + dx, 0, side - 1).astype(np.int32)
    moved = Image.fromarray(np.asarray(image)[rows, columns]).filter(ImageFilter.GaussianBlur(0.8))
    x = np.asarray(moved, np.float32) / 255
    soft = np.asarray(moved.filter(ImageFilter.BoxBlur(5)), np.float32) / 255
    x = 1 - (1 - x) * (0.86 + 0.09 * _field(side, 9, rng)[..., None])
    x = x + np.clip(x - soft, -0.25, 0.0) * 0.6 + 0.03
    painted = np.clip(
        (_margin(side) - side * 0.035 - _field(side, 16, rng) * side * 0.009) / 2.5, 0, 1
    )[..., None]
    paper = np.array([0.985, 0.975, 0.95], np.float32)
    return _image(np.clip(x, 0, 1) * painted + paper * (1 - painted))


def _pixels(image: Image.Image) -> Image.Image:
    """Blocks of four pixels in 28 colours."""
    small = image.resize((image.width // 4, image.height // 4), Image.Resampling.BOX)
    return (
        small.quantize(28, dither=Image.Dither.NONE)
        .convert("RGB")
        .resize(image.size, Image.Resampling.NEAREST)
    )


def _image(x: Array) -> Image.Image:
    return Image.fromarray((np.clip(x, 0, 1) * 255).astype(np.uint8))


def rendered(image: Image.Image, style: str, rng: random.Random) -> Image.Image:
    """The picture as this style's hand would make it; "storybook" and "flat illustration"
    are drawn that way already."""
    if style == "pencil sketch":
        return _pencil(image, rng)
    if style == "watercolour":
        return _watercolour(image, rng)
    return _pixels(image) if style == "pixel art" else image
