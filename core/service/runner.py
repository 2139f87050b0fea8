"""The only conductor: claims a job, lets the engine make it, writes the file,
then the row. Knows no window."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.engine.contract.protocol import Engine, OnEvent
from core.metadata import encode, kind_of
from core.models.library.model_entry import ModelEntry
from core.service import pace
from core.service.incidents import Watch, keep
from core.service.stores import Stores
from core.store.checkpoints import KeptLatents
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
from core.values.events import Event, LatentsKept
from core.values.job import FailureReason, Job, JobState, ModelRef, Way
from core.values.picture import Picture, Recipe, Result
from core.values.request import Request

T = TypeVar("T")
_log = logging.getLogger(__name__)
_AGAIN = "The picture is begun again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: a picture, or a message with its remedy. `pause` asks the queue to wait for
    the user, `warm` names the models in memory by path (None: not known)."""

    job: QueuedJob
    picture: Picture | None = None
    stopped: bool = False
    message: str = ""
    hint: str = ""
    details: str = ""
    pause: bool = False
    error: KnownError | None = None
    warm: tuple[str, ...] | None = None
    again: bool = False
    incident: Path | None = None


class Runner:
    """`run_one` for the queue; `render_to` for a picture that goes to a named
    file instead of the gallery."""

    def __init__(self, stores: Stores, engine: Engine, picture_format: str = "png") -> None:
        self._stores, self._engine, self._kept = stores, engine, KeptLatents(stores.places.kept)
        self.picture_format = picture_format

    def run_one(self, on_event: OnEvent, on_claimed: object = None) -> Outcome | None:
        """Make the next waiting picture; None where nothing waits."""
        job = self._stores.jobs.claim_next()
        if job is None:
            return None
        if callable(on_claimed):
            on_claimed(job)
        return self.run_claimed(job, on_event)

    def run_claimed(self, job: QueuedJob, on_event: OnEvent) -> Outcome:
        """Make the picture of a job already marked as running, and end the job either way."""
        watch = Watch(on_event)
        try:
            picture, way = self._make(job, watch)
            return Outcome(job, picture, warm=way.warm if way is not None else None)
        except Cancelled:
            self._end(job, JobState.STOPPED)
            return Outcome(job, stopped=True)
        except KnownError as error:
            _log.info("job failed: %s", type(error).__name__)
            incident = (
                self._keep(error, job, watch)
                if isinstance(error, EngineCrashed) and not isinstance(error, EngineResting)
                else None
            )
            if isinstance(error, EngineCrashed) and error.again and self._once_more(job):
                return Outcome(
                    job,
                    message=error.message,
                    hint=_AGAIN,
                    error=error,
                    again=True,
                    incident=incident,
                )
            self._end(job, JobState.FAILED, error.message, error.hint, _reason_of(error))
            details = str(error.__cause__) if isinstance(error.__cause__, RuntimeError) else ""
            return Outcome(
                job,
                message=error.message,
                hint=error.hint,
                details=details,
                pause=isinstance(error, _NotSaved | EngineResting),
                error=error,
                incident=incident,
            )
        except Exception as error:  # noqa: BLE001
            # the boundary of the runner: a bug ends this job, not the queue
            _log.exception("job failed by a fault of the program")
            message = f"Calotype met a fault of its own ({type(error).__name__})."
            self._end(job, JobState.FAILED, message, "Copy the details and report them.")
            return Outcome(
                job,
                message=message,
                hint="Copy the details and report them.",
                details=repr(error),
                incident=self._keep(error, job, watch),
            )

    def _keep(self, error: Exception, job: QueuedJob, watch: Watch) -> Path | None:
        where = self._stores.places
        return keep(
            where.incidents,
            where.logs / "calotype.log",
            error,
            job.request,
            watch,
            {
                "calotype": program_version(),
                "job": job.id,
                "traceback": "" if isinstance(error, KnownError) else _trace(error),
            },
        )

    def _once_more(self, job: QueuedJob) -> bool:
        """Whether the job waits in front again: by itself once, since after two faults in a row it
        may be the job after all."""
        try:
            return self._stores.jobs.once_more(job.id)
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

    def _make(self, queued: QueuedJob, on_event: OnEvent) -> tuple[Picture, Way | None]:
        entry, result = self._render(queued.request, queued.id, on_event)
        recipe = recipe_of(queued.request, entry, result, queued.id)
        seed = queued.request.seed or 0
        try:
            path = put_in_gallery(
                self._stores.places.pictures,
                seed,
                *encode(result.pixels, recipe, self.picture_format),
                self._stores.gallery.last_number,
            )
        except WorldError as error:
            raise _NotSaved(error.message, error.hint) from error
        picture = self._stores.gallery.record(
            path, recipe, result.pixels.width, result.pixels.height
        )
        self._kept.drop(queued.id)
        return picture, result.way

    def render_to(self, request: Request, out: Path, on_event: OnEvent) -> tuple[Path, Recipe]:
        """Make one picture into a named file or folder (never
        overwriting); no queue, no gallery."""
        entry, result = self._render(request, "", on_event)
        recipe = recipe_of(request, entry, result, "")
        return put_as(
            out, *encode(result.pixels, recipe, kind_of(out) or self.picture_format)
        ), recipe

    def _render(
        self, request: Request, job_id: str, on_event: OnEvent
    ) -> tuple[ModelEntry, Result]:
        request.check()
        entry = self._stores.library.find(request.model)
        ref = entry.ref()
        loras = tuple(self._stores.library.find_lora(lora.id) for lora in request.loras)
        words = self._stores.library.embeddings_in(request.prompt, request.negative_prompt)
        vae = self._stores.library.find_vae(request.vae) if request.vae else None
        refiner = self._stores.library.find(request.refiner).ref() if request.refiner else None
        job = Job(
            request,
            ref,
            loras,
            embeddings=words,
            vae=vae,
            refiner=refiner,
            ways=self._stores.ways.needed(ref.path),
            tiny=self._stores.library.tiny_for(entry.family),
        )
        if not job_id:
            return entry, self._noted(self._engine.run(job, on_event), ref, request)
        job = replace(job, id=job_id, resume=self._kept.load(job_id, request, ref))

        def hear(event: Event) -> None:
            if isinstance(event, LatentsKept):
                self._kept.save(job_id, request, ref, event.kept)
            on_event(event)

        return entry, self._noted(self._engine.run(job, hear), ref, request)

    def _noted(self, result: Result, ref: ModelRef, request: Request) -> Result:
        if result.way is not None:
            self._note(ref, result.way, request)
        return result

    def _note(self, ref: ModelRef, way: Way, request: Request) -> None:
        """Remember how it went; a disk that refuses that costs no picture."""
        try:
            kind = "cpu" if way.device.startswith("cpu") else way.device.split(":")[0]
            work = (
                pace.work_of(Path(ref.path), request, ref.family, kind)
                if way.seconds and pace.learnable(request)
                else 0.0
            )
            self._stores.ways.note(ref.path, way, request.width, request.height, work)
            self._stores.cards.note_use(ref.path, ref.hash)
        except WorldError as error:
            _log.warning("the memory a picture took could not be noted: %s", error.message)


def _reason_of(error: KnownError) -> FailureReason:
    missing = isinstance(error, ModelMissing)
    return FailureReason.MODEL if missing else FailureReason.OTHER


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


class _NotSaved(WorldError):
    """The picture was made but the disk refused it; the queue should wait."""


def recipe_of(request: Request, entry: ModelEntry, result: Result, job_id: str) -> Recipe:
    """What goes into the picture's metadata."""
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


def submit(stores: Stores, requests: Sequence[Request]) -> tuple[QueuedJob, ...]:
    """Check single requests and add them to the queue."""
    return stores.jobs.add([request.check() for request in requests])
