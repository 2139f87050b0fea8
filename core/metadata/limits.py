"""Before a decoder sees a picture file: its container is walked, and what would keep a decoder busy
or fill memory is refused.

Decoders are written for pictures that somebody wants to see: a file that lists a hundred thousand
texts, sixty million fill bytes or ten thousand passes over the same pixels is no damage to them,
only work. The limits are far above what any program writes; within them a file takes well under a
second. What is damaged, and how, is left to the decoder.

PNG: third edition, 5.3; JPEG: ITU T.81, annex B; WebP: RFC 9649, 2; AVIF: see core.metadata.boxes;
EXIF: see core.metadata.exif.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import BinaryIO

from core.metadata.boxes import check_boxes
from core.metadata.exif import check_exif
from core.metadata.texts import MOST_PROVENANCE, Carried
from core.system.errors import WorldError

MAX_TEXTS = 16 * 2**20  # bytes of everything that is not pixels
MAX_CHUNKS = 1024  # of what is not pixels: no program is known to write more than a few dozen
MAX_BLOCKS = 65_536  # of pixels: a picture of 128 MB in blocks of 2 kB
MAX_FRAMES = 16_384
MAX_PIXELS = 2**26  # phones take pictures of 9248 x 6936
MAX_SCANS = 100  # passes of a JPEG over its pixels; usual are 10
MAX_SCANNED = 16 * MAX_PIXELS  # passes times pixels
# bytes of padding in a JPEG, where the standard allows any number and nobody writes any
MAX_FILL = 65_536
# bytes of EXIF, and of Photoshop's notes, which readers go through note by note
MAX_NOTES = 4 * 2**20
_WITHOUT = "Save it anew without its metadata."
_ANEW = "Save it anew in another program."
_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\0\0"
_PIXELS_OF_PNG = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_PACKED_IN_PNG = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_TEXTS_IN_PNG = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_XMP = b"http://ns.adobe.com/xap/1.0/\0"  # before XMP in a JPEG
# before a piece of the XMP that is too long for one segment: then 32 letters that name the whole,
# its length and the place of the piece, four bytes each (XMP part 3, 1.1.3.1)
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_NAME_OF_MORE = 32
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no fill, no escaped 0xFF, no restart
_FRAME_STARTS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, 0xD8})  # markers without a length
# segments that Pillow goes through byte by byte
_NOT_SKIPPED = frozenset({0xC8, *range(0xF0, 0xFE)})
_BLOCK = 2**16


def check_container(file: BinaryIO, name: str) -> Carried:
    """What the file carries beside its pixels, wherever that lies; the file stands at its start
    afterwards. Raises WorldError where it goes beyond a limit."""
    file.seek(0)
    head = file.read(16)
    carried = Carried()
    if head.startswith(_PNG):
        _look_over_png(file, name, carried)
    elif head.startswith(b"\xff\xd8\xff"):
        _Jpeg(file, name, carried).look_over()
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        _look_over_webp(file, name, carried)
    elif head[4:8] == b"ftyp":
        check_boxes(file, name, MAX_TEXTS, carried)
    file.seek(0)
    return carried


class _Tally:
    """Counts what is not pixels."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bytes = 0
        self._count = 0

    def add(self, size: int, count: int = 1) -> None:
        """Count `size` bytes. Raises WorldError where they or the pieces become too many."""
        self._bytes += size
        self._count += count
        if self._bytes > MAX_TEXTS:
            raise WorldError(
                f"{self._name} carries texts of over {MAX_TEXTS // 2**20} MB.", _WITHOUT
            )
        if self._count > MAX_CHUNKS:
            raise WorldError(
                f"{self._name} carries more than {MAX_CHUNKS} texts and notes.", _WITHOUT
            )


def _look_over_png(file: BinaryIO, name: str, carried: Carried) -> None:
    tally = _Tally(name)
    blocks = 0
    frames = 0
    ended = False
    file.seek(len(_PNG))
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[:4], "big")
        kind = head[4:]
        if ended and kind not in _TEXTS_IN_PNG:
            # decoders end there; only what another program put behind it as a text is looked at
            break
        if kind == b"IEND":
            ended = carried.whole = True
        if kind in _PIXELS_OF_PNG:
            blocks += 1
            frames += kind == b"fcTL"
            if blocks > MAX_BLOCKS or frames > MAX_FRAMES:
                limit = MAX_FRAMES if frames > MAX_FRAMES else MAX_BLOCKS
                raise WorldError(f"{name} is cut into more than {limit} pieces.", _ANEW)
        else:
            tally.add(size)
        if kind == b"caBX":
            carried.note_provenance(file.read(min(size, MOST_PROVENANCE)))
            file.seek(max(size - MOST_PROVENANCE, 0) + 4, os.SEEK_CUR)
        elif kind in _PACKED_IN_PNG or kind in _TEXTS_IN_PNG or kind == b"eXIf":
            _look_over_text(kind, file.read(size), name, tally, carried)
            file.seek(4, os.SEEK_CUR)
        else:
            file.seek(size + 4, os.SEEK_CUR)


def _look_over_text(kind: bytes, body: bytes, name: str, tally: _Tally, carried: Carried) -> None:
    """A chunk of a PNG that holds a text, a profile or EXIF."""
    if kind == b"eXIf":
        check_exif(body, name)
        carried.note_exif(body.removeprefix(_EXIF))
    if kind in _PACKED_IN_PNG:
        tally.add(_unpacked(kind, body, name), count=0)
    if kind in _TEXTS_IN_PNG:
        carried.texts.append((kind, body))


def _unpacked(kind: bytes, body: bytes, name: str) -> int:
    """How many bytes a text or profile of a PNG becomes; 0 where it is damaged or not packed.
    WorldError above the limit of all texts."""
    _, _, rest = body.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return 0
        rest = rest[2:].split(b"\0", 2)[-1]  # behind the language and the translated key
    else:
        rest = rest[1:]  # behind the number of the method, of which there is one
    stream = zlib.decompressobj()
    try:
        length = len(stream.decompress(rest, MAX_TEXTS))
    except zlib.error:
        return 0
    if stream.unconsumed_tail:
        raise WorldError(f"{name} carries texts of over {MAX_TEXTS // 2**20} MB.", _WITHOUT)
    return length


class _Jpeg:
    """One walk over a JPEG file, from the first segment to the end of the picture."""

    def __init__(self, file: BinaryIO, name: str, carried: Carried) -> None:
        self._file = file
        self._name = name
        self._carried = carried
        self._tally = _Tally(name)
        self._exif = bytearray()
        self._photoshop = 0  # bytes of its notes
        self._more_xmp: dict[bytes, dict[int, bytes]] = {}  # pieces by their whole and their place
        self._pixels = 0
        self._scans = 0
        self._padding = 0  # bytes

    def look_over(self) -> None:
        """Raises WorldError where a limit is passed."""
        self._file.seek(2)
        while (marker := self._next_marker()) is not None:
            if marker == 0xD9:
                self._carried.whole = True
                break
            if marker in _ALONE:
                continue
            size = max(int.from_bytes(self._file.read(2), "big") - 2, 0)
            self._tally.add(size)
            if marker == 0xDA:
                self._count_scan()
            elif marker in _NOT_SKIPPED and not self._scans:
                self._note_padding(size)
            self._look_over_segment(marker, self._file.read(size))
        for pieces in self._more_xmp.values():
            self._carried.xmp.append(b"".join(pieces[place] for place in sorted(pieces)))
        if self._exif:
            check_exif(bytes(self._exif), self._name)
            self._carried.note_exif(bytes(self._exif))

    def _next_marker(self) -> int | None:
        """The next marker, standing behind it; None at the end. Pixels are passed over,
        what is neither is counted."""
        while block := self._file.read(_BLOCK):
            marker = _MARKER.search(block)
            stop = len(block) if marker is None else marker.start()
            self._note_padding(2 * block.count(b"\xff\xff", 0, stop) if self._scans else stop)
            if marker is not None:
                self._file.seek(marker.end() - len(block), os.SEEK_CUR)
                return block[marker.end() - 1]
            if block.endswith(b"\xff") and len(block) == _BLOCK:
                self._file.seek(-1, os.SEEK_CUR)
        return None

    def _note_padding(self, size: int) -> None:
        self._padding += size
        if self._padding > MAX_FILL:
            raise WorldError(f"{self._name} is padded with nothing in place of a picture.", _ANEW)

    def _count_scan(self) -> None:
        self._scans += 1
        scanned = self._scans * self._pixels
        if self._scans > MAX_SCANS or (self._scans > 1 and scanned > MAX_SCANNED):
            raise WorldError(
                f"{self._name} draws the same pixels again and again "
                f"({self._scans} times and more).",
                _ANEW,
            )

    def _look_over_segment(self, marker: int, body: bytes) -> None:
        if marker in _FRAME_STARTS and len(body) >= 5:
            height = int.from_bytes(body[1:3], "big")
            width = int.from_bytes(body[3:5], "big")
            self._pixels = max(self._pixels, width * height)
        elif marker == 0xE1:
            self._look_over_notes(body)
        elif marker == 0xEB and body.startswith(b"JP"):
            self._carried.note_provenance(body)
        elif marker == 0xFE:
            self._carried.comments.append(body)
        elif marker == 0xE2 and body.startswith(b"MPF\0"):
            check_exif(body[4:], self._name)
        elif marker == 0xED:
            self._photoshop += len(body)
            if self._photoshop > MAX_NOTES:
                raise WorldError(
                    f"{self._name} carries notes of over {MAX_NOTES // 2**20} MB.", _WITHOUT
                )

    def _look_over_notes(self, body: bytes) -> None:
        """EXIF or XMP."""
        if body.startswith(_EXIF):
            # as decoders do, who take it for one text in several segments
            self._exif += body[len(_EXIF) :]
            if len(self._exif) > MAX_NOTES:
                raise WorldError(
                    f"{self._name} carries a text of over {MAX_NOTES // 2**20} MB.", _WITHOUT
                )
        elif body.startswith(_XMP):
            self._carried.xmp.append(body[len(_XMP) :])
        elif body.startswith(_MORE_XMP):
            self._note_more_xmp(body[len(_MORE_XMP) :])

    def _note_more_xmp(self, body: bytes) -> None:
        """A piece of a long text; those of one whole are joined in their order, whatever came
        between."""
        whole, place = body[:_NAME_OF_MORE], body[_NAME_OF_MORE + 4 : _NAME_OF_MORE + 8]
        pieces = self._more_xmp.setdefault(whole, {})
        pieces.setdefault(int.from_bytes(place, "big"), body[_NAME_OF_MORE + 8 :])


def _look_over_webp(file: BinaryIO, name: str, carried: Carried) -> None:
    """Only as far as the file says that its picture goes: what is appended
    behind it no decoder looks at."""
    tally = _Tally(name)
    frames = 0
    length = file.seek(0, os.SEEK_END)
    file.seek(4)
    said = 8 + int.from_bytes(file.read(4), "little")
    carried.whole = said <= length
    end = min(said, length)
    file.seek(12)
    while file.tell() + 8 <= end:
        head = file.read(8)
        start = file.tell()
        kind = head[:4]
        size = min(int.from_bytes(head[4:], "little"), end - start)
        if kind in (b"VP8 ", b"VP8L", b"ANMF"):
            frames += 1
            if frames > MAX_FRAMES:
                raise WorldError(f"{name} has more than {MAX_FRAMES} frames.", _ANEW)
        elif kind != b"ALPH":
            tally.add(size)
        if kind == b"VP8X":
            canvas = file.read(10)  # four bytes, then the sides less one
            width = int.from_bytes(canvas[4:7], "little") + 1
            height = int.from_bytes(canvas[7:10], "little") + 1
            check_size(width, height, name)
        elif kind == b"EXIF":
            data = file.read(size)
            check_exif(data, name)
            carried.note_exif(data.removeprefix(_EXIF))
        elif kind == b"C2PA":
            carried.note_provenance(file.read(min(size, MOST_PROVENANCE)))
        elif kind == b"XMP ":
            carried.xmp.append(file.read(size))
        elif kind == b"ANMF":
            _look_over_frame(file, tally, start + size)
        file.seek(start + size + size % 2)  # a chunk of odd size is padded with a byte


def check_size(width: int, height: int, name: str) -> None:
    """Raises WorldError for a picture of more than MAX_PIXELS."""
    if width * height > MAX_PIXELS:
        raise WorldError(
            f"{name} has more than {MAX_PIXELS // 10**6} million pixels.", "Scale it down first."
        )


def _look_over_frame(file: BinaryIO, tally: _Tally, end: int) -> None:
    """The chunks within a frame of a WebP animation, behind its 16 bytes of places and times."""
    file.seek(16, os.SEEK_CUR)
    while file.tell() + 8 <= end and len(head := file.read(8)) == 8:
        size = min(int.from_bytes(head[4:], "little"), end - file.tell())
        if head[:4] not in (b"VP8 ", b"VP8L", b"ALPH"):
            tally.add(size)
        file.seek(size + size % 2, os.SEEK_CUR)
