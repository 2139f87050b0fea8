"""What may be meant by a query that is being typed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`insert` takes the place of the query's characters `start` to `end`; `text` is what a person
    chooses by, `help` a sentence more. `count`: how many pictures outside the trash it finds, -1
    where that is not known."""

    text: str
    insert: str
    start: int
    end: int
    count: int = -1
    help: str = ""
