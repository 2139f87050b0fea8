"""What `calotype sweep` says: before it begins, and in its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.cli.shared.output import print_error
from core.engine import describe_devices
from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.grid.drawing import Grid
from core.service.sweeps.making.foretelling import Foretold, check_room, foretell, sentence
from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import SweepNow
from core.values.sweeping.sweep import Sweep

AXES = ("x", "y", "z")
_WHOLE = re.compile("-?[0-9]{1,20}")
_NUMBER = re.compile("-?[0-9]{1,20}[.][0-9]{1,20}")


def tell_before(
    stores: Stores,
    known: Known,
    now: SweepNow,
    missing: Sequence[GridCell],
    device: str,
    picture_format: str,
) -> Foretold:
    """What it takes, said on stderr. Raises WorldError where the disk has no room for it."""
    foretold = foretell(stores, known, missing, _kind_of(device), picture_format)
    there = sum(cell.key in now.pictures for cell in now.cells)
    made = f"{there} of the cells are there already; " if there else ""
    print_error(f"Sweep {now.sweep.id}: {made}{sentence(foretold)}", 0)
    check_room(foretold)
    return foretold


def _kind_of(device: str) -> str:
    """The kind of device that is meant, without asking which there are where that is said."""
    if device != "auto":
        return device.partition(":")[0]
    present = describe_devices()
    return present[0].type if present else "cpu"


def cell_facts(sweep: Sweep, cell: GridCell) -> dict[str, object]:
    """The coordinates in a cell's line: "x" and the like with the value, and what they are of."""
    facts: dict[str, object] = {"sweep": sweep.id}
    for letter, axis, value in zip(AXES, sweep.axes, cell.values, strict=False):
        facts |= {letter: plain_value(value), f"{letter}_name": axis.name}
    return facts


def axis_facts(sweep: Sweep) -> dict[str, object]:
    """Of the grid's line: what each axis varies, and its values in their order."""
    facts: dict[str, object] = {}
    for letter, axis in zip(AXES, sweep.axes, strict=False):
        values = [plain_value(value) for value in axis.shown]
        facts |= {f"{letter}_name": axis.name, letter: values}
    return facts


def grid_facts(grid: Grid, paths: Sequence[Path], seconds: float) -> dict[str, object]:
    """Its line: `seconds` there are those of all pictures, these are what the grid took."""
    sweep = grid.sweep
    return {
        "path": str(paths[0]),
        "cells": len(grid.pictures),
        "seconds": round(sum(picture.seconds for picture in grid.pictures.values()), 3),
        "paths": [str(path) for path in paths],
        "sweep": sweep.id,
        "name": sweep.name,
        "note": sweep.note,
        **axis_facts(sweep),
        "left_out": [
            {"cell": list(sweep.place(values).cell), "reason": reason}
            for values, reason in grid.said.items()
        ],
        "grid_seconds": round(seconds, 3),
    }


def plain_value(text: str) -> object:
    """A number where it is one as axes write them."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
