"""`calotype models fit`: the prediction of `core.models.fit` for a model of the library on a device of this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.engine import describe_devices
from core.errors import InvalidRequest, WorldError
from core.generate import size_of
from core.models.fit import Fit, fit, needs_of, seconds_estimate
from core.request import Request
from core.runner import Stores

MODES = {"cpu": ("resident", "sliced")}
ALL_MODES = ("resident", "sliced", "components", "layers")
RECENT = 200


def fit_on(stores: Stores, model: str, size: str | None, device: str) -> tuple[Fit, int, int]:
    """The fit and the size it is for. ModelMissing, InvalidRequest or WorldError in one sentence."""
    entry = stores.library.find(model)
    ref = entry.ref()
    width, height = size_of(size) if size is not None else entry.family_row.sizes[0]
    Request(width=width, height=height).check()
    kind, available = _memory(device)
    found = fit(needs_of(Path(ref.path)), width, height, available, MODES.get(kind, ALL_MODES), half=kind != "cpu")
    recent = stores.gallery.page(stores.gallery.ids(limit=RECENT))
    return replace(found, seconds_estimate=seconds_estimate(recent, entry.name, width, height, entry.family_row.steps)), width, height


def _memory(device: str) -> tuple[str, int]:
    """The kind of the wanted device ("auto": the best one) and its free memory in bytes."""
    present = describe_devices()
    if not present:
        raise WorldError("The devices of this machine could not be listed.", "Try again, or run calotype doctor.")
    if device == "auto":
        chosen = present[0]
    else:
        chosen = next((d for d in present if d["id"] == device or str(d["id"]).split(":")[0] == device), None)
    if chosen is None:
        raise InvalidRequest("device", f'There is no device "{device}" here.', f"Present: {', '.join(str(d['id']) for d in present)}.")
    return str(chosen["id"]).split(":")[0], int(str(chosen.get("free", chosen["memory"])))
