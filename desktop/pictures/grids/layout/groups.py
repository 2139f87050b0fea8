"""What stands under which heading of a grid: keys with how many rows each has, in their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import PurePath

from core.values.gallery.day import day_of
from core.values.gallery.question import Order
from core.values.picture import Picture

MEGAPIXEL = 2**20  # pixels: a picture of 1024 by 1024
# pixels up to which a picture is of a class; the largest have the last one
SIZES = (MEGAPIXEL // 4, MEGAPIXEL // 2, MEGAPIXEL, 2 * MEGAPIXEL, 4 * MEGAPIXEL, 8 * MEGAPIXEL)
# bytes up to which a file is of a class: whole multiples of what the gallery rounds up to
FILE_SIZES = tuple(2**power for power in range(17, 25))
DIGITS = "0"  # stands for all of them


@dataclass(frozen=True, slots=True)
class Groups:
    """`keys` (days in ISO 8601, models' names ...) and how many rows follow one another under
    each; none has no rows."""

    keys: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> Groups:
        """Of keys with their counts; empty ones are left out, neighbours of one key joined."""
        full = ((key, count) for key, count in pairs if count > 0)
        joined = [
            (key, sum(count for _, count in same))
            for key, same in groupby(full, key=lambda pair: pair[0])
        ]
        return cls(tuple(key for key, _ in joined), tuple(count for _, count in joined))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.counts)

    def fitted(self, rows: int) -> Groups:
        """For so many rows: what came or went since they were counted is the last group's."""
        missing = rows - self.rows
        if not missing or not self.keys:
            return self
        if missing > 0:
            return Groups(self.keys, (*self.counts[:-1], self.counts[-1] + missing))
        ends = accumulate(self.counts)
        cut = (
            (key, min(n, n - end + rows))
            for key, n, end in zip(self.keys, self.counts, ends, strict=True)
        )
        return Groups.of(cut)

    def renamed(self, name: Callable[[str], str]) -> Groups:
        """Under coarser keys: days as months, for instance."""
        return Groups.of(
            (name(key), count) for key, count in zip(self.keys, self.counts, strict=True)
        )

    def starts(self) -> list[int]:
        """The first row of each."""
        return list(accumulate(self.counts, initial=0))[:-1]

    def at(self, row: int) -> int:
        """The number of the group in which a row stands; -1 where there are none."""
        return bisect_right(self.starts(), row) - 1

    def with_more(self, row: int, count: int) -> Groups:
        """`count` rows more, or fewer below 0, in the group in which `row` stands."""
        at = self.at(row)
        if at < 0:
            return self
        return self._with(at, self.counts[at] + count)

    def with_first(self, key: str) -> Groups:
        """One row more before all others, under this key."""
        if not self.keys or self.keys[0] != key:
            return Groups((key, *self.keys), (1, *self.counts))
        return self._with(0, self.counts[0] + 1)

    def _with(self, at: int, count: int) -> Groups:
        pairs = list(zip(self.keys, self.counts, strict=True))
        pairs[at] = (self.keys[at], count)
        return Groups.of(pairs)


def key_of(order: Order, label: str) -> str:
    """The key of what the gallery names so in an order: sizes as the number of their class, from 0
    for the smallest on, "" where none is known; names by letters, all digits as one. Raises
    nothing: whatever is no such thing keeps its name."""
    if order is Order.SIZE and label.isdecimal():
        return str(bisect_left(SIZES, int(label)))
    if order is Order.FILE_SIZE and label.isdecimal():
        return str(bisect_left(FILE_SIZES, int(label))) if int(label) else ""
    if order is Order.NAME and label.isdecimal():
        return DIGITS
    return label


def label_of(order: Order, picture: Picture) -> str | None:
    """The key of the group that a picture belongs to in an order; None where only the gallery knows
    that."""
    match order:
        case Order.FILE_SIZE:
            return None
        case Order.RANDOM:
            return ""
        case Order.DATE:
            return day_of(picture.created)
        case Order.RATING:
            return str(picture.rating)
        case Order.MODEL:
            return picture.model_name
        case Order.SIZE:
            return key_of(order, str(picture.width * picture.height))
        case Order.NAME:
            return key_of(order, PurePath(picture.path).name[:1].upper())


def months(day: str) -> str:
    """The month of a day in ISO 8601."""
    return day[:7]
