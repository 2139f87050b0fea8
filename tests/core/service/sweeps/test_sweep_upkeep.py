"""Sweeps that nothing names any more go in their time, with their grids, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.metadata.writing import encode
from core.service.stores import Stores
from core.service.sweeps.upkeep import drop_old_sweeps
from core.store.files import put_in_gallery
from core.store.sweeps.sweep_store import KEPT_UNNAMED
from core.system.errors import WorldError
from core.values.job import JobState
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest, resolve
from core.values.sweeping.sweep import Axis, Sweep, new_sweep

NOW = 2e9
LATER = NOW + KEPT_UNNAMED + 1


def kept(stores: Stores) -> tuple[Sweep, ResolvedRequest]:
    """A sweep with its grid in two parts, and the request of its only cell."""
    base = Request("a house", seed=1, width=64, height=64)
    sweep = new_sweep(base, (Axis("steps", ("2",)),))
    stores.sweeps.keep(sweep)
    for name in (f"{sweep.id}.png", f"{sweep.id}-2.png"):
        (stores.places.sweeps / name).write_bytes(b"grid")
    return sweep, resolve(replace(base, steps=2, sweep=sweep.place(("2",))))


def files(stores: Stores, sweep: Sweep) -> int:
    return sum(path.name.startswith(sweep.id) for path in stores.places.sweeps.iterdir())


Gone = Callable[[], object]


def by_job(stores: Stores, request: ResolvedRequest, state: JobState | None = None) -> Gone:
    (job,) = stores.jobs.add([request])
    if state is not None:
        stores.jobs.finish(job.id, state)
    return lambda: (stores.jobs.withdraw if state is None else stores.jobs.remove)(job.id)


def by_picture(stores: Stores, request: ResolvedRequest, *, trashed: bool) -> Gone:
    pixels = Pixels(8, 8, bytes(192))
    recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256)
    path = put_in_gallery(stores.places.pictures, 1, *encode(pixels, recipe, "png"))
    number = stores.gallery.record(path, recipe, 8, 8).id
    if trashed:
        stores.gallery.trash([number])

    def gone() -> None:
        stores.gallery.trash([number])
        stores.gallery.discard([number])

    return gone


NAMED: dict[str, Callable[[Stores, ResolvedRequest], Gone]] = {
    "waiting job": by_job,
    "failed job": lambda stores, request: by_job(stores, request, JobState.FAILED),
    "stopped job": lambda stores, request: by_job(stores, request, JobState.STOPPED),
    "picture": lambda stores, request: by_picture(stores, request, trashed=False),
    "picture in the trash": lambda stores, request: by_picture(stores, request, trashed=True),
}


@pytest.mark.parametrize("place", NAMED)
def test_a_sweep_goes_thirty_days_after_what_named_it(stores: Stores, place: str) -> None:
    sweep, request = kept(stores)
    gone = NAMED[place](stores, request)
    for moment in (NOW, LATER, LATER + KEPT_UNNAMED):
        assert drop_old_sweeps(stores, moment) == 0
    assert files(stores, sweep) == 3
    gone()
    assert drop_old_sweeps(stores, NOW) == 0  # from now on the days are counted
    assert drop_old_sweeps(stores, LATER - 2) == 0 and stores.sweeps.get(sweep.id) == sweep
    assert drop_old_sweeps(stores, LATER) == 1
    assert files(stores, sweep) == 0


def test_the_days_begin_anew_with_a_picture_or_further_values(stores: Stores) -> None:
    sweep, request = kept(stores)
    drop_old_sweeps(stores, NOW)
    stores.sweeps.keep(sweep)  # somebody is about to make more of it
    assert drop_old_sweeps(stores, LATER) == 0
    gone = by_job(stores, request)
    assert drop_old_sweeps(stores, LATER + KEPT_UNNAMED + 1) == 0
    gone()
    assert drop_old_sweeps(stores, LATER + KEPT_UNNAMED + 2) == 0
    assert drop_old_sweeps(stores, LATER + 3 * KEPT_UNNAMED) == 1


def test_a_clock_that_was_ahead_keeps_none_for_ever(stores: Stores) -> None:
    kept(stores)
    drop_old_sweeps(stores, NOW + 1e9)
    assert [drop_old_sweeps(stores, moment) for moment in (NOW, LATER)] == [0, 1]


def test_damaged_and_strange_files(stores: Stores) -> None:
    sweep, _ = kept(stores)
    stores.sweeps.path_of(sweep.id).write_text("{}")  # nothing can be made of it either
    own = stores.places.sweeps / "my notes.png"
    own.write_bytes(b"mine")
    assert [drop_old_sweeps(stores, moment) for moment in (NOW, LATER)] == [0, 1]
    assert [one for one in stores.places.sweeps.iterdir() if one.name != ".lock"] == [own]


def test_none_goes_by_a_database_that_was_repaired(stores: Stores) -> None:
    sweep, _ = kept(stores)
    drop_old_sweeps(stores, NOW)
    stores.database.notice = "It was repaired."
    assert drop_old_sweeps(stores, LATER) == 0
    stores.database.notice = ""
    stores.database.refusal = WorldError("It cannot be written.", "")
    assert drop_old_sweeps(stores, LATER) == 0 and files(stores, sweep) == 4
