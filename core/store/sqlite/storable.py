"""Text that SQLite can hold."""

from __future__ import annotations


def storable(text: str) -> str:
    """Lone surrogates cannot be stored as UTF-8; in the searchable copy they become "?" (the
    request keeps them)."""
    return text.encode("utf-8", "replace").decode()
