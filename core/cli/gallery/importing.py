"""`calotype gallery import` and `folders`: pictures of a folder brought in, in place or as copies,
and the folders that are watched."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.shared.output import OpenedStores, print_result, progress_on_stderr
from core.service.importing import copying, in_place
from core.service.importing.places import Importing, checked_folder, opened
from core.service.importing.presence import look
from core.service.importing.told import FileTold, HowFar, LookedThrough, State
from core.system.errors import WorldError
from core.system.regular_files import display_name, resolved

if TYPE_CHECKING:
    from core.service.importing.told import Hear


def import_folder(folder: Path, *, copy: bool, as_json: bool) -> int:
    """One line a file; at the end, on stderr, how many of each kind."""
    with OpenedStores() as stores:
        importing = opened(stores.database, stores.places, stores.thumbnails)
        there = checked_folder(importing, folder)
        from rich.progress import BarColumn, MofNCompleteColumn  # costs a start some milliseconds

        with progress_on_stderr(BarColumn(), MofNCompleteColumn()) as bar:
            task = bar.add_task("Importing", total=None)

            def hear(said: FileTold | HowFar) -> None:
                if isinstance(said, HowFar):
                    bar.update(task, completed=said.done, total=said.total)
                    return
                values = {"path": said.path, "state": said.state, "reason": said.reason}
                text = f"{said.state:8} {said.path}"
                print_result(as_json, values, f"{text}  {said.reason}" if said.reason else text)

            bring_in: Hear = hear
            if copy:
                end = copying.copy_folder(importing, there, bring_in)
            else:
                end = in_place.look_through(importing, there, bring_in)
        print(_summary(end, there), file=sys.stderr)
    return 1 if end.away else 0


def _summary(end: LookedThrough, folder: Path) -> str:
    if end.away:
        return f"calotype: The folder {folder} is empty now; its pictures stay as they are."
    told = [f"{end.counts[state]} {state}" for state in State if end.counts.get(state)]
    return ", ".join(told) or "There are no pictures in this folder."


def list_folders(*, remove: Path | None, as_json: bool) -> int:
    """One line a watched folder; with `remove` that one is watched no more, and its pictures leave
    the gallery."""
    with OpenedStores() as stores:
        importing = opened(stores.database, stores.places, stores.thumbnails)
        if remove is not None:
            count = importing.unwatch(_watched(importing, remove))
            print(f"{count} pictures left the gallery; their files stay.", file=sys.stderr)
        folders = importing.folders.all()
        presence = look(folder.path for folder in folders)
        for folder in folders:
            state = "whole" if folder.state.whole else "unfinished"
            if presence.is_away(str(folder.path / "any")):
                state = "away"
            values = {"path": str(folder.path), "pictures": folder.count, "state": state}
            print_result(as_json, values, f"{state:10} {folder.count:7} {folder.path}")
    return 0


def _watched(importing: Importing, named: Path) -> Path:
    """The watched folder that is meant; it need not be there. Raises WorldError where none is."""
    watched = importing.folders.paths()
    meant = next((path for path in (named, resolved(named)) if path in watched), None)
    if meant is None:
        raise WorldError(
            f"The folder {display_name(named, whole=True)} is not watched.",
            "calotype gallery folders lists those that are.",
        )
    return meant
