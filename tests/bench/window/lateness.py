"""How late a 5 ms timer in the GUI thread comes, and where that thread was meanwhile."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

INTERVAL_MS = 5
STALL_MS = 15  # from then on it is looked where the thread is
WAITING = ("tasks.run", "pipe._speak", "pipe.receive", "threading.wait", "selectors.select")
LOOK_SECONDS = 0.002  # between two looks


def pump(ms: int) -> None:
    """Let events run for a while."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def waited_for_a_core() -> float:
    """Milliseconds for which this thread was ready and other processes had the cores; 0 where the
    system does not say (docs.kernel.org/scheduler/sched-stats.html)."""
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(text.split()[1]) / 1e6


def at_share(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True, slots=True)
class Lateness:
    """Milliseconds of one part of a session; `own`: without what other processes took; `busy`:
    processor time of the GUI thread from tick to tick."""

    part: str
    ticks: int
    p50: float
    p99: float
    longest: float
    own_p99: float
    own_longest: float
    busy_p99: float
    busy_longest: float

    def __str__(self) -> str:
        return (
            f"{self.part:32} {self.ticks:6} ticks  p50 {self.p50:5.1f}  p99 {self.p99:6.1f}  "
            f"max {self.longest:7.1f} ms   without others' time p99 {self.own_p99:6.1f}  "
            f"max {self.own_longest:7.1f} ms   busy p99 {self.busy_p99:6.1f}  "
            f"max {self.busy_longest:7.1f} ms"
        )


class Ticker(QObject):
    """Ticks from its making on; `part` ends a part and begins the next one."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[float] = []
        self._own: list[float] = []
        self._busy: list[float] = []
        self._parts: list[tuple[list[float], list[float], list[float]]] = []
        self.begin()
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        waited = waited_for_a_core()
        used = time.thread_time()
        late = max(0.0, (now - self.last) * 1000 - INTERVAL_MS)
        self._late.append(late)
        self._own.append(max(0.0, late - (waited - self._waited)))
        self._busy.append((used - self.used) * 1000)
        self.last = now
        self._waited = waited
        self.used = used

    def begin(self) -> None:
        """Forget what was counted since the last part, and count from now."""
        self._late = []
        self._own = []
        self._busy = []
        self.last = time.perf_counter()
        self._waited = waited_for_a_core()
        self.used = time.thread_time()

    def part(self, name: str) -> Lateness:
        """What was counted since the last part."""
        counted = self._late or [0.0], self._own or [0.0], self._busy or [0.0]
        self._parts.append(counted)
        self._late = []
        self._own = []
        self._busy = []
        return _lateness(name, *counted)

    def whole(self, name: str) -> Lateness:
        """Of all parts so far."""
        late, own, busy = ([value for part in self._parts for value in part[at]] for at in range(3))
        return _lateness(name, late, own, busy)


def _lateness(name: str, late: list[float], own: list[float], busy: list[float]) -> Lateness:
    return Lateness(
        part=name,
        ticks=len(late),
        p50=at_share(late, 0.5),
        p99=at_share(late, 0.99),
        longest=max(late),
        own_p99=at_share(own, 0.99),
        own_longest=max(own),
        busy_p99=at_share(busy, 0.99),
        busy_longest=max(busy),
    )


class Stacks(threading.Thread):
    """Looks where the GUI thread is whenever a tick is late, to say which code stood still. With
    `busy` whenever it has computed for so long since the last tick: on a machine where others want
    the cores too, lateness says little of the code. Only where the system has such clocks."""

    def __init__(self, ticker: Ticker, *, busy: bool = False) -> None:
        super().__init__(daemon=True)
        self._ticker = ticker
        self._gui = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._gui) if busy else None
        self._over = threading.Event()
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._stands_still():
                self.seen[self._look()] += 1

    def _stands_still(self) -> bool:
        if self._clock is not None:
            return (time.clock_gettime(self._clock) - self._ticker.used) * 1000 > STALL_MS
        return (time.perf_counter() - self._ticker.last) * 1000 > STALL_MS + INTERVAL_MS

    def _look(self) -> str:
        """Where the GUI thread is, and which other threads do not just wait. No frame is kept:
        it would keep a painter alive."""
        frames = sys._current_frames()
        gui = _way_to(frames.pop(self._gui, None))
        frames.pop(threading.get_ident(), None)
        busy = sorted(place for place in map(_place, frames.values()) if place != "wait")
        return f"{gui}   [{' + '.join(busy)}]"

    def end(self, name: str) -> None:
        """Print the places of a part, the longest stays first."""
        for way, looks in self.seen.most_common(12):
            print(f"    {looks * LOOK_SECONDS * 1000:6.0f} ms+  {way}")
        self.seen.clear()


def _place(frame: FrameType) -> str:
    code = frame.f_code
    name = f"{Path(code.co_filename).stem}.{code.co_name}"
    return "wait" if name in WAITING else f"{name}:{frame.f_lineno}"


def _way_to(frame: FrameType | None) -> str:
    """The innermost five calls."""
    way: list[str] = []
    while frame is not None and len(way) < 5:
        way.append(_place(frame))
        frame = frame.f_back
    return " < ".join(way)
