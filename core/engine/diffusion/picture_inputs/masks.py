"""Masks: planes (h, w) of 8 bits, 255 where the picture is made anew, 0 where it stays. Grown,
blurred, brought to the size of latents; and colours for what is masked out of what lies around.

Whole numbers wherever a mask comes out, so that each machine has the same one.
"""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from core.engine.contract.box import Box

Plane = NDArray[np.uint8]  # (h, w)
PixelRows = NDArray[np.uint8]  # (h, w, 3), sRGB
HALF = 128  # a mask that knows no greys counts from here
_REACH = 2.5  # standard deviations, after which the web UI's mask blur ends as well
_RELAXATIONS = 8  # at each scale of a fill
_AT_ONCE = 64  # lines that are blurred at a time: they stay in the processor's cache


def whole_of(plane: NDArray[np.generic]) -> Box:
    """All of an array (h, w, ...)."""
    return Box.of((plane.shape[1], plane.shape[0]))


def hard(mask: Plane) -> Plane:
    """The mask without greys: 255 from the half on, 0 below."""
    return np.where(mask >= HALF, np.uint8(255), np.uint8(0))


def is_empty(mask: NDArray[np.generic]) -> bool:
    """Whether nothing of a mask, of any size and kind, is masked."""
    return not mask.any()


def bounds(mask: NDArray[np.generic]) -> Box | None:
    """The smallest box with all in it that is not 0; None where all is."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def grown(mask: Plane, by: int) -> Plane:
    """Each place has the largest value of the disc of this radius around it; below 0 the smallest.
    Greys stay greys. The picture's edge is no border: a mask that is narrowed keeps touching it."""
    if by < 0:
        return 255 - grown(255 - mask, -by)
    masked = bounds(mask)
    if by == 0 or masked is None:
        return mask
    box = masked.grown(by).within(whole_of(mask))
    result = np.zeros_like(mask)
    result[box.rows_and_columns] = _dilated(mask[box.rows_and_columns], by)
    return result


def _dilated(plane: Plane, radius: int) -> Plane:
    """A disc is a row of upright lines, each of another height: the largest along a line comes out
    of two halves of it, and those out of halves of them."""
    height, width = plane.shape
    lines = np.pad(plane, ((radius, radius), (0, 0)))
    span = 1  # lines[y] is the largest of `span` places from y on
    result = np.zeros_like(plane)
    for aside in range(radius, -1, -1):
        half = isqrt(radius * radius - aside * aside)
        length = 2 * half + 1
        while span * 2 <= length:
            lines = np.maximum(lines[:-span], lines[span:])
            span *= 2
        if aside >= width:
            continue
        first = radius - half
        last = first + length - span
        largest = np.maximum(lines[first : first + height], lines[last : last + height])
        to_right = result[:, aside:]
        np.maximum(to_right, largest[:, : width - aside], out=to_right)
        to_left = result[:, : width - aside]
        np.maximum(to_left, largest[:, aside:], out=to_left)
    return result


def blur_reach(sigma: float) -> int:
    """How many pixels beyond a mask its blur of this standard deviation ends; none lies further
    out."""
    return int(_REACH * sigma + 0.5)


def blurred(mask: Plane, sigma: float) -> Plane:
    """Blurred by a Gaussian of `sigma` pixels, which ends after `blur_reach`. Half of the feather
    lies outside of what was masked, as in the web UI. Beyond the picture's edge the mask goes on as
    it is there."""
    reach = blur_reach(sigma)
    masked = bounds(mask)
    if reach == 0 or masked is None:
        return mask
    box = masked.grown(reach).within(whole_of(mask))
    weights = _gaussian(sigma, reach)
    values = mask[box.rows_and_columns].astype(np.uint32)
    upright = _rounded(_weighted(values, weights, 0), 8)  # of 32 bits, 16 are kept between
    result = np.zeros_like(mask)
    result[box.rows_and_columns] = _rounded(_weighted(upright, weights, 1), 24)
    return result


def _gaussian(sigma: float, reach: int) -> list[np.uint32]:
    """Weights from the middle outwards, in parts of 2 ** 16, which is their sum over both sides."""
    shares = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    shares /= shares[0] + 2 * shares[1:].sum()
    weights = [int(weight) for weight in np.rint(shares * 2**16)]
    weights[0] = 2**16 - 2 * sum(weights[1:])
    return [np.uint32(weight) for weight in weights]


def _rounded(values: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    """Without so many of the lowest bits."""
    return ((values + 2 ** (bits - 1)) >> bits).astype(np.uint32)


def _weighted(
    values: NDArray[np.uint32], weights: list[np.uint32], axis: int
) -> NDArray[np.uint32]:
    reach = len(weights) - 1
    width = [(0, 0), (0, 0)]
    width[axis] = (reach, reach)
    padded = np.moveaxis(np.pad(values, width, mode="edge"), axis, 0)
    result = np.empty_like(values)
    lines = np.moveaxis(result, axis, 0)
    count = len(lines)
    for first in range(0, lines.shape[1], _AT_ONCE):
        beside = slice(first, first + _AT_ONCE)
        total = padded[reach : reach + count, beside] * weights[0]
        for aside in range(1, reach + 1):
            before = padded[reach - aside : reach - aside + count, beside]
            after = padded[reach + aside : reach + aside + count, beside]
            total += (before + after) * weights[aside]
        lines[:, beside] = total
    return result


def at_latent_size(mask: Plane, factor: int, *, soft: bool = False) -> NDArray[np.float32]:
    """(h / factor, w / factor) of a mask whose sides are multiples of `factor`: 1 where at least
    half of a latent's pixels are masked, else 0; or, `soft`, how much on the average."""
    height, width = mask.shape
    blocks = mask.reshape(height // factor, factor, width // factor, factor)
    pixels = factor * factor
    if soft:
        total = blocks.sum((1, 3), dtype=np.uint32)
        return total.astype(np.float32) / np.float32(255 * pixels)
    masked = (blocks >= HALF).sum((1, 3), dtype=np.uint32)
    return (masked * 2 >= pixels).astype(np.float32)


def soft_threshold(step: int, steps: int) -> float:
    """From which value of a soft mask (0 to 1) on a place is made anew at step 0 ... steps - 1 of
    those that are run; elsewhere it is held. So a place of 0.5 has the second half of the steps,
    one of 1 has all, and one of 0 none.

    Levin & Fried, "Differential Diffusion: Giving Each Pixel Its Strength", 2023, algorithm 1.
    """
    return 1 - step / steps


def filled(pixels: PixelRows, mask: Plane) -> PixelRows:
    """The picture with colours of what lies around in all that is masked at least by half: far
    inside those of large surroundings, at the border those beside it, without a seam. Where all
    is masked, the picture's mean."""
    unknown = mask >= HALF
    masked = bounds(unknown)
    if masked is None:
        return pixels
    box = masked.grown(_RELAXATIONS).within(whole_of(mask))
    place = box.rows_and_columns
    result = pixels.copy()
    part = result[place]
    open_places = unknown[place]
    for channel in range(3):
        plane = pixels[..., channel]
        if unknown.all():
            part[..., channel] = round(float(plane.mean(dtype=np.float64)))
            continue
        smooth = membrane(plane[place].astype(np.float32), ~open_places)
        part[..., channel][open_places] = np.rint(smooth[open_places]).astype(np.uint8)
    return result


def membrane(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w) with the unknown places drawn over the known ones like a membrane: each is about the
    mean of its neighbours, and none lies outside the range of what is known. At least one place
    must be known.

    A guess at half the size comes first (pull and push), then it is relaxed.
    """
    if known.all():
        return values
    guess = _doubled(membrane(*_halved(values, known)), values.shape)
    result = np.where(known, values, guess)
    for _ in range(_RELAXATIONS):
        around = np.pad(result, 1, mode="edge")
        mean = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
        result = np.where(known, values, mean * np.float32(0.25))
    return result


def _halved(
    values: NDArray[np.float32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Means of what is known in each four places; unknown where none of them is."""
    height, width = values.shape
    odd = ((0, height % 2), (0, width % 2))
    blocks = ((height + 1) // 2, 2, (width + 1) // 2, 2)
    counted = np.pad(known, odd).reshape(blocks).sum((1, 3), dtype=np.float32)
    total = np.pad(np.where(known, values, np.float32(0)), odd).reshape(blocks).sum((1, 3))
    return total / np.maximum(counted, 1), counted > 0


def _doubled(values: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Twice as large, places between others mixed of them, cut to `shape`."""
    for axis in (0, 1):
        lines = np.moveaxis(values, axis, 0)
        before = np.concatenate([lines[:1], lines[:-1]])
        after = np.concatenate([lines[1:], lines[-1:]])
        mixed = np.empty((2 * len(lines), lines.shape[1]), np.float32)
        mixed[0::2] = lines * np.float32(0.75) + before * np.float32(0.25)
        mixed[1::2] = lines * np.float32(0.75) + after * np.float32(0.25)
        values = np.moveaxis(mixed, 0, axis)
    return values[: shape[0], : shape[1]]
