"""A zip from anywhere, opened within limits: its list of contents is not read before it is known
how long it is, and nothing is unpacked before its size is (APPNOTE.TXT 6.3.10)."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.metadata.reading import decoding
from core.system.errors import WorldError
from core.system.regular_files import display_name, open_regular

MAX_ENTRIES = 1000  # in the list of contents, and bytes of that list
MAX_LIST = 2**20
_END = b"PK\5\6"  # of the list of contents (4.3.16)
_END_SIZE = 22
_END_64 = b"PK\6\7"  # in a file of more than 4 GB
_LONGEST_COMMENT = 2**16
_ENCRYPTED = 1  # a flag of an entry


@dataclass(frozen=True, slots=True)
class ArchiveKind:
    """What sentences call such a file ("OpenRaster file"), how large it may be in bytes, and what
    helps where it is larger (`smaller`) or damaged (`anew`)."""

    name: str
    most: int
    smaller: str
    anew: str


class Archive:
    """One that is open; `name` is what its file is called in sentences."""

    def __init__(self, packed: zipfile.ZipFile, name: str, kind: ArchiveKind) -> None:
        self._packed = packed
        self._name = name
        self._anew = kind.anew
        self._entries = {entry.filename: entry for entry in packed.infolist()}

    def __contains__(self, part: str) -> bool:
        return part in self._entries

    def bytes_of(self, part: str, limit: int) -> bytes:
        """A part of it, unpacked. Raises WorldError where it is not there or has more than `limit`
        bytes, and what `zipfile` raises where it is damaged."""
        entry = self._entries.get(part)
        if entry is None:
            raise WorldError(f"{self._name} lacks its part {part[:80]!r}.", self._anew)
        with self._packed.open(entry) as packed:
            data = packed.read(limit + 1)
        if len(data) > limit:
            raise WorldError(f"{self._name}: {part[:80]} is larger than any such part.", self._anew)
        return data


@contextlib.contextmanager
def archive_at(path: Path, kind: ArchiveKind) -> Generator[tuple[Archive, str]]:
    """The zip at a path, and what it is called in sentences. Raises WorldError where it cannot be
    read or as `opened_archive`, and for pictures in it that cannot be decoded."""
    name = display_name(path)
    try:
        file = open_regular(path)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise WorldError(
            f"{name} cannot be opened: {reason}.", "Choose a file that you may read."
        ) from fault
    with file, decoding(name), opened_archive(file, name, kind) as archive:
        yield archive, name


@contextlib.contextmanager
def opened_archive(file: BinaryIO, name: str, kind: ArchiveKind) -> Generator[Archive]:
    """The zip in a file called `name`. Raises WorldError where it is foreign, cut off, packed in an
    unusual way, or goes beyond a limit."""
    _check_list(file, name, kind)
    try:
        with zipfile.ZipFile(file) as packed:
            _check_entries(packed, name, kind)
            yield Archive(packed, name, kind)
    except zipfile.BadZipFile as fault:
        raise WorldError(f"{name} is no {kind.name}, or damaged.", kind.anew) from fault


def _check_list(file: BinaryIO, name: str, kind: ArchiveKind) -> None:
    """Before the list of contents is read: how long it says that it is."""
    size = file.seek(0, io.SEEK_END)
    if size > kind.most:
        raise WorldError(f"{name} is larger than {kind.most // 2**20} MB.", kind.smaller)
    file.seek(max(size - _END_SIZE - _LONGEST_COMMENT - len(_END_64) - 16, 0))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)  # in the order in which the reader of zips looks
    end = tail[at : at + _END_SIZE]
    if at < 0 or len(end) < _END_SIZE:
        raise WorldError(f"{name} is no {kind.name}, or cut off.", kind.anew)
    count, length = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if count > MAX_ENTRIES or length > MAX_LIST or tail[max(at - 20, 0) : at].startswith(_END_64):
        raise WorldError(f"{name} holds more than {MAX_ENTRIES} files.", kind.anew)
    file.seek(0)


def _check_entries(packed: zipfile.ZipFile, name: str, kind: ArchiveKind) -> None:
    entries = packed.infolist()
    if len(entries) > MAX_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
        raise WorldError(f"{name} holds too many files, or one of them twice.", kind.anew)
    usual = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(e.compress_type not in usual or e.flag_bits & _ENCRYPTED for e in entries):
        raise WorldError(f"{name} is packed or encrypted in an unusual way.", kind.anew)
