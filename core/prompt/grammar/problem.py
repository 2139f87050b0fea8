"""What a person should know of a place in a prompt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence on the text at [start, end), which is used all the same, as plain words."""

    start: int
    end: int
    message: str
