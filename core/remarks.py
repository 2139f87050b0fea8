"""What a person should know before a picture is made: words of the prompt that are not understood, a size that does not suit."""

from __future__ import annotations

from core.models.families import Family
from core.request import Request


def remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence each, for the window and stderr; the picture is made all the same. No disk is touched."""
    return ()
