"""Killed while a live picture is made: nothing is left of it, not even its engine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from core.service.stores import open_stores
from core.system.paths import places

ROOT = Path(__file__).parents[4]
PAINTER = """
import sys
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.live.maker import LiveMaker
from core.service.stores import open_stores
from core.system.paths import places
from core.values.events import Phase, PhaseStarted
from tests.core.service.live.painted import order

SPEC = EngineSpec(kind="fake", runs_in="process", fake=FakeScript(step_seconds=60))

def told(event):
    if isinstance(event, PhaseStarted) and event.phase is Phase.SAMPLING:
        print(engine.pid, flush=True)

if __name__ == "__main__":
    stores = open_stores(places(sys.argv[1]))
    with open_engine(SPEC) as engine:
        LiveMaker(stores, engine, SPEC).make(order(1), told)
"""


def test_nothing_is_left_of_a_live_picture_that_a_kill_met(tmp_path: Path) -> None:
    data = tmp_path / "data"
    open_stores(places(data)).close()
    script = tmp_path / "painter.py"
    script.write_text(PAINTER)
    command = [sys.executable, str(script), str(data)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as painter:
        assert painter.stdout is not None
        engine = psutil.Process(int(painter.stdout.readline()))
        painter.kill()
    end = time.monotonic() + 30
    with contextlib.suppress(psutil.NoSuchProcess):
        while engine.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end, "the engine outlives its window"
            time.sleep(0.05)
    stores = open_stores(places(data))
    try:
        stores.recover()
        assert not stores.jobs.recent() and not stores.gallery.ids()
        assert stores.sources.usage().count == 0
        for folder in (stores.places.pictures, stores.places.checkpoints, stores.places.sources):
            assert not folder.exists() or not any(folder.iterdir()), folder
    finally:
        stores.close()
