"""kill -9 of the whole program at random instants of a working queue; prints what was lost, damaged or made twice (0 each).

    .venv/bin/python tests/soak/kill_app.py [KILLS] [SEED]

The window runs offscreen with an engine in its own process that draws gradients; everything else is as in the program. Each
start adds jobs, makes what waits and says each thing that it acknowledged; a kill comes 0 to 3 s after its first word.
About 3 s a kill on 2 cores.
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

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
ADDED, LONGEST = 6, 3.0


def say(kind: str, value: str) -> None:
    """One acknowledged fact for the parent."""
    os.write(1, json.dumps([kind, value]).encode() + b"\n")


def work(data: str, add: int) -> None:
    """The program under test: adds `add` jobs, takes interrupted ones back, and makes all that waits."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from core.engine.protocol import EngineSpec, FakeScript
    from core.paths import places
    from core.request import Request
    from core.runner import Outcome
    from core.store.jobs import QueuedJob
    from desktop.app import Application

    qt = QApplication([])
    spec = EngineSpec(kind="fake", place="process", fake=FakeScript(step_seconds=0.002))
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

    def begin() -> None:
        interrupted = [job.id for job in application.stores.jobs.recent(1000) if job.state == "failed"]
        service.take_back(interrupted)
        for number in range(add):
            service.submit(Request(f"picture {number} of {os.getpid()}", steps=8, width=64, height=64, seed=number), added)
        service.pause(False)

    def look() -> None:
        if not add and application.stores.jobs.waiting() == 0 and service.current is None:
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


def run(data: Path, add: int, after: float | None) -> list[list[str]]:
    """One start; killed `after` seconds, or left to end. What it said."""
    command = [sys.executable, __file__, "--work", str(data), str(add)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}) as child:
        assert child.stdout is not None
        said = [json.loads(child.stdout.readline())]
        if after is not None:
            time.sleep(after)
            os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                said.append(json.loads(line))
        child.wait()
    return said


def main(kills: int, seed: int) -> int:
    """Exit code 0 where nothing was lost."""
    from core.metadata import read_file
    from core.metadata.reading import decode_rgb, open_image
    from core.paths import places
    from core.runner import open_stores
    from core.store.files import pictures_in

    chance, began = random.Random(seed), time.monotonic()
    data = Path(tempfile.mkdtemp(prefix="calotype-kill-"))
    said: list[list[str]] = []
    for number in range(kills):
        said += run(data, ADDED, chance.uniform(0.0, LONGEST))
        if (number + 1) % 20 == 0:
            print(f"{number + 1} kills, {len(said)} facts, {time.monotonic() - began:.0f} s", flush=True)
    said += run(data, 0, None)
    accepted = [value for kind, value in said if kind == "accepted"]
    saved = [value.rsplit("|", 1) for kind, value in said if kind == "saved"]
    stores = open_stores(places(data))
    damaged, made = 0, Counter[str]()
    for path in pictures_in(data / "pictures"):
        with open_image(path) as image:
            decode_rgb(image, path.name)
        recipe = read_file(path).recipe
        damaged += recipe is None
        made[recipe.job_id if recipe else ""] += 1
    figures = {
        "kills": kills, "accepted jobs": len(accepted), "pictures": sum(made.values()), "reported saved": len(saved),
        "saved but missing": sum(not Path(path).exists() for path, _ in saved), "damaged": damaged,
        "jobs lost": sum(stores.jobs.get(job) is None or made[job] == 0 for job in accepted),
        "made twice": sum(count > 1 for count in made.values()),
        "rows": len(stores.gallery.ids()), "failed": sum(kind == "failed" for kind, _ in said),
        "partials left": len(list((data / "pictures").rglob("*.part"))), "seconds": round(time.monotonic() - began)}
    stores.close()
    print(json.dumps(figures, indent=1))
    return int(any(figures[key] for key in ("saved but missing", "damaged", "jobs lost", "made twice")) or figures["rows"] != figures["pictures"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 7))
