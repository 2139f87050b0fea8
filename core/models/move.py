"""Moves the models folder, or another program's cache, to another drive.

Everything is copied and compared by size before the first file is deleted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Generator
from pathlib import Path

from core.errors import WorldError
from core.models.download import SPARE
from core.models.registry import FILE, read_list, write_list

Hearing = Callable[[int, int], None]


def folder_bytes(folder: Path) -> int:
    """What lies in a folder, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def move_models(old: Path, new: Path, hearing: Hearing = lambda done, total: None) -> Path:
    """Move all of `old` into `new` (made where it is missing); where the models are now. `hearing` gets bytes done and in all.

    WorldError where it cannot be done: then everything is where it was.
    """
    old, new, made = _checked(old, new, "Calotype models")
    with _undone(new, made):
        _copy(old, new, hearing)
        _rename_rows(new, old)
    shutil.rmtree(old, ignore_errors=True)
    return new


def move_cache(old: Path, new: Path, hearing: Hearing = lambda done, total: None) -> Path:
    """Move another program's cache as `move_models` does; a link stays in its place, so that every program finds it as before."""
    old, new, made = _checked(old, new, old.resolve().name)
    link, aside = (old.with_name(f".{old.name}.{what}") for what in ("link", "moved"))
    with _undone(new, made):
        _copy(old, new, hearing)
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        _link(link, new)
        os.rename(old, aside)
        try:
            os.rename(link, old)
        except OSError:
            os.rename(aside, old)
            raise
    shutil.rmtree(aside, ignore_errors=True)
    return new


def _checked(old: Path, new: Path, name: str) -> tuple[Path, Path, bool]:
    """Both resolved, a folder `name` within `new` where that holds something already, and whether it has to be made."""
    old, new = old.resolve(), new.resolve()
    if new == old or new.is_relative_to(old) or old.is_relative_to(new):
        raise WorldError(f"{new} and the folder the models are in lie within one another.", "Choose a folder elsewhere.")
    if new.is_dir() and any(new.iterdir()):
        new = new / name
        if new.exists():
            raise WorldError(f"{new} exists already.", "Choose an empty folder.")
    return old, new, not new.exists()


@contextlib.contextmanager
def _undone(new: Path, made: bool) -> Generator[None]:
    """Where what is done within fails, nothing stays of it."""
    try:
        yield
    except BaseException as fault:
        shutil.rmtree(new, ignore_errors=True)
        if not made:
            new.mkdir(exist_ok=True)
        if isinstance(fault, OSError):
            raise WorldError(f"The models could not be moved: {fault.strerror or fault}.", "They are where they were.") from fault
        raise


def _copy(old: Path, new: Path, hearing: Hearing) -> None:
    total, done = folder_bytes(old), 0
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
    for path in old.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.copystat(path, new / path.relative_to(old))  # the newest of several versions stays the newest


def _link(link: Path, folder: Path) -> None:
    """A link to a folder; on Windows a junction, which needs no right of its own."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(folder), str(link))
    else:
        link.symlink_to(folder, target_is_directory=True)


def _rename_rows(new: Path, old: Path) -> None:
    """What is remembered of the folder's own models names them by path."""
    rows = read_list(new / FILE)
    for row in rows:
        if isinstance(row, dict) and isinstance(path := row.get("path"), str) and Path(path).is_relative_to(old):  # type: ignore[reportUnknownArgumentType]
            row["path"] = str(new / Path(path).relative_to(old))
    if rows:
        write_list(new / FILE, rows)
