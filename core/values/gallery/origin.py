"""Where a picture comes from that was not made here, and the column of its row that says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from core.system.json import dumps


class How(StrEnum):
    """How a picture was imported."""

    IN_PLACE = "in_place"  # its file stays where it was
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Origin:
    """`program`: which made it, "" where nobody knows. `bytes` and `mtime` (seconds since 1970): of
    the file as it was read. `hidden`: it is shown only where hidden ones are asked for; `gone`: it
    is hidden because its file was not found in its folder, until it is. `known`: what its recipe
    says itself, by a Request's names."""

    how: How
    program: str = ""
    bytes: int = 0
    mtime: float = 0.0
    hidden: bool = False
    gone: bool = False
    known: tuple[str, ...] = ()


_IN_PLACE = '"how":"in_place"'
# of a row, in SQL
IN_PLACE = f"instr(origin, '{_IN_PLACE}')"
HIDDEN = """instr(origin, '"hidden":true')"""
GONE = """instr(origin, '"gone":true')"""
_ORIGIN = msgspec.json.Decoder(Origin)  # by itself: it is asked of a hundred thousand rows


def is_in_place(column: str) -> bool:
    """Whether the column `origin` says of a picture that its file lies where another program put
    it: then it is never moved, renamed or written."""
    return _IN_PLACE in column


def origin_of(column: str) -> Origin | None:
    """What the column says; None of a picture made here, and where it makes no sense."""
    if column:
        with suppress(msgspec.MsgspecError, UnicodeEncodeError):
            return _ORIGIN.decode(column)
    return None


def with_hidden(column: str, hidden: bool) -> str:
    """The column of a picture that a person hides, or wants to see again."""
    origin = origin_of(column) or Origin(How.IN_PLACE)
    return dumps(replace(origin, hidden=hidden, gone=False))
