"""Masks that are widened, and how much a picture changes where it is laid beside itself."""

from __future__ import annotations

import numpy as np

_FLATTEST = 1e-3  # levels of 255: no line is taken to be flatter


def grown(inside: np.ndarray, pixels: int) -> np.ndarray:
    """A mask (h, w) of truths widened by so many pixels. Steps to four and to eight neighbours take
    turns, so that circles grow to octagons and not to squares."""
    for step in range(pixels):
        inside = _wider(inside, corners=step % 2 == 1)
    return inside


def _wider(inside: np.ndarray, *, corners: bool) -> np.ndarray:
    framed = np.pad(inside, 1, mode="edge")
    above = framed[:-2, 1:-1] | framed[2:, 1:-1]
    wide = inside | above | framed[1:-1, :-2] | framed[1:-1, 2:]
    if corners:
        wide |= framed[:-2, :-2] | framed[:-2, 2:] | framed[2:, :-2] | framed[2:, 2:]
    return wide


def joint_ratio(picture: np.ndarray, axis: int) -> float:
    """Of a sheet of two pictures laid side by side along the axis (0: one above the other), the
    gradient at their joint by the mean of those inside the picture."""
    sheet = np.concatenate([picture, picture], axis=axis).astype(np.float64)
    lines = np.abs(np.diff(sheet, axis=axis)).mean(axis=(1 - axis, 2))
    side = picture.shape[axis]
    return float(lines[side - 1] / max(float(lines[: side - 1].mean()), _FLATTEST))
