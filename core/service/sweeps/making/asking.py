"""From typed axes to a sweep that can be made: what a window asks for before it is begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.reading import axes_named, words_of
from core.service.sweeps.making.foretelling import Foretold, foretell
from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import sweep_asked
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest, random_seed
from core.values.sweeping.sweep import Axis, Sweep, base_of, new_sweep

LINE = "line"  # the axis over lines of a file of prompts
LONGEST_NAME = 60  # characters of the prompt that a sweep is called by


@dataclass(frozen=True, slots=True)
class AskedSweep:
    """A sweep that could be made: the requests of its missing cells in their order, its cells that
    do not suit, what it takes, and the ids of jobs that ended without a missing cell's picture."""

    sweep: Sweep
    wanted: tuple[ResolvedRequest, ...]
    refused: tuple[GridCell, ...]
    foretold: Foretold
    ended: tuple[str, ...] = ()


def asked_of(
    stores: Stores,
    request: Request,
    typed: Sequence[tuple[str, str]],
    begun: Sweep | None,
    kind: str,
    picture_format: str,
) -> AskedSweep:
    """The sweep of a form's request and axes, each a name with values as they are typed. One that
    is `begun` and has the same axes keeps its base and gets further values; those that are typed no
    more are left out, to be taken back.

    Reads files: not for the GUI thread. Raises KnownError for what makes no sense.
    """
    seed = random_seed() if request.seed is None else request.seed
    base = base_of(request, seed)
    axes = axes_named(typed, Known(stores.library, stores.places, base))
    if begun is not None and [axis.name for axis in axes] != [axis.name for axis in begun.axes]:
        begun = None
    if begun is not None:
        base = begun.base
        axes = tuple(_going_on(old, new) for old, new in zip(begun.axes, axes, strict=True))
    sweep = new_sweep(base, axes, name_of(base, axes))
    if begun is not None:
        sweep = replace(sweep, id=begun.id, created=begun.created, note=begun.note)
    known = Known(stores.library, stores.places, base)
    now = sweep_asked(stores, known, sweep)
    missing = now.missing_cells()
    foretold = foretell(stores, known, missing, kind, picture_format)
    ended = tuple(job.id for job in now.ended_jobs())
    return AskedSweep(sweep, now.missing(), now.refused, foretold, ended)


def name_of(base: Request, axes: Iterable[Axis]) -> str:
    """What a sweep is called that nobody named: the beginning of its prompt, of several that of the
    first."""
    prompts = (axis for axis in axes if axis.name in ("prompt", LINE))
    first = next((words_of(axis.name, axis.values[0]) for axis in prompts), base.prompt)
    return " ".join(first.split())[:LONGEST_NAME]


def _going_on(old: Axis, asked: Axis) -> Axis:
    merged = old.with_values(asked.values)
    return merged.skipping(value for value in merged.values if value not in asked.values)
