"""From typed axes to a sweep that can be made: what a window asks for before it is begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.reading import axis_named
from core.service.sweeps.making.foretelling import Foretold, foretell
from core.service.sweeps.making.grid_cells import GridCell, cells_of_sweep
from core.service.sweeps.making.now import SweepNow, read_again
from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest, random_seed
from core.values.sweeping.sweep import Axis, Sweep, base_of, new_sweep

LONGEST_NAME = 60  # characters of the prompt that a sweep is called by


def asked_of(
    stores: Stores,
    request: Request,
    typed: Sequence[tuple[str, str]],
    begun: Sweep | None,
    kind: str,
    picture_format: str,
) -> tuple[Sweep, tuple[ResolvedRequest, ...], tuple[GridCell, ...], Foretold]:
    """The sweep of a form's request and axes, each a name with values as they are typed; the
    requests of the cells that are missing, in their order; the cells that do not suit; and what it
    takes. A sweep that is `begun` and has the same axes keeps its base and gets further values;
    those that are typed no more are left out, to be taken back.

    Reads files: not for the GUI thread. Raises KnownError for what makes no sense.
    """
    seed = random_seed() if request.seed is None else request.seed
    base = base_of(request, seed) if begun is None else begun.base
    known = Known(stores.library, stores.places, base)
    axes = tuple(axis_named(name, values, known) for name, values in typed)
    if begun is not None and [axis.name for axis in axes] != [axis.name for axis in begun.axes]:
        begun, base = None, base_of(request, seed)
        known = Known(stores.library, stores.places, base)
    if begun is not None:
        pairs = zip(begun.axes, axes, strict=True)
        axes = tuple(_going_on(old, asked) for old, asked in pairs)
    sweep = new_sweep(base, axes, " ".join(base.prompt.split())[:LONGEST_NAME])
    if begun is not None:
        sweep = replace(sweep, id=begun.id, created=begun.created, note=begun.note)
    cells = cells_of_sweep(known, sweep)
    refused = tuple(cell for cell in cells if cell.request is None)
    if len(refused) == len(cells):
        raise InvalidRequest("axis", refused[0].refusal)
    now = read_again(stores, SweepNow(sweep, cells, {}, {}))
    missing = now.missing()
    wanted = {request.sweep.cell for request in missing}
    foretold = foretell(
        stores, known, [cell for cell in cells if cell.key in wanted], kind, picture_format
    )
    return sweep, missing, refused, foretold


def _going_on(old: Axis, asked: Axis) -> Axis:
    merged = old.with_values(asked.values)
    return merged.skipping(value for value in merged.values if value not in asked.values)
