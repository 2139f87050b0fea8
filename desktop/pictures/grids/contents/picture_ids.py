"""The ids of very many pictures in any order: eight bytes each, and where one stands is known
without a search through all."""

from __future__ import annotations

import operator
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

DENSE = 8  # an id stands in a table of rows where at most so many numbers come to each id
MOST_LOOKED_THROUGH = 20_000  # rows between the first and the last difference of two orders


class PictureIds(Sequence[int]):
    """Ids, each once. Falling ones are found by halving; others by the row of each number, which is
    noted at the first question."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = array("q", ids)
        self._falling = _falls(self._ids)
        self._rows: array[int] | dict[int, int] | None = None
        self._lowest = 0  # the id of the first number in `_rows`

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, picture_id: object) -> bool:
        return isinstance(picture_id, int) and self.row_of(picture_id) >= 0

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> array[int]: ...
    def __getitem__(self, row: int | slice) -> int | array[int]:
        return self._ids[row]

    def row_of(self, picture_id: int) -> int:
        """Where an id stands, or -1."""
        if self._falling:
            row = self._first_not_above(picture_id)
            found = row < len(self._ids) and self._ids[row] == picture_id
            return row if found else -1
        rows = self._noted()
        if isinstance(rows, dict):
            return rows.get(picture_id, -1)
        at = picture_id - self._lowest
        return rows[at] if 0 <= at < len(rows) else -1

    def note_rows(self) -> PictureIds:
        """These, with what the first question would have to wait for; for any thread."""
        if not self._falling:
            self._noted()
        return self

    def place_for(self, picture_id: int) -> int | None:
        """Where an id has to be put in among falling ones; None where it is there, or they are in
        another order."""
        row = self._first_not_above(picture_id)
        found = row < len(self._ids) and self._ids[row] == picture_id
        return row if self._falling and not found else None

    def _first_not_above(self, picture_id: int) -> int:
        return bisect_left(self._ids, -picture_id, key=operator.neg)

    def _noted(self) -> array[int] | dict[int, int]:
        rows = self._rows
        if rows is None:
            self._lowest = min(self._ids)
            span = max(self._ids) - self._lowest + 1
            if span > DENSE * len(self._ids):
                rows = dict(zip(self._ids, range(len(self._ids)), strict=True))
            else:
                rows = array("i", b"\xff" * (4 * span))  # -1 each
                for row, picture_id in enumerate(self._ids):
                    rows[picture_id - self._lowest] = row
            self._rows = rows
        return rows

    def change(self, rows: range, ids: array[int]) -> None:
        """Put ids in the place of those of some rows, which may be none."""
        self._ids[rows.start : rows.stop] = ids
        around = self._ids[max(0, rows.start - 1) : rows.start + len(ids) + 1]
        self._falling = self._falling and _falls(around)
        self._rows = None

    def among(self, rows: Iterable[range]) -> array[int]:
        """The ids of these rows, in the order of the ranges."""
        chosen = array("q")
        for part in rows:
            chosen.extend(self._ids[part.start : part.stop])
        return chosen


class Step(NamedTuple):
    """One of the steps from an order to another: `ids` take the place of `rows`; one of both is
    empty. Steps follow one another."""

    rows: range
    ids: array[int]


def steps_between(old: PictureIds, new: array[int]) -> list[Step] | None:
    """How old ids become the new ones, by rows that go or come; None where what is in both stands
    in another order, or too much differs to be looked through."""
    before = old[:]
    first = _common(before, new)
    behind = _common_end(before, new, first)
    left = before[first : len(before) - behind]
    right = new[first : len(new) - behind]
    if not left or not right:
        return [Step(range(first, first + len(left)), right)] if left or right else []
    if len(left) + len(right) > MOST_LOOKED_THROUGH:
        return None
    kept = set(left) & set(right)
    if [one for one in left if one in kept] != [one for one in right if one in kept]:
        return None
    gone = runs(row for row, one in enumerate(left, first) if one not in kept)
    come = runs(row for row, one in enumerate(right, first) if one not in kept)
    steps = [Step(part, array("q")) for part in reversed(gone)]
    return steps + [
        Step(range(part.start, part.start), new[part.start : part.stop]) for part in come
    ]


def _common(one: array[int], other: array[int]) -> int:
    """How many numbers are the same at the beginning; found by halving, compared in one step."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: array[int], other: array[int], first: int) -> int:
    """The same at the end, behind the first so many."""
    low, high = 0, min(len(one), len(other)) - first
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _falls(ids: array[int]) -> bool:
    return all(map(operator.gt, ids, ids[1:]))


def runs(rows: Iterable[int]) -> list[range]:
    """Rows as few ranges."""
    found: list[range] = []
    for row in sorted(rows):
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found
