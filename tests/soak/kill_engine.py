"""kill -9 of the engine's process in every phase of a picture; prints how late the window's timers were and what came of the jobs.

    .venv/bin/python tests/soak/kill_engine.py [TIMES]

The real window (offscreen) with the starter model. TIMES kills (10) in each phase; after each kill the job waits again and the next
engine makes it. A timer of 10 ms tells how long the window's event loop stood still. About 8 s a kill on 2 idle cores.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PHASES = ("loading", "encoding", "sampling", "decoding", "saving")


class Lateness:
    """The longest time between two ticks of a 10 ms timer, over what it should be; milliseconds."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.worst, self._last = 0.0, time.monotonic()
        self._timer = QTimer(interval=10, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.monotonic()
        self.worst, self._last = max(self.worst, (now - self._last) * 1000 - 10), now

    def begin(self) -> None:
        """Forget what was."""
        self.worst, self._last = 0.0, time.monotonic()


def main(times: int) -> int:
    """Exit code 0 where every job came to its picture."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from core import runner
    from core.engine import process
    from core.events import Event, Phase, PhaseStarted, StepDone
    from core.paths import places
    from core.request import Request
    from core.runner import Outcome
    from desktop.app import Application

    process.RESTARTS = 10**6  # the limit of three a minute has its own test
    qt = QApplication([])
    application = Application(qt, places(tempfile.mkdtemp(prefix="calotype-engine-")).create())
    service, outcomes = application.service, list[Outcome]()
    service.finished.connect(outcomes.append)
    aim = {"phase": "", "armed": False}

    def kill() -> None:
        aim["armed"] = False
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)

    def hear(event: Event) -> None:
        if aim["armed"] and ((isinstance(event, PhaseStarted) and event.phase is not Phase.SAMPLING and event.phase.value == aim["phase"])
                             or (isinstance(event, StepDone) and event.step == 5 and aim["phase"] == "sampling")):
            kill()
    plain = runner.put_in_gallery

    def saving(pictures: Path, seed: int, data: bytes) -> Path:
        if aim["armed"] and aim["phase"] == "saving":
            kill()
        return plain(pictures, seed, data)
    runner.put_in_gallery = saving
    service.progressed.connect(hear)

    def pump(ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def until_outcome(count: int, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while len(outcomes) < count and time.monotonic() < end:
            pump(50)
        assert len(outcomes) >= count, "no outcome came"
    application.start()
    pump(2000)
    service.submit(Request("a red house", steps=8, seed=1))
    until_outcome(1)
    lateness, figures = Lateness(), {}
    for phase in PHASES:
        late, recovered, seconds, pictures = 0.0, 0, 0.0, 0
        for number in range(times):
            if phase == "loading":  # a warm engine loads nothing: let go of the model first
                service.release()
            aim |= {"phase": phase, "armed": True}
            lateness.begin()
            done = len(outcomes)
            service.submit(Request("a blue boat on water", steps=8, seed=number))
            until_outcome(done + 1)
            began = time.monotonic()
            if outcomes[-1].picture is None:
                service.take_back((outcomes[-1].job.id,))
                until_outcome(done + 2)
            else:
                service.submit(Request("a blue boat on water", steps=8, seed=number))
                until_outcome(done + 2)
            seconds = max(seconds, time.monotonic() - began)
            if outcomes[-1].picture is None:
                print(phase, outcomes[-1].message, outcomes[-1].details, flush=True)
            late, recovered = max(late, lateness.worst), recovered + (outcomes[-1].picture is not None)
            pictures = len(application.stores.gallery.ids())
        figures[phase] = {"kills": times, "jobs made after it": recovered, "longest stall ms": round(late, 1),
                          "slowest next picture s": round(seconds, 1), "pictures": pictures}
        print(phase, json.dumps(figures[phase]), flush=True)
    application.end()
    return int(any(row["jobs made after it"] != times for row in figures.values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
