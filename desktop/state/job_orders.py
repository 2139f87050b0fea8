"""What is asked of the thread that makes pictures, and what it tells: other threads set its flags
and wake it."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from core.engine.contract.protocol import EngineSpec
from core.service.insight.looking import LookTurns
from core.service.live.turns import LiveEnd, LiveTurns
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import KnownError
from core.values.job import Job
from core.values.measurement import Measurement, MeasuringEnd

if TYPE_CHECKING:
    from core.service.live.maker import LiveMaker


@dataclass(frozen=True, slots=True)
class AgainOrder:
    """A picture file that is to be made again. `recording`: kept is that alone, with `words` also
    where its words are looked at."""

    path: Path
    recording: bool = False
    words: bool = False


class JobOrders(QThread):
    """`job_started` carries the job that begins, `progressed` an event, `ended` an Outcome, `error`
    a KnownError, `released` the token of `unload`, `silent` for how many seconds the engine has
    said nothing, `noted` words, `measured` one part, `measuring_ended` how that ended, `live_told`
    who ordered a live picture and what became of it, `looked` the same of a look at a step; of a
    picture made again `again_begun` its path, `again_progressed` an event, `made_again` an
    AgainEnd.
    """

    job_started = Signal(QueuedJob)
    progressed = Signal(object)  # PhaseStarted or StepDone
    ended = Signal(Outcome)
    error = Signal(KnownError)
    found_devices = Signal(object)  # list of Device; Signal(list) would copy it into Qt's own
    released = Signal(object)  # what is called then
    silent = Signal(float)
    noted = Signal(str)
    measured = Signal(Measurement)
    measuring_ended = Signal(MeasuringEnd)
    live_told = Signal(object, LiveEnd)
    looked = Signal(object, object)  # LookEnd or QuestionEnd
    again_begun = Signal(object, bool)  # Path, and whether it is recorded
    again_progressed = Signal(object)  # PhaseStarted or StepDone
    made_again = Signal(object)  # AgainEnd

    def __init__(self, stores: Stores, spec: EngineSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stores = stores
        self._spec = spec
        self._next: EngineSpec | None = None
        self._restart = threading.Event()
        self._keep_waiting = threading.Event()
        self._said = 0.0
        self.picture_format = "png"
        self._wake = threading.Event()
        self._cancel = threading.Event()
        self._stopped: set[str] = set()  # ids
        self._begun = ""  # the id of the job last told of
        self.cut_short = ""
        self._quit = threading.Event()
        self._paused = threading.Event()
        self._asleep = threading.Event()
        self._renew = threading.Event()
        self._kept_seconds = 0.0
        self._holds_models = False  # perhaps
        self._used = time.monotonic()
        self._releases: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self._again: deque[AgainOrder] = deque()
        self._again_stopped: set[Path] = set()
        self._to_measure: Job | None = None
        self._measuring_stopped = threading.Event()
        self.live = LiveTurns(self._wake.set)
        self.looks = LookTurns(self._wake.set)
        self._live_maker: LiveMaker | None = None
        self._device_kind = "cpu"

    def release(self, path: str, token: object) -> None:
        """Between two pictures: let go of a model ("": of all), then `released` with `token`."""
        self._releases.put((path, token))
        self._wake.set()

    def keep_models(self, seconds: float) -> None:
        """How long models stay in memory after the last picture; 0: for ever."""
        self._kept_seconds = seconds
        self._wake.set()

    def measure(self, job: Job) -> None:
        """After the pictures that wait: how fast the machine makes this one. A picture or anything
        else that is asked for meanwhile ends it."""
        self._to_measure = job
        self._wake.set()

    def make_again(self, path: Path, *, recording: bool, words: bool) -> None:
        """After the pictures that wait: render a file's recipe, and compare."""
        self._again_stopped.discard(path)
        self._again.append(AgainOrder(path, recording, words))
        self._wake.set()

    def stop_again(self, path: Path, *, recording: bool) -> bool:
        """Forget one that waits to be made again, which is then True, or stop it."""
        alike = [one for one in self._again if (one.path, one.recording) == (path, recording)]
        try:
            self._again.remove(alike[0] if alike else AgainOrder(path, recording))
        except ValueError:
            self._again_stopped.add(path)
            return False
        return True

    def waiting_again(self) -> tuple[tuple[Path, bool], ...]:
        """Those that wait to be made again, with whether they are to be recorded."""
        return tuple((order.path, order.recording) for order in self._again)

    def stop_measuring(self) -> None:
        """End a measurement, or the wait for it."""
        self._to_measure = None  # before the flag, which goes with the next look at it
        self._measuring_stopped.set()
        self._wake.set()

    def rest(self, on: bool) -> None:
        """The machine goes to sleep: begin nothing; after it, with a new engine."""
        if on:
            self._asleep.set()
        else:
            self._renew.set()
            self._asleep.clear()
        self._wake.set()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def stop(self, job_id: str) -> None:
        """Cancel the picture of this job, if it is being made."""
        self._stopped.add(job_id)

    def stop_any(self) -> None:
        """Cancel whatever picture is being made."""
        self._cancel.set()

    def restart_engine(self) -> None:
        """End an engine that does not respond; its job fails."""
        self._restart.set()

    def keep_waiting(self) -> None:
        """Wait for this engine, however long it is silent."""
        self._keep_waiting.set()

    def pause(self, on: bool) -> None:
        """Take no further job, or go on."""
        if on:
            self._paused.set()
        else:
            self._paused.clear()
        self._wake.set()

    def end(self, *, now: bool) -> None:
        """End the thread: at once, or after the picture being made. `cut_short` is then the id of
        the job that did not come to its end."""
        self._quit.set()
        if now:
            self._cancel.set()
        self._wake.set()

    def use_spec(self, spec: EngineSpec) -> None:
        """After the picture being made, go on with an engine of this kind."""
        self._next = spec
        self._wake.set()
