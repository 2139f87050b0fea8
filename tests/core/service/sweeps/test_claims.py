"""Two that go on with one sweep at the same moment make no cell twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.service.stores import open_stores
from core.service.sweeps.making.now import put_into_queue, read_again, sweep_now
from core.system.paths import places
from core.values.job import JobState
from core.values.request import Request
from core.values.sweeping.sweep import Axis, new_sweep


def test_what_another_has_asked_for_is_not_asked_for_again(tmp_path: Path) -> None:
    here, there = (open_stores(places(tmp_path / "data")) for _ in range(2))
    base = Request("a house", seed=4, width=64, height=64)
    sweep = new_sweep(base, (Axis("steps", ("1", "2", "3", "4")),))
    here.sweeps.keep(sweep)
    seen = sweep_now(here, sweep)
    assert len(seen.missing()) == 4
    with ThreadPoolExecutor(2) as threads:  # both looked before either asked
        asked = threads.map(
            lambda stores: put_into_queue(stores, sweep, seen.missing()), (here, there)
        )
    assert sorted(map(len, asked)) == [0, 4]
    assert not read_again(there, seen).missing()
    # what ended without a picture is asked for again
    first = here.jobs.recent()[0]
    here.jobs.finish(first.id, JobState.STOPPED)
    (again,) = put_into_queue(there, sweep, seen.missing())
    assert again.request == first.request
    here.close()
    there.close()
