"""The thread that makes pictures: it takes jobs from the queue and keeps its engine warm."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.engine import open_engine
from core.engine.contract.protocol import Engine
from core.engine.exit_reasons import MemorySample, from_timeout
from core.service.making.runner import Outcome, PutBack, Runner
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled, EngineCrashed, KnownError, WorldError
from core.values.events import Event, NotResponding, PhaseStarted, PictureNote, StepDone, Tick
from core.values.measurement import MeasuringEnd
from desktop.state.job_orders import JobOrders

if TYPE_CHECKING:
    from core.service.live.maker import LiveMaker
    from core.service.making.queue_run import QueueRun

_log = logging.getLogger(__name__)
# an engine that does not respond is started anew after so many more seconds where nobody answers
UNANSWERED = 120.0
SPEAK_SECONDS = 1.0  # between two signs that it is silent


class GenerationWorker(JobOrders):
    """Runs waiting jobs one after another until told to end. A picture is saved while the next one
    is made, and its signals come first."""

    def run(self) -> None:
        while not self._quit.is_set():
            chosen = self._next
            self._next = None
            self._spec = chosen or self._spec
            with open_engine(self._spec) as engine:
                self._serve(engine)

    def _serve(self, engine: Engine) -> None:
        """Run jobs until told to end, or to go on with another engine."""
        from core.service.making.queue_run import QueueRun  # after the first paint

        self._prepare(engine)
        runner = Runner(self._stores, engine)
        self._live_maker = None
        known = False  # whether the engine's devices are
        self._wake.set()
        with QueueRun(
            runner,
            on_event=self._hear,
            on_ended=self._tell_end,
            on_begun=self._tell_begin,
            while_silent=self._put_back_to_rest,
        ) as run:
            while not (self._quit.is_set() or self._next):
                self._wake.wait(self._seconds_to_wait())
                self._wake.clear()
                self._between_pictures(engine)
                while not self._holds_queue() and self._one(runner, run):
                    if self._is_wanted():
                        run.finish()
                        self._between_pictures(engine)
                run.finish()
                self._make_again(runner, engine)
                known = known or self._look_at_devices(engine)
                self._measure(engine)

    def _between_pictures(self, engine: Engine) -> None:
        self._let_go(engine)
        self._forget_idle_models(engine)
        while self.live.waits() and not self._should_end():
            self._note_use()
            maker = self._maker_of_live(engine)
            self.live.make_next(maker, self._unless_ending, self.live_told.emit)
        while self.looks.waits() and not (self.live.waits() or self._should_end()):
            self._note_use()
            self.looks.make_next(engine, self._unless_ending, self.looked.emit)

    def _maker_of_live(self, engine: Engine) -> LiveMaker:
        from core.service.live.maker import LiveMaker  # with what only documents need

        if self._live_maker is None:
            self._live_maker = LiveMaker(self._stores, engine, self._spec, self._device_kind)
        return self._live_maker

    def _seconds_to_wait(self) -> float | None:
        """Until something is due though nobody asks for it."""
        due = (self._idle_seconds_left(), self.live.hold_left())
        return min((seconds for seconds in due if seconds is not None), default=None)

    def _idle_seconds_left(self) -> float | None:
        """Until models that nobody uses are forgotten; None: they are not."""
        if not (self._holds_models and self._kept_seconds):
            return None
        return max(0.0, self._used + self._kept_seconds - time.monotonic())

    def _forget_idle_models(self, engine: Engine) -> None:
        if self._idle_seconds_left() == 0.0:
            self._holds_models = False
            self._unload(engine, "", _nothing)

    def _should_end(self) -> bool:
        """Whether this engine makes nothing now, neither of the queue nor live."""
        return self._quit.is_set() or self._asleep.is_set() or self._next is not None

    def _should_rest(self) -> bool:
        """Whether no picture of the queue should be being made."""
        return self._should_end() or self._paused.is_set()

    def _holds_queue(self) -> bool:
        """Whether none should be begun."""
        return self._should_rest() or self.live.hold_left() is not None

    def _prepare(self, engine: Engine) -> None:
        self._note_use()
        try:
            engine.prepare(self._spec.warm_model)
        except KnownError as error:
            self.error.emit(error)

    def _is_wanted(self) -> bool:
        """Whether something is to be done between two pictures."""
        waits = self.live.waits() or self.looks.waits()
        return self._renew.is_set() or not self._releases.empty() or waits

    def _let_go(self, engine: Engine) -> None:
        if self._renew.is_set():
            self._renew.clear()
            engine.restart()
            self._prepare(engine)
        while not self._releases.empty():
            self._unload(engine, *self._releases.get())

    def _unload(self, engine: Engine, path: str, token: object) -> None:
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
            found = engine.devices(self._unless_needed)
            self._device_kind = found[0].type if found else self._device_kind
            self.found_devices.emit(found)
        except Cancelled:
            return False
        except (KnownError, EngineCrashed) as fault:
            _log.info("the engine's devices are not known: %s", fault)
        return True

    def _measure(self, engine: Engine) -> None:
        """What was asked for, once nothing else is to be done."""
        self._measuring_stopped.clear()
        job = self._to_measure
        if job is None or self._should_end() or self.live.hold_left() or self._has_work():
            return
        from core.service.machine_speed import measure_machine  # it brings Pillow along

        self._to_measure = None
        self._note_use()
        whole = False
        fault: KnownError | None = None
        try:
            self._unless_needed_else(Tick())
            folder = self._stores.places.root
            measure_machine(engine, job, folder, self.measured.emit, self._unless_needed_else)
            whole = True
        except Cancelled:
            _log.info("a measurement was ended")
        except KnownError as error:
            fault = error
        self.measuring_ended.emit(MeasuringEnd(whole, self._measuring_stopped.is_set(), fault))

    def _make_again(self, runner: Runner, engine: Engine) -> None:
        stopping = self._quit, self._asleep
        while not (any(flag.is_set() for flag in stopping) or self._next):
            for flag in (self._cancel, self._restart, self._keep_waiting):
                flag.clear()
            try:
                order = self._again.popleft()
            except IndexError:  # a person may have taken back the last one
                return
            from core.service.again.making import make_again  # each brings much along
            from core.service.insight.recorded import record_again

            self._note_use()
            path = order.path
            self.again_begun.emit(path, order.recording)
            hear = partial(self._hear_again, path)
            if order.recording:
                end = record_again(self._stores, engine, path, hear, words=order.words)
            else:
                end = make_again(self._stores, runner, path, hear)
            self.made_again.emit(end)

    def _hear_again(self, path: Path, event: Event) -> None:
        if self._cancel.is_set() or path in self._again_stopped:
            raise Cancelled
        if isinstance(event, PhaseStarted | StepDone):
            self.again_progressed.emit(event)
        self._unless_ending(event)

    def _unless_needed_else(self, event: Event) -> None:
        if self._measuring_stopped.is_set() or self._quit.is_set():
            raise Cancelled
        if self._wake.is_set():
            self._wake.clear()
            if self._has_work():
                self._wake.set()
                raise Cancelled

    def _has_work(self) -> bool:
        """Whether there is more to do than to take note of something."""
        wanted = self._is_wanted() or self._next is not None or bool(self._again)
        return wanted or self._pictures_wait()

    def _pictures_wait(self) -> bool:
        try:
            return not self._holds_queue() and self._stores.jobs.waiting() > 0
        except WorldError:  # said where the queue is read next
            return False

    def _unless_ending(self, event: Event) -> None:
        if self._quit.is_set():
            raise Cancelled
        if isinstance(event, NotResponding):
            self._on_unresponsive(event.seconds)

    def _unless_needed(self, event: Event) -> None:
        if self._quit.is_set() or self._wake.is_set():
            raise Cancelled

    def _one(self, runner: Runner, run: QueueRun) -> bool:
        """Run the next job; False where nothing waits or the queue should rest."""
        self._cancel.clear()
        self._stopped.clear()
        self._restart.clear()
        self._keep_waiting.clear()
        if self._holds_queue():  # that may have been asked for just before the flags were cleared
            return False
        runner.picture_format = self.picture_format
        try:
            made = run.make_next()
        except WorldError as error:
            run.finish()
            self.error.emit(error)
            return False
        if made:
            self._note_use()
        return made

    def _note_use(self) -> None:
        self._holds_models = True
        self._used = time.monotonic()

    def _tell_end(self, outcome: Outcome) -> None:
        if outcome.pause_queue:
            self._paused.set()
        if outcome.stopped and self._quit.is_set() and outcome.job.id not in self._stopped:
            self.cut_short = outcome.job.id
        self.ended.emit(outcome)

    def _tell_begin(self, job: QueuedJob) -> None:
        self._begun = job.id
        self.job_started.emit(job)

    def _check_stopped(self, job_id: str) -> None:
        """Raises Cancelled where this job, or whatever is being made, is to be stopped."""
        if self._cancel.is_set() or job_id in self._stopped:
            raise Cancelled

    def _put_back_to_rest(self, job: QueuedJob) -> None:
        """A job that nobody has heard of yet is taken back where none should have begun. Raises
        PutBack for that, Cancelled where it is stopped."""
        if self._should_rest():
            raise PutBack
        self._check_stopped(job.id)

    def _hear(self, event: Event) -> None:
        self._check_stopped(self._begun)
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


def _nothing() -> None:
    """Nobody asked for it, so nobody waits for it."""
