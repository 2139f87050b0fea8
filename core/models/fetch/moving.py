"""Trees of files in a move: copying one, comparing two, deleting what the other has too."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from core.models.fetch.download import SPARE
from core.models.library import external_folders, registry
from core.models.library.moved import ARRIVING, INSIDE, NOTE
from core.system.atomic_files import move_new
from core.system.errors import WorldError

OnBytesMoved = Callable[[int, int], None]
DEEPEST = 200  # folders within folders; whatever lies deeper is no model
# written anew in the new folder: what the old ones say counts no more
_OWN = frozenset({registry.FILE, external_folders.FILE})
# belongs to the folder, not to its models
_LEFT = frozenset({registry.LOCK, NOTE, INSIDE, ARRIVING})


def folder_bytes(folder: Path) -> int:
    """What lies in a folder, links not followed; what cannot be read counts nothing."""
    return sum(status.st_size for _, status in items(folder) if stat.S_ISREG(status.st_mode))


def items(folder: Path, deepest: int = DEEPEST) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything below a folder, a folder before what it holds; links are not followed,
    what cannot be read is passed over."""
    waiting = [(folder, 0)]
    while waiting:
        place, down = waiting.pop()
        with contextlib.suppress(OSError):
            for path in sorted(place.iterdir()):
                with contextlib.suppress(FileNotFoundError):
                    status = path.lstat()
                    yield path, status
                    if stat.S_ISDIR(status.st_mode) and down < deepest:
                        waiting.append((path, down + 1))


def copy_tree(
    old: Path, arriving: Path, new: Path, hearing: OnBytesMoved, olds: frozenset[Path]
) -> None:
    """Copy files, folders and links of `old` to `arriving`, whose place will be `new`; pipes,
    devices and what belongs to the folder itself stay behind. `olds` are the names `old` goes by.

    Raises OSError where something cannot be read or written, WorldError where there is no room.
    """
    os.scandir(old).close()
    total = folder_bytes(old)
    done = 0
    if (
        os.stat(arriving).st_dev != os.stat(old).st_dev
        and shutil.disk_usage(arriving).free < total + SPARE
    ):
        raise WorldError(
            (
                f"The models take {total / 1e9:.1f} GB, and "
                f"{shutil.disk_usage(arriving).free / 1e9:.1f} GB are free in {new}."
            ),
            "Choose another drive, or free some space.",
        )
    folders: list[tuple[Path, Path]] = []
    for path, status in items(old):
        inner = path.relative_to(old)
        target = arriving / inner
        if str(inner) in _LEFT:
            continue
        if stat.S_ISLNK(status.st_mode):
            target.symlink_to(_led(path, olds, new))
        elif stat.S_ISDIR(status.st_mode):
            if len(inner.parts) > DEEPEST:
                raise OSError(
                    f"{inner.parts[0]} holds folders within folders, more than {DEEPEST} deep"
                )
            os.scandir(path).close()  # one that cannot be read is not left behind unseen
            target.mkdir()
            folders.append((path, target))
        elif stat.S_ISREG(status.st_mode):
            shutil.copy2(path, target)
            if target.stat().st_size != path.stat().st_size:
                raise OSError(f"{path.name} was not copied whole")
            done += status.st_size
            hearing(done, total)
    for path, target in reversed(folders):
        shutil.copystat(path, target)  # the newest of several versions stays the newest


def _led(link: Path, olds: frozenset[Path], new: Path) -> Path:
    """Where the copy of a link leads: within the folder as before, elsewhere to the same place."""
    leads = link.readlink()
    place = Path(os.path.normpath(link.parent / leads))
    for old in olds:
        if place.is_relative_to(old):
            return new / place.relative_to(old) if leads.is_absolute() else leads
    return place


def delete_moved(old: Path, new: Path) -> None:
    """Delete what `new` has too, of the same size and time; all else stays for `keep_rest`."""
    folders: list[Path] = []
    for path, status in items(old):
        inner = path.relative_to(old)
        if stat.S_ISDIR(status.st_mode):
            folders.append(path)
        elif str(inner) not in _LEFT and (
            _same(status, new / inner) or (str(inner) in _OWN and (new / inner).is_file())
        ):
            with contextlib.suppress(OSError):  # Windows keeps what is open
                path.unlink()
    for folder in (*reversed(folders), old):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _same(here: os.stat_result, other: Path) -> bool:
    try:
        there = other.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(here.st_mode):
        return stat.S_ISLNK(there.st_mode)
    return (
        stat.S_ISREG(here.st_mode)
        and stat.S_ISREG(there.st_mode)
        and here.st_size == there.st_size
        and abs(here.st_mtime - there.st_mtime) <= 2  # FAT counts in two seconds
    )


def keep_rest(old: Path, new: Path) -> None:
    """What came into the old folder while it was moved goes to the new one, beside what has its
    name. Raises OSError where that fails."""
    for path, status in list(items(old)):
        inner = path.relative_to(old)
        if stat.S_ISREG(status.st_mode) and str(inner) not in _LEFT | _OWN:
            target = new / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            _move_free(path, target)
    delete_moved(old, new)


def _move_free(path: Path, target: Path) -> None:
    """Under the first free of NAME, NAME (2) ... Raises OSError where that fails."""
    for number in range(1, 1000):
        counted = f"{target.stem} ({number}){target.suffix}" if number > 1 else target.name
        with contextlib.suppress(FileExistsError):
            return move_new(path, target.with_name(counted))
    return None
