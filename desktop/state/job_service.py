"""The service through which the window talks to the thread that makes pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from core.engine.contract.protocol import EngineSpec
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import KnownError
from core.values.job import Job, ModelRef
from core.values.request import CheckedRequest
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.again.making import AgainEnd
    from core.service.insight.looking import LookTurns
    from core.service.live.order import LiveOrder
    from core.service.live.turns import LiveEnd, LiveThen
    from core.service.making.runner import Outcome
    from core.values.device import Device
    from core.values.resolved_request import ResolvedRequest
    from desktop.state.job_thread import GenerationWorker

_log = logging.getLogger(__name__)
Act = Callable[[], object]
Adds = Callable[[], Sequence[QueuedJob]]
Queued = Callable[[Sequence[QueuedJob]], None]
Failed = Callable[[KnownError], None] | None


class JobService(QObject):
    """The queue as the window sees it. Lives in the GUI thread; database work goes backstage.

    `started` and `queued` carry jobs, `progressed` an event, `finished` an Outcome, `error` a
    KnownError, `warm_changed` the paths of the models in memory, `silent` for how many seconds the
    engine has said nothing, `noted` words, `queue_changed` the jobs that a person is shown,
    `measured` one part of a measurement, `measuring_ended` how that ended; of a picture made again
    `again_begun` its path, `again_progressed` an event, `made_again` an AgainEnd.
    """

    queue_changed = Signal(tuple)  # of QueuedJob
    started = Signal(QueuedJob)
    progressed = Signal(object)  # PhaseStarted or StepDone
    finished = Signal(object)  # Outcome
    error = Signal(KnownError)
    paused_changed = Signal(bool)
    stopping = Signal()
    found_devices = Signal(object)  # list of Device
    warm_changed = Signal(tuple)  # paths
    silent = Signal(float)
    noted = Signal(str)
    queued = Signal(tuple)  # of QueuedJob
    measured = Signal(object)  # Measurement
    measuring_ended = Signal(object)  # MeasuringEnd
    again_begun = Signal(object, bool)  # Path, and whether it is recorded
    again_progressed = Signal(object)  # PhaseStarted or StepDone
    made_again = Signal(object)  # AgainEnd

    def __init__(
        self, stores: Stores, spec: EngineSpec, tasks: SerialTasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._tasks = tasks
        self._spec = spec
        self.picture_format = "png"
        self._kept_seconds = 0.0
        self._live_hold: float | None = None  # as the thread has it
        self.current: QueuedJob | None = None
        self.making_again: tuple[Path, bool] | None = None  # with whether it is recorded
        self.paused = False
        self.waiting = 0
        self.devices: list[Device] = []  # as far as the engine has told
        self.found_devices.connect(self._note_devices)
        self._made_worker: GenerationWorker | None = None  # what it needs is read after the paint

    @property
    def _worker(self) -> GenerationWorker:
        if self._made_worker is None:
            self._made_worker = self._new_worker()
        return self._made_worker

    def _new_worker(self) -> GenerationWorker:
        from desktop.state.job_thread import GenerationWorker

        worker = GenerationWorker(self._stores, self._spec, self)
        worker.picture_format = self.picture_format
        worker.keep_models(self._kept_seconds)
        worker.job_started.connect(self._on_claimed)
        worker.progressed.connect(self.progressed)
        worker.ended.connect(self._on_ended)
        worker.error.connect(self.error)
        worker.found_devices.connect(self.found_devices)
        worker.released.connect(self._on_released)
        worker.silent.connect(self.silent)
        worker.noted.connect(self.noted)
        worker.measured.connect(self.measured)
        worker.measuring_ended.connect(self.measuring_ended)
        worker.live_told.connect(self._on_live)
        worker.looked.connect(self._on_looked)
        if self._live_hold is not None:
            worker.live.hold(self._live_hold)
        worker.again_begun.connect(self._on_again_begun)
        worker.again_progressed.connect(self.again_progressed)
        worker.made_again.connect(self._on_made_again)
        return worker

    def start(self, warm: ModelRef | None) -> None:
        """Start the worker; it warms its engine up with `warm_models`. Jobs left from
        last time wait for Resume."""
        self._spec = replace(self._spec, warm_model=warm)
        self._made_worker = self._new_worker()
        self._worker.pause(self.paused)
        self._worker.start()
        self._worker.wake()
        self.refresh()

    def submit(self, request: CheckedRequest, then: Queued | None = None) -> None:
        """Add `request` (tags, count and seed resolved here) to the queue; `then` hears once it is
        safely on disk. InvalidRequest goes where the tasks' failures go."""
        from core.prompt.expand import expand

        self.submit_work(lambda: self._stores.jobs.add(expand(request)), then)

    def submit_drawn(self, *requests: ResolvedRequest, then: Queued | None = None) -> None:
        """Add pictures whose words were drawn already, as they are; `then` as in `submit`."""
        self.submit_work(lambda: self._stores.jobs.add(requests), then)

    def submit_all(self, requests: Sequence[CheckedRequest]) -> None:
        """Add several at once, as `submit` does."""
        from core.prompt.expand import expand

        self.submit_work(lambda: self._stores.jobs.add(chain(*map(expand, requests))))

    def submit_again(self, job: QueuedJob) -> None:
        """A job that was taken out of the queue comes back, at its end."""
        self.submit_work(lambda: self._stores.jobs.add_again(job))

    def submit_work(self, work: Adds, then: Queued | None = None, failed: Failed = None) -> None:
        """Do backstage what adds jobs; `then` as in `submit`."""

        def added(jobs: Sequence[QueuedJob]) -> None:
            if then:
                then(jobs)
            if jobs:
                self.queued.emit(jobs)
            self.rest_from_live()  # who asks for pictures waits for them
            self.refresh()

        self._tasks.submit(work, added, failed)

    def release(self, path: str = "", then: Act = lambda: None) -> None:
        """Let go of a model's memory and files ("": of all) after the picture being made; `then`
        hears when that is done."""
        if self._made_worker is not None and self._made_worker.isRunning():
            self._made_worker.release(path, then)
        else:
            then()

    def _note_devices(self, devices: list[Device]) -> None:
        self.devices = devices

    @Slot(object)
    def _on_released(self, then: Callable[[], object]) -> None:
        self.warm_changed.emit(())
        then()

    @property
    def is_making(self) -> bool:
        """Whether a picture is being made, or made again."""
        return self.current is not None or self.making_again is not None

    def stop_current(self) -> None:
        """Stop the picture being made, or made again."""
        if self.current is not None:
            self.stopping.emit()
            self._worker.stop(self.current.id)
        elif self.making_again is not None:
            self.stop_again(*self.making_again)

    def measure(self, job: Job) -> None:
        """How fast this machine makes a picture of `job`, after those that wait; what is asked for
        meanwhile goes first and ends it."""
        self._worker.measure(job)

    def make_again(self, path: Path, *, recording: bool = False, words: bool = False) -> None:
        """A picture file's recipe once more, after those that wait; kept is a `recording` alone,
        with its `words` where those are asked for."""
        self._worker.make_again(path, recording=recording, words=words)

    def stop_again(self, path: Path, recording: bool = False) -> None:
        """It is not to be made again after all: `made_again` then tells of no verdict."""
        if self._worker.stop_again(path, recording=recording):
            from core.service.again.making import AgainEnd

            self.made_again.emit(AgainEnd(path, recording=recording))
        elif (path, recording) == self.making_again:
            self.stopping.emit()

    @Slot(object, bool)
    def _on_again_begun(self, path: Path, recording: bool) -> None:
        self.making_again = path, recording
        self.again_begun.emit(path, recording)

    @property
    def looks(self) -> LookTurns:
        """Where looks at steps of recordings are asked for."""
        return self._worker.looks

    @Slot(object, object)
    def _on_looked(self, then: Callable[[object], object], end: object) -> None:
        then(end)

    @Slot(object)
    def _on_made_again(self, end: AgainEnd) -> None:
        self.making_again = None
        self.made_again.emit(end)

    def stop_measuring(self) -> None:
        """End it, or the wait for it."""
        self._worker.stop_measuring()

    def live(self, order: LiveOrder, then: LiveThen) -> None:
        """A live picture, in place of the one that waits for its turn: no job, and nothing of it is
        stored. `then` hears its turn and its end, unless a newer one comes first. A picture of the
        queue that is being made comes to its end before; the others wait, see `hold_for_live`."""
        self._worker.live.put(order, then)

    def end_live(self) -> None:
        """Forget the live picture that waits or is made; the queue goes on."""
        self._worker.live.stop()

    def rest_from_live(self) -> None:
        """Nobody paints just now: the queue goes on until the next stroke."""
        self._worker.live.rest()

    def hold_for_live(self, seconds: float) -> None:
        """How long the queue waits after the last live order; 0: live pictures come in between."""
        self._live_hold = seconds
        self._worker.live.hold(seconds)

    @Slot(object, object)
    def _on_live(self, then: LiveThen, end: LiveEnd) -> None:
        if end.picture is not None and end.picture.warm is not None:
            self.warm_changed.emit(end.picture.warm)
        then(end)

    def rest(self, on: bool) -> None:
        """The machine goes to sleep, or woke up: then the engine starts anew."""
        self._worker.rest(on)

    def set_picture_format(self, kind: str) -> None:
        """How pictures are written from now on."""
        self.picture_format = kind
        if self._made_worker is not None:
            self._made_worker.picture_format = kind

    def keep_models(self, minutes: float) -> None:
        """How long models stay in memory after the last picture; 0: as long as the engine runs."""
        self._kept_seconds = minutes * 60.0
        if self._made_worker is not None:
            self._made_worker.keep_models(self._kept_seconds)

    def use_engine(self, **changes: Any) -> None:
        """Changed fields of the engine's specification: in force after the picture being made."""
        changed = replace(self._spec, **changes)
        if changed != self._spec:
            self._spec = changed
            if self._made_worker is not None:
                self._made_worker.use_spec(changed)
            self.warm_changed.emit(())

    def restart_engine(self) -> None:
        """The person gives up an engine that does not respond."""
        self._worker.restart_engine()

    def keep_waiting(self) -> None:
        """The person will wait for it."""
        self._worker.keep_waiting()

    def stop_all(self) -> None:
        """Stop the picture being made and cancel all that wait."""
        self._change(lambda: self._stores.jobs.stop_waiting())
        for waiting in self._worker.waiting_again():
            self.stop_again(*waiting)
        self._worker.stop_any()  # also one that has begun without being told of yet
        if self.is_making:
            self.stopping.emit()

    def cancel(self, *job_ids: str, together: float | None = None) -> None:
        """Cancel waiting jobs, or stop the one being made; with those that wait and were asked for
        `together` with them, at this time."""
        if together is not None:
            self._change(lambda: self._stores.jobs.stop_waiting(created=together))
        current = self.current.id if self.current is not None else ""
        if current in job_ids:
            self.stop_current()
        # where one waits no longer, it may have begun without being told of yet
        if others := [one for one in job_ids if one != current]:
            stop = partial(map, self._worker.stop, others)
            self._change(lambda: [*map(self._stores.jobs.stop_waiting, others)], lambda: [*stop()])

    def run_again(self, job_id: str) -> None:
        """Put an ended job back into the queue."""
        self._change(lambda: self._stores.jobs.requeue_last(job_id))

    def requeue(self, job_ids: Sequence[str], then: Act = lambda: None) -> None:
        """Interrupted jobs wait again where they stood; `then` hears when they do."""
        self._change(lambda: self._stores.jobs.requeue(*job_ids), then)

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

        self._tasks.submit(lambda: self._stores.jobs.withdraw(job_id), done)

    def forget(self, *job_ids: str) -> None:
        """Remove ended jobs from the list."""
        self._change(lambda: self._stores.jobs.remove(*job_ids))

    def pause(self, on: bool) -> None:
        """Hold the queue after the current picture, or go on."""
        self.paused = on
        self._worker.pause(on)
        self.paused_changed.emit(on)

    def refresh(self) -> None:
        """Read the queue again and tell the panels."""
        jobs = self._stores.jobs

        def read() -> tuple[int, tuple[QueuedJob, ...]]:
            recent = jobs.recent()
            return jobs.waiting(), (*recent, *jobs.done_beside(recent))

        self._tasks.submit(read, self._on_read)

    def end(self, *, now: bool) -> str:
        """Stop the worker and wait for it. The id of the job that this cut short, or ""."""
        if self._made_worker is None:
            return ""
        self._made_worker.end(now=now)
        self._made_worker.wait()
        return self._made_worker.cut_short

    def _change(self, work: Act, then: Act = lambda: None) -> None:
        def done(_: object) -> None:
            then()
            self._worker.wake()
            self.refresh()

        self._tasks.submit(work, done)

    @Slot(object)
    def _on_read(self, queue: tuple[int, tuple[QueuedJob, ...]]) -> None:
        self.waiting, jobs = queue
        self.queue_changed.emit(jobs)

    @Slot(object)
    def _on_claimed(self, job: QueuedJob) -> None:
        self.current = job
        self.started.emit(job)
        self.refresh()

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self.current = None
        self.finished.emit(outcome)
        if outcome.warm_models is not None:
            self.warm_changed.emit(outcome.warm_models)
        if outcome.pause_queue:
            self.pause(True)
        self.refresh()
