"""The directories of EXIF data: how much a reader would take out of them, before one does (TIFF
6.0, section 2).
"""

from __future__ import annotations

from typing import NamedTuple

from core.system.errors import WorldError

# readers pass over entries of unknown kinds, as a damaged pointer finds them
MAX_ENTRIES = 1024
MAX_DAMAGED = 16_384
_PREFIX = b"Exif\0\0"
# bytes of a value, by the number of its type; 13 is an IFD, 16 to 18 are BigTIFF's
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_EXIF_DIRECTORY = 0x8769


class _Layout(NamedTuple):
    """Bytes of a directory's number of entries, of an entry, and of a count, a value or the place
    of one in it. The place of the first directory stands as far into the data as it has bytes.
    """

    head: int
    entry: int
    width: int


class _Entry(NamedTuple):
    """A note of a directory, whose entry begins at byte `at`: its number, the number of its type,
    how many of that type, and the value, or where it stands if it is longer than that."""

    at: int
    tag: int
    kind: int
    amount: int
    value: int


_TIFF = _Layout(head=2, entry=12, width=4)
_BIG_TIFF = _Layout(head=8, entry=20, width=8)


def check_exif(data: bytes, name: str) -> None:
    """Raises WorldError where directories list so much, or the same bytes so often, that a reader's
    memory would overflow.

    Readers take every value out at once. Values that overlap make a small file large; honest ones
    together are no larger than the data.
    """
    for _ in range(2):
        data = data.removeprefix(_PREFIX)
    layout = _BIG_TIFF if 43 in data[2:4] else _TIFF
    place = _number(data, layout.width, layout.width)
    taken = 0  # bytes that a reader would take out
    for _ in range(2):  # the first directory, and that of EXIF to which it points
        entries = _entries(data, layout, place)
        known = sum(entry.kind in _SIZES for entry in entries)
        if known > MAX_ENTRIES or len(entries) > MAX_DAMAGED:
            raise WorldError(
                f"{name} lists more than {MAX_ENTRIES} notes.", "Save it anew without its metadata."
            )
        for entry in entries:
            size = entry.amount * _SIZES.get(entry.kind, 0)
            if size > layout.width:  # it stands elsewhere
                taken += min(size, max(len(data) - entry.value, 0))
        if taken > 2 * len(data) + 65_536:
            raise WorldError(
                f"{name} carries notes that would fill memory.",
                "Save it anew without its metadata.",
            )
        places = [entry.value for entry in entries if entry.tag == _EXIF_DIRECTORY]
        if not places or not places[-1]:
            return
        place = places[-1]


def is_little(data: bytes) -> bool:
    """Whether numbers of these EXIF data begin with their lowest byte."""
    return data[:2] == b"II"


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little" if is_little(data) else "big")


def _entries(data: bytes, layout: _Layout, place: int) -> list[_Entry]:
    """What a directory lists, as far as the data reach, at most MAX_DAMAGED + 1 entries."""
    head, length, width = layout
    first = place + head
    fitting = max(len(data) - first, 0) // length
    count = min(_number(data, place, head), fitting, MAX_DAMAGED + 1)
    return [
        _Entry(
            at=at,
            tag=_number(data, at, 2),
            kind=_number(data, at + 2, 2),
            amount=_number(data, at + 4, width),
            value=_number(data, at + 4 + width, width),
        )
        for at in range(first, first + count * length, length)
    ]


IMAGE_DESCRIPTION = 0x010E
MAKE = 0x010F  # of a camera; here programs keep texts, too
MODEL = 0x0110
SOFTWARE = 0x0131
XP_TITLE = 0x9C9B
XP_COMMENT = 0x9C9C
XP_KEYWORDS = 0x9C9E
XP_SUBJECT = 0x9C9F
USER_COMMENT = 0x9286
MAKER_NOTE = 0x927C
UNLISTED = -1  # no number of EXIF: see `texts_in`
_TEXTS = frozenset(
    {
        IMAGE_DESCRIPTION,
        MAKE,
        MODEL,
        SOFTWARE,
        XP_TITLE,
        XP_COMMENT,
        XP_KEYWORDS,
        XP_SUBJECT,
        USER_COMMENT,
        MAKER_NOTE,
    }
)
_MARKED = (b"UNICODE\0", b"ASCII\0\0\0")  # what a user comment begins with


def texts_in(data: bytes) -> dict[int, bytes]:
    """The notes of EXIF data that may hold a text, by number, undecoded; whatever else in them is
    damaged.

    To be called behind `check_exif`. A value that reaches behind the end is cut off there.
    UNLISTED is what lies behind the mark of a user comment, for directories or counts that another
    program has broken.
    """
    data = data.removeprefix(_PREFIX)
    bodies: dict[int, bytes] = {}
    todo = [_number(data, 4, 4)]
    seen: set[int] = set()
    while todo and len(seen) < 4:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        for entry in _entries(data, _TIFF, place)[:MAX_DAMAGED]:
            size = entry.amount * _SIZES.get(entry.kind, 1)
            if entry.tag == _EXIF_DIRECTORY:
                todo.append(entry.value)
            elif entry.tag in _TEXTS and entry.tag not in bodies:
                start = entry.at + 8 if size <= 4 else entry.value
                bodies[entry.tag] = data[start : start + size]
    places = [place for mark in _MARKED if (place := data.find(mark)) >= 0]
    if places:
        bodies[UNLISTED] = data[min(places) :]
    return bodies
