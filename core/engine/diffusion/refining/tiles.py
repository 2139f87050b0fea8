"""Where the tiles of a picture lie that is larger than a network sees, and how they are cut out of
it and laid together again. Also beyond edges that are joined, where the other side goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

_AXES = {"y": 2, "x": 3}  # of (n, c, h, w)
_LEAST = 1e-3  # of a weight: where one tile alone is, it counts in full


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a picture, `length` long, in tiles of `side` that begin at `starts`. Where it is
    `wrapped`, tiles go on at its other end; `fade` is over how much one fades into the next."""

    length: int
    side: int
    starts: tuple[int, ...]
    fade: int
    wrapped: bool = False

    def weights(self) -> torch.Tensor:
        """How much each line of a tile counts, (side,) float32: rising from its ends."""
        places = torch.arange(self.side, dtype=torch.float32) + 0.5
        ramp = torch.minimum(places, self.side - places) / max(self.fade, 1)
        # a half wave, so that nothing bends where the ramp begins and ends
        return (0.5 - 0.5 * torch.cos(torch.pi * ramp.clamp(0, 1))).clamp_min(_LEAST)

    def pieces(self, start: int) -> Iterator[tuple[slice, slice]]:
        """A tile's lines in the picture, and the same in the tile: in two pieces at most."""
        first = min(self.side, self.length - start)
        yield slice(start, start + first), slice(0, first)
        if first < self.side:
            yield slice(0, self.side - first), slice(first, self.side)


def axis_of(
    length: int,
    side: int,
    *,
    overlap: int,
    wrapped: bool = False,
    shift: float = 0.0,
    multiple: int = 1,
) -> Axis:
    """Tiles of `side` over `length` that overlap by `overlap` or more. `shift`, from 0 to 1, moves
    their borders along by that share of a tile's step, at starts that are multiples of `multiple`;
    at the ends of what is not `wrapped` they stay inside. A shorter length is one tile."""
    if length <= side:
        return Axis(length=length, side=length, starts=(0,), fade=1)
    step = max(side - overlap, multiple)
    if wrapped:
        count = -(-length // step)
        moved = shift * length / count
        starts = [_rounded(moved + n * length / count, multiple) % length for n in range(count)]
    else:
        last = length - side
        count = -(-last // step) + 1
        if shift and count > 1:
            inner = [_rounded((n - shift) * step, multiple) for n in range(1, count + 1)]
            starts = [0, *(start for start in inner if 0 < start < last), last]
        else:
            starts = [_rounded(n * last / (count - 1), multiple) for n in range(count - 1)] + [last]
    fade = max(min(overlap, side // 2), 1)
    return Axis(
        length=length, side=side, starts=tuple(sorted(set(starts))), fade=fade, wrapped=wrapped
    )


def _rounded(value: float, multiple: int) -> int:
    return int(value / multiple) * multiple


@dataclass(frozen=True, slots=True)
class TileGrid:
    """All tiles of a picture, row by row."""

    rows: Axis
    columns: Axis

    def __len__(self) -> int:
        return len(self.rows.starts) * len(self.columns.starts)

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """(top, left) of each tile."""
        return tuple((top, left) for top in self.rows.starts for left in self.columns.starts)

    def cut(self, x: torch.Tensor, place: tuple[int, int]) -> torch.Tensor:
        """The tile at a place of x (n, c, h, w), (n, c, side, side)."""
        top, left = place
        rows = [x[:, :, there] for there, _ in self.rows.pieces(top)]
        tall = rows[0] if len(rows) == 1 else torch.cat(rows, 2)
        parts = [tall[..., there] for there, _ in self.columns.pieces(left)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 3)

    def add(self, to: torch.Tensor, tile: torch.Tensor, place: tuple[int, int]) -> None:
        """Add a tile (n, c, side, side) to (n, c, h, w) at its place."""
        top, left = place
        for to_rows, rows in self.rows.pieces(top):
            for to_columns, columns in self.columns.pieces(left):
                to[:, :, to_rows, to_columns] += tile[:, :, rows, columns]

    def weights(self) -> torch.Tensor:
        """How much each place of a tile counts, (side, side)."""
        return self.rows.weights()[:, None] * self.columns.weights()

    def shares(self) -> torch.Tensor:
        """The sum of the weights of all tiles, (1, 1, h, w): what laid them together is divided by
        it."""
        down = _summed(self.rows)
        across = _summed(self.columns)
        return (down[:, None] * across)[None, None]


def _summed(axis: Axis) -> torch.Tensor:
    total = torch.zeros(axis.length)
    weights = axis.weights()
    for start in axis.starts:
        for there, here in axis.pieces(start):
            total[there] += weights[here]
    return total


def continued(x: torch.Tensor, count: int, letter: str) -> torch.Tensor:
    """x (n, c, h, w) with so many more lines along the axis ("x" or "y"), which begin at the other
    side again."""
    axis = _AXES[letter]
    places = torch.arange(x.shape[axis] + count, device=x.device) % x.shape[axis]
    return x.index_select(axis, places)
