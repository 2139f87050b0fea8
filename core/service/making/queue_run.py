"""Pictures of the queue, one after another: each is saved while the engine makes the next one.

Two jobs are running then. Their pictures, rows and ends come in the order of the queue, and whoever
listens hears all of the one before the first word of the next: the saving thread only writes, what
is told is told by the thread that makes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from core.engine.contract.protocol import OnEvent
from core.service.making.runner import Outcome, PutBack, Runner
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled
from core.values.events import Event, PhaseStarted, PictureNote, StepDone


def _ignore(job: QueuedJob) -> None:
    pass


class QueueRun:
    """Makes pictures until its `with` ends, which waits until the last one is saved.

    At most one picture is being saved; it is waited for before the next one goes there. `on_begun`
    hears the job that begins, `on_event` its events, `on_ended` its outcome: nothing of a job is
    told before the outcome of the one before. Until then, and just after it, `while_silent` hears
    which job is being made unseen, and may raise Cancelled to stop it, or PutBack.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        on_event: OnEvent,
        on_ended: Callable[[Outcome], object],
        on_begun: Callable[[QueuedJob], object] = _ignore,
        while_silent: Callable[[QueuedJob], object] = _ignore,
    ) -> None:
        self._runner = runner
        self._on_event = on_event
        self._on_begun = on_begun
        self._on_ended = on_ended
        self._while_silent = while_silent
        self._thread = ThreadPoolExecutor(1, "saving")
        self._saving: Future[Outcome] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.finish()
        finally:
            self._thread.shutdown()

    def make_next(self) -> bool:
        """Make the next waiting picture; False where nothing waits, and then all are saved.

        Raises WorldError where the queue cannot be read or written.
        """
        job = self._runner.claim()
        if job is None:
            self.finish()
            return False
        self.make(job)
        return True

    def make(self, job: QueuedJob) -> None:
        """Make the picture of a job already marked as running. Comes back once the engine is free:
        the picture is perhaps still being saved."""
        words = _Words(job, self._on_begun, self._on_event)
        nothing_saved = self._saving is None
        self._is_saving()  # which tells of what is saved by now
        if nothing_saved:
            words.speak()

        def hear(event: Event) -> None:
            if not words.spoken:
                is_saving = self._is_saving()
                self._while_silent(job)  # also once more when it is saved: that may have failed
                if is_saving:
                    words.hold(event)
                    return
                words.speak()
            self._on_event(event)

        try:
            made = self._runner.make(job, hear)
        except PutBack:
            self.finish()
            return
        self.finish()
        with contextlib.suppress(Cancelled):  # too late: the picture is there
            words.speak()
        if isinstance(made, Outcome):
            self._on_ended(made)
        else:
            self._saving = self._thread.submit(self._runner.save, made)

    def finish(self) -> None:
        """Wait until what was made is saved, and tell of it."""
        if self._saving is not None:
            outcome = self._saving.result()
            self._saving = None
            self._on_ended(outcome)

    def _is_saving(self) -> bool:
        """Whether a picture is still being saved; where it no longer is, that is told."""
        if self._saving is not None and self._saving.done():
            self.finish()
        return self._saving is not None


class _Words:
    """What is to be told of a job, held back until it may be `spoken`."""

    def __init__(
        self, job: QueuedJob, on_begun: Callable[[QueuedJob], object], on_event: OnEvent
    ) -> None:
        self._job = job
        self._on_begun = on_begun
        self._on_event = on_event
        self._held: list[Event] = []
        self.spoken = False

    def hold(self, event: Event) -> None:
        """Keep what is worth telling later: of steps only the last."""
        if not isinstance(event, PhaseStarted | PictureNote | StepDone):
            return
        if isinstance(event, StepDone) and self._held and isinstance(self._held[-1], StepDone):
            self._held.pop()
        self._held.append(event)

    def speak(self) -> None:
        """Tell what was held back, once. Raises what `on_event` raises."""
        if self.spoken:
            return
        self.spoken = True
        self._on_begun(self._job)
        for event in self._held:
            self._on_event(event)
        self._held.clear()
