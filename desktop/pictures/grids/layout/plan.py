"""Where the cells of a grid lie, reckoned from counts alone: sections of rows below one another,
each of lines under a heading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtCore import QRect

GAP = 8  # pixels between cells, and around them
FRAME = 4  # pixels by which the frame of a chosen one stands out of its cell, at most
SMALLEST = 24  # pixels: a cell's side in however narrow a window


@dataclass(frozen=True, slots=True)
class Line:
    """Pictures side by side. `number` counts the lines of a section; `top` and `height` are pixels
    of the content."""

    section: int
    number: int
    rows: range
    top: int
    height: int


class Plan(ABC):
    """Sections by number. `starts` are their first rows and, last, how many rows there are; `tops`
    where they begin and, last, the height of everything; both rise. `leads` are the pixels in a
    section above its first line, where its heading stands."""

    def __init__(self, starts: list[int], leads: Sequence[int]) -> None:
        self.starts = starts
        self.leads = leads
        self.tops: list[int] = [0]

    # --- what the two kinds of plan know ---

    @abstractmethod
    def lines_in(self, section: int) -> int:
        """How many lines it has."""

    @abstractmethod
    def line(self, section: int, number: int) -> Line:
        """One of them."""

    @abstractmethod
    def number_of(self, section: int, row: int) -> int:
        """The line in which one of its rows stands."""

    @abstractmethod
    def number_at(self, section: int, y: int) -> int:
        """The last line that begins at or above `y`; the first where none does."""

    @abstractmethod
    def cells(self, line: Line) -> list[tuple[int, int]]:
        """Left edge and width of each cell of a line, in pixels."""

    # --- what follows from that ---

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.starts[-1]

    @property
    def height(self) -> int:
        """Pixels of everything, one below the other."""
        return self.tops[-1]

    def section_of(self, row: int) -> int:
        """Where a row stands."""
        return bisect_right(self.starts, row, hi=len(self.starts) - 1) - 1

    def section_at(self, y: int) -> int:
        """What lies at a height; the nearest one outside of all."""
        return max(0, min(bisect_right(self.tops, y), len(self.tops) - 1) - 1)

    def rows_in(self, section: int) -> range:
        """All rows of a section."""
        return range(self.starts[section], self.starts[section + 1])

    def line_of(self, row: int) -> Line:
        """The line in which a row stands."""
        section = self.section_of(row)
        return self.line(section, self.number_of(section, row))

    def rect(self, row: int) -> QRect:
        """The cell of a row."""
        line = self.line_of(row)
        left, width = self.cells(line)[row - line.rows.start]
        return QRect(left, line.top, width, line.height)

    def lines_between(self, top: int, bottom: int) -> Iterator[Line]:
        """All lines whose cells, or the frames around them, reach into this part."""
        if not self.count:
            return
        section = self.section_at(top - FRAME)
        number = self.number_at(section, top - FRAME)
        while section < len(self.starts) - 1:
            for one in range(number, self.lines_in(section)):
                line = self.line(section, one)
                if line.top - FRAME > bottom:
                    return
                if line.top + line.height + FRAME >= top:
                    yield line
            section += 1
            number = 0

    def rows_between(self, top: int, bottom: int) -> range:
        """The rows of these lines."""
        first = last = None
        for line in self.lines_between(top, bottom):
            first = first or line
            last = line
        if first is None or last is None:
            return range(0)
        return range(first.rows.start, last.rows.stop)

    def rows_touching(self, area: QRect) -> list[range]:
        """The rows whose cells reach into a part of the content, as few ranges."""
        found: list[range] = []
        for line in self.lines_between(area.top(), area.bottom()):
            if line.top > area.bottom() or line.top + line.height <= area.top():
                continue
            cells = enumerate(self.cells(line), line.rows.start)
            rows = [
                row for row, (x, width) in cells if x <= area.right() and x + width > area.left()
            ]
            if rows and found and found[-1].stop == rows[0]:
                found[-1] = range(found[-1].start, rows[-1] + 1)
            elif rows:
                found.append(range(rows[0], rows[-1] + 1))
        return found

    def areas(self, rows: range, offset: int) -> list[QRect]:
        """What the cells of these rows take up, a rectangle for each line, where so many pixels of
        the content lie above the viewport."""
        found: list[QRect] = []
        row = rows.start
        while row < rows.stop:
            line = self.line_of(row)
            cells = self.cells(line)
            last = min(rows.stop, line.rows.stop) - 1
            left = cells[row - line.rows.start][0]
            edge, width = cells[last - line.rows.start]
            found.append(QRect(left, line.top - offset, edge + width - left, line.height))
            row = last + 1
        return found

    def row_at(self, x: int, y: int) -> int:
        """The row whose cell a point lies in; -1 between cells."""
        for line in self.lines_between(y, y):
            if line.top <= y < line.top + line.height:
                for row, (left, width) in zip(line.rows, self.cells(line), strict=True):
                    if left <= x < left + width:
                        return row
        return -1

    def heading_at(self, y: int) -> int:
        """The section whose heading lies at a height; -1 where none does."""
        if not self.count or not 0 <= y < self.height:
            return -1
        section = self.section_at(y)
        return section if y - self.tops[section] < self.leads[section] else -1

    # --- ways for keys ---

    def nearest(self, line: Line, x: int) -> int:
        """The row of a line whose cell's middle is nearest to `x`."""
        cells = self.cells(line)
        best = min(range(len(cells)), key=lambda at: abs(2 * cells[at][0] + cells[at][1] - 2 * x))
        return line.rows[best]

    def above(self, row: int, x: int) -> int:
        """From a row one line up, at this `x`; the first row where there is none."""
        first = self.line_of(row).rows.start
        return self.nearest(self.line_of(first - 1), x) if first else 0

    def below(self, row: int, x: int) -> int:
        """From a row one line down; the last row where there is none."""
        after = self.line_of(row).rows.stop
        return self.nearest(self.line_of(after), x) if after < self.count else self.count - 1

    def _section_from(self, here: Line, y: int) -> int:
        """What lies at a height, seen from a line, whose section reaches as far as its lines do,
        also where it was taken for lower."""
        if y >= self.tops[here.section]:
            last = self.line(here.section, self.lines_in(here.section) - 1)
            if y < last.top + last.height:
                return here.section
        return self.section_at(y)

    def page_down(self, row: int, x: int, height: int) -> int:
        """From a row so many pixels down, at least a line; to the last row where they end."""
        here = self.line_of(row)
        if here.rows.stop >= self.count:
            return self.count - 1
        section = self._section_from(here, here.top + height)
        there = self.line(section, self.number_at(section, here.top + height))
        if there.top > here.top + height:  # only a heading is within reach: the line above that
            there = self.line_of(there.rows.start - 1)
        if there.rows.start <= row:
            there = self.line_of(here.rows.stop)
        elif there.rows.stop == self.count and there.top + here.height < here.top + height:
            return self.count - 1
        return self.nearest(there, x)

    def page_up(self, row: int, x: int, height: int) -> int:
        """From a row so many pixels up, at least a line; to the first row where they end."""
        here = self.line_of(row)
        target = here.top - height
        if not here.rows.start or target < 0:
            return 0
        section = self._section_from(here, target)
        there = self.line(section, self.number_at(section, target))
        if there.top < target:
            there = self.line_of(there.rows.stop)
        if there.rows.stop > here.rows.start:
            there = self.line_of(here.rows.start - 1)
        return self.nearest(there, x)


class Squares(Plan):
    """Cells of one side, as many side by side as have room at about `cell` pixels, or `fixed`.
    `counts`: rows of each section; `heading`: pixels above the first line of each."""

    def __init__(
        self, counts: Sequence[int], width: int, *, cell: int, fixed: int = 0, heading: int = GAP
    ) -> None:
        starts = list(accumulate(counts, initial=0))
        super().__init__(starts, [heading] * len(counts))
        n = fixed or max(1, (width - GAP) // (cell + GAP))
        self.columns = n
        self.side = max(SMALLEST, (width - GAP * (n + 1)) // n)
        self._step = self.side + GAP
        if not counts:
            self.tops = [GAP]
        elif len(counts) == 1:
            self.tops = [0, heading + -(-counts[0] // n) * self._step]
        else:
            step = self._step
            self.tops = list(
                accumulate((heading + -(-one // n) * step for one in counts), initial=0)
            )

    def lines_in(self, section: int) -> int:
        return -(-(self.starts[section + 1] - self.starts[section]) // self.columns)  # rounded up

    def line(self, section: int, number: int) -> Line:
        first = self.starts[section] + number * self.columns
        rows = range(first, min(first + self.columns, self.starts[section + 1]))
        top = self.tops[section] + self.leads[section] + number * self._step
        return Line(section, number, rows, top, self.side)

    def number_of(self, section: int, row: int) -> int:
        return (row - self.starts[section]) // self.columns

    def number_at(self, section: int, y: int) -> int:
        within = (y - self.tops[section] - self.leads[section]) // self._step
        return max(0, min(within, self.lines_in(section) - 1))

    def cells(self, line: Line) -> list[tuple[int, int]]:
        return [(GAP + at * self._step, self.side) for at in range(len(line.rows))]
