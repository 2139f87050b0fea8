"""Names of files, for sentences."""

from __future__ import annotations

from pathlib import Path

_LONGEST_NAME = 80  # characters


def display_name(path: Path, *, whole: bool = False) -> str:
    """A file's name (or its whole path) for a sentence: bounded, and of characters that
    can be written anywhere."""
    text = (str(path) if whole else path.name).encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    longest = 4 * _LONGEST_NAME if whole else _LONGEST_NAME
    return text if len(text) <= longest else f"{text[:longest]}..."
