"""Pictures that go on from a step of another one, whose recording is made where none is kept."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.service.making.prepared import prepared
from core.service.stores import Stores
from core.store.recordings import names_pixels
from core.system.errors import InvalidRequest, WorldError
from core.values.branching import is_same_walk, origin_of
from core.values.events import PictureNote
from core.values.job import BranchStart, Job
from core.values.picture import Result
from core.values.resolved_request import resolve

_OTHERWISE = (
    "The picture that it branches off from comes out otherwise here than when it was made, and so "
    "do the steps that both have."
)
_log = logging.getLogger(__name__)


def run_job(
    stores: Stores, engine: Engine, job: Job, on_event: OnEvent, *, again: str = ""
) -> Result:
    """The picture of a job. One that branches off goes on from the recording of the other picture,
    and is recorded itself, where it names no file of its own. `again` as in `recorded`.

    Raises what the engine raises, InvalidRequest where it cannot branch off, WorldError where the
    disk refuses a recording.
    """
    if not job.request.branch.origin:
        return engine.run(job, on_event)
    job = replace(job, branch=_start(stores, engine, job, on_event))
    if job.recording:
        return engine.run(job, on_event)
    return recorded(stores, engine, job, on_event, again=again)[0]


def recorded(
    stores: Stores, engine: Engine, job: Job, on_event: OnEvent, *, again: str = ""
) -> tuple[Result, Path | None]:
    """The picture of a job, and its recording, which is kept from now on; None where nothing could
    be recorded, or all recordings together may not be as large. `again` is the SHA-256 of the
    picture that it is made again for, whose recording it becomes even where its pixels come out
    otherwise. Raises as `run_job`."""
    scratch = stores.recordings.scratch()
    try:
        result = engine.run(replace(job, recording=str(scratch)), on_event)
        if not scratch.exists():
            return result, None
        pixels = again if names_pixels(again) else result.pixels.sha256
        return result, _adopted(stores, scratch, pixels)
    finally:
        stores.recordings.discard(scratch)


def _adopted(stores: Stores, scratch: Path, pixels: str) -> Path | None:
    try:
        return stores.recordings.adopt(scratch, pixels, stores.recordings_limit)
    except WorldError as fault:  # it costs no picture
        _log.warning("a recording is not kept: %s", fault)
        return None


def _start(stores: Stores, engine: Engine, job: Job, on_event: OnEvent) -> BranchStart:
    request = job.request
    origin = origin_of(request)
    assert origin is not None
    kept = stores.recordings.find(request.parent)
    if kept is None or not _is_whole(kept):
        _, before = prepared(stores, resolve(origin))
        if before.request.branch.origin:
            before = replace(before, branch=_start(stores, engine, before, on_event))
        _, kept = recorded(stores, engine, before, on_event, again=request.parent)
    if kept is None:
        raise InvalidRequest(
            "branch",
            "The steps of the picture that it branches off from cannot be recorded.",
            "Give recordings more room in Settings, or choose a picture of another model.",
        )
    from core.engine.contract.recording_file import RecordingFile

    with RecordingFile(kept) as file:
        if request.branch.step > file.steps:
            raise InvalidRequest(
                "branch",
                f"The picture has {file.steps} steps, and not {request.branch.step}.",
                "Branch off at one of its steps.",
            )
        if request.parent and file.head.pixels != request.parent:
            on_event(PictureNote(_OTHERWISE))
    same = is_same_walk(request, origin)
    return BranchStart(str(kept), request.branch.step, same_walk=same)


def _is_whole(path: Path) -> bool:
    from core.engine.contract.recording_file import RecordingFile  # numpy, which no window needs

    try:
        RecordingFile(path).close()
    except WorldError as fault:
        _log.warning("a recording is made anew: %s", fault)
        return False
    return True
