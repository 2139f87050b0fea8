"""Moves the models folder, or another program's cache, to another drive.

All is copied, compared and made to last before anything counts: first in a folder of its own
within the new one, which a note beside the old folder names (`core.models.library.moved`), then
under its names, then the settings say so, and only then is deleted what the new folder has. A
kill at any instant leaves one whole folder that is found; the next start goes on from the note,
or deletes the half copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

from core.models.fetch.moving import OnBytesMoved, copy_tree, delete_moved, folder_bytes, keep_rest
from core.models.library import external_folders, registry
from core.models.library.moved import (
    ARRIVING,
    COPYING,
    INSIDE,
    NOTE,
    UNDOING,
    WHOLE,
    Move,
    came_from,
    forget_move,
    lock_beside,
    moved_to,
    read_move,
    write_move,
)
from core.system.atomic_files import (
    LOCK_SECONDS,
    locked,
    name_new,
    remove_partials,
    sync_folder,
    sync_tree,
)
from core.system.errors import WorldError
from core.system.regular_files import resolved

Told = Callable[[Path, Path], object]

__all__ = ["delete_leftovers", "finish_interrupted", "folder_bytes", "move_cache", "move_models"]


def move_models(
    old: Path,
    new: Path,
    hearing: OnBytesMoved = lambda done, total: None,
    done: Callable[[Path], object] | None = None,
) -> Path:
    """Move all of `old` into `new` (made where it is missing); where the models are now. `hearing`
    gets bytes done and in all.

    `done` hears where they are when all of it lasts there, and writes the settings; the old ones
    are deleted after it. Without it the note beside the old folder leads to them until the settings
    do. Raises WorldError where it cannot be done, or where `done` raises one: then everything is
    where it was.
    """
    given = old
    old = resolved(old)
    with registry.exclusive(given):
        _undone(old, even_whole=_stuck(old))
        new, made = _checked(old, resolved(new), "Calotype models")
        with _all_or_nothing(old):
            _arrive(old, new, made, hearing, given)
            if done is not None:
                done(new)
        delete_moved(old, new)
    _forget_folder(old)
    return new


def move_cache(
    old: Path,
    new: Path,
    hearing: OnBytesMoved = lambda done, total: None,
    done: Callable[[Path], object] | None = None,
) -> Path:
    """Move another program's cache as `move_models` does; a link stays in its place, so that every
    program finds it as before. Raises WorldError where it cannot be done."""
    old = resolved(old)
    with _alone_with(old):
        _undone(old, even_whole=_stuck(old))
        new, made = _checked(old, resolved(new), old.name)
        with _all_or_nothing(old):
            _arrive(old, new, made, hearing, old)
            _swap(old, new)
        if done is not None:
            done(new)
        delete_moved(_aside(old), new)
        keep_rest(_aside(old), new)
        _forget_cache(old, new)
    return new


def finish_interrupted(models: Path) -> Path:
    """At a start, before anything reads the models folder: what a kill left of its move is put in
    place; where the models are now.

    Quick, and raises no WorldError; `delete_leftovers` deletes what is left over.
    """
    old = resolved(models)
    move = read_move(old)
    if move is not None and _stuck(old):
        with contextlib.suppress(OSError, WorldError), registry.exclusive(old, 0.0):
            _in_place(old, move)
    return moved_to(models)


def _stuck(old: Path) -> bool:
    """Whether a kill came while what had arrived got its names."""
    move = read_move(old)
    return move is not None and move.state == WHOLE and os.path.lexists(move.to / ARRIVING)


def delete_leftovers(models: Path, told: Told) -> None:
    """After a start: half copies and originals that a kill left are deleted. Raises neither
    WorldError nor OSError.

    `told(old, new)` sees to it that settings and cards name the new folder, before the old one's
    note goes.
    """
    models = moved_to(models)
    with contextlib.suppress(OSError, WorldError):
        if read_move(resolved(models)) is not None:
            with registry.exclusive(models, 0.0):
                _undone(resolved(models))
    for origin in came_from(models):
        with contextlib.suppress(OSError, WorldError):
            _finish(origin, resolved(models), told)
    for cache in (*external_folders.linked_folders(models), external_folders.hub_cache()):
        for old in {cache.absolute(), resolved(cache), *came_from(cache)}:
            with contextlib.suppress(OSError, WorldError):
                _finish_cache(old, models, told)


def _finish(origin: Path, new: Path, told: Told) -> None:
    move = read_move(origin)
    if move is not None and resolved(move.to) == new:
        with _if_there(origin):
            told(origin, new)
            delete_moved(origin, new)
            keep_rest(origin, new)
            forget_move(origin)
        remove_partials(origin.parent)
        _forget_folder(origin)
    rest = [path for path in came_from(new) if path != origin]
    if rest:
        registry.write_list(new / NOTE, [str(path) for path in rest])
    else:
        (new / NOTE).unlink(missing_ok=True)


@contextlib.contextmanager
def _if_there(origin: Path) -> Generator[None]:
    """Alone with an old folder, where it is still there. Raises WorldError where another program is
    at it."""
    if not origin.is_dir():
        yield
        return
    with locked(origin / registry.LOCK, "The models folder", 0.0):
        yield


def _finish_cache(old: Path, models: Path, told: Told) -> None:
    move = read_move(old)
    if old == resolved(models) or (move is None and not lock_beside(old).exists()):
        return
    with _alone_with(old, 0.0):
        remove_partials(old.parent)
        if move is None:
            return
        if move.state != WHOLE:
            _undone(old)
            return
        if os.path.lexists(move.to / ARRIVING):
            _in_place(old, move)
        _swap(old, move.to)
        external_folders.folder_moved(models, old, move.to)
        told(old, move.to)
        delete_moved(_aside(old), move.to)
        keep_rest(_aside(old), move.to)
        _forget_cache(old, move.to)


def _forget_cache(old: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        (new / NOTE).unlink()
    forget_move(old)


@contextlib.contextmanager
def _alone_with(old: Path, seconds: float = LOCK_SECONDS) -> Generator[None]:
    lock = lock_beside(old)
    with locked(lock, str(old), seconds):
        yield
        # while it is held: the next one to come sees that its lock is gone, and takes a new one
        if os.name != "nt":
            lock.unlink(missing_ok=True)
    if os.name == "nt":
        with contextlib.suppress(OSError):
            lock.unlink()


def _checked(old: Path, new: Path, name: str) -> tuple[Path, tuple[Path, ...]]:
    """A folder `name` within `new` where that holds something already, and which folders have to be
    made, the deepest first."""
    if new == old or new.is_relative_to(old) or old.is_relative_to(new):
        raise WorldError(
            f"{new} and the folder the models are in lie within one another.",
            "Choose a folder elsewhere.",
        )
    try:
        if new.is_dir() and any(new.iterdir()):
            new = new / name
            if new.exists():
                raise WorldError(f"{new} exists already.", "Choose an empty folder.")
    except OSError as fault:
        raise WorldError(
            f"{new} cannot be used: {fault.strerror or fault}.", "Choose another folder."
        ) from fault
    return new, tuple(folder for folder in (new, *new.parents) if not folder.exists())


@contextlib.contextmanager
def _all_or_nothing(old: Path) -> Generator[None]:
    """Where what is done within fails, nothing stays of it."""
    try:
        yield
    except BaseException as fault:
        _undone(old, even_whole=True)
        if isinstance(fault, OSError):
            raise WorldError(
                f"The models could not be moved: {fault.strerror or fault}.",
                "They are where they were.",
            ) from fault
        raise


def _undone(old: Path, *, even_whole: bool = False) -> None:
    """Delete what a move of this folder left half in the new one; the note
    tells what is ours there."""
    move = read_move(old)
    if move is None or (move.state == WHOLE and not even_whole):
        return
    ours: list[str] = []
    if move.state != COPYING:
        ours = [name for name in move.names if not os.path.lexists(move.to / ARRIVING / name)]
    if move.state == WHOLE:  # said first, so that a kill in the midst is followed by the same
        write_move(old, Move(move.to, UNDOING, tuple(ours), move.made))
    came = [move.to / ARRIVING, *(move.to / name for name in ours)]
    for path in (*came, move.to / NOTE):
        _delete_as_far_as_possible(path)
    remove_partials(move.to)
    for folder in move.made:
        with contextlib.suppress(OSError):
            folder.rmdir()
    # not there: a drive that is away, looked at again at the next start
    there = move.made[-1].parent if move.made else move.to
    if there.is_dir() and not any(map(os.path.lexists, came)):
        forget_move(old)


def _delete_as_far_as_possible(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _arrive(
    old: Path, new: Path, made: tuple[Path, ...], hearing: OnBytesMoved, given: Path
) -> None:
    """All of `old` is in `new` too, and lasts; the note beside `old` says so."""
    write_move(old, Move(new, COPYING, (), made))
    arriving = new / ARRIVING
    arriving.mkdir(parents=True)
    olds = frozenset({old, given, given.absolute()})
    copy_tree(old, arriving, new, hearing, olds)
    _rename_rows(arriving, new, olds)
    sync_tree(arriving)
    for folder in (new, *made):
        sync_folder(folder)
    for folder in made:
        sync_folder(folder.parent)
    move = Move(new, WHOLE, tuple(sorted(path.name for path in arriving.iterdir())), made)
    registry.write_list(new / NOTE, [str(path) for path in (old, *came_from(old)) if path != new])
    write_move(old, move)
    _in_place(old, move)


def _in_place(old: Path, move: Move) -> None:
    """What arrived gets its names; where one is taken nothing stays of the move."""
    new = move.to
    arriving = new / ARRIVING
    try:
        for path in list(arriving.iterdir()):
            _name(path, new / path.name)
    except FileExistsError as fault:
        _undone(old, even_whole=True)
        raise WorldError(
            f"{fault.filename2 or fault.filename} exists already.", "Choose an empty folder."
        ) from fault
    sync_folder(new)
    arriving.rmdir()
    sync_folder(new)
    for earlier in came_from(old):  # whose notes lead to a folder that is left now
        if earlier == new:
            forget_move(new)
        elif read_move(earlier) is not None:
            write_move(earlier, Move(new, WHOLE))


def _name(path: Path, target: Path) -> None:
    try:
        name_new(path, target)
    except FileExistsError:
        # an empty thing holds the name where the system cannot rename without
        # replacing, and a kill came
        if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
            target.rmdir()
        elif stat.S_ISREG(target.lstat().st_mode) and not target.stat().st_size:
            target.unlink()
        else:
            raise
        name_new(path, target)


def _swap(old: Path, new: Path) -> None:
    """A link to `new` stands where `old` was, which goes aside; what a kill left
    of that is gone on with."""
    link = old.with_name(f".{old.name}.link")
    aside = _aside(old)
    if not old.is_symlink() and resolved(old) == old:  # on Windows a junction is no link by name
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        _link(link, new)
        if os.path.lexists(old):
            os.rename(old, aside)
        try:
            os.rename(link, old)
        except OSError:
            os.rename(aside, old)
            raise
    with contextlib.suppress(OSError):
        link.unlink()
    sync_folder(old.parent)


def _aside(old: Path) -> Path:
    return old.with_name(f".{old.name}.moved")


def _link(link: Path, folder: Path) -> None:
    """A link to a folder; on Windows a junction, which needs no right of its own."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(folder), str(link))
    else:
        link.symlink_to(folder, target_is_directory=True)


def _rename_rows(arriving: Path, new: Path, olds: frozenset[Path]) -> None:
    """What is remembered of the folder's own models, and of linked folders
    in it, names them by path."""
    for file in (registry.FILE, external_folders.FILE):
        rows = registry.read_list(arriving / file)
        if rows:
            registry.write_list(arriving / file, [_renamed(row, new, olds) for row in rows])


def _renamed(value: Any, new: Path, olds: frozenset[Path]) -> Any:
    """A row of either list, with the path it names as it is now."""
    if isinstance(value, dict):
        row = cast("dict[str, Any]", value)
        return {**row, "path": _renamed(row.get("path"), new, olds)}
    for old in olds if isinstance(value, str) else ():
        if Path(str(value)).is_relative_to(old):
            return str(new / Path(str(value)).relative_to(old))
    return cast("Any", value)


def _forget_folder(old: Path) -> None:
    """The empty old folder with its lock; it stays where anything is left in it."""
    with contextlib.suppress(OSError):
        if all(path.name in (registry.LOCK, INSIDE) for path in old.iterdir()):
            (old / registry.LOCK).unlink(missing_ok=True)
            if not (old / INSIDE).exists() or read_move(old) is None:
                old.rmdir()
