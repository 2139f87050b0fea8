"""The ids of very many pictures, newest first: eight bytes each, found again by halving."""

from __future__ import annotations

import operator
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import overload


class PictureIds(Sequence[int]):
    """Falling ids, each once."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = array("q", ids)

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

    def are(self, ids: array[int]) -> bool:
        """Whether they are just these."""
        return self._ids == ids

    def row_of(self, picture_id: int) -> int:
        """Where an id stands, or -1."""
        row = self._first_not_above(picture_id)
        found = row < len(self._ids) and self._ids[row] == picture_id
        return row if found else -1

    def place_for(self, picture_id: int) -> int | None:
        """Where an id has to be put in; None where it is there."""
        row = self._first_not_above(picture_id)
        found = row < len(self._ids) and self._ids[row] == picture_id
        return None if found else row

    def _first_not_above(self, picture_id: int) -> int:
        return bisect_left(self._ids, -picture_id, key=operator.neg)

    def insert(self, row: int, picture_id: int) -> None:
        """Put an id in at its place."""
        self._ids.insert(row, picture_id)

    def remove(self, row: int) -> None:
        """Take the id of a row out."""
        self._ids.pop(row)

    def extend(self, older: array[int]) -> None:
        """Older ones, behind all."""
        self._ids.extend(older)

    def among(self, rows: Iterable[range]) -> array[int]:
        """The ids of these rows, in the order of the ranges."""
        chosen = array("q")
        for part in rows:
            chosen.extend(self._ids[part.start : part.stop])
        return chosen


def runs(rows: Iterable[int]) -> list[range]:
    """Rows as few ranges."""
    found: list[range] = []
    for row in sorted(rows):
        if found and found[-1].stop == row:
            found[-1] = range(found[-1].start, row + 1)
        else:
            found.append(range(row, row + 1))
    return found
