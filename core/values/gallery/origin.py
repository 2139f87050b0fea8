"""Where a picture comes from that was not made here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How a picture was imported."""

    IN_PLACE = "in_place"  # its file stays where it was
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Origin:
    """`program`: which made it, "" where nobody knows. `bytes` and `mtime` (seconds since 1970): of
    the file as it was read. `hidden`: it is shown only where hidden ones are asked for."""

    how: How
    program: str = ""
    bytes: int = 0
    mtime: float = 0.0
    hidden: bool = False
