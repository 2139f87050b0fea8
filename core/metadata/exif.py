"""The directories of EXIF data: how much a reader would take out of them, before one does (TIFF 6.0, section 2)."""

from __future__ import annotations

from core.errors import WorldError

MAX_ENTRIES, MAX_DAMAGED = 1024, 16_384  # readers pass over entries of unknown kinds, as a damaged pointer finds them
_PREFIX = b"Exif\0\0"
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_EXIF_DIRECTORY = 0x8769


def look_over_exif(data: bytes, name: str) -> None:
    """WorldError where directories list so much, or the same bytes so often, that a reader's memory would overflow.

    Readers take every value out at once. Values that overlap make a small file large; honest ones together are no larger than the data.
    """
    for _ in range(2):
        data = data.removeprefix(_PREFIX)
    order = "little" if data[:2] == b"II" else "big"
    large = 43 in data[2:4]  # BigTIFF

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start:start + size], order)

    place, taken = number(8, 8) if large else number(4, 4), 0
    for _ in range(2):  # the first directory, and that of EXIF to which it points
        count = number(place, 8) if large else number(place, 2)
        first, entry, width = (place + 8, 20, 8) if large else (place + 2, 12, 4)
        count = min(count, max(len(data) - first, 0) // entry)
        known = sum(number(at + 2, 2) in _SIZES for at in range(first, first + min(count, MAX_DAMAGED) * entry, entry))
        if known > MAX_ENTRIES or count > MAX_DAMAGED:
            raise WorldError(f"{name} lists more than {MAX_ENTRIES} notes.", "Save it anew without its metadata.")
        following = 0
        for start in range(first, first + count * entry, entry):
            size = number(start + 4, width) * _SIZES.get(number(start + 2, 2), 0)
            if number(start, 2) == _EXIF_DIRECTORY:
                following = number(start + 4 + width, width)
            if width < size:
                taken += min(size, max(len(data) - number(start + 4 + width, width), 0))
        if taken > 2 * len(data) + 65_536:
            raise WorldError(f"{name} carries notes that would fill memory.", "Save it anew without its metadata.")
        if not following:
            return
        place = following
