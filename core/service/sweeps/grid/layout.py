"""Where the parts of a grid stand: sides in pixels, from what is on it. Knows no picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product

MOST_PIXELS = 120_000_000  # of one part: 360 MB while it is drawn
GAP = 4


@dataclass(frozen=True, slots=True)
class Table:
    """What is drawn: the words of the columns (X), rows (Y) and blocks (Z), "" for an axis that
    there is not; and the size of each cell's picture, by its place (x, y, z). `smallest` is the
    side of a cell where no picture is."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    blocks: tuple[str, ...]
    sizes: Mapping[tuple[int, int, int], tuple[int, int]]
    smallest: int = 64

    def width(self, column: int) -> int:
        """Of a column: its widest picture."""
        return max((size[0] for at, size in self.sizes.items() if at[0] == column), default=0)

    def height(self, row: int) -> int:
        """Of a row: its highest picture."""
        return max((size[1] for at, size in self.sizes.items() if at[1] == row), default=0)


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of a grid that may be too large for one: these columns, rows and blocks."""

    columns: range
    rows: range
    blocks: range


@dataclass(frozen=True, slots=True)
class Measures:
    """Sides that follow from the words: `margin` left of the rows, `head` above the columns, `band`
    above a block, `title` above all."""

    widths: tuple[int, ...]
    heights: tuple[int, ...]
    margin: int
    head: int
    band: int
    title: int

    def size(self, part: Part) -> tuple[int, int]:
        """Of a part, in pixels."""
        width = self.margin + sum(self.widths[at] + GAP for at in part.columns)
        block = self.head + self.band + sum(self.heights[at] + GAP for at in part.rows)
        return width, self.title + block * len(part.blocks)

    def lefts(self, part: Part) -> dict[int, int]:
        """Where each column begins."""
        widths = (self.widths[at] + GAP for at in part.columns)
        return dict(zip(part.columns, accumulate(widths, initial=self.margin), strict=False))

    def tops(self, part: Part) -> dict[int, int]:
        """Where each row begins, in its block."""
        heights = (self.heights[at] + GAP for at in part.rows)
        first = self.head + self.band
        return dict(zip(part.rows, accumulate(heights, initial=first), strict=False))


def sides(table: Table) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The widths of all columns and the heights of all rows; those of no picture are as the
    others."""
    widths = [table.width(at) for at in range(len(table.columns))]
    heights = [table.height(at) for at in range(len(table.rows))]
    wide = max(widths, default=0) or table.smallest
    high = max(heights, default=0) or table.smallest
    return tuple(w or wide for w in widths), tuple(h or high for h in heights)


def parts_of(table: Table, measures: Measures, longest: int) -> tuple[Part, ...]:
    """The whole grid where it fits into `longest` pixels a side and `MOST_PIXELS`; else as few
    parts as it takes: blocks by themselves, then columns and rows."""
    columns, rows = range(len(table.columns)), range(len(table.rows))
    blocks = range(len(table.blocks))
    whole = Part(columns, rows, blocks)
    if _fits(measures.size(whole), longest):
        return (whole,)
    fixed = measures.title + measures.head + measures.band
    wide = min(longest, MOST_PIXELS // (fixed + max(measures.heights) + GAP))
    across = _runs(measures.widths, wide - measures.margin)
    widest = max(sum(measures.widths[at] + GAP for at in run) for run in across)
    high = min(longest, MOST_PIXELS // (measures.margin + widest))
    down = _runs(measures.heights, high - fixed)
    return tuple(
        Part(run, below, range(block, block + 1))
        for block, below, run in product(blocks, down, across)
    )


def _fits(size: tuple[int, int], longest: int) -> bool:
    return max(size) <= longest and size[0] * size[1] <= MOST_PIXELS


def _runs(lengths: Sequence[int], room: int) -> tuple[range, ...]:
    """Neighbours that fit into so many pixels together; one alone where even it does not."""
    runs: list[range] = []
    start, used = 0, 0
    for at, length in enumerate(lengths):
        if at > start and used + length + GAP > room:
            runs.append(range(start, at))
            start, used = at, 0
        used += length + GAP
    return (*runs, range(start, len(lengths)))
