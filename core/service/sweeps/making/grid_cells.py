"""The cells of a sweep: a request each, or why there is none; and the order they are made in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.prompt.expand import expand
from core.service.remarks.canvas import resolved_hires
from core.service.sweeps.axes.kind import AxisKind, Known
from core.service.sweeps.axes.names import kind_named
from core.service.sweeps.axes.reading import cell_words
from core.service.sweeps.making.suiting import check_has_effect, check_suiting
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.values.branching import origin_of
from core.values.request import CheckedRequest, Request
from core.values.resolved_request import ResolvedRequest
from core.values.sweeping.sweep import Sweep


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: `values` along the axes, X first, and what its picture says of its cell (`key`).
    `request` None: there can be no such picture, and `refusal` says why; `asked` is what the
    request was made of, its prompt's tags still in place. `lacks`: it is refused for something
    that is not here, as a model."""

    values: tuple[str, ...]
    key: tuple[str, ...]
    request: ResolvedRequest | None
    asked: CheckedRequest | None = None
    refusal: str = ""
    lacks: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return ", ".join(cell_words(self.key))


def cells_of_sweep(known: Known, sweep: Sweep) -> tuple[GridCell, ...]:
    """All cells, X fastest. Reads files: not for the GUI thread. Raises InvalidRequest for an axis
    that this version does not know."""
    kinds = tuple(kind_named(axis.name) for axis in sweep.axes)
    return tuple(_cell(known, sweep, kinds, values) for values in sweep.cells())


def _cell(
    known: Known, sweep: Sweep, kinds: tuple[AxisKind, ...], values: tuple[str, ...]
) -> GridCell:
    place = sweep.place(values)
    try:
        asked = _put(known, sweep.base, kinds, values)
        entry = known.usable(asked.model)
        check_has_effect(entry.family_row, kinds, sweep.base, asked)
        asked, _ = resolved_hires(replace(asked, sweep=place), entry.family_row)
        checked = asked.check()
        (request,) = expand(checked)
        origin_of(request)  # which may share steps with another picture
        check_suiting(known, request)
    except KnownError as fault:
        lacks = isinstance(fault, WorldError)
        return GridCell(values, place.cell, None, refusal=str(fault), lacks=lacks)
    return GridCell(values, place.cell, request, checked)


def _put(
    known: Known, base: Request, kinds: tuple[AxisKind, ...], values: tuple[str, ...]
) -> Request:
    request = base
    for kind, value in sorted(zip(kinds, values, strict=True), key=lambda one: one[0].rank):
        try:
            request = kind.put(request, value, known)
        except (ValueError, ArithmeticError) as fault:  # of a later version, or a damaged file
            raise InvalidRequest(
                "axis", f'{kind.label} cannot be "{value[:80]}".', "Leave this value out."
            ) from fault
    return request


def in_making_order(cells: Iterable[GridCell]) -> tuple[GridCell, ...]:
    """Those with a request, so that weights change as seldom as possible: all of one model
    together, of these all with one refiner and VAE, of these with one set of LoRAs; each where the
    first of them stands."""
    made = [cell for cell in cells if cell.request is not None]
    places: dict[tuple[object, ...], int] = {}

    def order(cell: GridCell) -> tuple[int, ...]:
        request = cell.request
        assert request is not None
        parts = (
            request.model,
            (request.refiner, request.vae, request.decoder, request.matrices),
            (request.loras, request.clip_skip),
        )
        return tuple(
            places.setdefault((level, *parts[: level + 1]), len(places))
            for level in range(len(parts))
        )

    return tuple(sorted(made, key=order))
