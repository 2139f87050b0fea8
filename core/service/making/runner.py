"""The only conductor: claims a job, lets the engine make it, has it saved, ends the job. Knows no
window."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.engine.contract.protocol import Engine, OnEvent
from core.service.incidents import ProgressRecorder, save_incident
from core.service.making.branching import run_job
from core.service.making.made_picture import MadePicture, NotSaved, recipe_of, save_in_gallery
from core.service.making.prepared import prepared
from core.service.making.upscaling_times import note_upscaling
from core.service.stores import Stores
from core.store.checkpoints import CheckpointStore
from core.store.files import put_as
from core.store.jobs import QueuedJob
from core.system.errors import (
    Cancelled,
    EngineCrashed,
    EngineResting,
    KnownError,
    ModelMissing,
    SourceMissing,
    WorldError,
)
from core.system.version import program_version
from core.values.device import MemoryMode
from core.values.events import CheckpointReady, Event, PictureNote
from core.values.job import FailureReason, Job, JobState, MemoryOutcome
from core.values.picture import Picture, Recipe, Result
from core.values.resolved_request import ResolvedRequest, resolve

T = TypeVar("T")
_log = logging.getLogger(__name__)
_AGAIN = "The picture is begun again."
_REPORT = "Copy the details and report them."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: a picture, or a message with its remedy. `pause_queue` asks the queue to
    wait for the user, `warm_models` names the models in memory by path (None: not known)."""

    job: QueuedJob
    picture: Picture | None = None
    stopped: bool = False
    message: str = ""
    hint: str = ""
    details: str = ""
    pause_queue: bool = False
    error: KnownError | None = None
    warm_models: tuple[str, ...] | None = None
    begun_again: bool = False
    incident: Path | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture that is only looked at, and the job with all files that made it."""

    job: Job
    result: Result


class PutBack(Cancelled):
    """Raised by `on_event`: the job is not stopped, it waits again where it stood."""


class Runner:
    """`run_one` for the queue, `render_to` for a picture that goes to a named file instead of the
    gallery. `make` and `save` are the halves of a job: core.service.making.queue_run saves one
    picture while the next is made."""

    def __init__(self, stores: Stores, engine: Engine, picture_format: str = "png") -> None:
        self._stores = stores
        self._engine = engine
        self._checkpoints = CheckpointStore(stores.places.checkpoints)
        self.picture_format = picture_format

    def run_one(
        self, on_event: OnEvent, on_claimed: Callable[[QueuedJob], object] | None = None
    ) -> Outcome | None:
        """Make and save the next waiting picture; None where nothing waits. `on_claimed` hears
        which.

        Raises WorldError where the queue cannot be read or written.
        """
        job = self.claim()
        if job is None:
            return None
        if on_claimed is not None:
            on_claimed(job)
        return self.run_claimed(job, on_event)

    def claim(self) -> QueuedJob | None:
        """The next waiting job, marked as running. Raises WorldError where the queue cannot be read
        or written."""
        return self._stores.jobs.claim_next()

    def run_claimed(self, job: QueuedJob, on_event: OnEvent) -> Outcome:
        """Make and save the picture of a job already marked as running, and end the job either way.
        What goes wrong is said in the outcome."""
        made = self.make(job, on_event)
        return made if isinstance(made, Outcome) else self.save(made)

    def make(self, job: QueuedJob, on_event: OnEvent) -> MadePicture | Outcome:
        """The picture of a job already marked as running, to be given to `save`. Where there is
        none, how the job ended. Raises PutBack where `on_event` does."""
        recorder = ProgressRecorder(on_event)
        return self._or_outcome(job, recorder, partial(self._make, job, recorder))

    def save(self, made: MadePicture) -> Outcome:
        """Save a picture, which ends its job as done, or as failed. May be called in another thread
        than `make`."""
        return self._or_outcome(made.queued, made.recorder, partial(self._save, made))

    def _or_outcome(
        self, job: QueuedJob, recorder: ProgressRecorder, work: Callable[[], T]
    ) -> T | Outcome:
        """What `work` gives; where it fails the job is ended."""
        try:
            return work()
        except PutBack:
            self._put_back(job)
            raise
        except Cancelled:
            self._end(job, JobState.STOPPED)
            return Outcome(job, stopped=True)
        except KnownError as error:
            return self._failed(error, job, recorder)
        except Exception as error:  # noqa: BLE001
            # the boundary of the runner: a bug ends this job, not the queue
            return self._met_a_bug(error, job, recorder)

    def _failed(self, error: KnownError, job: QueuedJob, recorder: ProgressRecorder) -> Outcome:
        """What ends with one of our own errors: it waits again once where the engine is to blame,
        else it has failed."""
        _log.info("job failed: %s", type(error).__name__)
        incident = None
        if isinstance(error, EngineCrashed) and not isinstance(error, EngineResting):
            incident = self._keep(error, job, recorder)
        if isinstance(error, EngineCrashed) and error.worth_retrying and self._retry_once(job):
            return Outcome(
                job,
                message=error.message,
                hint=_AGAIN,
                error=error,
                begun_again=True,
                incident=incident,
            )
        self._end(job, JobState.FAILED, error.message, error.hint, _reason_of(error))
        details = str(error.__cause__) if isinstance(error.__cause__, RuntimeError) else ""
        return Outcome(
            job,
            message=error.message,
            hint=error.hint,
            details=details,
            pause_queue=isinstance(error, NotSaved | EngineResting),
            error=error,
            incident=incident,
        )

    def _met_a_bug(self, error: Exception, job: QueuedJob, recorder: ProgressRecorder) -> Outcome:
        _log.error("job failed by a fault of the program", exc_info=error)
        message = f"Calotype met a fault of its own ({type(error).__name__})."
        self._end(job, JobState.FAILED, message, _REPORT)
        return Outcome(
            job,
            message=message,
            hint=_REPORT,
            details=repr(error),
            incident=self._keep(error, job, recorder),
        )

    def _keep(self, error: Exception, job: QueuedJob, recorder: ProgressRecorder) -> Path | None:
        where = self._stores.places
        return save_incident(
            root=where.incidents,
            log=where.logs / "calotype.log",
            error=error,
            request=job.request,
            recorder=recorder,
            facts={
                "calotype": program_version(),
                "job": job.id,
                "traceback": "" if isinstance(error, KnownError) else _trace(error),
            },
        )

    def _put_back(self, job: QueuedJob) -> None:
        try:
            self._stores.jobs.requeue(job.id)
        except WorldError as error:
            _log.warning("the job could not be put back: %s", error.message)

    def _retry_once(self, job: QueuedJob) -> bool:
        """Whether the job waits in front again: by itself once, since after two faults in a row it
        may be the job after all."""
        try:
            return self._stores.jobs.retry_once(job.id)
        except WorldError as error:
            _log.warning("the job could not be put back: %s", error.message)
            return False

    def _end(
        self,
        job: QueuedJob,
        state: JobState,
        message: str = "",
        hint: str = "",
        reason: FailureReason = FailureReason.OTHER,
    ) -> None:
        """Note how the job ended; where even that cannot be written, the start-up sweep will."""
        try:
            self._stores.jobs.finish(job.id, state, message, hint, reason)
        except WorldError as error:
            _log.warning("the end of a job could not be noted: %s", error.message)

    def _make(self, queued: QueuedJob, recorder: ProgressRecorder) -> MadePicture:
        request = resolve(queued.request)
        entry, job = prepared(self._stores, request)
        earlier = self._checkpoints.load(queued.id, job.request, job.model)
        job = replace(job, id=queued.id, resume=earlier)
        self._checkpoints.note_job(job.tiles, queued.id)

        def hear(event: Event) -> None:
            if isinstance(event, CheckpointReady):
                self._checkpoints.save(job.id, job.request, job.model, event.checkpoint)
            recorder(event)

        _say_what_changes(self.picture_format, job, recorder)
        result = run_job(self._stores, self._engine, job, hear)
        return MadePicture(queued=queued, job=job, entry=entry, result=result, recorder=recorder)

    def _save(self, made: MadePicture) -> Outcome:
        """The picture in its file and its row; what it took in memory and time is remembered."""
        try:
            picture = save_in_gallery(self._stores, made, self.picture_format)
            self._checkpoints.drop(made.queued.id)
            self._checkpoints.drop_tiles(made.job.tiles)
        finally:
            self._note(made.job, made.result.outcome)
        memory = made.result.outcome
        return Outcome(made.queued, picture, warm_models=memory.warm if memory else None)

    def render_to(
        self, request: ResolvedRequest, out: Path, on_event: OnEvent
    ) -> tuple[Path, Recipe]:
        """Make one picture into a named file or folder (never overwriting); no queue, no gallery.
        Returns the file's path and what is written in it.

        Raises Cancelled, or another KnownError: ModelMissing, SourceMissing, those of the
        engine, WorldError where the disk refuses.
        """
        from core.metadata.writing import encode, kind_of

        entry, job = prepared(self._stores, request)
        kind = kind_of(out) or self.picture_format
        _say_what_changes(kind, job, on_event)
        result = self._run(job, on_event)
        recipe = recipe_of(job, entry, result, "")
        data, suffix = encode(result.pixels, recipe, kind)
        path = put_as(out, data, suffix)
        self._checkpoints.drop_tiles(job.tiles)
        return path, recipe

    def rendered(
        self,
        request: ResolvedRequest,
        on_event: OnEvent,
        mode: str = "",
        *,
        recording: str = "",
        words: bool = False,
    ) -> Rendered:
        """Make one picture and keep it nowhere, in a memory mode where one is named. What a slower
        one took says nothing of the next pictures. `recording` is a file that is written with what
        goes on at each step, with `words` also with where its words are looked at. All of it is
        made now, nothing taken from an earlier try. Raises as `render_to`, but for the disk."""
        _, job = prepared(self._stores, request)
        job = replace(job, mode=mode, recording=recording, words=words, tiles="")
        if mode in ("", MemoryMode.RESIDENT):
            return Rendered(job, self._run(job, on_event))
        return Rendered(job, run_job(self._stores, self._engine, job, on_event))

    def _run(self, job: Job, on_event: OnEvent) -> Result:
        result = run_job(self._stores, self._engine, job, on_event)
        self._note(job, result.outcome)
        return result

    def _note(self, job: Job, outcome: MemoryOutcome | None) -> None:
        """Remember how it went, where the engine says; a disk that refuses costs no picture."""
        from core.service import time_prediction

        if outcome is None:
            return
        request = job.request
        if request.upscale.only_enlarges:
            note_upscaling(self._stores, job, outcome)
            return
        model = job.model
        try:
            kind = "cpu" if outcome.device.startswith("cpu") else outcome.device.split(":")[0]
            work = 0.0
            if outcome.seconds and time_prediction.time_is_typical(request):
                work = time_prediction.multiplications_of(
                    Path(model.path), request, model.family, kind
                )
            self._stores.memory_history.record(
                model.path, outcome, request.width, request.height, work, job.id
            )
            self._stores.cards.note_use(model.path, model.hash)
        except WorldError as error:
            _log.warning("the memory a picture took could not be noted: %s", error.message)


def _say_what_changes(kind: str, job: Job, on_event: OnEvent) -> None:
    """Say it where the kind of file does not keep pixels that were to stay as they are."""
    if not job.request.start.source or job.request.upscale.source:
        return
    from core.metadata.writing import unmasked_note

    if note := unmasked_note(kind, job.request.start):
        on_event(PictureNote(note))


def _reason_of(error: KnownError) -> FailureReason:
    if isinstance(error, ModelMissing):
        return FailureReason.MODEL
    if isinstance(error, SourceMissing):
        return FailureReason.SOURCE
    return FailureReason.OTHER


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
