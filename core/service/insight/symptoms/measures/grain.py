"""How rough a picture is where it is quiet, and how sharp where it is sharpest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.service.insight.symptoms.measures.tone import luma
from core.service.sweeps.picture_measures import Rows, root_mean_square

BLOCK = 16  # pixels a side: two latents
MOST_BLOCKS = 48  # a side of the picture, that are looked at
MOST_LINES = 384  # rows, and columns, along which edges are looked at
_QUIET, _HALF = 10, 50  # percent of all blocks
_SHARP = (99.8, 99.95)  # percentiles of all steps
_LEAST = 0.5  # levels, that a step is taken for at least
_MARGIN = 0.12  # of each side: painted frames are sharper than what is in them
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Grain:
    """In levels of 255, of the quietest tenth of blocks of 16 pixels at most: the deviation of
    luma, and of both colour differences together, from a slope. Noise that was left lies
    everywhere; grass and gravel differ in brightness, hardly in colour. `middle` is that of luma of
    a block in the middle of all."""

    luma: float
    colour: float
    middle: float


@dataclass(frozen=True, slots=True)
class Sharpness:
    """`lumps` is how many times steps over eight pixels are greater than those over two, by their
    mean squares: near 1 for single pixels, 4 for a slope. `width` is the mean of that and of the
    same of the greatest steps: 1 for an edge, 4 where it takes eight pixels and more. Both are of a
    picture's inner part, `along` is the width of the whole in the direction where it is greater: a
    horizon is sharp in pictures of which nothing else is."""

    width: float
    lumps: float
    along: float

    @property
    def softness(self) -> float:
        """The mean of both widths."""
        return (self.width + self.along) / 2


def grain(rows: Rows) -> Grain:
    """Of a picture (h, w, 3) of at least one block."""
    blocks = _blocks(rows)
    brightness = luma(blocks)
    red, blue = blocks[..., 0] - brightness, blocks[..., 2] - brightness
    colour = np.sqrt(_rough(red) ** 2 + _rough(blue) ** 2)
    quiet, middle = np.percentile(_rough(brightness), (_QUIET, _HALF))
    return Grain(
        luma=float(quiet),
        colour=float(np.percentile(colour, _QUIET)),
        middle=float(middle),
    )


def _blocks(rows: Rows) -> Rows:
    """(n, 16, 16, 3), evenly taken from all over the picture."""
    down, across = rows.shape[0] // BLOCK, rows.shape[1] // BLOCK
    cut = rows[: down * BLOCK, : across * BLOCK].reshape(down, BLOCK, across, BLOCK, 3)
    every = -(-down // MOST_BLOCKS), -(-across // MOST_BLOCKS)
    few = cut[:: every[0], :, :: every[1]].swapaxes(1, 2)
    return few.reshape(-1, BLOCK, BLOCK, 3)


def _rough(blocks: Floats) -> Floats:
    """(n, 16, 16) to (n,): each block's deviation from a plane through it."""
    along = np.linspace(-1, 1, BLOCK, dtype=np.float32)
    power = float((along**2).mean())
    mean = blocks.mean((1, 2), keepdims=True)
    across = (blocks * along).mean((1, 2), keepdims=True) / power
    down = (blocks * along[:, None]).mean((1, 2), keepdims=True) / power
    return (blocks - mean - across * along - down * along[:, None]).std((1, 2))


def sharpness(rows: Rows) -> Sharpness:
    """Of a picture (h, w, 3)."""
    height, width = rows.shape[:2]
    top, left = int(height * _MARGIN), int(width * _MARGIN)
    inner = rows[top : height - top, left : width - left]
    both, lumps = _width(*_directions(inner))
    return Sharpness(
        width=both, lumps=lumps, along=max(_width(one)[0] for one in _directions(rows))
    )


def _directions(rows: Rows) -> tuple[Floats, Floats]:
    """Luma of some rows, and of some columns, each (n, along)."""
    down, across = (max(1, side // MOST_LINES) for side in rows.shape[:2])
    return luma(rows[::down]), luma(rows[:, ::across]).T


def _width(*parts: Floats) -> tuple[float, float]:
    """Width and lumps of lines of luma."""
    fine, coarse = (_steps(parts, by) for by in (2, 8))
    lumps = root_mean_square(coarse) / max(root_mean_square(fine), _LEAST)
    greatest = np.percentile(coarse, _SHARP) / np.maximum(np.percentile(fine, _SHARP), _LEAST)
    return float(np.prod((lumps, *greatest))) ** (1 / 3), lumps


def _steps(parts: tuple[Floats, ...], by: int) -> Floats:
    """Over so many pixels along all, as one row."""
    return np.concatenate([np.abs(part[:, by:] - part[:, :-by]).ravel() for part in parts])
