"""Picture files: written so that no crash leaves half a picture,
named so that none is overwritten."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from core.system import atomic_files
from core.system.atomic_files import name_new, partial_beside, sync_folder, write_new
from core.system.errors import WorldError, disk_refusals
from core.system.regular_files import display_name

LONGEST_NUMBER = 8  # digits; longer ones are of other programs
MOST_OF_A_NAME = 100_000  # names tried before a folder counts as full of them
OLD_PARTIAL_SECONDS = 3600.0  # after which nobody writes to one any more
ENDINGS = (".png", ".webp", ".jpg", ".jpeg", ".avif")
_NUMBERED = re.compile(r"(\d+)")
_OLD_PARTIAL = re.compile(r"\.[0-9a-f]{16}\.part")  # as programs before 0.2 called it
_OURS = re.compile(r"\d{4,}-\d+(?:-\d+)?\.(?:png|webp|jpe?g|avif)")


def put(folder: Path, stem: str, data: bytes, suffix: str = ".png") -> Path:
    """Write `data` as folder/stem.png, durable before it gets its name; a name already taken gets
    "-2", "-3", ... Returns the file's path. Raises WorldError where the disk refuses.
    """
    try:
        return written(folder, stem, data, suffix)
    except OSError as fault:
        raise WorldError(
            f"The picture could not be saved in {folder}: {fault.strerror}.",
            "Free some space or check the folder's permissions, then run the job again.",
        ) from fault


def written(folder: Path, stem: str, data: bytes, suffix: str) -> Path:
    """As `put`; raises OSError where the disk refuses."""
    partial = partial_beside(folder / "picture")  # of the path only the folder counts
    try:
        made_folder(folder)
        write_new(partial, data)
        target = name_free(partial, folder, stem, suffix)
        sync_folder(folder)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return target


def made_folder(folder: Path) -> None:
    """Make a folder and those above it, and make their names last. Raises OSError where the disk
    refuses."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)


def name_free(source: Path, folder: Path, stem: str, suffix: str) -> Path:
    """Give a file on the same disk a free name in one step, with "-2", "-3", ... where others have
    it. Returns the new path. Raises OSError where that fails.
    """
    for attempt in range(1, MOST_OF_A_NAME):
        numbered = stem if attempt == 1 else f"{stem}-{attempt}"
        target = folder / f"{numbered}{suffix}"
        try:
            name_new(source, target)
        except FileExistsError:
            continue
        return target
    raise OSError(errno.EEXIST, "too many files of that name")


def put_in_gallery(
    pictures: Path,
    seed: int,
    data: bytes,
    suffix: str = ".png",
    last: Callable[[str], int] = lambda day: 0,
) -> Path:
    """Write into pictures/YYYY-MM-DD/NNNN-seed.png (or another ending),
    NNNN counting up within the day.

    `last` is the highest number that rows of a day have, pictures in the trash too: a name is not
    given again while one refers to it. Returns the file's path. Raises WorldError where the disk
    refuses.
    """
    day = time.strftime("%Y-%m-%d")
    folder = pictures / day
    number = max(last_number(_names(folder)), last(day)) + 1
    return put(folder, f"{number:04d}-{seed}", data, suffix)


def last_number(names: Iterable[str]) -> int:
    """The highest number that file names begin with; 0 where none does."""
    beginnings = (_NUMBERED.match(name) for name in names)
    numbers = (match[1] for match in beginnings if match)
    return max((int(digits) for digits in numbers if len(digits) <= LONGEST_NUMBER), default=0)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def put_as(target: Path, data: bytes, suffix: str = ".png") -> Path:
    """Write to the place a person named: a folder gets a new name inside it,
    an existing file is never overwritten.

    A name gets the ending `suffix` of what `data` is, in the place of another picture's ending.
    Returns the file's path. Raises WorldError where the disk refuses.
    """
    if target.is_dir():
        return put(target, "calotype", data, suffix)
    if target.suffix.lower() not in ENDINGS:
        return put(target.parent, target.name, data, suffix)
    named = target.suffix.lower()
    is_right = named == suffix or {named, suffix} == {".jpg", ".jpeg"}
    return put(target.parent, target.stem, data, target.suffix if is_right else suffix)


def is_shown(name: str) -> bool:
    """Whether a file of this name may be a picture that people are shown: those of a leading dot
    are half written, or other programs' own."""
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def pictures_in(folder: Path) -> Iterator[Path]:
    """Every finished picture file below `folder`."""
    for place, names in picture_names(folder):
        for name in sorted(names):
            yield place / name


def pictures_of_folder(folder: Path) -> tuple[Path, ...]:
    """The picture files that lie in a folder itself, by name, whoever wrote them; those of its
    folders are not looked for. Raises WorldError where it cannot be read or holds none."""
    name = display_name(folder, whole=True)
    with disk_refusals(f"The folder {name} cannot be read", "Check its permissions."):
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    found = [one for one in names if is_shown(one)]
    if not found:
        raise WorldError(
            f"The folder {name} holds no PNG, JPEG, WebP or AVIF picture.",
            "Choose another, or a picture file.",
        )
    return tuple(folder / one for one in found)


def picture_names(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """The same, folder by folder."""
    for place, _, names in os.walk(folder):
        yield Path(place), [name for name in names if is_shown(name)]


def remove_partials(folder: Path, older_than: float = OLD_PARTIAL_SECONDS) -> int:
    """Delete what crashes left half written below `folder`, empty files that only held a name
    among it; the number deleted. Files as programs before 0.2 called them must be `older_than`
    so many seconds."""
    removed = 0
    for place, _, names in os.walk(folder):
        removed += atomic_files.remove_partials(Path(place))
        for name in names:
            with contextlib.suppress(OSError):
                if _is_left_over(place, name, older_than):
                    Path(place, name).unlink()
                    removed += 1
    return removed


def _is_left_over(place: str, name: str, older_than: float) -> bool:
    """Asked for each of very many pictures, so of the system once and for ours alone."""
    if _OURS.fullmatch(name) is not None:
        status = os.lstat(os.path.join(place, name))
        return stat.S_ISREG(status.st_mode) and status.st_size == 0
    if _OLD_PARTIAL.fullmatch(name) is not None:
        return time.time() - os.lstat(os.path.join(place, name)).st_mtime > older_than
    return False
