"""Bytes to text as the field writes it: the character sets of EXIF comments, PNG chunks, XMP;
guessed where a program left it open.

EXIF 2.32, 4.6.5 (UserComment); PNG third edition, 11.3.3; XMP part 1. Nothing here fails: what
cannot be read is left out.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from core.metadata import exif

MAX_TEXT = 2**20  # characters
MAKER = b"calotype\0"  # before our own recipe in the maker's note, where there are no text chunks
_XMP_KEY = "XML:com.adobe.xmp"
_MOST_XMP = 64  # texts that are taken from such packets each
_UTF16 = {True: "utf-16-le", False: "utf-16-be"}
C2PA_KEY = "c2pa"
MOST_PROVENANCE = 2**18  # bytes
_LONGEST_PROVENANCE = 20_000  # characters
_WORDS = re.compile(rb"[\x20-\x7e]{6,400}")  # of a box that is no text
# properties that name a program, which need not look like a recipe
_NAMES_A_PROGRAM = frozenset({"CreatorTool", "Credit", "AISystemUsed"})
_CHARSET = 8  # bytes that name the character set of a user comment
_UNDEFINED = (bytes(_CHARSET), b" " * _CHARSET, b"\xff" * _CHARSET)
_NUMBERS = re.compile(r"\s*\d{1,3}(?:\s*,\s*\d{1,3})*+[\s,]*")
_EXIF_KEYS = {
    exif.USER_COMMENT: "parameters",
    exif.XP_COMMENT: "exif:XPComment",
    exif.IMAGE_DESCRIPTION: "exif:ImageDescription",
    exif.XP_TITLE: "exif:XPTitle",
    exif.XP_SUBJECT: "exif:XPSubject",
    exif.XP_KEYWORDS: "exif:XPKeywords",
    exif.MODEL: "exif:Model",
    exif.MAKE: "exif:Make",
    exif.SOFTWARE: "exif:Software",
    exif.UNLISTED: "exif:unlisted",
}
_XP = frozenset({exif.XP_COMMENT, exif.XP_TITLE, exif.XP_SUBJECT, exif.XP_KEYWORDS})


@dataclass(slots=True)
class Carried:
    """What a picture file carries beside its pixels, as the walk over its container found it:
    bytes, not yet read.

    `texts`: the text chunks of a PNG with their kinds; `exif` without the mark "Exif" before it;
    `xmp` and `comments` as they lie; `provenance` is C2PA's box, its beginning. `whole`: the walk
    came to the file's own end, so that nothing is missing there; of an AVIF nobody knows.
    """

    texts: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    exif: bytes = b""
    xmp: list[bytes] = field(default_factory=list[bytes])
    comments: list[bytes] = field(default_factory=list[bytes])
    provenance: bytes = b""
    whole: bool = False

    def note_provenance(self, data: bytes) -> None:
        """Of several pieces those that come first, up to a limit."""
        self.provenance += data[: MOST_PROVENANCE - len(self.provenance)]

    def note_exif(self, data: bytes) -> None:
        """Of several the first that holds anything counts."""
        self.exif = self.exif or data


def decoded_texts(carried: Carried) -> dict[str, str]:
    """Every text by the name under which the file carries it, the likelier places of a recipe
    first; none is longer than 1 MB.

    The user comment of EXIF is called "parameters", our own recipe in the maker's note "calotype",
    unless a chunk is.
    """
    decoded: dict[str, str] = {}
    xmp = list(carried.xmp)
    notes = [carried.exif]
    for kind, body in carried.texts:
        key, text = _chunk(kind, body)
        if key == _XMP_KEY:
            xmp.append(text.encode("utf-8", "replace"))
            continue
        _put(decoded, key, text)
        if key.lower().startswith("raw profile type"):
            profile = _profile(text)
            (xmp if profile.lstrip()[:1] == b"<" else notes).append(profile)
        elif key.lower() == "exif:usercomment" and (raw := _numbers(text)):
            _put(decoded, key, comment(raw))
    for data in notes:
        _put_exif(decoded, data)
    for body in carried.comments:
        _put(decoded, "comment", plain(body))
    for data in xmp:
        for key, text in _in_xmp(data):
            _put(decoded, key, text)
    words = _WORDS.findall(carried.provenance)
    _put(decoded, C2PA_KEY, b" ".join(words)[:_LONGEST_PROVENANCE].decode("ascii"))
    return decoded


def _put(decoded: dict[str, str], key: str, text: str) -> None:
    """Under its key, or one beside it where that is taken by another text."""
    text = text.rstrip("\0")
    if not text.strip() or len(text) > MAX_TEXT:
        return
    if text in (decoded.get(key), decoded.get(f"{key} (2)")):
        return
    number = 1
    name = key
    while name in decoded:
        number += 1
        if number > 16:
            return
        name = f"{key} ({number})"
    decoded[name] = text


def _put_exif(decoded: dict[str, str], data: bytes) -> None:
    little = exif.is_little(data)
    notes = exif.texts_in(data)
    for tag, key in _EXIF_KEYS.items():
        body = notes.get(tag, b"")
        if tag == exif.UNLISTED and not body.startswith(b"UNICODE"):
            # up to the first zero: what lies behind is no text
            body = body[:_CHARSET] + body[_CHARSET:].partition(b"\0")[0]
        if len(body) <= 4 * MAX_TEXT:
            _put(decoded, key, _wide(body, True) if tag in _XP else comment(body, little=little))
    maker = notes.get(exif.MAKER_NOTE, b"")
    if maker.startswith(MAKER) and len(maker) <= MAX_TEXT:
        _put(decoded, "calotype", maker[len(MAKER) :].decode("utf-8", "replace"))


def comment(raw: bytes, *, little: bool = False) -> str:
    """A user comment of EXIF: eight bytes name the character set, which many programs leave empty
    or get wrong.
    """
    charset = raw[:_CHARSET].upper()
    body = raw[_CHARSET:]
    if charset == b"UNICODE\0":
        return _wide(body, little) if b"\0" in body.rstrip(b"\0") else plain(body)
    if charset.startswith(b"JIS\0"):
        return _japanese(body)
    if charset.startswith(b"ASCII\0") or charset in _UNDEFINED:
        return plain(body, little=little)
    return plain(raw, little=little)


def plain(raw: bytes, *, little: bool = False) -> str:
    """A text of which nobody said how it is written: UTF-16 where it is full of zeros, else UTF-8,
    and where it is not that UTF-16 if there is any zero in it, else Latin-1.
    """
    padded = raw.rstrip(b"\0")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or 4 * padded.count(0) > len(padded):
        return _wide(raw, little)
    body = padded.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start >= len(body) - 3 and fault.reason.startswith("unexpected end"):
            return body[: fault.start].decode("utf-8")  # cut off within its last sign
        return _wide(raw, little) if b"\0" in body else body.decode("latin-1")


def _wide(raw: bytes, little: bool) -> str:
    """UTF-16 by its mark; without one in the order in which more of it are plain letters and
    blanks, `little` where both are alike.

    Programs write it in either order whatever the data around it say; a recipe always has ASCII
    letters.
    """
    body = raw + b"\0" * (len(raw) % 2)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        little = body[:2] == b"\xff\xfe"
        body = body[2:]
    else:
        if_little = _ascii_units(body, 0)
        if_big = _ascii_units(body, 1)
        if if_little != if_big:
            little = if_little > if_big
    return body.decode(_UTF16[little], "replace").lstrip("\ufeff").partition("\0")[0]


def _ascii_units(body: bytes, letters: int) -> tuple[int, int]:
    """How often three printable ASCII signs follow each other in UTF-16, and how many there are at
    all, a sign being the first (0) or second (1) byte of its pair.

    Single signs prove little: "\u4e00" in the wrong order is an "N".
    """
    zeros = int.from_bytes(body[1 - letters :: 2].translate(_ZERO_OR_NOT), "big")
    signs = int.from_bytes(body[letters::2].translate(_ASCII_OR_NOT), "big")
    both = zeros & signs
    return (both & both >> 8 & both >> 16).bit_count(), both.bit_count()


_ZERO_OR_NOT = bytes(1 if value == 0 else 0 for value in range(256))
_ASCII_OR_NOT = bytes(1 if 32 <= value < 127 or value in (9, 10, 13) else 0 for value in range(256))


def _japanese(body: bytes) -> str:
    """EXIF's JIS: as ISO-2022 where its escapes are there, and what programs write in its place.

    Text of one of the two older sets reads in the other as half-width signs, which nobody uses for
    prose.
    """
    body = body.rstrip(b"\0")
    readings: list[str] = []
    for charset in ("iso2022_jp_2",) if b"\x1b" in body else ("utf-8", "shift_jis", "euc_jp"):
        with contextlib.suppress(UnicodeDecodeError):
            readings.append(body.decode(charset))
            if charset in ("utf-8", "iso2022_jp_2"):
                return readings[-1]
    return min(readings, key=_half_width, default="") or plain(body)


def _half_width(text: str) -> int:
    """How many half-width katakana a text has."""
    return sum("\uff61" <= sign <= "\uff9f" for sign in text)


def _chunk(kind: bytes, body: bytes) -> tuple[str, str]:
    """Key and text of a PNG's chunk; ("", "") where it is damaged. UTF-8 stands in Latin-1's place
    as often as Latin-1 itself.
    """
    key, _, rest = body.partition(b"\0")
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, 4 * MAX_TEXT + 1)
        except zlib.error:
            return "", ""
    return key.decode("latin-1"), plain(rest) if len(rest) <= 4 * MAX_TEXT else ""


def _profile(text: str) -> bytes:
    """EXIF data or an XMP packet, as ImageMagick writes them: hexadecimal digits behind a name and
    a length, each on a line of its own.
    """
    try:
        raw = bytes.fromhex("".join(text.lstrip("\n").split("\n")[2:]))
    except ValueError:
        return b""
    return raw.removeprefix(b"Exif\0\0").removeprefix(b"http://ns.adobe.com/xap/1.0/\0")


def _numbers(text: str) -> bytes:
    """The bytes of a user comment that was written as decimal numbers; none where it was not."""
    if len(text) > 6 * MAX_TEXT or not _NUMBERS.fullmatch(text):  # "255, " for each byte and more
        return b""
    return bytes(int(number) & 255 for number in text.replace(",", " ").split())


def _in_xmp(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts of an XMP packet by the names of their properties; none where it is damaged or
    brings definitions of its own.
    """
    if len(data) > MAX_TEXT or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return iter(())
    texts = _Packet()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = texts.start
    parser.EndElementHandler = texts.end
    parser.CharacterDataHandler = texts.add
    with contextlib.suppress(expat.ExpatError, ValueError, LookupError):
        parser.Parse(data.rstrip(b"\0"), True)
    return iter(texts.found)


class _Packet:
    """Gathers the texts of elements and attributes; the names of RDF's own elements are no
    properties.
    """

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._names: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(name)
        self._text = []
        for key, text in attributes.items():
            self._note(key, text)

    def add(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        own = next((tag for tag in reversed(self._names[-4:]) if not tag.startswith("rdf:")), name)
        self._note(own, "".join(self._text))
        self._names.pop()
        self._text = []

    def _note(self, name: str, text: str) -> None:
        # a recipe has pairs of a key, a colon and a value; single words and numbers are none
        bare = name.rpartition(":")[2]
        could_be_recipe = (":" in text and len(text) > 8) or bare in _NAMES_A_PROGRAM
        if could_be_recipe and len(self.found) < _MOST_XMP and not name.startswith("xmlns"):
            self.found.append((f"xmp:{bare}", text.strip()))
