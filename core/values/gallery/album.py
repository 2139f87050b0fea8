"""Albums: pictures put together by hand, or found by a saved search."""

from __future__ import annotations

from dataclasses import dataclass

MOST_OF_NAME = 200  # characters of an album's or a tag's name


@dataclass(frozen=True, slots=True)
class Album:
    """`query`: of one that is a saved search, "" of one by hand. `count`: its pictures outside the
    trash; -1 of a saved search, whose pictures are counted by asking for them."""

    id: int
    name: str
    query: str = ""
    count: int = 0

    @property
    def is_smart(self) -> bool:
        """Whether it is a saved search."""
        return bool(self.query)
