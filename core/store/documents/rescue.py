"""A damaged document replaced by one of what can still be read in its file: its record, the states
whose tiles are all whole, else the latest with what is left of it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.store.documents.schema import (
    SUFFIXES,
    is_odd,
    make_file,
    read_document,
    read_record,
    unpacked,
)
from core.store.sqlite.connection import READ_FAULTS
from core.store.sqlite.recovery import readable_rows
from core.system.atomic_files import name_new, sync_folder
from core.system.json import Malformed, dumps
from core.system.regular_files import items_in
from core.values.editing.document import Document
from core.values.editing.raster import CLEAR, Raster
from core.values.editing.record import DocumentRecord

# of a row that makes no sense, or has not the columns that it should have
_FAULTS = (Malformed, IndexError, TypeError)


@dataclass(slots=True)
class _Readable:
    """What a damaged file gives; `tiles` as they are kept, by their names."""

    record: DocumentRecord
    shown: int = 0
    closed: float | None = None
    steps: dict[int, tuple[str, Document]] = field(
        default_factory=lambda: dict[int, tuple[str, Document]]()
    )
    tiles: dict[str, bytes] = field(default_factory=lambda: dict[str, bytes]())


def rescue(path: Path) -> str:
    """Put what can be read in the place of the damaged file at `path`; a sentence about what came
    of it. The damaged one stays beside it, also where nothing can be read: then nothing is in its
    place. Only while nobody has it open. Raises OSError or WorldError where the disk refuses.
    """
    stamp = time.time_ns()
    aside = path.with_name(f"{path.name}.bad-{stamp}")
    fresh = path.with_name(f"{path.name}.fresh-{stamp}")
    found = _readable(path)
    states = _states(found)
    if states:
        make_file(fresh, lambda db: _fill(db, found, states))
    for suffix in reversed(SUFFIXES):
        if os.path.lexists(f"{path}{suffix}"):
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    sync_folder(path.parent)
    if not states:
        return f"A document is damaged and cannot be read; it is kept as {aside.name}."
    name_new(fresh, path)
    sync_folder(path.parent)
    title = found.record.title
    return f"{title} was damaged: what could be read is here, the damaged file is {aside.name}."


def finish_rescue(folder: Path) -> None:
    """What a kill left between a damaged file and its rescued one."""
    for fresh in items_in(folder):
        name, is_fresh, _ = fresh.name.partition(".sqlite.fresh-")
        if not is_fresh:
            continue
        path = fresh.with_name(f"{name}.sqlite")
        with contextlib.suppress(OSError):
            if path.exists():
                fresh.unlink()
            else:
                name_new(fresh, path)
            sync_folder(folder)


def _readable(path: Path) -> _Readable:
    unknown = DocumentRecord(path.name.partition(".")[0], "Rescued", time.time())
    found = _Readable(unknown)
    if is_odd(path) or not path.exists():
        return found
    known: dict[Raster, Raster] = {}
    with contextlib.suppress(*READ_FAULTS):
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            db.row_factory = sqlite3.Row
            for row in readable_rows(db, "document"):
                with contextlib.suppress(*_FAULTS):
                    found.record = replace(read_record(row["record"]), id=unknown.id)
                    found.shown = row["position"] if isinstance(row["position"], int) else 0
                    found.closed = row["closed"] if isinstance(row["closed"], float) else None
            for row in readable_rows(db, "steps"):
                with contextlib.suppress(*_FAULTS):
                    state = read_document(row["document"], known)
                    found.steps[row["number"]] = (str(row["text"]), state)
            for row in readable_rows(db, "tiles"):
                with contextlib.suppress(*_FAULTS):
                    unpacked(str(row["name"]), row["data"])
                    found.tiles[str(row["name"])] = row["data"]
    return found


def _states(found: _Readable) -> Mapping[int, tuple[str, Document]]:
    """By their numbers: those that are whole, and the shown one in any case."""
    whole = {
        number: (text, state)
        for number, (text, state) in found.steps.items()
        if state.tile_names() <= found.tiles.keys()
    }
    latest = found.shown if found.shown in found.steps else max(found.steps, default=0)
    if latest and latest not in whole:
        text, state = found.steps[latest]
        whole[latest] = (text, _with_holes(state, found.tiles))
    return whole


def _with_holes(state: Document, tiles: Mapping[str, bytes]) -> Document:
    """Clear where a tile is lost."""

    def rest(raster: Raster) -> Raster:
        names = tuple(name if name in tiles else CLEAR for name in raster.tiles)
        return replace(raster, tiles=names)

    return replace(
        state,
        layers=tuple(replace(layer, raster=rest(layer.raster)) for layer in state.layers),
        masks=tuple(replace(mask, raster=rest(mask.raster)) for mask in state.masks),
    )


def _fill(
    db: sqlite3.Connection, found: _Readable, states: Mapping[int, tuple[str, Document]]
) -> None:
    shown = max((number for number in states if number <= found.shown), default=max(states))
    head = (dumps(found.record), shown, found.closed)
    db.execute("INSERT INTO document VALUES (1, ?, ?, ?)", head)
    needed: set[str] = set()
    for number, (text, state) in sorted(states.items()):
        db.execute("INSERT INTO steps VALUES (?, ?, ?)", (number, text, dumps(state)))
        needed |= state.tile_names()
    db.executemany("INSERT INTO tiles VALUES (?, ?)", ((n, found.tiles[n]) for n in needed))
