"""The only conductor: claims a job, lets the engine make it, writes the file,
then the row. Knows no window."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.models.library.model_entry import ModelEntry
from core.service.incidents import ProgressRecorder, save_incident
from core.service.stores import Stores
from core.store.checkpoints import CheckpointStore
from core.store.files import put_as, put_in_gallery
from core.store.jobs import QueuedJob
from core.system.errors import (
    Cancelled,
    EngineCrashed,
    EngineResting,
    KnownError,
    ModelMissing,
    WorldError,
)
from core.system.version import program_version
from core.values.events import CheckpointReady, Event
from core.values.job import FailureReason, Job, JobState, MemoryOutcome
from core.values.picture import Picture, Recipe, Result
from core.values.resolved_request import ResolvedRequest, resolve

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


class Runner:
    """`run_one` for the queue; `render_to` for a picture that goes to a named
    file instead of the gallery."""

    def __init__(self, stores: Stores, engine: Engine, picture_format: str = "png") -> None:
        self._stores = stores
        self._engine = engine
        self._checkpoints = CheckpointStore(stores.places.checkpoints)
        self.picture_format = picture_format

    def run_one(
        self, on_event: OnEvent, on_claimed: Callable[[QueuedJob], object] | None = None
    ) -> Outcome | None:
        """Make the next waiting picture; None where nothing waits. `on_claimed` hears which.

        Raises WorldError where the queue cannot be read or written.
        """
        job = self._stores.jobs.claim_next()
        if job is None:
            return None
        if on_claimed is not None:
            on_claimed(job)
        return self.run_claimed(job, on_event)

    def run_claimed(self, job: QueuedJob, on_event: OnEvent) -> Outcome:
        """Make the picture of a job already marked as running, and end the job either way. What
        goes wrong is said in the outcome."""
        recorder = ProgressRecorder(on_event)
        try:
            picture, memory = self._make(job, recorder)
        except Cancelled:
            self._end(job, JobState.STOPPED)
            return Outcome(job, stopped=True)
        except KnownError as error:
            return self._failed(error, job, recorder)
        except Exception as error:  # noqa: BLE001
            # the boundary of the runner: a bug ends this job, not the queue
            return self._met_a_bug(error, job, recorder)
        return Outcome(job, picture, warm_models=memory.warm if memory is not None else None)

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
            pause_queue=isinstance(error, _NotSaved | EngineResting),
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

    def _make(self, queued: QueuedJob, on_event: OnEvent) -> tuple[Picture, MemoryOutcome | None]:
        """The picture in its file and its row, and what it took in memory and time."""
        from core.metadata import encode

        request = resolve(queued.request)
        entry, job = self._prepared(request)
        earlier = self._checkpoints.load(queued.id, job.request, job.model)
        job = replace(job, id=queued.id, resume=earlier)

        def hear(event: Event) -> None:
            if isinstance(event, CheckpointReady):
                self._checkpoints.save(job.id, job.request, job.model, event.checkpoint)
            on_event(event)

        result = self._run(job, hear)
        recipe = recipe_of(request, entry, result, queued.id)
        pictures = self._stores.places.pictures
        last = self._stores.gallery.last_number
        try:
            data, suffix = encode(result.pixels, recipe, self.picture_format)
            path = put_in_gallery(pictures, request.seed, data, suffix, last)
        except WorldError as error:
            raise _NotSaved(error.message, error.hint) from error
        picture = self._stores.gallery.record(
            path, recipe, result.pixels.width, result.pixels.height
        )
        self._checkpoints.drop(queued.id)
        return picture, result.outcome

    def render_to(
        self, request: ResolvedRequest, out: Path, on_event: OnEvent
    ) -> tuple[Path, Recipe]:
        """Make one picture into a named file or folder (never overwriting); no queue, no gallery.
        Returns the file's path and what is written in it.

        Raises Cancelled, or another KnownError: ModelMissing, those of the engine, WorldError where
        the disk refuses.
        """
        from core.metadata import encode, kind_of

        entry, job = self._prepared(request)
        result = self._run(job, on_event)
        recipe = recipe_of(request, entry, result, "")
        data, suffix = encode(result.pixels, recipe, kind_of(out) or self.picture_format)
        return put_as(out, data, suffix), recipe

    def _prepared(self, request: ResolvedRequest) -> tuple[ModelEntry, Job]:
        """The request's model, and the request with all files that it names, each found here."""
        library = self._stores.library
        entry = library.find(request.model)
        ref = entry.ref()
        return entry, Job(
            request=request,
            model=ref,
            loras=tuple(library.find_lora(lora.id) for lora in request.loras),
            embeddings=library.embeddings_in(request.prompt, request.negative_prompt),
            vae=library.find_vae(request.vae) if request.vae else None,
            refiner=library.find(request.refiner).ref() if request.refiner else None,
            outcomes=self._stores.memory_history.outcomes_needed(ref.path),
            tiny=library.tiny_for(entry.family),
        )

    def _run(self, job: Job, on_event: OnEvent) -> Result:
        """The picture as the engine makes it; what it took is remembered."""
        result = self._engine.run(job, on_event)
        if result.outcome is not None:
            self._note(job, result.outcome)
        return result

    def _note(self, job: Job, outcome: MemoryOutcome) -> None:
        """Remember how it went; a disk that refuses that costs no picture."""
        from core.service import time_prediction

        request = job.request
        model = job.model
        try:
            kind = "cpu" if outcome.device.startswith("cpu") else outcome.device.split(":")[0]
            work = 0.0
            if outcome.seconds and time_prediction.time_is_typical(request):
                work = time_prediction.multiplications_of(
                    Path(model.path), request, model.family, kind
                )
            self._stores.memory_history.record(
                model.path, outcome, request.width, request.height, work
            )
            self._stores.cards.note_use(model.path, model.hash)
        except WorldError as error:
            _log.warning("the memory a picture took could not be noted: %s", error.message)


def _reason_of(error: KnownError) -> FailureReason:
    missing = isinstance(error, ModelMissing)
    return FailureReason.MODEL if missing else FailureReason.OTHER


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


class _NotSaved(WorldError):
    """The picture was made but the disk refused it; the queue should wait."""


def recipe_of(request: ResolvedRequest, entry: ModelEntry, result: Result, job_id: str) -> Recipe:
    """What goes into the picture's metadata. Raises ModelMissing where the model went away."""
    return Recipe(
        request=request,
        job_id=job_id,
        model_name=entry.name,
        model_hash=entry.ref().hash,
        family=entry.family,
        device=result.device,
        seconds=round(result.seconds, 3),
        created=time.time(),
        version=program_version(),
        pixels_sha256=result.pixels.sha256,
        fingerprint=result.fingerprint,
    )
