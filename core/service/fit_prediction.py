"""`calotype models fit`: the prediction of `core.models.files.fit` for a model of the library on
a device of this machine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from core.engine import describe_devices
from core.engine.contract.protocol import known_weights
from core.models.fetch.catalog import NEEDS, Offer, fit_of_offer, offers
from core.models.files.families import Family
from core.models.files.fit import Fit, Needs, Seconds, fit, needs_of, predicted
from core.models.library.model_entry import ModelEntry
from core.service import pace
from core.service.stores import Stores
from core.store.memory_history import correction
from core.system.errors import InvalidRequest, WorldError
from core.system.paths import RESOURCES
from core.values.device import MemoryMode
from core.values.request import Request, size_of

RECENT = 200


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make a picture fit: a smaller size, or weights in eight bits; perhaps neither."""

    size: tuple[int, int] | None = None
    eight_bit: bool = False


def fit_on(
    stores: Stores, model: str, size: str | None, device: str, weights: str = "full"
) -> tuple[Fit, int, int]:
    """The fit and the size it is for. ModelMissing, InvalidRequest or
    WorldError in one sentence."""
    eight = known_weights(weights) == "8bit"
    entry = stores.library.find(model)
    ref = entry.ref()
    width, height = size_of(size) if size is not None else entry.family_row.sizes[0]
    Request(width=width, height=height).check()
    kind, available = _memory(device)
    needs, half = needs_of(Path(ref.path)), kind != "cpu"
    found = fit(
        needs,
        width,
        height,
        available,
        MemoryMode.on(kind),
        half=half,
        eight=eight,
        correction=_off(stores, entry, needs, kind, eight=eight),
    )
    row = entry.family_row
    request = Request(
        width=width, height=height, steps=row.steps, guidance=row.guidance, sampler=row.sampler
    )
    seconds = seconds_of(stores, entry, request, row, kind, found.mode, eight=eight)
    return (
        (
            found.taking(seconds)
            if found.fits
            else _or_eight(found, needs, width, height, kind, eight=eight)
        ),
        width,
        height,
    )


def _or_eight(found: Fit, needs: Needs, width: int, height: int, kind: str, *, eight: bool) -> Fit:
    """What does not fit, and whether it would with weights in eight bits."""
    modes, half = MemoryMode.on(kind), kind != "cpu"
    smaller = (
        not eight
        and fit(needs, width, height, found.available_bytes, modes, half=half, eight=True).fits
    )
    return replace(found, eight_bit=smaller)


def _off(stores: Stores, entry: ModelEntry, needs: Needs, kind: str, *, eight: bool) -> float:
    """By how much this machine's own pictures of the model were off the prediction."""
    modes = {mode.value: mode for mode in MemoryMode}  # rows of other versions may know others
    return correction(
        [
            peak / predicted(needs, width, height, modes[mode], half=kind != "cpu", eight=eight)
            for width, height, mode, peak in stores.ways.measured(entry.path, kind, eight=eight)
            if mode in modes
        ]
    )


def seconds_of(
    stores: Stores,
    entry: ModelEntry,
    request: Request,
    row: Family,
    kind: str,
    mode: str,
    *,
    eight: bool,
) -> Seconds | None:
    """How long the request's picture takes with a model on a kind of device;
    None where nothing like it was seen here."""
    path = Path(entry.path)
    work = pace.work_of(path, request, row.id, kind)
    own = stores.ways.runs(kind, eight=eight, model=entry.path)
    if not own and not eight:
        pictures = stores.gallery.page(stores.gallery.ids(limit=RECENT))
        own = pace.of_pictures(pictures, entry.name, path, row.id, kind)
    found = pace.estimate(
        own, stores.ways.runs(kind, eight=eight), work, mode or MemoryMode.RESIDENT
    )
    return pace.with_request(found, request)


def fit_of(
    stores: Stores,
    entry: ModelEntry,
    request: Request,
    kind: str,
    available: int,
    weights: str = "full",
) -> tuple[Fit, Remedy]:
    """The fit of the form's request on a device of a kind with so many bytes,
    and what would fit where this does not.

    Reads headers and the gallery: not for the GUI thread. ModelMissing for a damaged model.
    """
    needs, modes, half = needs_of(Path(entry.path)), MemoryMode.on(kind), kind != "cpu"
    eight = weights == "8bit"
    off = _off(stores, entry, needs, kind, eight=eight)
    found = fit(
        needs,
        request.width,
        request.height,
        available,
        modes,
        half=half,
        eight=eight,
        correction=off,
    )
    row = entry.family_row
    if found.fits:
        return found.taking(
            seconds_of(stores, entry, request, row, kind, found.mode, eight=eight)
        ), Remedy()
    sides = ((request.width, request.height), *row.sizes)
    smaller = {
        (max(w * k // 64 * 8, 64), max(h * k // 64 * 8, 64)) for w, h in sides for k in range(2, 9)
    }
    fitting = [
        size
        for size in smaller
        if min(size) >= row.min_size
        and size[0] * size[1] < request.width * request.height
        and fit(needs, *size, available, modes, half=half, eight=eight, correction=off).fits
    ]
    found = _or_eight(found, needs, request.width, request.height, kind, eight=eight)
    return found, Remedy(
        max(fitting, key=lambda size: size[0] * size[1], default=None), found.eight_bit
    )


def judged_offers(
    stores: Stores, kind: str, available: int, weights: str = "full"
) -> list[tuple[Offer, Fit]]:
    """The catalogue, each with whether it fits so many bytes (0 or less: ask) of a kind of device,
    and how long it would take there."""
    free, modes, half, eight = (
        available if available > 0 else free_memory(),
        MemoryMode.on(kind),
        kind != "cpu",
        weights == "8bit",
    )
    runs = stores.ways.runs(kind, eight=eight)
    if not runs and not eight:
        pictures = stores.gallery.page(stores.gallery.ids(limit=RECENT))
        runs = pace.of_pictures(pictures, "Starter", RESOURCES / "starter", "starter", kind)
    step = pace.step_of_starter(runs) if kind == "cpu" else None  # by which the catalogue measures
    found: list[tuple[Offer, Fit]] = []
    for offer in offers():
        one = fit_of_offer(offer, free, modes, half=half, starter_step=step)
        if offer.family and (eight or not one.fits):
            smaller = fit(
                NEEDS[offer.family], *offer.row.sizes[0], free, modes, half=half, eight=True
            )
            one = (
                replace(smaller, seconds_estimate=one.seconds_estimate)
                if eight
                else replace(one, eight_bit=smaller.fits)
            )
        if one.seconds_estimate:
            one = one.taking(
                Seconds(one.seconds_estimate * pace.OTHER[0], one.seconds_estimate * pace.OTHER[1])
            )
        found.append((offer, one))
    return found


def free_memory() -> int:
    """Bytes a picture may take on the processor: what is free, and what this program's
    own engine holds already."""
    held = 0
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            held += child.memory_info().rss
    return psutil.virtual_memory().available + held


def _memory(device: str) -> tuple[str, int]:
    """The kind of the wanted device ("auto": the best one) and its free memory in bytes."""
    present = describe_devices()
    if not present:
        raise WorldError(
            "The devices of this machine could not be listed.", "Try again, or run calotype doctor."
        )
    if device == "auto":
        chosen = present[0]
    else:
        chosen = next((one for one in present if device in (one.id, one.type)), None)
    if chosen is None:
        raise InvalidRequest(
            "device",
            f'There is no device "{device}" here.',
            f"Present: {', '.join(one.id for one in present)}.",
        )
    return chosen.type, chosen.free
