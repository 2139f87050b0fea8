"""The files of wildcards as a person edits them: listed with their counts, written whole, renamed,
deleted and put back.

What is deleted lies below DELETED for a month.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from core.prompt.wildcards.drawing import can_be_asked, draw
from core.prompt.wildcards.files import (
    KINDS,
    MAX_FILE,
    MAX_FILES,
    Wildcards,
    files_in,
    name_of,
    values_of,
)
from core.system.atomic_files import move_new, remove_partials, replace_file, sync_folder
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.paths import folder_problem, safe_join
from core.system.regular_files import items_in, read_words

DELETED = ".deleted"  # no wildcard is looked for in folders that begin with a dot
KEPT_SECONDS = 30 * 86_400
LONGEST_NAME = 120
_NAME = re.compile(r"(?:[^\W_]|[/. -]|_(?!_))+")
_ROOM = "Free some space, then try again."


@dataclass(frozen=True, slots=True)
class WildcardFile:
    """`name` is its path below the folder with its ending, `known` what stands for it in a prompt
    ("" for YAML, whose keys are names), `count` how many values it has, `trouble` a sentence where
    it cannot be used."""

    name: str
    known: str
    count: int
    trouble: str = ""


def wildcard_files(folder: Path) -> tuple[WildcardFile, ...]:
    """All of a folder, by name. Reads them whole: not for the GUI thread."""
    found = sorted(files_in(folder))[:MAX_FILES]
    return tuple(_told(folder, path) for path in found)


def _told(folder: Path, path: Path) -> WildcardFile:
    name = path.relative_to(folder).as_posix()
    is_text = path.suffix.lower() == ".txt"
    known = name_of(folder, path) if is_text else ""
    try:
        count = sum(len(values) for values in values_of(folder, path).values())
    except (OSError, ValueError) as fault:
        return WildcardFile(name, known, 0, trouble_of(name, fault))
    if is_text and not can_be_asked(known):
        trouble = f"No prompt can name {name}: give it letters, digits, blanks and single _ only."
        return WildcardFile(name, "", count, trouble)
    return WildcardFile(name, known, count)


def trouble_of(name: str, fault: OSError | ValueError) -> str:
    """A sentence on why a file cannot be used."""
    reason = getattr(fault, "strerror", None) or fault
    return f"{name} cannot be used: {' '.join(str(reason).split())[:160]}."


def read_text(folder: Path, name: str) -> str:
    """What stands in a file. Raises WorldError where it cannot be read or is too large."""
    path = safe_join(folder, name)
    try:
        return read_words(path, MAX_FILE)
    except (OSError, ValueError) as fault:
        raise WorldError(trouble_of(name, fault), "Mend it with another program.") from fault


def write_text(folder: Path, name: str, text: str) -> WildcardFile:
    """Put a text in the place of a file's; what comes of it, which may be trouble. Raises
    WorldError where it is too long or the disk refuses."""
    path = safe_join(folder, name)
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_FILE:
        raise WorldError(
            f"{name} would be larger than {MAX_FILE >> 20} MiB.", "Spread it over several files."
        )
    _make(path.parent)
    with disk_refusals(f"{name} cannot be written", _ROOM):
        replace_file(path, data)
    return _told(folder, path)


def new_file(folder: Path, name: str) -> str:
    """An empty file; its name with its ending, .txt where none is given. Raises InvalidRequest
    where it is no name or taken, WorldError where the disk refuses."""
    path = _place(folder, name)
    _make(path.parent)
    try:
        with disk_refusals(f"{path.name} cannot be written", _ROOM), open(path, "xb"):
            sync_folder(path.parent)
    except WorldError as fault:
        if isinstance(fault.__cause__, FileExistsError):
            raise _taken(path) from fault
        raise
    return path.relative_to(folder.resolve()).as_posix()


def rename_file(folder: Path, name: str, to: str) -> str:
    """Another name for a file, which keeps its ending where none is given; as `new_file`."""
    old = safe_join(folder, name)
    path = _place(folder, to, old.suffix)
    if path == old:
        return name
    _make(path.parent)
    try:
        with disk_refusals(f"{name} cannot be renamed", "Close it in other programs."):
            move_new(old, path)
    except WorldError as fault:
        if isinstance(fault.__cause__, FileExistsError):
            raise _taken(path) from fault
        raise
    return path.relative_to(folder.resolve()).as_posix()


def delete_file(folder: Path, name: str) -> str:
    """Lay a file aside; what `put_back` needs. Raises WorldError where the disk refuses."""
    path = safe_join(folder, name)
    mark = f"{time.time_ns()}"
    aside = folder / DELETED / mark / name
    _make(aside.parent)
    with disk_refusals(f"{name} cannot be deleted", "Close it in other programs."):
        for place in aside.parents[:-1]:
            if place.is_relative_to(folder):
                sync_folder(place)  # folders that were just made are to last, too
        move_new(path, aside)
    return mark


def put_back(folder: Path, name: str, mark: str) -> None:
    """A file that was laid aside. Raises InvalidRequest where another has its name, WorldError
    where the disk refuses."""
    path = safe_join(folder, name)
    _make(path.parent)
    try:
        with disk_refusals(f"{name} cannot be put back", _ROOM):
            move_new(folder / DELETED / mark / name, path)
    except WorldError as fault:
        if isinstance(fault.__cause__, FileExistsError):
            raise _taken(path) from fault
        raise


def sweep_deleted(folder: Path, now: float | None = None) -> int:
    """Forget what was laid aside more than a month ago, and what a killed process left half
    written; how many times something was laid aside."""
    for place in {folder, *(path.parent for path in files_in(folder))}:
        remove_partials(place)
    until = (time.time() if now is None else now) - KEPT_SECONDS
    swept = 0
    for place in items_in(folder / DELETED):
        if place.name.isdecimal() and int(place.name[:20]) / 1e9 < until:
            with contextlib.suppress(OSError):
                shutil.rmtree(place)
                swept += 1
    return swept


def _place(folder: Path, name: str, ending: str = ".txt") -> Path:
    """Where a file of this name lies. Raises InvalidRequest where it can be no wildcard's."""
    name = name.strip().strip("/")
    plain = name if name.lower().endswith(KINDS) else name + ending
    stem = plain.rpartition(".")[0]
    hidden = any(part.startswith(".") or not part.strip() for part in plain.split("/"))
    is_name = _NAME.fullmatch(stem) and can_be_asked(stem)
    if not is_name or hidden or len(stem) > LONGEST_NAME:
        raise InvalidRequest(
            "name",
            f'"{name[:LONGEST_NAME]}" is no name for a wildcard.',
            "Use letters, digits, blanks and single _, and / for folders.",
        )
    return safe_join(folder, plain)


def _taken(path: Path) -> InvalidRequest:
    return InvalidRequest("name", f"There is a file {path.name} already.", "Choose another name.")


def _make(folder: Path) -> None:
    if why := folder_problem(folder):
        raise WorldError(f"The folder {folder} cannot be used: {why}.", "Make it writable.")


def previews(folder: Path, name: str, seed: int, count: int) -> tuple[str, ...]:
    """What the values of a file may become, drawn by `seed` and those after it; of YAML each name
    in turn. Nothing where it cannot be used."""
    try:
        known = [key for key, values in values_of(folder, folder / name).items() if values]
    except (OSError, ValueError):
        return ()
    source = Wildcards(folder)
    return tuple(
        draw(f"__{known[number % len(known)]}__", source, seed + number).text
        for number in range(count if known else 0)
    )
