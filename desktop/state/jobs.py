"""The thread that makes pictures, and the service through which the window talks to it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.engine.exit_reasons import Pulse, by_silence
from core.prompt.expand import expand
from core.service.runner import Outcome, Runner, submit
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled, EngineCrashed, KnownError, WorldError
from core.values.events import Event, Noted, NotResponding, PhaseStarted, StepDone
from core.values.job import ModelRef
from core.values.request import Request
from desktop.state.tasks import Backstage

_log = logging.getLogger(__name__)
# an engine that does not respond is started anew after so many more seconds where nobody answers
UNANSWERED = 120.0


class GenerationWorker(QThread):
    """Runs waiting jobs one after another until told to end. Other threads only
    set its flags and wake it."""

    claimed = Signal(object)
    heard = Signal(object)
    ended = Signal(object)
    stumbled = Signal(object)
    found_devices = Signal(object)
    released = Signal(object)
    silent = Signal(float)
    noted = Signal(str)

    def __init__(self, stores: Stores, spec: EngineSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stores, self._spec = stores, spec
        self._next: EngineSpec | None = None
        self._restart = threading.Event()
        self._patient = threading.Event()
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

    def be_patient(self) -> None:
        """Wait for this engine, however long it is silent."""
        self._patient.set()

    def pause(self, on: bool) -> None:
        """Take no further job, or go on."""
        (self._paused.set if on else self._paused.clear)()
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
            chosen, self._next = self._next, None
            self._spec = chosen or self._spec
            with open_engine(self._spec) as engine:
                self._serve(engine)

    def _serve(self, engine: Engine) -> None:
        """Run jobs until told to end, or to go on with another engine."""
        self._prepare(engine)
        runner, known = Runner(self._stores, engine), False
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
            self.stumbled.emit(error)

    def _let_go(self, engine: Engine) -> None:
        if self._renew.is_set():
            self._renew.clear()
            engine.renew()
            self._prepare(engine)
        while not self._releases.empty():
            path, token = self._releases.get()
            try:
                engine.release(path, self._unless_ending)
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
            self._endure(event.seconds)

    def _unless_needed(self, event: Event) -> None:
        if self._quit.is_set() or self._wake.is_set():
            raise Cancelled

    def _one(self, runner: Runner) -> bool:
        """Run the next job; False where nothing waits or the queue should rest."""
        self._cancel.clear()
        self._restart.clear()
        self._patient.clear()
        runner.picture_format = self.picture_format
        try:
            outcome = runner.run_one(self._hear, self.claimed.emit)
        except WorldError as error:
            self.stumbled.emit(error)
            return False
        if outcome is None:
            return False
        if outcome.pause:
            self._paused.set()
        self.ended.emit(outcome)
        return True

    def _hear(self, event: Event) -> None:
        if self._cancel.is_set():
            raise Cancelled
        if isinstance(event, PhaseStarted | StepDone):
            self.heard.emit(event)
        elif isinstance(event, Noted):
            self.noted.emit(event.words)
        elif isinstance(event, NotResponding):
            self._endure(event.seconds)

    def _endure(self, seconds: float) -> None:
        """The engine is silent: tell about once a second; the person decides,
        or nobody does for `UNANSWERED` seconds."""
        if self._restart.is_set() or (
            seconds > self._spec.silence + UNANSWERED and not self._patient.is_set()
        ):
            raise by_silence(seconds, Pulse())
        if time.monotonic() - self._said >= 1.0:
            self._said = time.monotonic()
            self.silent.emit(seconds)


class JobService(QObject):
    """The queue as the window sees it. Lives in the GUI thread; database work goes backstage."""

    queue_changed = Signal(object)
    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object)
    troubled = Signal(object)
    paused_changed = Signal(bool)
    stopping = Signal()
    found_devices = Signal(object)
    warm_changed = Signal(object)
    silent = Signal(float)
    noted = Signal(str)
    queued = Signal(object)

    def __init__(
        self, stores: Stores, spec: EngineSpec, backstage: Backstage, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stores, self._backstage = stores, backstage
        self._spec = spec
        self.picture_format = "png"
        self.current: QueuedJob | None = None
        self.paused = False
        self.waiting = 0
        self._worker = self._new_worker()

    def _new_worker(self) -> GenerationWorker:
        worker = GenerationWorker(self._stores, self._spec, self)
        worker.picture_format = self.picture_format
        worker.claimed.connect(self._on_claimed)
        worker.heard.connect(self.progressed)
        worker.ended.connect(self._on_ended)
        worker.stumbled.connect(self.troubled)
        worker.found_devices.connect(self.found_devices)
        worker.released.connect(self._on_released)
        worker.silent.connect(self.silent)
        worker.noted.connect(self.noted)
        return worker

    def start(self, warm: ModelRef | None) -> None:
        """Start the worker; it warms its engine up with `warm`. Jobs left from
        last time wait for Resume."""
        self._spec = replace(self._spec, warm_model=warm)
        self._worker = self._new_worker()
        self._worker.pause(self.paused)
        self._worker.start()
        self._worker.wake()
        self.refresh()

    def submit(
        self, request: Request, then: Callable[[Sequence[QueuedJob]], None] | None = None
    ) -> None:
        """Add `request` (count and seed resolved here) to the queue;
        `then` hears once it is safely on disk."""

        def added(jobs: Sequence[QueuedJob]) -> None:
            if then:
                then(jobs)
            self.queued.emit(jobs)
            self._worker.wake()
            self.refresh()

        self._backstage.do(lambda: submit(self._stores, expand(request.check())), added)

    def release(self, path: str = "", then: Callable[[], object] = lambda: None) -> None:
        """Let go of a model's memory and files ("": of all) after the picture being made; `then`
        hears when that is done."""
        if self._worker.isRunning():
            self._worker.release(path, then)
        else:
            then()

    @Slot(object)
    def _on_released(self, then: Callable[[], object]) -> None:
        self.warm_changed.emit(())
        then()

    def stop_current(self) -> None:
        """Stop the picture being made."""
        if self.current is not None:
            self.stopping.emit()
            self._worker.stop_current()

    def rest(self, on: bool) -> None:
        """The machine goes to sleep, or woke up: then the engine starts anew."""
        self._worker.rest(on)

    def set_picture_format(self, kind: str) -> None:
        """How pictures are written from now on."""
        self.picture_format = self._worker.picture_format = kind

    def use_engine(self, **changes: Any) -> None:
        """Fields of the engine's specification that changed: in force
        after the picture being made."""
        changed = replace(self._spec, **changes)
        if changed != self._spec:
            self._spec = changed
            self._worker.use_spec(changed)
            self.warm_changed.emit(())

    def restart_engine(self) -> None:
        """The person gives up an engine that does not respond."""
        self._worker.restart_engine()

    def be_patient(self) -> None:
        """The person will wait for it."""
        self._worker.be_patient()

    def stop_all(self) -> None:
        """Stop the picture being made and cancel all that wait."""
        self._change(lambda: self._stores.jobs.stop_waiting())
        self.stop_current()

    def cancel(self, job_id: str) -> None:
        """Cancel a waiting job, or stop it if it is the one being made."""
        if self.current is not None and self.current.id == job_id:
            self.stop_current()
        else:
            self._change(lambda: self._stores.jobs.stop_waiting(job_id))

    def run_again(self, job_id: str) -> None:
        """Put an ended job back into the queue."""
        self._change(lambda: self._stores.jobs.wait_again(job_id))

    def take_back(self, job_ids: Sequence[str], then: Callable[[], object] = lambda: None) -> None:
        """Interrupted jobs wait again where they stood; `then` hears when they do."""
        self._change(lambda: [self._stores.jobs.take_back(job_id) for job_id in job_ids], then)

    def move(self, job_id: str, before: str) -> None:
        """Put a waiting job in front of another ("": behind all)."""
        self._change(lambda: self._stores.jobs.move(job_id, before))

    def make_next(self, job_id: str) -> None:
        """Put a waiting job in front of all others."""
        self._change(lambda: self._stores.jobs.make_next(job_id))

    def duplicate(self, job_id: str) -> None:
        """The same once more, at the end."""
        self._change(lambda: self._stores.jobs.duplicate(job_id))

    def retry_failed(self) -> None:
        """Put all failed jobs back into the queue."""
        self._change(lambda: self._stores.jobs.retry_failed())

    def withdraw(self, job_id: str, then: Callable[[bool], object]) -> None:
        """Take a waiting job out of the queue; `then` hears whether it was still waiting."""

        def done(was: bool) -> None:
            self.refresh()
            then(was)

        self._backstage.do(lambda: self._stores.jobs.withdraw(job_id), done)

    def forget(self, job_id: str) -> None:
        """Remove an ended job from the list."""
        self._change(lambda: self._stores.jobs.remove(job_id))

    def pause(self, on: bool) -> None:
        """Hold the queue after the current picture, or go on."""
        self.paused = on
        self._worker.pause(on)
        self.paused_changed.emit(on)

    def refresh(self) -> None:
        """Read the queue again and tell the panels."""
        jobs = self._stores.jobs
        self._backstage.do(
            lambda: (jobs.waiting(), (*(recent := jobs.recent()), *jobs.done_beside(recent))),
            self._on_read,
        )

    def end(self, *, now: bool) -> None:
        """Stop the worker and wait for it."""
        self._worker.end(now=now)
        self._worker.wait()

    def _change(
        self, work: Callable[[], object], then: Callable[[], object] = lambda: None
    ) -> None:
        def done(_: object) -> None:
            then()
            self._worker.wake()
            self.refresh()

        self._backstage.do(work, done)

    @Slot(object)
    def _on_read(self, found: tuple[int, tuple[QueuedJob, ...]]) -> None:
        self.waiting = found[0]
        self.queue_changed.emit(found[1])

    @Slot(object)
    def _on_claimed(self, job: QueuedJob) -> None:
        self.current = job
        self.started.emit(job)
        self.refresh()

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self.current = None
        self.finished.emit(outcome)
        if outcome.warm is not None:
            self.warm_changed.emit(outcome.warm)
        if outcome.pause:
            self.pause(True)
        self.refresh()
