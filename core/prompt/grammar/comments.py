"""Comments in a prompt: from a `#` to the end of its line."""

from __future__ import annotations

import re

_LINE = re.compile(r"(?:^|\n)#[^\n]*(?:\n|$)")
_REST = re.compile(r"#[^\n]*(?:\n|$)")
# "#1", "#ff8800" and "#hashtag" are words
_OWN_LINE = re.compile(r"^[^\S\n]*#[^\n]*(?:\n|\Z)", re.MULTILINE)
_OWN_REST = re.compile(r"[^\S\n]+#(?=\s|\Z)[^\n]*")


def without_comments(prompt: str, *, exact: bool = False) -> str:
    """The prompt without its comments: lines that begin with `#`, and what follows a `#` that
    stands by itself. `exact`: what follows any `#`, as AUTOMATIC1111 has it."""
    if "#" not in prompt:
        return prompt
    if exact:
        return _REST.sub("\n", _LINE.sub("\n", prompt))
    return _OWN_REST.sub("", _OWN_LINE.sub("", prompt))


def comment_places(prompt: str, *, exact: bool = False) -> tuple[tuple[int, int], ...]:
    """Where the comments stand, [start, end), the line's end left out."""
    if "#" not in prompt:
        return ()
    patterns = (_REST,) if exact else (_OWN_LINE, _OWN_REST)
    found = [match.span() for pattern in patterns for match in pattern.finditer(prompt)]
    return tuple((start, end - prompt[start:end].endswith("\n")) for start, end in sorted(found))
