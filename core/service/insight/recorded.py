"""A picture whose steps can be looked at: the recording that is kept of it, or a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.engine.contract.recording_file import RecordingFile
from core.metadata.reading import decode_pixels, open_image
from core.metadata.writing import keeps_pixels, kind_of
from core.models.files.families import FAMILIES
from core.service.again.making import AgainEnd
from core.service.again.recreate import Again, again, verdict
from core.service.insight.step_figures import StepFigures, figures_of
from core.service.insight.words.possible import why_no_words
from core.service.insight.words.reading import words_table
from core.service.making.branching import recorded, run_job
from core.service.making.prepared import prepared
from core.service.making.runner import Rendered
from core.service.stores import Stores
from core.store.recordings import names_pixels
from core.system.errors import Cancelled, KnownError, WorldError
from core.system.regular_files import display_name
from core.values.job import Job
from core.values.picture import Result

ELSEWHERE = "Its model runs through a pipeline of its own, whose steps cannot be recorded."
OTHER_MODEL = "Choose a picture of another model."


@dataclass(frozen=True, slots=True)
class RecordedPicture:
    """What is known of a picture's steps. `path` is its file, `recording` that of its steps, `job`
    what makes it, `pixels` the SHA-256 of the picture. Where it is not `identical`, what was
    recorded came out otherwise than the picture."""

    path: Path
    recording: Path
    job: Job
    pixels: str
    identical: bool
    steps: tuple[StepFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnd(AgainEnd):
    """With what was recorded; no verdict where that was done before."""

    recording: bool = True
    recorded: RecordedPicture


def recorded_already(stores: Stores, path: Path) -> RecordedPicture | None:
    """The picture of a file with the recording that is kept of it; None where there is none. Reads
    whole files: not for the GUI thread. Raises as `again`."""
    return _kept(stores, again(stores, path))


def record_again(
    stores: Stores, engine: Engine, path: Path, on_event: OnEvent, *, words: bool = False
) -> AgainEnd:
    """Make the picture of a file again with recording, where none is kept, and compare; with
    `words`, where none is kept that says where its words were looked at. Not for the GUI thread.
    What goes wrong is said in the answer."""
    try:
        asked = again(stores, path)
        found = _kept(stores, asked)
        if found is not None and (not words or words_table(found.recording) is not None):
            return RecordingEnd(path, recorded=found)
        return _record(stores, engine, asked, on_event, words=words)
    except Cancelled:
        return AgainEnd(path, recording=True)
    except KnownError as error:
        return AgainEnd(path, fault=error, recording=True)


def check_has_steps(asked: Again) -> None:
    """Raises WorldError for a picture that was only made larger."""
    if asked.request.upscale.only_enlarges:
        raise WorldError(
            f"{display_name(asked.path)} was only made larger, which has no steps.",
            "Choose the picture that it was made from.",
        )


def _record(
    stores: Stores, engine: Engine, asked: Again, on_event: OnEvent, *, words: bool
) -> AgainEnd:
    check_has_steps(asked)
    _, job = prepared(stores, asked.request)
    job = replace(job, mode=asked.mode, words=words)
    family = FAMILIES.get(job.model.family)
    if family is not None and family.pipeline:
        raise WorldError(ELSEWHERE, OTHER_MODEL)
    if words and (why := why_no_words(job.model.family)):
        raise WorldError(why, OTHER_MODEL)
    pixels = _name_of(stores, asked)
    result, kept = _made(stores, engine, job, on_event, pixels)
    if kept is None:
        raise WorldError(
            f"The steps of {display_name(asked.path)} cannot be recorded.",
            "Give recordings more room in Settings, or choose a picture of another model.",
        )
    return RecordingEnd(
        asked.path,
        verdict=verdict(asked, Rendered(job, result)),
        pixels=result.pixels,
        request=asked.request,
        recorded=_opened(asked.path, kept, job, pixels or result.pixels.sha256),
    )


def _made(
    stores: Stores, engine: Engine, job: Job, on_event: OnEvent, pixels: str
) -> tuple[Result, Path | None]:
    if not job.request.branch.origin:
        return recorded(stores, engine, job, on_event, again=pixels)
    result = run_job(stores, engine, job, on_event, again=pixels)  # which records it
    return result, stores.recordings.find(pixels or result.pixels.sha256)


def _kept(stores: Stores, asked: Again) -> RecordedPicture | None:
    pixels = _sha256_of(asked)
    kept = stores.recordings.find(pixels)
    if kept is None:
        return None
    _, job = prepared(stores, asked.request)
    try:
        return _opened(asked.path, kept, replace(job, mode=asked.mode), pixels)
    except WorldError:  # damaged, or of another version: it is made anew
        return None


def _opened(path: Path, recording: Path, job: Job, pixels: str) -> RecordedPicture:
    with RecordingFile(recording) as tape:
        identical = tape.head.pixels == pixels
        return RecordedPicture(path, recording, job, pixels, identical, figures_of(tape))


def _name_of(stores: Stores, asked: Again) -> str:
    """What a new recording is kept under; "" for the pixels that come out. A recipe's word for its
    own pixels does not count where a picture of the gallery in another file has these: any file
    could say so."""
    pixels = _sha256_of(asked)
    if not names_pixels(pixels):
        return ""
    ours = stores.gallery.with_pixels(pixels)
    exact = keeps_pixels(kind_of(asked.path))
    return pixels if exact or ours is None or Path(ours.path) == asked.path else ""


def _sha256_of(asked: Again) -> str:
    """Of the pixels of its file; of those that its recipe records, where its format keeps them only
    nearly."""
    then = asked.parsed.recipe
    if then is not None and not keeps_pixels(kind_of(asked.path)):
        return then.pixels_sha256
    with open_image(asked.path) as image:
        return decode_pixels(image, display_name(asked.path)).sha256
