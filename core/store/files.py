"""Picture files: written so that no crash leaves half a picture, named so that none is overwritten."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from core.durable import sync_folder
from core.errors import WorldError

ENDINGS = (".png", ".webp", ".jpg", ".jpeg", ".avif")
_NUMBERED = re.compile(r"^(\d+)")


def put(folder: Path, stem: str, data: bytes, suffix: str = ".png") -> Path:
    """Write `data` as folder/stem.png, durable before it gets its name; a name already taken gets "-2", "-3", ..."""
    partial = folder / f".{secrets.token_hex(8)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(partial, "xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        target = _claim_name(partial, folder, stem, suffix)
        sync_folder(folder)
    except OSError as fault:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise WorldError(f"The picture could not be saved in {folder}: {fault.strerror}.",
                         "Free some space or check the folder's permissions, then run the job again.") from fault
    return target


def _claim_name(partial: Path, folder: Path, stem: str, suffix: str) -> Path:
    """Give `partial` a free name in one step: a hard link fails where the name exists; rename where links are not to be had."""
    for attempt in range(1, 100_000):
        target = folder / (f"{stem}{suffix}" if attempt == 1 else f"{stem}-{attempt}{suffix}")
        try:
            os.link(partial, target)
        except FileExistsError:
            continue
        except OSError:
            with open(target, "xb"):
                pass
            os.replace(partial, target)
            return target
        partial.unlink()
        return target
    raise OSError(17, "too many files of that name")


def put_in_gallery(pictures: Path, seed: int, data: bytes, suffix: str = ".png") -> Path:
    """Write into pictures/YYYY-MM-DD/NNNN-seed.png (or another ending), NNNN counting up within the day."""
    folder = pictures / time.strftime("%Y-%m-%d")
    numbers = [int(m.group(1)) for name in _names(folder) if (m := _NUMBERED.match(name))]
    return put(folder, f"{max(numbers, default=0) + 1:04d}-{seed}", data, suffix)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def put_as(target: Path, data: bytes, suffix: str = ".png") -> Path:
    """Write to the place a person named: a folder gets a new name inside it, an existing file is never overwritten.

    A name gets the ending `suffix` of what `data` is, in the place of another picture's ending.
    """
    if target.is_dir():
        return put(target, "calotype", data, suffix)
    if target.suffix.lower() not in ENDINGS:
        return put(target.parent, target.name, data, suffix)
    same = target.suffix.lower() == suffix or {target.suffix.lower(), suffix} == {".jpg", ".jpeg"}
    return put(target.parent, target.stem, data, target.suffix if same else suffix)


def pictures_in(folder: Path) -> Iterator[Path]:
    """Every finished picture file below `folder`."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                yield Path(place) / name


def remove_partials(folder: Path, older_than: float = 3600) -> int:
    """Delete what crashes left half written; the number deleted."""
    removed = 0
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            if name.startswith(".") and name.endswith(".part"):
                with contextlib.suppress(OSError):
                    if time.time() - path.stat().st_mtime > older_than:
                        path.unlink()
                        removed += 1
    return removed
