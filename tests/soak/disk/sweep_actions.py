"""The deed on sweeps: one kept, given further values, and removed."""

from __future__ import annotations

from pathlib import Path

from core.store.sweeps.sweep_store import SweepStore
from core.values.request import Request
from core.values.sweeping.sweep import Axis, Sweep
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

OLD, GONE, NEW = "0a" * 16, "0b" * 16, "0c" * 16
VALUES, FURTHER = ("1", "2"), ("1", "2", "3")


def _sweep(sweep_id: str, values: tuple[str, ...] = VALUES) -> Sweep:
    return Sweep(sweep_id, Request("a house", seed=1), (Axis("steps", values),), created=1.0)


def _prepare(root: Path) -> None:
    library.fill(root)
    store = SweepStore(library.chosen(root).sweeps)
    for sweep_id in (OLD, GONE):
        store.keep(_sweep(sweep_id))


def _act(root: Path) -> None:
    store = SweepStore(library.chosen(root).sweeps)
    store.keep(_sweep(NEW))
    store.change(OLD, lambda sweep: sweep.with_axis(Axis("steps", FURTHER)))
    store.remove(GONE)


def _look(root: Path, done: bool) -> Faults:
    """Every sweep is as it was before or as it is after; none that was to stay is gone."""
    stores = library.begin(root)
    kept = {sweep.id: sweep for sweep in stores.sweeps.all()}
    stores.close()
    faults: Faults = []
    values = kept[OLD].axes[0].values if OLD in kept else ()
    if values not in (VALUES, FURTHER) or (done and values != FURTHER):
        faults.append(f"the sweep that was changed has the values {values}")
    if done and kept.keys() != {OLD, NEW}:
        faults.append(f"the sweeps are {sorted(kept)}")
    return faults


def actions() -> tuple[Action, ...]:
    """In the order of their names."""
    return (Action("sweeps", _prepare, _act, _look),)
