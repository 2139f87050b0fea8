"""`calotype gallery import`: pictures of a folder brought in, in place or as copies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.shared.output import OpenedStores, print_result, progress_on_stderr
from core.service.importing import copying, in_place
from core.service.importing.places import checked_folder, opened
from core.service.importing.told import FileTold, HowFar, LookedThrough, State

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
