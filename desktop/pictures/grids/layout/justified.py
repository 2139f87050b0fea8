"""Cells in the shape of their pictures, in lines that fill the width, each of one height.

Sections are cut into blocks of some hundred rows, whose lines are found when they are looked at: of
a hundred thousand pictures only sums are needed. How high a block is, is exact once it was laid out
and within a few hundredths until then; `settle` lays them out bit by bit.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from core.system.recent import Recent
from desktop.pictures.grids.layout.plan import GAP, SMALLEST, Line, Plan

BLOCK = 256  # rows at most
KEPT = 64  # blocks whose lines are kept
KEPT_LINES = 64  # whose cells are kept: those of a screen
NARROWEST, WIDEST = 0.3, 4.0  # width by height of a cell; longer panoramas stand in a part of it
HIGHEST = 1.5  # times the wanted height, where few pictures fill a line
NEARLY = 1.25  # likewise, up to which the last line of a section fills the width as the others do
LEAST_LAST = 0.35  # of a line: what is left over goes to the line before


class _Lines(NamedTuple):
    """Of a block: first rows, and one behind the last; tops and heights in pixels of the block."""

    firsts: list[int]
    tops: list[int]
    heights: list[int]
    height: int  # of all


class Justified(Plan):
    """Lines of about `cell` pixels height. `sums`: of the shapes of all rows, by `sums_of`."""

    def __init__(
        self,
        counts: Sequence[int],
        sums: Sequence[float],
        width: int,
        *,
        cell: int,
        heading: int = GAP,
    ) -> None:
        starts: list[int] = []
        leads: list[int] = []
        self._ends_section: list[bool] = []  # whether a block is the last one of its section
        at = 0
        for count in counts:
            pieces = -(-count // BLOCK)
            starts += (at + count * piece // pieces for piece in range(pieces))
            leads += (heading, *(0 for _ in range(pieces - 1)))
            self._ends_section += (*(False for _ in range(pieces - 1)), True)
            at += count
        super().__init__([*starts, at], leads)
        self._sums = sums if len(sums) == at + 1 else sums_of((), at)
        self._room = max(SMALLEST, width - 2 * GAP)
        self._cell = max(SMALLEST, cell)
        self._heights = [self._about(block) for block in range(len(leads))]  # with their leads
        self._settled = 0  # blocks of which that is exact, from the first on
        self._exact = bytearray(len(leads))
        self._known: Recent[int, _Lines] = Recent(KEPT)
        self._cells: Recent[int, list[tuple[int, int]]] = Recent(KEPT_LINES)  # by first row
        self._sum_up()

    # --- heights ---

    def settled(self) -> bool:
        """Whether the height of everything is exact."""
        return self._settled == len(self._heights)

    def settle(self, seconds: float) -> bool:
        """Lay out for so long; whether something is now higher or lower than it was said to be."""
        ends = time.perf_counter() + seconds
        changed = False
        while self._settled < len(self._heights):
            changed |= self._make_exact(self._settled)
            self._settled += 1
            if time.perf_counter() > ends:
                break
        if changed:
            self._sum_up()
        return changed

    def look(self, top: int, bottom: int) -> bool:
        """Lay out what lies here; whether something is now higher or lower."""
        if not self.count:
            return False
        any_changed = False
        section = self.section_at(top)
        while section < len(self._heights) and self.tops[section] <= bottom:
            if not self._exact[section] and self._make_exact(section):
                any_changed = True
                self._sum_up()
            section += 1
        return any_changed

    def _make_exact(self, block: int) -> bool:
        if self._exact[block]:
            return False
        self._exact[block] = 1
        height = self.leads[block] + self._lines(block).height
        changed = height != self._heights[block]
        self._heights[block] = height
        return changed

    def _sum_up(self) -> None:
        self.tops = list(accumulate(self._heights, initial=0)) if self._heights else [GAP]

    def _widths(self, block: int) -> float:
        """Of its pictures and the gaps behind them, all at the wanted height."""
        first, stop = self.starts[block], self.starts[block + 1]
        return (self._sums[stop] - self._sums[first]) * self._cell + (stop - first) * GAP

    def _count_lines(self, block: int) -> int:
        lines = self._widths(block) / (self._room + GAP)
        most = self.starts[block + 1] - self.starts[block]  # a picture each
        if not self._ends_section[block]:
            return min(most, max(1, round(lines)))
        whole = int(lines)
        return min(most, max(1, whole + (lines - whole > LEAST_LAST)))

    def _about(self, block: int) -> int:
        """Its height, before its lines are known."""
        lines = self._count_lines(block)
        full = self._widths(block) / (self._room + GAP)  # lines, if each had the wanted height
        if self._ends_section[block] and full < lines:
            last = 1 / max(full - (lines - 1), 1e-9)
            last = last if last <= NEARLY else 1.0
            return self.leads[block] + round(self._cell * (lines - 1 + last)) + lines * GAP
        fill = min(lines / max(full, 1e-9), HIGHEST)
        return self.leads[block] + lines * (round(self._cell * fill) + GAP)

    # --- lines ---

    def _lines(self, block: int) -> _Lines:
        known = self._known.get(block)
        if known is None:
            known = self._lay_out(block)
            self._known.keep(block, known)
        return known

    def _lay_out(self, block: int) -> _Lines:
        """Cut where the running width comes nearest to whole lines, so that each is about as full
        as the others; what a last line lacks stays empty."""
        first, stop = self.starts[block], self.starts[block + 1]
        count = self._count_lines(block)
        base = self._sums[first]
        ends = [
            (self._sums[row + 1] - base) * self._cell + (row + 1 - first) * GAP
            for row in range(first, stop)
        ]
        pitch = ends[-1] / count
        short_end = self._ends_section[block] and pitch < self._room + GAP
        if short_end:
            pitch = float(self._room + GAP)
        cuts = [0]
        for number in range(1, count):
            target = number * pitch
            at = bisect_left(ends, target)
            if at and (at >= len(ends) or target - ends[at - 1] < ends[at] - target):
                at -= 1  # behind the one before, which ends nearer to it
            cuts.append(at + 1)
        cuts = [*sorted({cut for cut in cuts if cut < len(ends)}), len(ends)]
        tops, heights, y = [], [], self.leads[block]
        for start, end in pairwise(cuts):
            height = self._height_of(first + start, first + end, last=short_end and end == cuts[-1])
            tops.append(y)
            heights.append(height)
            y += height + GAP
        return _Lines([first + cut for cut in cuts], tops, heights, y - self.leads[block])

    def _height_of(self, first: int, stop: int, *, last: bool) -> int:
        """Of a line: its pictures fill the width, where that makes them not too high; in the last
        one of a section hardly higher than the others, so that the rest may stay empty."""
        free = self._room - (stop - first - 1) * GAP
        fills = free / max(self._sums[stop] - self._sums[first], 1e-9)
        most = 1.0 if last and fills > NEARLY * self._cell else HIGHEST
        return max(1, round(min(fills, most * self._cell)))

    # --- as every plan ---

    def lines_in(self, section: int) -> int:
        return len(self._lines(section).tops)

    def line(self, section: int, number: int) -> Line:
        lines = self._lines(section)
        rows = range(lines.firsts[number], lines.firsts[number + 1])
        top = self.tops[section] + lines.tops[number]
        return Line(section, number, rows, top, lines.heights[number])

    def number_of(self, section: int, row: int) -> int:
        firsts = self._lines(section).firsts
        return bisect_right(firsts, row, hi=len(firsts) - 1) - 1

    def number_at(self, section: int, y: int) -> int:
        tops = self._lines(section).tops
        return max(0, bisect_right(tops, y - self.tops[section]) - 1)

    def cells(self, line: Line) -> list[tuple[int, int]]:
        known = self._cells.get(line.rows.start)
        if known is None:
            known = self._place_cells(line)
            self._cells.keep(line.rows.start, known)
        return known

    def _place_cells(self, line: Line) -> list[tuple[int, int]]:
        first, stop = line.rows.start, line.rows.stop
        base = self._sums[first]
        free = self._room - (stop - first - 1) * GAP
        fills = free / max(self._sums[stop] - base, 1e-9)
        # a full line by its exact height, so that the right edges stand below one another
        height = fills if abs(fills - line.height) <= 0.5 else line.height
        edges = [round((self._sums[row] - base) * height) for row in range(first, stop + 1)]
        return [
            (GAP + left + at * GAP, max(1, right - left))
            for at, (left, right) in enumerate(pairwise(edges))
        ]


def sums_of(shapes: Sequence[float], count: int) -> array[float]:
    """Of the first shapes (width by height), for each number of rows: of 64 bits each, from 0.0 on.
    None goes beyond the limits; a square where none is known."""
    if len(shapes) < count:
        shapes = [*shapes, *(1.0 for _ in range(count - len(shapes)))]
    shapes = shapes[:count]
    if count and (min(shapes) < NARROWEST or max(shapes) > WIDEST):
        shapes = [min(max(one, NARROWEST), WIDEST) for one in shapes]
    return array("d", accumulate(shapes, initial=0.0))


def changed_sums(sums: array[float], rows: range, shapes: Sequence[float]) -> array[float]:
    """The sums once these shapes stand in the place of those of some rows."""
    shapes = [min(max(one, NARROWEST), WIDEST) for one in shapes]
    new = array("d", accumulate(shapes, initial=sums[rows.start]))
    shift = new[-1] - sums[rows.stop]
    return sums[: rows.start] + new + array("d", [one + shift for one in sums[rows.stop + 1 :]])
