"""Rewind with the starter: what recording costs, how soon a released slider shows its step, and how
soon a branch stands beside its picture, in the real window.

    python tests/bench/insight/rewind.py [--pairs N] [--cpu] [--side PX] [--steps N]

Recorded and plain pictures are made in turn, in this process. Without a recorder the tape's own
calls are timed, as a share of the picture's time. The slider moves over previews that are there.
Exit 1 where a bar is missed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from core.engine.contract.protocol import Engine
    from core.service.stores import Stores
    from core.values.job import Job
    from core.values.request import Request
    from desktop.app.app import Application
    from desktop.steps.strip import RewindStrip

MOST_RECORDING = 1.10  # times as long as without
MOST_UNRECORDED = 0.002  # of the picture's time: what cannot be measured from outside
MOST_SHOWN_MS = 50.0  # from the slider to the painted step
MOST_BRANCH = 3.0  # seconds from the button to both beside each other


def asked(side: int, steps: int) -> Request:
    """The picture of all measurements."""
    from core.values.request import Request

    return Request(
        "a red house on snow at night",
        seed=7,
        steps=steps,
        width=side,
        height=side,
        guidance=5.0,
    )


# --- what recording costs ---


def job_of(stores: Stores, request: Request) -> Job:
    """The job for the starter."""
    from core.service.making.prepared import prepared
    from core.values.resolved_request import resolve

    return prepared(stores, resolve(request))[1]


def cost(engine: Engine, job: Job, folder: Path, pairs: int, *, cpu: bool) -> int:
    """1 where recording costs too much."""
    from tests.bench.pairs import Bar, interleaved

    def timed(recording: str) -> float:
        clock = time.process_time if cpu else time.perf_counter
        began = clock()
        engine.run(replace(job, recording=recording), lambda _: None)
        return clock() - began

    path = folder / "x.recording"

    def recorded() -> float:
        path.unlink(missing_ok=True)
        return timed(str(path))

    pairs_of = interleaved(recorded, lambda: timed(""), pairs, warm=2)
    print(f"a recording has {path.stat().st_size / 2**20:.2f} MiB")
    return pairs_of.judge("recorded and plain", Bar(at_most=MOST_RECORDING))


def idle_cost(engine: Engine, job: Job) -> int:
    """1 where a tape on which nothing is recorded takes time that counts."""
    from core.engine.diffusion.recording.tape import Tape

    spent = [0.0]
    calls = [0]

    def watched(plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(*values, **named)
            finally:
                spent[0] += time.perf_counter() - began
                calls[0] += 1

        return call

    names = ("begin", "begun", "heard", "walk", "took", "finish")
    plain = {name: getattr(Tape, name) for name in names}
    for name, method in plain.items():
        setattr(Tape, name, watched(method))
    try:
        began = time.perf_counter()
        engine.run(job, lambda _: None)
        whole = time.perf_counter() - began
    finally:
        for name, method in plain.items():
            setattr(Tape, name, method)
    share = spent[0] / whole
    good = share <= MOST_UNRECORDED and calls[0] > 0
    print(
        f"without recording: {calls[0]} calls of the tape take {1e6 * spent[0]:.0f} us of "
        f"{whole:.3f} s, {100 * share:.4f} % (bar {100 * MOST_UNRECORDED:g} %): "
        f"{'kept' if good else 'missed'}"
    )
    return 0 if good else 1


# --- the window ---


def until(ready: Callable[[], object], seconds: float = 300) -> None:
    """Let events run until `ready`."""
    from tests.bench.window.lateness import pump

    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        pump(1)


def rewound(application: Application, request: Request) -> RewindStrip:
    """The timeline in Create, of a picture that was made and recorded, with all its previews."""
    from desktop.create.room import CreateRoom
    from desktop.steps.looks import Look

    window = application.window
    window.resize(1280, 800)
    application.start()
    room = window.rooms["create"]
    assert isinstance(room, CreateRoom)
    until(lambda: room.stage.strip is not None)
    strip = room.stage.strip
    assert strip is not None
    application.service.submit(request.check())
    until(strip.begin.isVisible)
    strip.begin.click()
    until(strip.timeline.isVisible)
    steps = range(1, strip.timeline.steps + 1)
    until(lambda: all(strip.walk.looks.rough(Look(step, "x0")) for step in steps))
    return strip


def slide(strip: RewindStrip) -> list[float]:
    """Milliseconds from each new place of the slider until its step is painted."""
    from tests.bench.window.lateness import pump

    shown: list[float] = []
    steps = strip.timeline.steps
    for step in (*range(steps - 1, 0, -1), *range(2, steps), steps // 2, 1):
        began = time.perf_counter()
        strip.timeline.slider.setValue(step)
        strip.stage.front().repaint()
        shown.append(1000 * (time.perf_counter() - began))
        pump(20)
    return shown


def branch(strip: RewindStrip, step: int, words: str) -> float:
    """Seconds from the button until the other picture stands there, finished."""
    strip.timeline.slider.setValue(step)
    until(strip.form.isVisible)
    strip.form.prompt.setPlainText(words)
    began = time.perf_counter()
    strip.form.develop.click()
    until(lambda: strip.stage.is_beside() and not strip.walk.is_awaiting())
    return time.perf_counter() - began


def in_window(folder: Path, request: Request) -> int:
    """1 where the window answers too late."""
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application

    qt = QApplication.instance() or QApplication([])
    assert isinstance(qt, QApplication)
    qt.setStyle("Fusion")
    spec = EngineSpec(runs_in="process", device="cpu")
    application = Application(qt, places(str(folder / "data")), spec)
    strip = rewound(application, request)
    shown = slide(strip)
    steps = strip.timeline.steps
    wanted = ((1, "a blue tree"), (steps // 2, "a green house"), (steps - 1, "a yellow boat"))
    took = [branch(strip, step, words) for step, words in wanted]
    application.end()
    print(
        f"{len(shown)} moves of the slider are painted after {statistics.median(shown):.1f} ms, at "
        f"most {max(shown):.1f} ms (bar {MOST_SHOWN_MS:g} ms)"
    )
    for (step, _), seconds in zip(wanted, took, strict=True):
        print(f"a branch from step {step} of {steps} is there after {seconds:.2f} s")
    print(f"the last of them after {max(took):.2f} s (bar {MOST_BRANCH:g} s)")
    return int(max(shown) > MOST_SHOWN_MS or max(took) > MOST_BRANCH)


def main() -> int:
    """The exit status."""
    from tests.bench.pairs import options, print_versions

    parser = options(__doc__)
    parser.add_argument("--side", type=int, default=256, help="pixels (256)")
    parser.add_argument("--steps", type=int, default=20)
    chosen = parser.parse_args()
    from core.engine import open_engine
    from core.engine.contract.protocol import EngineSpec
    from core.service.stores import open_stores
    from core.system.paths import places

    print_versions("torch", "PySide6-Essentials")
    request = asked(chosen.side, chosen.steps)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stores = open_stores(places(str(folder / "core")))
        with open_engine(EngineSpec(device="cpu", previews=False)) as engine:
            job = job_of(stores, request)
            missed = cost(engine, job, folder, chosen.pairs, cpu=chosen.cpu)
            missed |= idle_cost(engine, job)
        stores.close()
        missed |= in_window(folder, request)
    print("missed" if missed else "kept")
    return missed


if __name__ == "__main__":
    sys.exit(main())
