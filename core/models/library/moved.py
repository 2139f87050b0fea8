"""Where a folder of models went: a note beside the old one and one in the new one, which must agree
before anybody follows them.

While models are moved they are told from half a copy by these notes, so that a kill at
any instant leaves one whole folder that is found. `core.models.fetch.move` writes them;
this part only reads, quickly, at each start.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.system.atomic_files import replace_file, sync_folder
from core.system.json_files import list_or_empty, read_json, read_table
from core.system.regular_files import can_be_path, resolved

# in the new folder: the old ones, whose settings and notes may still name them
NOTE = ".moved.json"
INSIDE = ".moving.json"  # in the old folder, where nothing can be written beside it
ARRIVING = ".arriving"  # in the new folder: what is not whole yet
# what a note says of a move
COPYING = "copying"
WHOLE = "whole"
UNDOING = "undoing"
MAX_NOTE = 2**22


@dataclass(frozen=True, slots=True)
class Move:
    """A move as the note beside the old folder tells it.

    `state`: COPYING (nothing in `to` counts yet), WHOLE (all of it is
    there and lasts) or UNDOING. `names` are the items of the old folder,
    `made` the folders that were made for the new one, the deepest first.
    """

    to: Path
    state: str
    names: tuple[str, ...] = ()
    made: tuple[Path, ...] = ()


def read_move(old: Path) -> Move | None:
    """What is noted of a folder that is being moved, or was; None for all others."""
    for place in _places(old):
        with contextlib.suppress(OSError, ValueError):
            row = read_table(place, MAX_NOTE)
            to = row.get("to")
            state = row.get("state")
            if (
                isinstance(to, str)
                and can_be_path(to)
                and os.path.isabs(to)
                and state in (COPYING, WHOLE, UNDOING)
            ):
                names = tuple(
                    name
                    for name in _texts(row.get("names"))
                    if name == os.path.basename(name) and name not in (".", "..")
                )
                made = tuple(Path(text) for text in _texts(row.get("made")) if can_be_path(text))
                return Move(Path(to), str(state), names, made)
    return None


def moving(models: Path) -> bool:
    """Whether this folder is being moved, or was and is still named somewhere,
    or others were moved into it."""
    old = resolved(models)
    traces = (*_places(old), *_places(models.absolute()), models / NOTE, lock_beside(old))
    return any(map(os.path.lexists, traces))


def lock_beside(cache: Path) -> Path:
    """The lock of a cache that is being moved; that of the models folder lies in it."""
    return cache.with_name(f".{cache.name}.lock") if cache.name else cache / ".lock"


def write_move(old: Path, move: Move) -> None:
    """Note a move beside the old folder, or in it. Raises OSError where neither is possible."""
    data = json.dumps(
        {
            "to": str(move.to),
            "state": move.state,
            "names": move.names,
            "made": [str(path) for path in move.made],
        }
    ).encode()
    places = list(_places(old))
    for place in places:
        try:
            return replace_file(place, data)
        except OSError:
            if place == places[-1]:
                raise
    return None


def forget_move(old: Path) -> None:
    """No more note of a move from here."""
    for place in _places(old):
        with contextlib.suppress(OSError):
            place.unlink()
            sync_folder(place.parent)


def came_from(new: Path) -> tuple[Path, ...]:
    """The folders whose models were moved here and are still named somewhere."""
    with contextlib.suppress(OSError, ValueError):
        return tuple(Path(text) for text in _texts(read_json(new / NOTE, MAX_NOTE)))
    return ()


def moved_to(models: Path) -> Path:
    """Where the models of a folder are that was moved; `models` itself for all others."""
    old = resolved(models)
    move = read_move(old)
    if move is None or move.state != WHOLE or os.path.lexists(move.to / ARRIVING):
        return models
    return move.to if old in came_from(move.to) else models


def _places(old: Path) -> Iterator[Path]:
    if old.name:
        yield old.with_name(f".{old.name}{NOTE}")
    yield old / INSIDE


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(
        text for text in list_or_empty(value) if isinstance(text, str) and text and "\0" not in text
    )
