"""Large pictures to latents and back, one tile after another: of the picture itself only 8 bits a
channel are ever whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.masks import PixelRows
from core.engine.diffusion.picture_making.refining.tiled_denoise import Tiling
from core.engine.diffusion.picture_making.refining.tiles import Axis, TileGrid, axis_of, continued

FACTOR = 8  # pixels a side that a latent stands for
Encode = Callable[[PixelRows], torch.Tensor]  # (8h, 8w, 3) to (1, c, h, w)
Decode = Callable[[torch.Tensor], torch.Tensor]  # (1, c, h, w) to (1, 3, 8h, 8w) in [-1, 1]


def encoded(pixels: PixelRows, tiling: Tiling, encode: Encode) -> torch.Tensor:
    """The latents (1, c, h, w) of pixels (8h, 8w, 3), by what `encode` makes of a tile."""
    grid = tiling.grid()
    total: torch.Tensor | None = None
    for place in grid.places:
        latents = encode(_cut(pixels, grid, place))
        if total is None:
            total = latents.new_zeros(1, latents.shape[1], *tiling.size)
        grid.add(total, latents * grid.weights().to(latents), place)
    assert total is not None
    return total / grid.shares().to(total)


def _cut(pixels: PixelRows, grid: TileGrid, place: tuple[int, int]) -> PixelRows:
    rows, columns = (
        np.arange(start * FACTOR, (start + axis.side) * FACTOR) % (axis.length * FACTOR)
        for start, axis in zip(place, (grid.rows, grid.columns), strict=True)
    )
    return pixels[np.ix_(rows, columns)]


def decoded(latents: torch.Tensor, tiling: Tiling, decode: Decode) -> PixelRows:
    """The pixels (8h, 8w, 3) of latents (1, c, h, w), by what `decode` makes of a tile."""
    behind = "".join(letter for letter in tiling.joined if letter not in tiling.whole)
    for letter in behind:
        latents = continued(latents, tiling.overlap, letter)
    grid = TileGrid(
        *(
            axis_of(length, side, overlap=tiling.overlap, multiple=tiling.multiple)
            for length, side in zip(latents.shape[2:], tiling.side, strict=True)
        )
    )
    height, width = (length * FACTOR for length in latents.shape[2:])
    pixels = np.empty((height, width, 3), np.uint8)
    for top, band in _bands(latents, grid, decode):
        rounded = ((band.clamp(-1, 1) + 1) * 127.5).round().byte()
        pixels[top : top + rounded.shape[1]] = rounded.permute(1, 2, 0).numpy()
    for letter in behind:
        pixels = _joined_again(pixels, tiling.overlap * FACTOR, 0 if letter == "y" else 1)
    return pixels


def tiles_to_decode(tiling: Tiling) -> int:
    """How many tiles `decoded` makes."""
    count = 1
    for letter, length, side in zip("yx", tiling.size, tiling.side, strict=True):
        more = tiling.overlap if letter in tiling.joined and letter not in tiling.whole else 0
        axis = axis_of(length + more, side, overlap=tiling.overlap, multiple=tiling.multiple)
        count *= len(axis.starts)
    return count


def _bands(
    latents: torch.Tensor, grid: TileGrid, decode: Decode
) -> Iterator[tuple[int, torch.Tensor]]:
    """(top, (3, lines, 8w)) in pixels, one below the other: each as soon as no tile still to come
    reaches it."""
    rows = grid.rows
    weights = _by_pixel(rows)
    waiting: torch.Tensor | None = None  # lines that the next row of tiles reaches, with its weight
    of_waiting = torch.zeros(0)
    for number, top in enumerate(rows.starts):
        strip = _strip(latents, grid, top, decode) * weights[:, None]
        shares = weights.clone()
        if waiting is not None:
            strip[:, : waiting.shape[1]] += waiting
            shares[: waiting.shape[1]] += of_waiting
        is_last = number + 1 == len(rows.starts)
        done = strip.shape[1] if is_last else (rows.starts[number + 1] - top) * FACTOR
        yield top * FACTOR, strip[:, :done] / shares[:done, None]
        waiting = strip[:, done:]
        of_waiting = shares[done:]


def _strip(latents: torch.Tensor, grid: TileGrid, top: int, decode: Decode) -> torch.Tensor:
    """One row of tiles, (3, 8 * side, 8w)."""
    columns = grid.columns
    weights = _by_pixel(columns)
    strip = torch.zeros(3, grid.rows.side * FACTOR, columns.length * FACTOR)
    shares = torch.zeros(strip.shape[2])
    for left in columns.starts:
        there = slice(left * FACTOR, (left + columns.side) * FACTOR)
        values = decode(grid.cut(latents, (top, left)))[0].float().cpu()
        strip[:, :, there] += values * weights
        shares[there] += weights
    return strip / shares


def _by_pixel(axis: Axis) -> torch.Tensor:
    """The weights of a tile's lines, (8 * side,)."""
    return Axis(
        length=axis.length * FACTOR,
        side=axis.side * FACTOR,
        starts=(0,),
        fade=axis.fade * FACTOR,
    ).weights()


def _joined_again(pixels: PixelRows, count: int, axis: int) -> PixelRows:
    """Pixels whose last `count` lines along an axis show what the first ones do: cut off, and faded
    into those."""
    lines = np.moveaxis(pixels, axis, 0)
    share = ((np.arange(count) + 0.5) / count).astype(np.float32)[:, None, None]
    tail: NDArray[np.float32] = lines[-count:].astype(np.float32)
    mixed = tail * (1 - share) + lines[:count] * share
    lines[:count] = np.rint(mixed).astype(np.uint8)
    return np.moveaxis(lines[:-count], 0, axis)
