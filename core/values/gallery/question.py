"""Which pictures are asked for, and in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_SOMETHING = re.compile(r"[^\W_]|[^\w\s]\S", re.UNICODE)  # a letter, or a sign that begins a term


SHUFFLES = 2**30  # random orders


class Order(StrEnum):
    """By what pictures are put in order. Of equal ones the newest comes first: with the highest
    rating or size first, and with names from A to Z; and last in the other order."""

    DATE = "date"  # when they were made
    RATING = "rating"
    MODEL = "model"
    SIZE = "size"  # pixels
    FILE_SIZE = "file-size"  # bytes
    NAME = "name"  # of the file
    RANDOM = "random"  # by the question's shuffle


@dataclass(frozen=True, slots=True)
class PictureQuestion:
    """`text`: in the language of `core.store.finding.language`. `album`: the id of one, 0 for all
    pictures. `rising`: the lowest first, the oldest, A before Z.

    `stacked`: of the pictures of one stack (made for one document of Edit, or in one sweep) the
    newest stands for all, but of those `unfolded`; only where every picture outside the trash is an
    answer. `shuffle`: another number is another random order.
    """

    text: str = ""
    trashed: bool = False
    album: int = 0
    order: Order = Order.DATE
    rising: bool = False
    stacked: bool = False
    unfolded: tuple[str, ...] = ()
    shuffle: int = 0

    def is_plain(self) -> bool:
        """Whether every picture outside the trash is an answer."""
        return not (_SOMETHING.search(self.text) or self.album or self.trashed)

    def is_newest_first(self) -> bool:
        """Whether a picture just made stands before all others."""
        return self.order is Order.DATE and not self.rising
