"""Pixels, masks and smooth fields at another size, by Pillow's filters, which blur as much as
shrinking asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Kernel = Image.Resampling
LANCZOS = Kernel.LANCZOS  # pixels
LINEAR = Kernel.BILINEAR  # masks: it never leaves the range of what is there


def resized(
    pixels: NDArray[np.uint8],
    size: tuple[int, int],
    kernel: Kernel,
    cut: tuple[float, float, float, float] | None = None,
) -> NDArray[np.uint8]:
    """(h, w) or (h, w, 3) at another (width, height), rounded to 8 bits; or the part `cut` of
    it: left, top, right, bottom."""
    if cut is None and size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, kernel, cut))


def resized_floats(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w) at another (width, height), mixed linearly."""
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize(size, LINEAR))


def with_edges(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w) or (h, w, 3) with its last row and column repeated, up to this (width, height)."""
    around = [(0, size[1] - pixels.shape[0]), (0, size[0] - pixels.shape[1]), (0, 0)]
    return np.pad(pixels, around[: pixels.ndim], mode="edge")
