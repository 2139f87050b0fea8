"""The deed on pictures that requests start from: kept, named by a job, made something of, and what
nothing names swept."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.service.making.runner import Runner
from core.service.source_upkeep import check_sources, sweep_sources
from core.service.stores import Stores, open_stores
from core.store.sources.opened_picture import OpenedPicture
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

SEED, EARLIER, SIDE = 99, 98, 256
LATER = 7200.0  # seconds from now: what is kept in the deed is no longer spared by then
SOURCE, MASK, NAMED, FREE = range(4)  # the pixels of kept pictures


def kept(stores: Stores, number: int) -> str:
    """Noise, so that its file is written in several calls; the mask in grey."""
    pixels = library.noise(SIDE, number).rgb
    mode = "L" if number == MASK else "RGB"
    if mode == "L":
        pixels = pixels[: SIDE * SIDE]
    return stores.sources.keep(OpenedPicture(SIDE, SIDE, mode, pixels))


def _asked(seed: int, source: str, mask: str = "") -> Request:
    start = StartPicture(source=source, mask=mask)
    return Request(f"picture {seed}", seed=seed, steps=2, width=64, height=64, start=start)


def _prepare(root: Path) -> None:
    """A stopped job that can be run again names one kept picture, nobody another."""
    library.fill(root)
    stores = open_stores(library.chosen(root))
    (job,) = stores.jobs.add([resolve(_asked(EARLIER, kept(stores, NAMED)))])
    stores.jobs.stop_waiting(job.id)
    kept(stores, FREE)
    stores.close()


def _act(root: Path) -> None:
    """As the window does it: the pictures are taken in, the job waits and is made; at its next
    start, the sweep."""
    stores = open_stores(library.chosen(root))
    with library.noisy_pictures(512):
        source, mask = kept(stores, SOURCE), kept(stores, MASK)
        (job,) = stores.jobs.add([resolve(_asked(SEED, source, mask))])
        stores.jobs.make_next(job.id)
        _made(stores)
    assert sweep_sources(stores, now=time.time() + LATER) == 1


def _made(stores: Stores) -> None:
    with open_engine(EngineSpec(kind="fake", runs_in="here", previews=False)) as engine:
        outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None, outcome


def _look(root: Path, done: bool) -> Faults:
    """Every job that was there can be made, and every kept picture that something names is whole;
    what nothing names goes with the next sweep."""
    stores = library.begin(root)
    states = _states(stores)
    faults = library.picture_faults(
        stores, [*range(library.PICTURES), *([SEED] if done else ())], [SEED], favourites=False
    )
    waits = library.WAITING + (states.get(SEED) == "waiting")
    faults += library.job_faults(stores, waits)
    if done and states.get(SEED) != "done":
        faults.append(f"the job is {states.get(SEED)}")
    faults += [f"half written: {Path(path).name[:8]}" for path in check_sources(stores).corrupt]
    sweep_sources(stores, now=time.time() + LATER)
    health = check_sources(stores)
    faults += [f"missing: {address[:8]}" for address in health.missing]
    named = 3 if SEED in states else 1
    if health.count != named:
        faults.append(f"{health.count} pictures are kept, and {named} are named")
    faults += _not_made_again(stores, states)
    stores.close()
    return faults


def _states(stores: Stores) -> dict[int, str]:
    with sqlite3.connect(stores.places.database) as db:
        return dict(db.execute("SELECT json_extract(request, '$.seed'), state FROM jobs"))


def _not_made_again(stores: Stores, states: dict[int, str]) -> Faults:
    """Jobs that start from a picture and are not done are run again."""
    with sqlite3.connect(stores.places.database) as db:
        ids = dict(db.execute("SELECT json_extract(request, '$.seed'), id FROM jobs"))
    for seed in (EARLIER, SEED):
        if states.get(seed, "done") == "done":
            continue
        stores.jobs.requeue_last(ids[seed])
        stores.jobs.make_next(ids[seed])
        _made(stores)
    left = [seed for seed in (EARLIER, SEED) if _states(stores).get(seed, "done") != "done"]
    return [f"cannot be made again: {seed}" for seed in left]


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (Action("start from a picture", _prepare, _act, _look),)
