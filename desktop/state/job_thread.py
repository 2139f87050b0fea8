"""The thread that makes pictures: it takes jobs from the queue and keeps its engine warm."""

from __future__ import annotations

import logging
import queue
import threading
import time

from PySide6.QtCore import QObject, QThread, Signal

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.engine.exit_reasons import MemorySample, from_timeout
from core.service.runner import Outcome, Runner
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled, EngineCrashed, KnownError, WorldError
from core.values.events import Event, NotResponding, PhaseStarted, PictureNote, StepDone

_log = logging.getLogger(__name__)
# an engine that does not respond is started anew after so many more seconds where nobody answers
UNANSWERED = 120.0
SPEAK_SECONDS = 1.0  # between two signs that it is silent


class GenerationWorker(QThread):
    """Runs waiting jobs one after another until told to end. Other threads only
    set its flags and wake it.

    `job_started` carries the job that begins, `progressed` an event, `ended` an Outcome, `error` a
    KnownError, `released` the token of `unload`, `silent` for how many seconds the engine has said
    nothing, `noted` words.
    """

    job_started = Signal(QueuedJob)
    progressed = Signal(object)  # PhaseStarted or StepDone
    ended = Signal(Outcome)
    error = Signal(KnownError)
    found_devices = Signal(object)  # list of Device; Signal(list) would copy it into Qt's own
    released = Signal(object)  # what is called then
    silent = Signal(float)
    noted = Signal(str)

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
        self._quit = threading.Event()
        self._paused = threading.Event()
        self._asleep = threading.Event()
        self._renew = threading.Event()
        self._releases: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()

    def release(self, path: str, token: object) -> None:
        """Between two pictures: let go of a model ("": of all), then `released` with `token`."""
        self._releases.put((path, token))
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

    def stop_current(self) -> None:
        """Cancel the picture being made."""
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
        """End the thread: at once, or after the picture being made."""
        self._quit.set()
        if now:
            self._cancel.set()
        self._wake.set()

    def use_spec(self, spec: EngineSpec) -> None:
        """After the picture being made, go on with an engine of this kind."""
        self._next = spec
        self._wake.set()

    def run(self) -> None:
        while not self._quit.is_set():
            chosen = self._next
            self._next = None
            self._spec = chosen or self._spec
            with open_engine(self._spec) as engine:
                self._serve(engine)

    def _serve(self, engine: Engine) -> None:
        """Run jobs until told to end, or to go on with another engine."""
        self._prepare(engine)
        runner = Runner(self._stores, engine)
        known = False  # whether the engine's devices are
        self._wake.set()
        while not (self._quit.is_set() or self._next):
            self._wake.wait()
            self._wake.clear()
            self._let_go(engine)
            while not self._should_rest() and self._one(runner):
                self._let_go(engine)
            known = known or self._look_at_devices(engine)

    def _should_rest(self) -> bool:
        return (
            self._quit.is_set()
            or self._paused.is_set()
            or self._asleep.is_set()
            or self._next is not None
        )

    def _prepare(self, engine: Engine) -> None:
        try:
            engine.prepare(self._spec.warm_model)
        except KnownError as error:
            self.error.emit(error)

    def _let_go(self, engine: Engine) -> None:
        if self._renew.is_set():
            self._renew.clear()
            engine.restart()
            self._prepare(engine)
        while not self._releases.empty():
            path, token = self._releases.get()
            try:
                engine.unload(path, self._unless_ending)
            except Cancelled:
                return
            except EngineCrashed as fault:
                _log.info("the engine ended while it was to let go of a model: %s", fault)
            self.released.emit(token)

    def _look_at_devices(self, engine: Engine) -> bool:
        """Once the engine is warm, tell what it found; a job that comes meanwhile goes
        first (then this is False)."""
        try:
            self.found_devices.emit(engine.devices(self._unless_needed))
        except Cancelled:
            return False
        except (KnownError, EngineCrashed) as fault:
            _log.info("the engine's devices are not known: %s", fault)
        return True

    def _unless_ending(self, event: Event) -> None:
        if self._quit.is_set():
            raise Cancelled
        if isinstance(event, NotResponding):
            self._on_unresponsive(event.seconds)

    def _unless_needed(self, event: Event) -> None:
        if self._quit.is_set() or self._wake.is_set():
            raise Cancelled

    def _one(self, runner: Runner) -> bool:
        """Run the next job; False where nothing waits or the queue should rest."""
        self._cancel.clear()
        self._restart.clear()
        self._keep_waiting.clear()
        runner.picture_format = self.picture_format
        try:
            outcome = runner.run_one(self._hear, self.job_started.emit)
        except WorldError as error:
            self.error.emit(error)
            return False
        if outcome is None:
            return False
        if outcome.pause_queue:
            self._paused.set()
        self.ended.emit(outcome)
        return True

    def _hear(self, event: Event) -> None:
        if self._cancel.is_set():
            raise Cancelled
        if isinstance(event, PhaseStarted | StepDone):
            self.progressed.emit(event)
        elif isinstance(event, PictureNote):
            self.noted.emit(event.text)
        elif isinstance(event, NotResponding):
            self._on_unresponsive(event.seconds)

    def _on_unresponsive(self, seconds: float) -> None:
        """The engine is silent: tell now and then; the person decides, or nobody does for
        `UNANSWERED` seconds."""
        unanswered = (
            seconds > self._spec.heartbeat_timeout + UNANSWERED and not self._keep_waiting.is_set()
        )
        if self._restart.is_set() or unanswered:
            raise from_timeout(seconds, MemorySample())
        if time.monotonic() - self._said >= SPEAK_SECONDS:
            self._said = time.monotonic()
            self.silent.emit(seconds)
