"""The axes that the command line names, and what it changes of those of an earlier sweep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.cli.sweeping.options import SweepOptions
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.names import kind_named
from core.service.sweeps.axes.ranges import joined_texts, parts_of
from core.service.sweeps.axes.reading import (
    axis_named,
    axis_of,
    matrix_of,
    name_and_values,
)
from core.service.sweeps.axes.words import LineAxis
from core.system.errors import InvalidRequest, disk_refusals
from core.system.regular_files import read_words
from core.values.request import Request
from core.values.sweeping.sweep import Axis, Sweep

MAX_FILE = 2**24  # bytes of a file of prompts


def axes_asked(known: Known, options: SweepOptions) -> tuple[Request, tuple[Axis, ...]]:
    """The request that is varied, and X, Y and Z: those that are named, before them those of a
    matrix or a file of prompts. Raises KnownError for what there is not, or for none."""
    base = known.base
    axes: tuple[Axis, ...] = ()
    if options.matrix:
        base, axes = matrix_of(base)
    if options.prompts is not None:
        axes = (*axes, _lines(known, options))
    named = [text for text in (options.x, options.y, options.z) if text is not None]
    axes = (*axes, *(axis_of(text, known) for text in named))
    if not axes:
        raise InvalidRequest(
            "axis", "Nothing is varied.", "Give an axis with --x, as in --x steps=5-25(+5)."
        )
    return base, axes


def _lines(known: Known, options: SweepOptions) -> Axis:
    path = options.prompts
    assert path is not None
    with disk_refusals(f"{path} cannot be read", "Choose another file with --prompts."):
        try:
            text = read_words(path, MAX_FILE)
        except ValueError as fault:
            raise InvalidRequest(
                "prompts", f"{path} cannot be read: {fault}.", "Choose a text file."
            ) from fault
    return LineAxis().read(text, known)


def changed(known: Known, sweep: Sweep, options: SweepOptions) -> Sweep:
    """The sweep with what was typed for it: further values of its axes, those that are left out and
    taken back, its name and note. Raises KnownError for an axis that it has not."""
    if options.go_on:
        if options.prompts is not None:
            sweep = _with_further(known, sweep, _lines(known, options))
        for text in filter(None, (options.x, options.y, options.z)):
            sweep = _with_further(known, sweep, axis_of(text, known))
    for text in options.skip or []:
        sweep = _skipping(known, sweep, text, skip=True)
    for text in options.take_back or []:
        sweep = _skipping(known, sweep, text, skip=False)
    name = sweep.name if options.name is None else options.name
    note = sweep.note if options.note is None else options.note
    return replace(sweep, name=name, note=note)


def _with_further(known: Known, sweep: Sweep, axis: Axis) -> Sweep:
    """With further values of an axis that it has, or one axis more. What is made already stays
    where it was: its pictures name their cells."""
    old = next((one for one in sweep.axes if one.name == axis.name), None)
    if old is not None:
        return sweep.with_axis(old.with_values(axis.values))
    raise InvalidRequest(
        "axis",
        f"The sweep does not vary {axis.name}.",
        f"It varies {', '.join(one.name for one in sweep.axes)}; begin another one for more.",
    )


def _skipping(known: Known, sweep: Sweep, text: str, *, skip: bool) -> Sweep:
    axis, found = _axis_and_values(known, sweep, text, "skip")
    return sweep.with_axis(axis.skipping(found) if skip else axis.taking_back(found))


def redone(known: Known, sweep: Sweep, asked: Iterable[str]) -> set[tuple[str, ...]]:
    """The values of the cells that are made again: of each text, "NAME=VALUE,NAME=VALUE", all that
    have what it names. Raises KnownError for what the sweep has not."""
    wanted: set[tuple[str, ...]] = set()
    for text in asked:
        given = dict(_axis_and_values(known, sweep, one, "redo") for one in parts_of(text))
        found = {
            values
            for values in sweep.cells()
            if all(
                value in given.get(axis, (value,))
                for axis, value in zip(sweep.axes, values, strict=True)
            )
        }
        if not found:
            raise InvalidRequest(
                "redo", f'"{text[:80]}" is no cell of the sweep.', "Take its values back first."
            )
        wanted |= found
    return wanted


def _axis_and_values(
    known: Known, sweep: Sweep, text: str, option: str
) -> tuple[Axis, tuple[str, ...]]:
    """Of "NAME=VALUES" the sweep's axis, and those of its values that are meant."""
    name, values = name_and_values(text)
    kind = kind_named(name)
    axis = next((one for one in sweep.axes if kind_named(one.name) == kind), None)
    if axis is None:
        raise InvalidRequest(
            option,
            f"The sweep does not vary {name[:80]}.",
            f"It varies {', '.join(one.name for one in sweep.axes)}.",
        )
    found = _meant(known, axis, values)
    if not found:
        raise InvalidRequest(
            option, f'"{text[:80]}" are no values of the sweep.', f"It has {_some(axis)}."
        )
    return axis, found


def _some(axis: Axis) -> str:
    """Its values in a sentence."""
    shown = [value[:60] or '""' for value in axis.values[:20]]
    return ", ".join(shown) + (" and more" if len(axis.values) > len(shown) else "")


def _meant(known: Known, axis: Axis, typed: str) -> tuple[str, ...]:
    """The values of an axis that are named: as they stand there, else as those of a new axis are
    read."""
    parts = parts_of(typed)
    for exact in ((typed.strip(),), (joined_texts(parts),), parts):
        if exact and {*exact} <= {*axis.values}:
            return exact
    return tuple(
        value for value in axis_named(axis.name, typed, known).values if value in axis.values
    )
