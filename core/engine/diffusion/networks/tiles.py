"""Large pictures tile by tile: tiles overlap, and where they do one fades into the other. Sizes and
fades are those of diffusers' autoencoders, so that pictures come out alike."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from core.engine.diffusion.networks.layers import joined_only

OVERLAP = 0.25  # of a tile's side
TINY_OVERLAP = 0.125
_AXES = {"y": 2, "x": 3}  # of (n, c, h, w)
Run = Callable[[torch.Tensor], torch.Tensor]
Tiles = Callable[[torch.Tensor, Run, int, int], torch.Tensor]


def in_tiles(x: torch.Tensor, run: Run, side: int, result_side: int) -> torch.Tensor:
    """What `run` makes of x (n, c, h, w), whole; it is handed tiles of `side` and makes tiles of
    `result_side` of them. Each tile fades from what lies above and left of it."""
    step = int(side * (1 - OVERLAP))
    fade = int(result_side * OVERLAP)
    kept = result_side - fade
    rows: list[torch.Tensor] = []
    above: list[torch.Tensor] = []
    for top in range(0, x.shape[2], step):
        row: list[torch.Tensor] = []
        for left in range(0, x.shape[3], step):
            tile = run(x[:, :, top : top + side, left : left + side])
            if above:
                _fade(above[len(row)], tile, fade, 2)
            if row:
                _fade(row[-1], tile, fade, 3)
            row.append(tile)
        rows.append(torch.cat([tile[:, :, :kept, :kept] for tile in row], 3))
        above = row
    return torch.cat(rows, 2)


def _fade(before: torch.Tensor, tile: torch.Tensor, most: int, axis: int) -> None:
    """The tile's first lines along the axis come out of the last ones of the tile before it."""
    count = min(before.shape[axis], tile.shape[axis], most)
    if count == 0:
        return
    share = torch.arange(count, dtype=torch.float64) / count
    shape = [1, 1, 1, 1]
    shape[axis] = count
    new = share.view(shape).to(tile)
    old = (1 - share).view(shape).to(tile)
    first = tile.narrow(axis, 0, count)
    last = before.narrow(axis, before.shape[axis] - count, count)
    first.copy_(last * old + first * new)


def in_masked_tiles(x: torch.Tensor, run: Run, side: int, result_side: int) -> torch.Tensor:
    """As `in_tiles`, with the narrower overlap of tiny autoencoders: each tile is laid over what is
    there already, by a mask that rises from its top and left."""
    overlap = int(side * TINY_OVERLAP)
    step = side - overlap
    fade = int(result_side * TINY_OVERLAP)
    rising = (torch.arange(float(result_side)) / max(fade - 1, 1)).clamp(0, 1).to(x)
    result: torch.Tensor | None = None
    for top in range(0, x.shape[2], step):
        for left in range(0, x.shape[3], step):
            tile = run(x[:, :, top : top + side, left : left + side])
            if result is None:
                sides = (length * result_side // side for length in x.shape[2:])
                result = tile.new_zeros(*tile.shape[:2], *sides)
            at_top, at_left = (place * result_side // side for place in (top, left))
            there = result[:, :, at_top : at_top + result_side, at_left : at_left + result_side]
            mask = torch.ones_like(tile[:1, :1])
            if top:
                mask = mask * rising[: tile.shape[2], None]
            if left:
                mask = mask * rising[: tile.shape[3]]
            there.copy_(mask * tile + (1 - mask) * there)
    assert result is not None
    return result


def in_joined_tiles(
    x: torch.Tensor,
    run: Run,
    side: int,
    result_side: int,
    *,
    network: nn.Module,
    joined: str,
    tiles: Tiles = in_tiles,
    overlap: float = OVERLAP,
) -> torch.Tensor:
    """What `run` makes of x (n, c, h, w) by `tiles`, which overlap by that share, where the
    convolutions of `network` take its edges as joined ("x", "y" or both).

    Where more than one tile is cut, none may join its own edges, which are not the picture's. There
    so much of the other side as tiles overlap is laid behind the right or the lower edge, and
    what is made of it fades into the first lines, as one tile into the next.
    """
    behind = int(side * overlap)
    fade = behind * result_side // side
    cut = [letter for letter in joined if x.shape[_AXES[letter]] > side - behind]
    whole = "".join(letter for letter in joined if letter not in cut)
    for letter in cut:
        x = _continued(x, behind, _AXES[letter])
    with joined_only(network, whole):
        result = tiles(x, run, side, result_side)
    for letter in cut:
        axis = _AXES[letter]
        length = result.shape[axis] - fade
        _fade(result.narrow(axis, length, fade), result, fade, axis)
        result = result.narrow(axis, 0, length)
    return result


def _continued(x: torch.Tensor, count: int, axis: int) -> torch.Tensor:
    """x with so many more lines along the axis, which begin at the other side again."""
    places = torch.arange(x.shape[axis] + count, device=x.device) % x.shape[axis]
    return x.index_select(axis, places)
