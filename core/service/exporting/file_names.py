"""Names of files that every system takes, whatever words they are made of.

Windows forbids most (learn.microsoft.com, "Naming Files, Paths, and Namespaces"); a name may have
255 bytes on most disks of Linux, and as many units of UTF-16 elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 200  # bytes of UTF-8: room for a number and an ending, and for Windows' short paths
SHORTEST_TEXT = 8  # bytes that a shortened text keeps
_ILLEGAL = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?=\.|$)",
    re.IGNORECASE,
)
_JOINERS = "\u200c\u200d"  # which some scripts and emoji need
_UNWRITABLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_EDGES = " ."  # at which a name neither begins nor ends, nor, where a field
_SEPARATORS = " ._-"  # of it was empty, at what stood beside that


@dataclass(frozen=True, slots=True)
class EnteredText:
    """A text of any length that was put into a name: it is shortened first."""

    text: str


def file_name(parts: Sequence[str | EnteredText]) -> str:
    """The parts in a row as one name without an ending; "" where nothing is left of them."""
    texts = [_writable(part.text if isinstance(part, EnteredText) else part) for part in parts]
    entered = [at for at, part in enumerate(parts) if isinstance(part, EnteredText)]
    while (over := sum(map(_bytes, texts)) - LONGEST) > 0 and entered:
        longest = max(entered, key=lambda at: _bytes(texts[at]))
        shortened = _cut(texts[longest], max(_bytes(texts[longest]) - over, SHORTEST_TEXT))
        if shortened == texts[longest]:
            break
        texts[longest] = shortened.rstrip()
    edges = _EDGES if all(texts) else _SEPARATORS
    return _allowed(_cut("".join(texts), LONGEST), edges)


def _writable(text: str) -> str:
    """Composed, without signs that no name may have."""
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    kept = (sign for sign in composed if sign in _JOINERS or not _is_unwritable(sign))
    return _ILLEGAL.sub("_", "".join(kept))


def _is_unwritable(sign: str) -> bool:
    return unicodedata.category(sign) in _UNWRITABLE


def _allowed(name: str, edges: str) -> str:
    """As Windows takes it: with no blank or dot at its end, and none of its devices' names; not
    hidden on other systems."""
    name = " ".join(name.split()).strip(edges).strip(_EDGES)
    return _RESERVED.sub(r"\1_", name, count=1) if _RESERVED.match(name) else name


def _bytes(text: str) -> int:
    return len(text.encode())


def _cut(text: str, most: int) -> str:
    """Its beginning of at most so many bytes, no sign torn from its accents."""
    if _bytes(text) <= most:
        return text
    cut = text.encode()[:most].decode(errors="ignore")
    while cut and (unicodedata.combining(text[len(cut)]) or text[len(cut)] in _JOINERS):
        cut = cut[:-1]
    return cut


class FreeNames:
    """Gives each of many pictures a name that no other has, in any spelling of a disk that does not
    tell capitals from small letters."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], set[str]] = {}
        self._next: dict[tuple[tuple[str, ...], str], int] = {}

    def knows(self, folder: tuple[str, ...]) -> bool:
        """Whether the names in a folder were noted."""
        return _key(folder) in self._taken

    def note(self, folder: tuple[str, ...], names: Iterable[str]) -> None:
        """These names, with their endings, are there already."""
        self._taken.setdefault(_key(folder), set()).update(map(_spelt, names))

    def give(self, folder: tuple[str, ...], stem: str, suffix: str) -> str:
        """`stem`, or with "-2", "-3", ... behind it, so that with its ending it is free."""
        taken = self._taken.setdefault(_key(folder), set())
        kind = _key(folder), _spelt(stem + suffix)
        number = self._next.get(kind, 1)
        while _spelt(name := _numbered(stem, number) + suffix) in taken:
            number += 1
        self._next[kind] = number + 1
        taken.add(_spelt(name))
        return name.removesuffix(suffix)


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"


def _spelt(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _key(folder: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_spelt, folder))
