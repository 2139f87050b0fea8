"""Large pictures to latents and back, one tile after another: of the picture itself only 8 bits a
channel are ever whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.masks import PixelRows
from core.engine.diffusion.refining.gathering import Gathering, TileCount
from core.engine.diffusion.refining.tiled_denoise import Tiling
from core.engine.diffusion.refining.tiles import Axis, TileGrid, axis_of, continued

FACTOR = 8  # pixels a side that a latent stands for
Encode = Callable[[PixelRows], torch.Tensor]  # (8h, 8w, 3) to (1, c, h, w)
Decode = Callable[[torch.Tensor], torch.Tensor]  # (1, c, h, w) to (1, 3, 8h, 8w) in [-1, 1]


def encoded(
    pixels: PixelRows, tiling: Tiling, encode: Encode, gathering: Gathering
) -> torch.Tensor:
    """The latents (1, c, h, w) of pixels (8h, 8w, 3), by what `encode` makes of a tile."""
    grid = tiling.grid()
    return gathering.mean(grid, lambda place: encode(_cut(pixels, grid, place)), "encoded", pixels)


def _cut(pixels: PixelRows, grid: TileGrid, place: tuple[int, int]) -> PixelRows:
    rows, columns = (
        np.arange(start * FACTOR, (start + axis.side) * FACTOR) % (axis.length * FACTOR)
        for start, axis in zip(place, (grid.rows, grid.columns), strict=True)
    )
    return pixels[np.ix_(rows, columns)]


def decoded(
    latents: torch.Tensor, tiling: Tiling, decode: Decode, gathering: Gathering
) -> PixelRows:
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
    key = gathering.kept.key(latents, grid)
    tops = [top * FACTOR for top in grid.rows.starts]
    done = _kept_bands(pixels, tops, key, gathering)
    for number, band in _bands(latents, grid, decode, gathering.count, done):
        rounded = ((band.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        pixels[tops[number] : tops[number] + len(rounded)] = rounded
        gathering.kept.keep(f"band{number}", key, number, rounded)
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


def _kept_bands(pixels: PixelRows, tops: list[int], key: str, gathering: Gathering) -> int:
    """How many of the first bands were kept; they are in `pixels` then."""
    for number, top in enumerate(tops):
        found = gathering.kept.find(f"band{number}", key)
        if found is None:
            return number
        band = found[1].astype(np.uint8)
        pixels[top : top + len(band)] = band
    return len(tops)


def _bands(
    latents: torch.Tensor, grid: TileGrid, decode: Decode, count: TileCount, done: int
) -> Iterator[tuple[int, torch.Tensor]]:
    """(number, (3, lines, 8w)) of each row of tiles from number `done` on: the lines that no tile
    still to come reaches."""
    rows = grid.rows
    if done == len(rows.starts):
        count.already(len(grid))
        return
    # rows before it that reach into it are made once more
    first = next(n for n, top in enumerate(rows.starts) if top + rows.side > rows.starts[done])
    count.already(first * len(grid.columns.starts))
    weights = _by_pixel(rows)
    waiting: torch.Tensor | None = None  # lines that the next row of tiles reaches, with its weight
    of_waiting = torch.zeros(0)
    for number, top in enumerate(rows.starts[first:], first):
        strip = _strip(latents, grid, top, decode, count) * weights[:, None]
        shares = weights.clone()
        if waiting is not None:
            strip[:, : waiting.shape[1]] += waiting
            shares[: waiting.shape[1]] += of_waiting
        is_last = number + 1 == len(rows.starts)
        lines = strip.shape[1] if is_last else (rows.starts[number + 1] - top) * FACTOR
        if number >= done:
            yield number, strip[:, :lines] / shares[:lines, None]
        waiting = strip[:, lines:]
        of_waiting = shares[lines:]


def _strip(
    latents: torch.Tensor, grid: TileGrid, top: int, decode: Decode, count: TileCount
) -> torch.Tensor:
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
        count()
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
