"""Which words a prompt has, and where."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w++(?:['’]\w++)*+")


def word_places(text: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of each word of a text, in order: letters and digits with the apostrophes
    between them. Signs are none, nor are brackets, but a weight's number is."""
    return tuple(match.span() for match in _WORD.finditer(text))
