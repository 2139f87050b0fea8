"""The decoder's shift of colours, undone: what was made is brought to the source's colours by the
difference that both show where nothing was made anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane, grown, membrane
from core.engine.diffusion.picture_inputs.resizing import resized_floats

CELL = 16  # pixels a side of a square whose mean difference counts as one
REACH = 32  # pixels around what is made anew in which colours are compared
FEWEST = 32  # pixels of a cell that must be comparable
MOST_SPREAD = 24.0  # standard deviation in a cell, of 255; with more it shows something else
LARGEST_SHIFT = 16.0  # of 255; what differs by more than twice of it is no shift of colours


def matched(made: PixelRows, source: PixelRows, alpha: Plane) -> PixelRows:
    """What was made (h, w, 3), each channel shifted by a smooth field, at most LARGEST_SHIFT: in
    the band of REACH pixels around `alpha` (h, w) the difference to the source, within it what is
    drawn over from there like a membrane. As it is where too little can be compared."""
    touched = np.where(alpha > 0, np.uint8(255), np.uint8(0))
    band = (alpha == 0) & (grown(touched, REACH) > 0)
    counted = _by_cell(band)
    shifts, is_alike = _mean_shifts(made, source, band, counted)
    known = (counted >= FEWEST) & is_alike
    if not known.any():
        return made
    result = np.empty_like(made)
    for channel in range(3):
        field = _smoothed(membrane(shifts[..., channel], known))
        field = np.clip(field, -LARGEST_SHIFT, LARGEST_SHIFT)
        shift = _by_pixel(field, alpha.shape)
        shifted = np.rint(made[..., channel] + shift)
        result[..., channel] = np.clip(shifted, 0, 255).astype(np.uint8)
    return result


def _mean_shifts(
    made: PixelRows, source: PixelRows, band: NDArray[np.bool_], counted: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Of each cell, the mean difference of the channels (rows, columns, 3), and whether both
    pictures show the same there."""
    divisor = np.maximum(counted, 1)
    means: list[NDArray[np.float32]] = []
    is_alike = np.ones(counted.shape, bool)
    for channel in range(3):
        apart = source[..., channel].astype(np.int32) - made[..., channel]
        apart[~band] = 0
        mean = _by_cell(apart) / divisor
        spread = np.maximum(_by_cell(apart * apart) / divisor - mean * mean, 0)
        is_alike &= (np.sqrt(spread) <= MOST_SPREAD) & (np.abs(mean) <= 2 * LARGEST_SHIFT)
        means.append(mean.astype(np.float32))
    return np.stack(means, axis=-1), is_alike


def _by_cell(values: NDArray[np.bool_] | NDArray[np.int32]) -> NDArray[np.float32]:
    """(h, w) summed in squares of CELL."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % CELL), (0, -width % CELL)))
    blocks = padded.reshape(padded.shape[0] // CELL, CELL, padded.shape[1] // CELL, CELL)
    return blocks.sum((1, 3), dtype=np.int64).astype(np.float32)


def _smoothed(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each cell by half its own value, by half that of its neighbours above, below and beside."""
    around = np.pad(field, 1, mode="edge")
    beside = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
    return (field * 0.5 + beside * 0.125).astype(np.float32)


def _by_pixel(field: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    rows, columns = field.shape
    large = resized_floats(field, (columns * CELL, rows * CELL))
    return large[: shape[0], : shape[1]]
