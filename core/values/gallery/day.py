"""The day on which a picture was made, as the clocks of this machine's place told it."""

from __future__ import annotations

import time


def day_of(created: float) -> str:
    """The day, in ISO 8601, of a time in seconds since 1970; "" where there is no such day."""
    try:
        year, month, day = time.localtime(created)[:3]
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{year:04}-{month:02}-{day:02}"
