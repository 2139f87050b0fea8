"""Where a text occurs in another, and where that is in an editor of rows."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from desktop.form.prompt.rows import MARK

MOST = 10_000  # that are counted
_ROW_END = MARK + "\n"
_TWICE = re.compile("[\U00010000-\U0010ffff]")  # signs that Qt counts twice

Hit = tuple[int, int]  # [start, end) in characters of the text as a person knows it


def pattern_of(wanted: str, *, match_case: bool) -> re.Pattern[str]:
    """What finds exactly these signs."""
    return re.compile(re.escape(wanted), 0 if match_case else re.IGNORECASE)


def find_hits(text: str, wanted: str, *, match_case: bool) -> list[Hit]:
    """The first MOST places, none over another."""
    if not wanted:
        return []
    found = pattern_of(wanted, match_case=match_case).finditer(text)
    return [match.span() for match in islice(found, MOST)]


def next_hit(hits: list[Hit], start: int, end: int, *, back: bool) -> int | None:
    """The index of the hit behind (before) what is selected, around the end; None for none."""
    if not hits:
        return None
    if back:
        at = bisect_left(hits, (start, start)) - 1
        return at % len(hits)
    at = bisect_left(hits, (end, end))
    return at % len(hits)


@dataclass(frozen=True, slots=True)
class Places:
    """Qt's places in an editor for characters of its whole text, and back. `marks`: where the ends
    of rows lie in the whole text; `twice`: where in the editor's text a sign counts twice."""

    marks: tuple[int, ...]
    twice: tuple[int, ...]

    @classmethod
    def of(cls, rows: str) -> Places:
        """Of a text as the editor holds it."""
        ends = re.finditer(_ROW_END, rows) if MARK in rows else ()
        marks = tuple(match.start() - len(_ROW_END) * n for n, match in enumerate(ends))
        twice = () if rows.isascii() else tuple(m.start() for m in _TWICE.finditer(rows))
        return cls(marks, twice)

    def selection(self, hit: Hit) -> Hit:
        """Start and end of a hit; a row's end beside it is no part of it."""
        start, end = hit
        return (
            self._units(start + len(_ROW_END) * bisect_right(self.marks, start)),
            self._units(end + len(_ROW_END) * bisect_left(self.marks, end)),
        )

    def _units(self, at: int) -> int:
        return at + bisect_left(self.twice, at)

    def character(self, unit: int) -> int:
        """The character of the whole text at one of Qt's places."""
        low, high = 0, unit
        while low < high:  # places never fall
            middle = (low + high) // 2
            if self.selection((middle, middle + 1))[0] < unit:
                low = middle + 1
            else:
                high = middle
        return low


def shown_around(hits: list[Hit], current: int | None, most: int) -> Iterable[int]:
    """The indices of at most so many hits, those around the current one."""
    first = max(0, min((current or 0) - most // 2, len(hits) - most))
    return range(first, min(len(hits), first + most))
