"""Weather, light and the hands that paint: what happens to a whole drawn picture
(RGB, Pillow and numpy)."""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Array = np.ndarray
# pixels a side of what pixel art is made of: as many as one latent stands for, so that the edges of
# blocks lie where those of latents do
BLOCK = 8


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


def _outlines(image: Image.Image) -> Array:
    """(side, side) how dark graphite lies where one area ends: 0 to 1, three pixels wide."""
    soft = image.filter(ImageFilter.GaussianBlur(0.7))
    found = np.max([np.asarray(band.filter(ImageFilter.FIND_EDGES)) for band in soft.split()], 0)
    # what the filter finds at the rim of the sheet is no outline
    for rim in (found[:2], found[-2:], found[:, :2], found[:, -2:]):
        rim[:] = 0
    strong = np.clip((found.astype(np.float32) / 255) * 3.0 - 0.3, 0, 1)
    wide = Image.fromarray((strong * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    return np.asarray(wide.filter(ImageFilter.GaussianBlur(0.5)), np.float32) / 255


def _pencil(image: Image.Image, clear: Image.Image) -> Image.Image:
    """Coloured pencil on paper: light tones, and graphite outlines of what the `clear` picture
    shows. Hatching would be lost: strokes that lie nearer than two latents the autoencoder smooths
    away, and those further apart look like stripes."""
    x = np.asarray(image, np.float32) / 255
    paper = np.array([0.985, 0.97, 0.935], np.float32)
    tone = paper * (1 - 0.62 * (1 - x))
    lines = (_outlines(clear) * 0.85)[..., None]
    return _image(tone * (1 - lines) + np.array([0.2, 0.2, 0.23], np.float32) * lines)


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
    """Blocks of BLOCK pixels in 32 colours."""
    small = image.resize((image.width // BLOCK, image.height // BLOCK), Image.Resampling.BOX)
    return (
        small.quantize(32, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        .convert("RGB")
        .resize(image.size, Image.Resampling.NEAREST)
    )


def _image(x: Array) -> Image.Image:
    return Image.fromarray((np.clip(x, 0, 1) * 255).astype(np.uint8))


def rendered(image: Image.Image, clear: Image.Image, style: str, rng: random.Random) -> Image.Image:
    """The picture as this style's hand would make it; "storybook" and "flat illustration"
    are drawn that way already. `clear` is the picture without rain or snowfall."""
    if style == "pencil sketch":
        return _pencil(image, clear)
    if style == "watercolour":
        return _watercolour(image, rng)
    return _pixels(image) if style == "pixel art" else image
