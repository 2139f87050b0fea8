"""The cells of a sweep: a request each, or why there is none; and the order they are made in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.models.files.families import FAMILIES, Family
from core.prompt.expand import expand
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.service.remarks.canvas import resolved_hires, side_step
from core.service.sweeps.axes.kind import AxisKind, Known
from core.service.sweeps.axes.names import kind_named
from core.service.sweeps.axes.reading import cell_words
from core.system.errors import InvalidRequest, KnownError
from core.values.branching import origin_of
from core.values.request import CheckedRequest, Request
from core.values.request_parts.hires import OFF
from core.values.resolved_request import ResolvedRequest
from core.values.sweeping.sweep import Sweep

# families that a file's header tells for sure
_SURE = {family for family, row in FAMILIES.items() if "unknown" not in family and not row.pipeline}


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: `values` along the axes, X first, and what its picture says of its cell (`key`).
    `request` None: there can be no such picture, and `refusal` says why; `asked` is what the
    request was made of, its prompt's tags still in place."""

    values: tuple[str, ...]
    key: tuple[str, ...]
    request: ResolvedRequest | None
    asked: CheckedRequest | None = None
    refusal: str = ""

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
        asked, _ = resolved_hires(replace(asked, sweep=place), entry.family_row)
        checked = asked.check()
        (request,) = expand(checked)
        origin_of(request)  # which may share steps with another picture
        check_suiting(known, request)
    except KnownError as fault:
        return GridCell(values, place.cell, None, refusal=str(fault))
    return GridCell(values, place.cell, request, checked)


def _put(
    known: Known, base: Request, kinds: tuple[AxisKind, ...], values: tuple[str, ...]
) -> Request:
    request = base
    for kind, value in sorted(zip(kinds, values, strict=True), key=lambda one: one[0].rank):
        request = kind.put(request, value, known)
    return request


def check_suiting(known: Known, request: Request) -> None:
    """What can be told before anything is loaded. Raises InvalidRequest where the parts of a
    request do not suit each other, ModelMissing where one is not here."""
    entry = known.model(request.model)
    row = entry.family_row
    check_family(row, request)
    for lora in request.loras:
        ref = known.library.find_lora(lora.id)
        family = ref.family or known.library.inspection_of(ref).family
        if family != entry.family and {family, entry.family} <= _SURE:
            raise InvalidRequest(
                "loras",
                f"The LoRA {ref.name} is for {FAMILIES[family].label}, not for {row.label}.",
                "Choose another model for it.",
            )
    if request.vae:
        known.library.find_vae(request.vae)
    if request.refiner:
        known.usable(request.refiner)


def check_family(row: Family, request: Request) -> None:
    """Raises InvalidRequest where a family takes no such sampler, schedule or size."""
    if not row.flow:
        return
    samplers = [request.sampler]
    if request.hires.mode != OFF and request.hires.sampler:
        samplers.append(request.hires.sampler)
    for sampler in (SAMPLERS[name] for name in samplers):
        if not sampler.suits_flow:
            raise InvalidRequest(
                "sampler", f"{sampler.label} does not suit {row.label}.", "Choose another sampler."
            )
    schedule = SCHEDULES[request.schedule]
    if schedule.by_family is not None:
        raise InvalidRequest(
            "schedule", f"{schedule.label} does not suit {row.label}.", "Choose another schedule."
        )
    step = side_step(row)
    if request.width % step or request.height % step:
        raise InvalidRequest(
            "size", f"Sides of {row.label} are multiples of {step} pixels.", "Choose another size."
        )


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
