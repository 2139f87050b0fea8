"""The boxes of an AVIF file: their number, their tables and the texts in them,
before a decoder reads them.

ISO/IEC 14496-12, 4.2 (boxes), 8.11 (items), 8.6 and 8.7 (samples);
ISO/IEC 23008-12 (EXIF among the items).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from core.metadata.exif import check_exif
from core.metadata.texts import MOST_PROVENANCE, Carried
from core.system.errors import WorldError

MAX_BOXES = 4096
MAX_DEPTH = 12  # boxes within boxes
MAX_TABLE = 32 * 2**10  # bytes; readers search such a table once for every entry of the others
MAX_SAMPLES = 16_384
# the boxes that hold others, and how many bytes stand before those
_INSIDE = {
    b"meta": 4,
    b"iprp": 0,
    b"ipco": 0,
    b"moov": 0,
    b"trak": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
    b"dinf": 0,
    b"edts": 0,
}
_ITEM_TABLES = frozenset({b"iinf", b"iloc", b"iref", b"ipma", b"pitm", b"grpl"})
_SAMPLE_TABLES = frozenset(
    {b"stsz", b"stsc", b"stco", b"co64", b"stts", b"stss", b"ctts", b"elst", b"stsd"}
)
_ANEW = "Save it anew in another program."
Extents = list[tuple[int, int]]
# what boxes of kinds of their own hold: C2PA 2.1, A.5 (a purpose, then its box), and XMP part 3
_PROVENANCE = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_KIND = 16  # bytes that name such a kind


def check_boxes(file: BinaryIO, name: str, most: int, carried: Carried) -> None:
    """Put EXIF and XMP of an AVIF file into `carried`.

    Raises WorldError where there are more boxes or larger tables than a picture needs, or over
    `most` bytes of EXIF and other texts.
    """
    end = file.seek(0, os.SEEK_END)
    _Walk(file, name, end, most, carried).level(0, end, 0)


class _Walk:
    """From box to box; each box `meta` has items of its own."""

    def __init__(self, file: BinaryIO, name: str, end: int, most: int, carried: Carried) -> None:
        self._file = file
        self._name = name
        self._end = end
        self._most = most
        self._carried = carried
        self._boxes = 0
        self._texts = 0  # bytes of them
        self._tables: dict[bytes, bytes] = {}
        self._inner = (0, 0)  # where the data box of the items begins and ends

    def level(self, start: int, end: int, depth: int) -> None:
        """The boxes between two places of the file, and those in them.

        Raises WorldError beyond a limit.
        """
        while start + 8 <= end:
            self._file.seek(start)
            head = self._file.read(16)
            size = int.from_bytes(head[:4], "big")
            kind = head[4:8]
            body = start + 8
            if size == 1:  # the size is larger than 32 bits and stands behind the kind
                size = int.from_bytes(head[8:16], "big")
                body = start + 16
            stop = min(start + size, end) if size else end  # a size of 0 means "to the end"
            if stop < body:  # no box: the decoder says so
                return
            self._boxes += 1
            if self._boxes > MAX_BOXES or depth > MAX_DEPTH:
                raise WorldError(f"{self._name} consists of more than {MAX_BOXES} parts.", _ANEW)
            self._look_into(kind, body, stop, depth)
            start = stop

    def _look_into(self, kind: bytes, body: int, stop: int, depth: int) -> None:
        if kind in _ITEM_TABLES or kind in _SAMPLE_TABLES:
            self._look_over_table(kind, body, stop)
        elif kind == b"uuid":
            self._look_into_own(body, stop)
        elif kind == b"idat":
            self._inner = body, stop
        elif kind == b"meta":
            self._tables = {}
            self._inner = (0, 0)
            self.level(body + _INSIDE[kind], stop, depth + 1)
            self._look_over_texts()
        elif kind in _INSIDE:
            self.level(body, stop, depth + 1)

    def _look_into_own(self, start: int, stop: int) -> None:
        """A box whose kind a program has made for itself."""
        self._file.seek(start)
        kind = self._file.read(_KIND)
        if kind not in (_PROVENANCE, _XMP):
            return
        size = max(stop - start - _KIND, 0)
        self._count_texts(min(size, MOST_PROVENANCE) if kind == _PROVENANCE else size)
        if kind == _PROVENANCE:
            self._carried.note_provenance(self._file.read(min(size, MOST_PROVENANCE)))
        else:
            self._carried.xmp.append(self._file.read(size))

    def _count_texts(self, size: int) -> None:
        self._texts += size
        if self._texts > self._most:
            raise WorldError(
                f"{self._name} carries texts of over {self._most // 2**20} MB.",
                "Save it anew without its metadata.",
            )

    def _look_over_table(self, kind: bytes, start: int, stop: int) -> None:
        if stop - start > (MAX_TABLE if kind in _ITEM_TABLES else 2 * MAX_TABLE):
            raise WorldError(f"{self._name} lists more parts than a picture has.", _ANEW)
        self._file.seek(start)
        body = self._tables[kind] = self._file.read(stop - start)
        counts: list[int] = []  # of frames
        if kind == b"stsz":
            counts = [int.from_bytes(body[8:12], "big")]
        elif kind == b"stsc":
            counts = [
                int.from_bytes(body[at + 4 : at + 8], "big") for at in range(8, len(body) - 11, 12)
            ]
        if any(count > MAX_SAMPLES for count in counts):
            raise WorldError(f"{self._name} has more than {MAX_SAMPLES} frames.", _ANEW)

    def _look_over_texts(self) -> None:
        """The items that are not pixels, as far as the tables make sense."""
        kinds = dict(_kinds(self._tables.get(b"iinf", b"")))
        for item, inside, extents in _places(self._tables.get(b"iloc", b"")):
            if kinds.get(item) not in (b"Exif", b"mime"):
                continue
            base, limit = self._inner if inside else (0, self._end)
            places = [
                (base + offset, size or max(limit - base - offset, 0)) for offset, size in extents
            ]
            self._count_texts(sum(size for _, size in places))
            data = b"".join(self._part(*place) for place in places)
            if kinds[item] == b"Exif":
                offset = int.from_bytes(data[:4], "big")  # from here to the EXIF data
                data = data[4 + offset :].removeprefix(b"Exif\0\0")
                check_exif(data, self._name)
                self._carried.note_exif(data)
            else:
                self._carried.xmp.append(data)

    def _part(self, start: int, size: int) -> bytes:
        self._file.seek(min(start, self._end))
        return self._file.read(size)


def _kinds(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Items by number, from the table `iinf` with its boxes `infe`."""
    at = 6 if body[:1] == b"\0" else 8
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if size < 8:
            return
        version = body[at + 8] if at + 8 < len(body) else 0
        width = 4 if version >= 3 else 2
        item = int.from_bytes(body[at + 12 : at + 12 + width], "big")
        yield item, body[at + 14 + width : at + 18 + width]
        at += size


def _places(body: bytes) -> Iterator[tuple[int, bool, Extents]]:
    """(item, whether its bytes lie in the box `idat`, (offset, size) of each stretch of them) from
    the table `iloc`."""
    if len(body) < 8:
        return
    version = body[0]
    # bytes of each number below, two sizes to a byte
    offset_size = body[4] >> 4
    length_size = body[4] & 15
    base_size = body[5] >> 4
    index_size = body[5] & 15 if version else 0
    at = 6

    def take(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(body[at - size : at], "big")

    for _ in range(min(take(4 if version == 2 else 2), len(body))):
        item = take(4 if version == 2 else 2)
        inside = bool(version) and take(2) & 15 == 1
        take(2)
        base = take(base_size)
        extents: Extents = []
        for _ in range(min(take(2), len(body))):
            take(index_size)
            offset = base + take(offset_size)
            extents.append((offset, take(length_size)))
            if at > len(body):
                return
        yield item, inside, extents
