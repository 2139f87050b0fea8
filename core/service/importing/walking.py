"""What lies in a folder: picture files with size and time, what cannot be taken, and what could not
be looked into. Nothing is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.store.files import is_shown
from core.system.regular_files import MAX_DEPTH, display_name, is_partial

LONGEST_PATH = 4096  # bytes; longer ones no system opens
MOST_FOLDERS = 200_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file with the ending of a picture: `bytes` of it, and the time of its last change in
    seconds since 1970."""

    path: str
    bytes: int
    mtime: float


@dataclass(slots=True)
class FolderContent:
    """What a walk saw. `refused`: paths (as can be shown) with the reason; `unread`: folders that
    could not be looked into, of whose files nobody knows whether they are there. `is_there` is
    False where the folder itself is not, or is empty, as the place of a drive is that is away."""

    files: list[FoundFile] = field(default_factory=list[FoundFile])
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    folders: list[str] = field(default_factory=list[str])
    unread: list[str] = field(default_factory=list[str])
    is_there: bool = True
    whole: bool = True

    def may_hold(self, path: str) -> bool:
        """Whether a file may lie below a folder that could not be looked into."""
        return any(path.startswith(folder + os.sep) for folder in self.unread)


def walk(
    folder: Path,
    wanted: Callable[[], bool] = lambda: True,
    without: tuple[Path, ...] = (),
) -> FolderContent:
    """All below a folder, in the order of their names; links to folders are not followed, what
    begins with a dot or is half written is passed over, and so are the folders `without`.

    Ends early, and is not `whole`, where it is not `wanted` any more.
    """
    content = FolderContent()
    left_out = {str(path) for path in without}
    waiting = [(str(folder), 0)]
    while waiting:
        if not wanted():
            content.whole = False
            break
        place, depth = waiting.pop()
        entries = _entries(place, content)
        if depth == 0 and not entries:
            content.is_there = False
        if entries is not None:
            waiting += reversed(_look_into(place, depth, entries, content, left_out))
    return content


def _look_into(
    place: str,
    depth: int,
    entries: list[os.DirEntry[str]],
    content: FolderContent,
    left_out: set[str],
) -> list[tuple[str, int]]:
    """Note a folder's files; the folders in it, each with how deep it lies."""
    if len(content.folders) >= MOST_FOLDERS:
        content.refused.append((_shown(place), "There are too many folders."))
        content.unread.append(place)
        return []
    content.folders.append(place)
    below: list[tuple[str, int]] = []
    for entry in entries:
        if entry.path in left_out or entry.name.startswith(".") or is_partial(entry.name):
            continue
        if _is_folder(entry):
            _note_folder(entry, depth, content, below)
        elif is_shown(entry.name):
            _note_file(entry, content)
    return below


def _entries(place: str, content: FolderContent) -> list[os.DirEntry[str]] | None:
    """What lies in a folder, by name; None, with the reason noted, where it cannot be read."""
    try:
        with os.scandir(place) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        content.unread.append(place)
        content.refused.append((_shown(place), f"The folder cannot be read: {reason}."))
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _note_folder(
    entry: os.DirEntry[str], depth: int, content: FolderContent, below: list[tuple[str, int]]
) -> None:
    if depth + 1 < MAX_DEPTH and len(os.fsencode(entry.path)) < LONGEST_PATH:
        below.append((entry.path, depth + 1))
        return
    content.unread.append(entry.path)
    content.refused.append((_shown(entry.path), "It lies in too many folders."))


def _note_file(entry: os.DirEntry[str], content: FolderContent) -> None:
    """Into the one list or the other: by its name, its kind and its size."""
    if not _can_be_kept(entry.path):
        content.refused.append(
            (_shown(entry.path), "Its name is not written in UTF-8: give it another one.")
        )
        return
    try:
        found = entry.stat()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        content.refused.append((_shown(entry.path), f"It cannot be read: {reason}."))
        return
    if not stat.S_ISREG(found.st_mode):
        content.refused.append((_shown(entry.path), "It is no regular file."))
    else:
        content.files.append(FoundFile(entry.path, found.st_size, found.st_mtime))


def _can_be_kept(path: str) -> bool:
    """Whether the database can hold a path."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    """As it is, where that can be written anywhere."""
    return path if _can_be_kept(path) else display_name(Path(path), whole=True)
