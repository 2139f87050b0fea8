"""A place in one of the two texts of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class TextSpan:
    """[start, end) of the characters of a request's prompt, or of its negative prompt."""

    start: int
    end: int
    is_negative: bool = False
