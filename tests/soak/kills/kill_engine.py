"""kill -9 of the engine's process in every phase of a picture: how late the window's timers were
and what came of the jobs.

    .venv/bin/python tests/soak/kills/kill_engine.py [TIMES] [PHASE]

The real window (offscreen) with the starter model. TIMES kills (10) in each phase, or in one; after
each kill the job waits again and the next engine makes it. A timer of 10 ms tells how long the
window's event loop stood still, first for 5 s of nothing: the limit is over that. About 8 s a kill
on 2 idle cores. TIMES 0 measures the idle baseline alone.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from tests.soak.judging import TOLD, Limits, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "kills": TOLD,
    "never killed": at_most(0),
    "jobs not made after it": at_most(0),
    "jobs without any outcome": at_most(0),
    "longest stall ms": TOLD,
    "stall over the idle baseline ms": at_most(100),
    "slowest next picture s": at_most(15),
    "pictures": TOLD,
}
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


class NoOutcome(Exception):
    """A job neither came to a picture nor failed."""


def main(  # noqa: C901 - a program in one function
    times: int, phases: tuple[str, ...] = PHASES
) -> int:
    """Exit code 0 where every job came to its picture and the window did not stand still."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from core.engine import process
    from core.service.making import made_picture
    from core.service.making.runner import Outcome
    from core.system.paths import places
    from core.values.events import Event, Phase, PhaseStarted, StepDone
    from core.values.request import Request
    from desktop.app.app import Application

    process.RESTARTS = 10**6  # the limit of three a minute has its own test
    qt = QApplication([])
    application = Application(qt, places(tempfile.mkdtemp(prefix="calotype-engine-")).create())
    service, outcomes = application.service, list[Outcome]()
    service.finished.connect(outcomes.append)
    aim: dict[str, object] = {"phase": "", "armed": False, "kills": 0}

    def kill() -> None:
        aim["armed"] = False
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)
                aim["kills"] = int(str(aim["kills"])) + 1

    def hear(event: Event) -> None:
        if aim["armed"] and (
            (
                isinstance(event, PhaseStarted)
                and event.phase is not Phase.SAMPLING
                and event.phase.value == aim["phase"]
            )
            or (isinstance(event, StepDone) and event.step == 5 and aim["phase"] == "sampling")
        ):
            kill()

    plain = made_picture.put_in_gallery

    def saving(*what: Any, **more: Any) -> Path:
        if aim["armed"] and aim["phase"] == "saving":
            kill()
        return plain(*what, **more)

    made_picture.put_in_gallery = saving
    service.progressed.connect(hear)

    def pump(ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def until_outcome(count: int, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while len(outcomes) < count and time.monotonic() < end:
            pump(50)
        if len(outcomes) < count:
            raise NoOutcome

    application.start()
    pump(2000)
    service.submit(Request("a red house", steps=8, seed=1))
    until_outcome(1)
    lateness, wrong = Lateness(), 0
    lateness.begin()
    pump(5000)
    idle = lateness.worst
    print(f"idle baseline: {idle:.1f} ms", flush=True)
    for phase in phases if times else ():
        late, recovered, seconds, silent = 0.0, 0, 0.0, 0
        aim["kills"] = 0
        for number in range(times):
            if phase == "loading":  # a warm engine loads nothing: let go of the model first
                service.release()
            aim |= {"phase": phase, "armed": True}
            lateness.begin()
            done = len(outcomes)
            try:
                service.submit(Request("a blue boat on water", steps=8, seed=number))
                until_outcome(done + 1)
                began = time.monotonic()
                if outcomes[-1].picture is None and not outcomes[-1].begun_again:
                    service.requeue((outcomes[-1].job.id,))
                elif outcomes[-1].picture is not None:
                    service.submit(Request("a blue boat on water", steps=8, seed=number))
                until_outcome(done + 2)
            except NoOutcome:
                silent += 1
                continue
            seconds = max(seconds, time.monotonic() - began)
            if outcomes[-1].picture is None:
                print(phase, outcomes[-1].message, outcomes[-1].details, flush=True)
            late, recovered = (
                max(late, lateness.worst),
                recovered + (outcomes[-1].picture is not None),
            )
        figures = {
            "kills": times,
            "never killed": max(0, times - int(str(aim["kills"]))),
            "jobs not made after it": times - recovered,
            "jobs without any outcome": silent,
            "longest stall ms": round(late, 1),
            "stall over the idle baseline ms": round(late - idle, 1),
            "slowest next picture s": round(seconds, 1),
            "pictures": len(application.stores.gallery.ids()),
        }
        wrong |= judge(figures, LIMITS, phase)
    application.end()
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, tuple(sys.argv[2:3]) or PHASES))
