"""How much brighter or darker a picture becomes across a line, beside lines that run parallel to
it: a seam that nobody sees is no steeper than what lies around it."""

from __future__ import annotations

import numpy as np

APART = 4  # pixels between the line and those it is compared with
_FLATTEST = 1e-3  # levels of 255: no line is taken to be flatter


def grown(inside: np.ndarray, pixels: int) -> np.ndarray:
    """A mask (h, w) of truths widened by so many pixels, narrowed where they are negative. Steps to
    four and to eight neighbours take turns, so that circles grow to octagons and not to squares.
    What lies beyond the picture is as its rim is."""
    if pixels < 0:
        return ~grown(~inside, -pixels)
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


def across(picture: np.ndarray, inside: np.ndarray) -> float:
    """The mean difference between neighbouring pixels of (h, w, 3) uint8 of which one lies inside
    and one outside, in levels; nan where no two do."""
    values = picture.astype(np.float64)
    steps: list[np.ndarray] = []
    for axis in (0, 1):
        differences = np.abs(np.diff(values, axis=axis)).mean(2)
        steps.append(differences[np.diff(inside, axis=axis)])
    return float(np.concatenate(steps).mean())


def seam_ratio(picture: np.ndarray, inside: np.ndarray) -> float:
    """The gradient across the mask's border by the mean of those across the lines that run APART
    pixels to either side of it."""
    beside = [across(picture, grown(inside, pixels)) for pixels in (-APART, APART)]
    return across(picture, inside) / max(float(np.mean(beside)), _FLATTEST)


def joint_ratio(picture: np.ndarray, axis: int) -> float:
    """Of a sheet of two pictures laid side by side along the axis (0: one above the other), the
    gradient at their joint by the mean of those inside the picture."""
    sheet = np.concatenate([picture, picture], axis=axis).astype(np.float64)
    lines = np.abs(np.diff(sheet, axis=axis)).mean(axis=(1 - axis, 2))
    side = picture.shape[axis]
    return float(lines[side - 1] / max(float(lines[: side - 1].mean()), _FLATTEST))
