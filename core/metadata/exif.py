"""The directories of EXIF data: how much a reader would take out of them, before one does (TIFF
6.0, section 2).
"""

from __future__ import annotations

from core.system.errors import WorldError

# readers pass over entries of unknown kinds, as a damaged pointer finds them
MAX_ENTRIES, MAX_DAMAGED = 1024, 16_384
_PREFIX = b"Exif\0\0"
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


def look_over_exif(data: bytes, name: str) -> None:
    """WorldError where directories list so much, or the same bytes so often, that a reader's memory
    would overflow.

    Readers take every value out at once. Values that overlap make a small file large; honest ones
    together are no larger than the data.
    """
    for _ in range(2):
        data = data.removeprefix(_PREFIX)
    order = "little" if data[:2] == b"II" else "big"
    large = 43 in data[2:4]  # BigTIFF

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], order)

    place, taken = number(8, 8) if large else number(4, 4), 0
    for _ in range(2):  # the first directory, and that of EXIF to which it points
        count = number(place, 8) if large else number(place, 2)
        first, entry, width = (place + 8, 20, 8) if large else (place + 2, 12, 4)
        count = min(count, max(len(data) - first, 0) // entry)
        known = sum(
            number(at + 2, 2) in _SIZES
            for at in range(first, first + min(count, MAX_DAMAGED) * entry, entry)
        )
        if known > MAX_ENTRIES or count > MAX_DAMAGED:
            raise WorldError(
                f"{name} lists more than {MAX_ENTRIES} notes.", "Save it anew without its metadata."
            )
        following = 0
        for start in range(first, first + count * entry, entry):
            size = number(start + 4, width) * _SIZES.get(number(start + 2, 2), 0)
            if number(start, 2) == _EXIF_DIRECTORY:
                following = number(start + 4 + width, width)
            if width < size:
                taken += min(size, max(len(data) - number(start + 4 + width, width), 0))
        if taken > 2 * len(data) + 65_536:
            raise WorldError(
                f"{name} carries notes that would fill memory.",
                "Save it anew without its metadata.",
            )
        if not following:
            return
        place = following


IMAGE_DESCRIPTION, XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT = (
    0x010E,
    0x9C9B,
    0x9C9C,
    0x9C9E,
    0x9C9F,
)
USER_COMMENT, MAKER_NOTE, UNLISTED = 0x9286, 0x927C, -1
_TEXTS = frozenset(
    {IMAGE_DESCRIPTION, XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT, USER_COMMENT, MAKER_NOTE}
)
_MARKED = (b"UNICODE\0", b"ASCII\0\0\0")  # what a user comment begins with


def is_little(data: bytes) -> bool:
    """Whether numbers of these EXIF data begin with their lowest byte."""
    return data[:2] == b"II"


def texts_in(data: bytes) -> dict[int, bytes]:
    """The notes of EXIF data that may hold a text, by number, undecoded; whatever else in them is
    damaged.

    To be called behind `look_over_exif`. A value that reaches behind the end is cut off there.
    UNLISTED is what lies behind the mark of a user comment, for directories or counts that another
    program has broken.
    """
    data = data.removeprefix(_PREFIX)
    order = "little" if is_little(data) else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], order)

    found: dict[int, bytes] = {}
    todo, seen = [number(4, 4)], set[int]()
    while todo and len(seen) < 4:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        for at in range(
            place + 2, min(place + 2 + 12 * min(number(place, 2), MAX_DAMAGED), len(data) - 11), 12
        ):
            tag, size = number(at, 2), number(at + 4, 4) * _SIZES.get(number(at + 2, 2), 1)
            if tag == _EXIF_DIRECTORY:
                todo.append(number(at + 8, 4))
            elif tag in _TEXTS and tag not in found:
                start = at + 8 if size <= 4 else number(at + 8, 4)
                found[tag] = data[start : start + size]
    places = [place for mark in _MARKED if (place := data.find(mark)) >= 0]
    if places:
        found[UNLISTED] = data[min(places) :]
    return found
