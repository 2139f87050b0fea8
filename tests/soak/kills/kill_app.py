"""kill -9 of the whole program while its queue works: what was lost, damaged,
made twice or left half written (0 each).

    .venv/bin/python tests/soak/kills/kill_app.py [KILLS] [SEED]

The window runs offscreen with an engine in its own process that draws gradients, in whose place
noise of 512 pixels is saved (800 kB, in many writes); everything else is as in the program. Each
start adds jobs, makes what waits and says each thing that it acknowledged. Every other kill comes 0
to 3 s after its first word, the others at the instant a new name appears among the pictures: while
that file is written. About 3 s a kill on 2 cores. For a death at every call: kill_calls.py.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

ADDED, LONGEST, SIDE = 6, 3.0, 512
LIMITS: Limits = {
    "kills": TOLD,
    "kills at a new name": TOLD,
    "accepted jobs": at_least(1),
    "pictures": at_least(1),
    "reported saved": TOLD,
    "saved but missing": at_most(0),
    "damaged": at_most(0),
    "jobs lost": at_most(0),
    "made twice": at_most(0),
    "pictures without a row": at_most(0),
    "rows without a picture": at_most(0),
    "failed": at_most(0),
    "partials left after the next start": at_most(0),
    "seconds": TOLD,
}


def say(kind: str, value: str) -> None:
    """One acknowledged fact for the parent."""
    os.write(1, json.dumps([kind, value]).encode() + b"\n")


def work(data: str, add: int) -> None:  # noqa: C901 - a program in one function
    """The program under test: adds `add` jobs, takes interrupted ones back,
    and makes all that waits."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec, FakeScript
    from core.service.making.runner import Outcome
    from core.store.jobs import QueuedJob
    from core.system.paths import places
    from core.values.request import Request
    from desktop.app.app import Application
    from tests.soak.disk.library import noisy_pictures

    qt = QApplication([])
    spoiled = noisy_pictures(SIDE)
    spoiled.__enter__()  # until the end of the process
    spec = EngineSpec(kind="fake", runs_in="process", fake=FakeScript(step_seconds=0.002))
    application = Application(qt, places(data).create(), spec)
    service = application.service

    def ended(outcome: Outcome) -> None:
        if outcome.picture is not None:
            say("saved", f"{outcome.picture.path}|{outcome.job.id}")
        elif not outcome.stopped:
            say("failed", f"{outcome.message}")

    def added(jobs: tuple[QueuedJob, ...]) -> None:
        for job in jobs:
            say("accepted", job.id)

    taken: set[str] = set()

    def take_back() -> bool:
        """Each interrupted job once; whether there was one. On a busy machine the recovery is
        later than the first look."""
        interrupted = [
            job.id
            for job in application.stores.jobs.recent(1000)
            if job.state == "failed" and job.id not in taken
        ]
        service.requeue(interrupted)
        taken.update(interrupted)
        return bool(interrupted)

    def begin() -> None:
        take_back()
        for number in range(add):
            service.submit(
                Request(
                    f"picture {number} of {os.getpid()}", steps=8, width=64, height=64, seed=number
                ),
                added,
            )
        service.pause(False)

    def look() -> None:
        states = {str(job.state.value) for job in application.stores.jobs.recent(1000)}
        if (
            not add
            and not take_back()
            and not states & {"waiting", "running"}
            and service.current is None
        ):
            application.end()
            qt.quit()

    service.finished.connect(ended)
    application.start()
    say("started", "")
    QTimer.singleShot(400, begin)
    timer = QTimer(interval=300)
    timer.timeout.connect(look)
    QTimer.singleShot(2000, timer.start)
    qt.exec()


def names(data: Path) -> set[str]:
    """What is called something among the pictures, hidden names too."""
    return {
        name
        for place in (data / "pictures", *(data / "pictures").glob("*"))
        if place.is_dir()
        for name in os.listdir(place)
    }


def run(data: Path, add: int, after: float | None, *, at_a_name: bool = False) -> list[list[str]]:
    """One start; killed `after` seconds, or before that where a new name appears,
    or left to end. What it said."""
    command = [sys.executable, __file__, "--work", str(data), str(add)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    ) as child:
        assert child.stdout is not None
        said = [json.loads(child.stdout.readline())]
        if after is not None:
            before, until = names(data), time.monotonic() + after
            while time.monotonic() < until and not (at_a_name and names(data) - before):
                time.sleep(0.0002 if at_a_name else 0.01)
            os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                said.append(json.loads(line))
        child.wait()
    return said


def main(kills: int, seed: int) -> int:
    """Exit code 0 where nothing was lost."""
    from core.metadata.recipes import read_file
    from core.service.stores import open_stores
    from core.store.files import pictures_in
    from core.system.paths import places
    from tests.soak.disk.library import damage_of

    chance, began = random.Random(seed), time.monotonic()
    data = Path(tempfile.mkdtemp(prefix="calotype-kill-"))
    said: list[list[str]] = []
    for number in range(kills):
        odd = number % 2 == 1
        said += run(
            data, ADDED, 2 * LONGEST if odd else chance.uniform(0.0, LONGEST), at_a_name=odd
        )
        if (number + 1) % 20 == 0:
            print(
                f"{number + 1} kills, {len(said)} facts, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    said += run(data, 0, None)
    accepted = [value for kind, value in said if kind == "accepted"]
    saved = [value.rsplit("|", 1) for kind, value in said if kind == "saved"]
    half = sum(
        path.name.endswith((".part", ".partial"))
        or (path.is_file() and path.stat().st_size == 0 and path.suffix == ".png")
        for path in data.rglob("*")
    )
    stores = open_stores(places(data))
    damaged, made = 0, Counter[str]()
    for path in pictures_in(data / "pictures"):
        if damage_of(path):
            damaged += 1
            continue
        recipe = read_file(path).recipe
        made[recipe.job_id if recipe else ""] += 1
    rows = [Path(one.path) for one in stores.gallery.page(stores.gallery.ids())]
    figures = {
        "kills": kills,
        "kills at a new name": kills // 2,
        "accepted jobs": len(accepted),
        "pictures": sum(made.values()),
        "reported saved": len(saved),
        "saved but missing": sum(not Path(path).exists() for path, _ in saved),
        "damaged": damaged,
        "jobs lost": sum(stores.jobs.get(job) is None or made[job] == 0 for job in accepted),
        "made twice": sum(count > 1 for count in made.values()),
        "pictures without a row": len(set(pictures_in(data / "pictures")) - set(rows)),
        "rows without a picture": sum(not path.exists() for path in rows),
        "failed": sum(kind == "failed" for kind, _ in said),
        "partials left after the next start": half,
        "seconds": round(time.monotonic() - began),
    }
    stores.close()
    return judge(figures, LIMITS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]))
    else:
        kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
        seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
        sys.exit(main(kills, seed))
