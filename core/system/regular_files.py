"""What is safe to open and to look through: regular files only, up to a size, never a pipe; and how
a file is named in a sentence."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LONGEST_NAME = 80  # characters of a name in a sentence
# a half-written file; SQLite writes a journal beside
PARTIAL = re.compile(r"\.(\d+)-[0-9a-f]{8}\.partial(?:-journal)?")
MAX_DEPTH = 64  # folders within folders that are looked into
# open without waiting for a pipe's other end, as bytes, not for child processes; not all systems
# have all three
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def is_partial(name: str) -> bool:
    """Whether a file or folder of this name is not whole yet."""
    return PARTIAL.fullmatch(name) is not None


def items_in(folder: Path) -> list[Path]:
    """What lies in a folder, in no order; nothing where it cannot be read."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def hidden_in(folder: Path) -> list[Path]:
    """As `items_in`, those whose names begin with a dot: few of very many."""
    try:
        return [folder / name for name in os.listdir(folder) if name.startswith(".")]
    except OSError:
        return []


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, without ever waiting for a pipe.

    Raises OSError where it cannot be read, and for pipes, devices, sockets and folders.
    """
    handle = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def open_for_writing(path: Path) -> int:
    """A descriptor on an emptied or new regular file, without ever waiting for a pipe.

    Raises OSError where it cannot be written, and for pipes, devices, sockets and folders.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | _AT_ONCE, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        os.ftruncate(handle, 0)
    except BaseException:
        os.close(handle)
        raise
    return handle


def read_limited(path: Path, limit: int) -> bytes:
    """A regular file's content. Raises OSError where it cannot be read, ValueError where it is
    larger than `limit` bytes."""
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"{path.name} is larger than {limit} bytes")
    return data


def read_words(path: Path, limit: int) -> str:
    """A text file as people's programs save it: in UTF-8, in UTF-16 with its mark, or in the old
    code page of Western Windows. UTF-8 with a few damaged bytes stays UTF-8, a mark in place of
    each. Raises as `read_limited` does."""
    data = read_limited(path, limit)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    damaged = text.count("\ufffd")
    whole = sum(not sign.isascii() for sign in text) - damaged
    if data.startswith(codecs.BOM_UTF8) or whole >= damaged:
        return text
    return data.decode("cp1252", "replace")


def blocks_of(path: Path) -> Iterator[bytes]:
    """A regular file's content, at most 4 MiB at a time. Raises OSError where it cannot be read."""
    with open_regular(path) as file:
        while block := file.read(2**22):
            yield block


def sha256_of(path: Path) -> str:
    """The hex digest of a regular file's content. Raises OSError where it cannot be read."""
    import hashlib

    digest = hashlib.sha256()
    for block in blocks_of(path):
        digest.update(block)
    return digest.hexdigest()


def walk_files(folder: Path, depth: int = MAX_DEPTH) -> Iterator[Path]:
    """Regular files below a folder, in the order of their names; links to folders are not followed.

    Pipes, devices, what is half written (`partial_beside`) and what lies more than `depth`
    folders down is passed over.
    """
    waiting = [(folder, 0)]
    while waiting:
        place, down = waiting.pop()
        folders: list[tuple[Path, int]] = []
        for name, path in sorted((path.name, path) for path in items_in(place)):
            if is_partial(name):
                continue
            with contextlib.suppress(OSError):
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    if down < depth:
                        folders.append((path, down + 1))
                elif stat.S_ISREG(path.stat().st_mode if stat.S_ISLNK(mode) else mode):
                    yield path
        waiting += reversed(folders)


def can_be_path(text: str) -> bool:
    """Whether a system could have a file of this name: no zero byte,
    and nothing that no name is written with."""
    try:
        return "\0" not in text and bool(os.fsencode(text)) and bool(text.encode())
    except UnicodeEncodeError:
        return False


def resolved(path: Path) -> Path:
    """The path made absolute, links followed; a loop of links, a name too long or with a
    zero byte stays as it is."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path.absolute()


def display_name(path: Path, *, whole: bool = False) -> str:
    """A file's name (or its whole path) for a sentence: bounded, and of characters that
    can be written anywhere."""
    text = (str(path) if whole else path.name).encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    longest = 4 * LONGEST_NAME if whole else LONGEST_NAME
    return text if len(text) <= longest else f"{text[:longest]}..."
