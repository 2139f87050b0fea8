"""A drawn picture, and the same with faults as they come about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.values.picture import Pixels

SIDE = 256


def pixels_of(rows: np.ndarray) -> Pixels:
    """(h, w, 3) of any numbers."""
    rows = np.ascontiguousarray(rows.clip(0, 255), np.uint8)
    return Pixels(rows.shape[1], rows.shape[0], rows.tobytes())


def scene(side: int = SIDE) -> np.ndarray:
    """A house before a sunset, float (h, w, 3)."""
    down = np.linspace(0, 1, side)[:, None, None]
    sky = (1 - down) * np.array((90, 140, 220)) + down * np.array((240, 190, 150))
    image = Image.fromarray(np.broadcast_to(sky, (side, side, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    at = side / 256
    draw.rectangle((0, 170 * at, side, side), fill=(96, 130, 70))
    draw.rectangle((70 * at, 100 * at, 150 * at, 200 * at), fill=(150, 60, 50))
    draw.polygon(
        [(60 * at, 100 * at), (110 * at, 60 * at), (160 * at, 100 * at)], fill=(70, 40, 40)
    )
    draw.ellipse((185 * at, 30 * at, 225 * at, 70 * at), fill=(250, 235, 180))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), float)


def _noisy(rows: np.ndarray, strength: float) -> np.ndarray:
    """With blobs of some pixels in all colours, as noise in latents is decoded."""
    rng = np.random.default_rng(3)
    small = rng.normal(0, 1, (rows.shape[0] // 6 + 1, rows.shape[1] // 6 + 1, 3))
    levels = (small * 40 + 128).clip(0, 255).astype(np.uint8)
    blobs = np.asarray(
        Image.fromarray(levels).resize((rows.shape[1], rows.shape[0]), Image.Resampling.BICUBIC),
        float,
    )
    return rows + (blobs - 128) * strength


def _burnt(rows: np.ndarray) -> np.ndarray:
    grainy = _noisy(rows, 0.14)
    return (grainy - 128) * 3.2 + 128


def _seams(rows: np.ndarray) -> np.ndarray:
    tiled = rows.copy()
    rng = np.random.default_rng(5)
    for top in range(0, SIDE, 64):
        for left in range(0, SIDE, 64):
            tiled[top : top + 64, left : left + 64] += rng.normal(0, 9, 3)
    return tiled


def _hole(rows: np.ndarray) -> np.ndarray:
    holed = rows.copy()
    holed[64:128, 128:192] = 0
    return holed


def _blurred(rows: np.ndarray, by: float = 6) -> np.ndarray:
    image = Image.fromarray(rows.astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(by)), float)


def doubled(rows: np.ndarray) -> np.ndarray:
    """Four times, without a line between."""
    tiled = np.tile(rows, (2, 2, 1))
    soft = _blurred(tiled, 4)
    side = rows.shape[0]
    near = slice(side - 8, side + 8)
    tiled[near], tiled[:, near] = soft[near], soft[:, near]
    return tiled


FAULTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "black": np.zeros_like,
    "half_precision": _hole,
    "burnt": _burnt,
    "washed_out": lambda rows: (rows - 128) * 0.12 + 140,
    "noise_left": lambda rows: _noisy(rows, 0.5),
    "blur": _blurred,
    "tile_seams": _seams,
    "doubled": doubled,
}
