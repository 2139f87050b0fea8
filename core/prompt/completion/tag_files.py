"""Lists of tags in files: CSV with a tag's name, its category, how many pictures have it, and its
other names between commas, as they are exchanged for AUTOMATIC1111's completion."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.prompt.completion.tag_index import TagIndex, TagRow, gently, index_of
from core.system.regular_files import items_in, read_limited

MAX_FILE = 2**25  # bytes
MAX_NAMES = 600_000  # of all files together, other names among them
MAX_ALIASES = 40  # of a tag
LONGEST = 200  # characters of a name

Signature = tuple[tuple[str, int, int], ...]  # path, bytes, nanoseconds of the last change


@dataclass(frozen=True, slots=True)
class FoundTags:
    """The tags of all files, and a sentence for each file that could not be used."""

    index: TagIndex
    troubles: tuple[str, ...] = ()


def signature_of(folder: Path, *endings: str) -> Signature:
    """Tells whether files of these endings in a folder have changed; () where there are none."""
    seen: list[tuple[str, int, int]] = []
    for path in sorted(items_in(folder)):
        if path.suffix.lower() in endings:
            try:
                status = path.stat()
            except OSError:
                continue
            seen.append((str(path), status.st_size, status.st_mtime_ns))
    return tuple(seen)


@lru_cache(maxsize=1)
def tags_of(files: Signature) -> FoundTags:
    """The tags of these files, kept until others are asked for. Of one name the first counts; a
    file that cannot be used costs itself only. Not for the GUI thread."""
    troubles: list[str] = []
    return FoundTags(index_of(_rows(files, troubles)), tuple(troubles))


def _rows(files: Signature, troubles: list[str]) -> Iterator[TagRow]:
    names = set[str]()
    room = MAX_NAMES
    for where, _, _ in files:
        path = Path(where)
        try:
            data = read_limited(path, MAX_FILE)
            room -= _names_in(data, room)
        except (OSError, ValueError) as fault:
            reason = " ".join(str(getattr(fault, "strerror", None) or fault).split())[:120]
            troubles.append(f"The tags of {path.name} cannot be used: {reason}.")
            continue
        for row in _table(data):
            if row.name not in names:
                names.add(row.name)
                yield row


def _names_in(data: bytes, room: int) -> int:
    """How many there are. Raises ValueError where it is no table of tags, or has more than there
    is room for. A look of its own, so that a file that breaks off gives none of its tags."""
    count = 0
    try:
        for row in gently(_table(data)):
            count += 1 + len(row.aliases)
            if count > room:
                raise ValueError(f"with it there are more than {MAX_NAMES:,} names")
    except csv.Error as fault:
        raise ValueError(f"it is no table of tags ({fault})") from fault
    if not count:
        raise ValueError("it holds no tags")
    return count


def _table(data: bytes) -> Iterator[TagRow]:
    lines = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", "replace", newline="")
    cells_of_lines = csv.reader(lines, strict=True)
    return (row for cells in cells_of_lines if (row := _row(cells)))


def _row(cells: list[str]) -> TagRow | None:
    """None for a line without a name, and for the names of the columns."""
    name = cells[0].strip() if cells else ""
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        return None
    count = cells[2].strip() if len(cells) > 2 else ""
    if count and not count.isdecimal():
        return None
    others = cells[3].split(",", MAX_ALIASES)[:MAX_ALIASES] if len(cells) > 3 else []
    aliases = (other.strip() for other in others)
    kept = tuple(one for one in aliases if 0 < len(one) <= LONGEST and one.isprintable())
    return TagRow(name, int(count[:12] or "0"), kept)
