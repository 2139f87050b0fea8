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
from core.models.files.fit import Fit, Needs, SecondsSpan, fit, needs_of, predicted
from core.models.library.model_entry import ModelEntry
from core.service import time_prediction
from core.service.stores import Stores
from core.store.memory_history import peak_correction
from core.system.errors import InvalidRequest, WorldError
from core.system.paths import RESOURCES
from core.values.declared.limits import MIN_SIZE, SIZE_STEP, size_of
from core.values.device import MemoryMode
from core.values.request import Request

RECENT = 200  # pictures of the gallery that times are learnt from
EIGHTHS = range(2, 9)  # of a size: what a smaller picture may be tried at

Size = tuple[int, int]  # width and height in pixels


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make a picture fit: a smaller size, or weights in eight bits; perhaps neither."""

    size: Size | None = None
    eight_bit: bool = False


def fit_on_device(
    stores: Stores, model: str, size: str | None, device: str, weights: str = "full"
) -> tuple[Fit, int, int]:
    """The fit, and the width and height in pixels that it is for.

    Raises ModelMissing where the model is not here or damaged, InvalidRequest for a size, weights
    or a device that cannot be, WorldError where devices or the database cannot be read.
    """
    eight = known_weights(weights) == "8bit"
    entry = stores.library.find(model)
    ref = entry.ref()
    width, height = size_of(size) if size is not None else entry.family_row.sizes[0]
    Request(width=width, height=height).check()
    kind, available = _memory(device)
    needs = needs_of(Path(ref.path))
    fit_here = fit(
        needs,
        width,
        height,
        available,
        MemoryMode.on(kind),
        half=kind != "cpu",
        eight=eight,
        correction=_off(stores, entry, needs, kind, eight=eight),
    )
    row = entry.family_row
    request = Request(
        width=width, height=height, steps=row.steps, guidance=row.guidance, sampler=row.sampler
    )
    if not fit_here.fits:
        return _or_eight_bit(fit_here, needs, (width, height), kind, eight=eight), width, height
    seconds = predicted_seconds(stores, entry, request, row, kind, fit_here.mode, eight=eight)
    return fit_here.with_seconds(seconds), width, height


def _or_eight_bit(fit_here: Fit, needs: Needs, size: Size, kind: str, *, eight: bool) -> Fit:
    """What does not fit, and whether it would with weights in eight bits."""
    if eight:
        return replace(fit_here, eight_bit=False)
    modes = MemoryMode.on(kind)
    half = kind != "cpu"
    smaller = fit(needs, *size, fit_here.available_bytes, modes, half=half, eight=True)
    return replace(fit_here, eight_bit=smaller.fits)


def _off(stores: Stores, entry: ModelEntry, needs: Needs, kind: str, *, eight: bool) -> float:
    """By how much this machine's own pictures of the model were off the prediction."""
    modes = {mode.value: mode for mode in MemoryMode}  # rows of other versions may know others
    return peak_correction(
        [
            peak / predicted(needs, width, height, modes[mode], half=kind != "cpu", eight=eight)
            for width, height, mode, peak in stores.memory_history.measured_peaks(
                entry.path, kind, eight=eight
            )
            if mode in modes
        ]
    )


def predicted_seconds(
    stores: Stores,
    entry: ModelEntry,
    request: Request,
    row: Family,
    kind: str,
    mode: str,
    *,
    eight: bool,
) -> SecondsSpan | None:
    """How long the request's picture takes with a model on a kind of device, in a mode of the
    memory ladder; None where nothing like it was seen here.

    Raises WorldError where the database cannot be read.
    """
    path = Path(entry.path)
    source = _source_size(stores, request)
    work = time_prediction.multiplications_of(path, request, row.id, kind, source)
    own = stores.memory_history.runs(kind, eight=eight, model=entry.path)
    if not own and not eight:
        pictures = stores.gallery.page(stores.gallery.ids(limit=RECENT))
        own = time_prediction.runs_of_pictures(pictures, entry.name, path, row.id, kind)
    all_of_them = stores.memory_history.runs(kind, eight=eight)
    seconds = time_prediction.estimate_seconds(own, all_of_them, work, mode or MemoryMode.RESIDENT)
    return time_prediction.with_request(seconds, request)


def fit_of_request(
    stores: Stores,
    entry: ModelEntry,
    request: Request,
    kind: str,
    available: int,
    weights: str = "full",
) -> tuple[Fit, Remedy]:
    """The fit of the form's request on a device of a kind with so many bytes,
    and what would fit where this does not.

    Reads headers and the gallery: not for the GUI thread. Raises ModelMissing for a damaged model,
    WorldError where the database cannot be read.
    """
    needs = needs_of(Path(entry.path))
    modes = MemoryMode.on(kind)
    half = kind != "cpu"
    eight = weights == "8bit"
    off = _off(stores, entry, needs, kind, eight=eight)
    size_of_source = _source_size(stores, request)
    source = _area(size_of_source) if size_of_source else 0

    def fit_at(size: Size) -> Fit:
        return fit(
            needs,
            *size,
            available,
            modes,
            half=half,
            eight=eight,
            correction=off,
            source=source,
        )

    wanted = request.width, request.height
    fit_here = fit_at(wanted)
    row = entry.family_row
    if fit_here.fits:
        seconds = predicted_seconds(stores, entry, request, row, kind, fit_here.mode, eight=eight)
        return fit_here.with_seconds(seconds), Remedy()
    fitting = [size for size in _smaller(wanted, row) if fit_at(size).fits]
    largest = max(fitting, key=_area, default=None)
    fit_here = _or_eight_bit(fit_here, needs, wanted, kind, eight=eight)
    return fit_here, Remedy(size=largest, eight_bit=fit_here.eight_bit)


def _source_size(stores: Stores, request: Request) -> Size | None:
    """Of the picture that a request starts from; None without one, and where it is gone."""
    if not request.start.source:
        return None
    try:
        return stores.sources.size_of(request.start.source)
    except WorldError:
        return None  # said when the picture is made


def _smaller(wanted: Size, row: Family) -> list[Size]:
    """Sizes of less area than the wanted one, in its shape and in those its family was trained
    for."""
    sizes = {_scaled(size, eighths) for size in (wanted, *row.sizes) for eighths in EIGHTHS}
    return [size for size in sizes if min(size) >= row.min_size and _area(size) < _area(wanted)]


def _scaled(size: Size, eighths: int) -> Size:
    """So many eighths of a size. Sides are rounded down to what a request may ask for: multiples of
    `SIZE_STEP`, of at least `MIN_SIZE`."""
    width, height = (side * eighths // 8 // SIZE_STEP * SIZE_STEP for side in size)
    return max(width, MIN_SIZE), max(height, MIN_SIZE)


def _area(size: Size) -> int:
    return size[0] * size[1]


def offers_with_fit(
    stores: Stores, kind: str, available: int, weights: str = "full"
) -> list[tuple[Offer, Fit]]:
    """The catalogue, each with whether it fits so many bytes (0 or less: ask) of a kind of device,
    and how long it would take there.

    Reads the gallery: not for the GUI thread. Raises WorldError where the database cannot be read.
    """
    free = available if available > 0 else free_memory()
    eight = weights == "8bit"
    runs = stores.memory_history.runs(kind, eight=eight)
    if not runs and not eight:
        pictures = stores.gallery.page(stores.gallery.ids(limit=RECENT))
        runs = time_prediction.runs_of_pictures(
            pictures, "Starter", RESOURCES / "starter", "starter", kind
        )
    # the catalogue measures by the starter's step on a processor
    step = time_prediction.starter_step_seconds(runs) if kind == "cpu" else None
    return [(offer, _judged(offer, kind, free, step, eight=eight)) for offer in offers()]


def _judged(offer: Offer, kind: str, free: int, step: float | None, *, eight: bool) -> Fit:
    """`step` is this processor's time for a step of the starter, in seconds; None where it is not
    known."""
    modes = MemoryMode.on(kind)
    half = kind != "cpu"
    fit_here = fit_of_offer(offer, free, modes, half=half, starter_step=step)
    if offer.family and (eight or not fit_here.fits):
        size = offer.row.sizes[0]
        smaller = fit(NEEDS[offer.family], *size, free, modes, half=half, eight=True)
        if eight:
            fit_here = replace(smaller, seconds_estimate=fit_here.seconds_estimate)
        else:
            fit_here = replace(fit_here, eight_bit=smaller.fits)
    seconds = fit_here.seconds_estimate
    if not seconds:
        return fit_here
    return fit_here.with_seconds(
        SecondsSpan(
            seconds * time_prediction.OTHER_MODEL_SPAN[0],
            seconds * time_prediction.OTHER_MODEL_SPAN[1],
        )
    )


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
        chosen = next((card for card in present if device in (card.id, card.type)), None)
    if chosen is None:
        raise InvalidRequest(
            "device",
            f'There is no device "{device}" here.',
            f"Present: {', '.join(card.id for card in present)}.",
        )
    return chosen.type, chosen.free
