"""Moves the models folder to another drive: everything is copied and compared by size before the first file is deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from core.errors import WorldError
from core.models.download import SPARE
from core.models.registry import FILE, read_list, write_list


def folder_bytes(folder: Path) -> int:
    """What lies in a folder, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def move_models(old: Path, new: Path, hearing: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Move all of `old` into `new` (made where it is missing); where the models are now. `hearing` gets bytes done and in all.

    WorldError where it cannot be done: then everything is where it was.
    """
    old, new = old.resolve(), new.resolve()
    if new == old or new.is_relative_to(old) or old.is_relative_to(new):
        raise WorldError(f"{new} and the folder the models are in lie within one another.", "Choose a folder elsewhere.")
    if new.is_dir() and any(new.iterdir()):
        new = new / "Calotype models"
        if new.exists():
            raise WorldError(f"{new} exists already.", "Choose an empty folder.")
    total, done, made = folder_bytes(old), 0, not new.exists()
    try:
        new.mkdir(parents=True, exist_ok=True)
        if os.stat(new).st_dev != os.stat(old).st_dev and shutil.disk_usage(new).free < total + SPARE:
            raise WorldError(f"The models take {total / 1e9:.1f} GB, and {shutil.disk_usage(new).free / 1e9:.1f} GB are free in {new}.",
                             "Choose another drive, or free some space.")
        for path in sorted(old.rglob("*")):
            target = new / path.relative_to(old)
            if path.is_symlink():
                target.symlink_to(path.readlink())
            elif path.is_dir():
                target.mkdir(exist_ok=True)
            else:
                shutil.copy2(path, target)
                if target.stat().st_size != path.stat().st_size:
                    raise OSError(f"{path.name} was not copied whole")
                done += path.stat().st_size
                hearing(done, total)
        _rename_rows(new, old)
    except BaseException as fault:
        shutil.rmtree(new, ignore_errors=True)
        if not made:
            new.mkdir(exist_ok=True)
        if isinstance(fault, OSError):
            raise WorldError(f"The models could not be moved: {fault.strerror or fault}.", "They are where they were.") from fault
        raise
    shutil.rmtree(old, ignore_errors=True)
    return new


def _rename_rows(new: Path, old: Path) -> None:
    """What is remembered of the folder's own models names them by path."""
    rows = read_list(new / FILE)
    for row in rows:
        if isinstance(row, dict) and isinstance(path := row.get("path"), str) and Path(path).is_relative_to(old):  # type: ignore[reportUnknownArgumentType]
            row["path"] = str(new / Path(path).relative_to(old))
    if rows:
        write_list(new / FILE, rows)
