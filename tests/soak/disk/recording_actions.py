"""The deed on recordings: pictures of the gallery made again with recording until one pushes out
another, and a picture of the queue that branches off from one whose recording is made first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.contract.recording_file import (
    EXACT,
    NEAR,
    VERSION,
    RecordedHead,
    RecordedPass,
    RecordedStep,
    RecordingFile,
    RecordingWriter,
)
from core.engine.fake import FakeEngine
from core.service.insight.recorded import RecordingEnd, record_again
from core.service.making.runner import Runner
from core.service.stores import open_stores
from core.system import settings
from core.system.errors import WorldError
from core.system.paths import places
from core.values.branching import branch_off
from core.values.job import Job
from core.values.picture import Result
from core.values.request import Request
from core.values.resolved_request import resolve
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

MEGABYTE = 2**20
SHAPE = (1, 4, 80, 80)  # so that of two recordings one fits into a megabyte
STEPS = 2
SEED = 99


class RecordingEngine(FakeEngine):
    """Records as the real one does, with the same writer; what it records is noise."""

    def run(self, job: Job, on_event: OnEvent) -> Result:
        writer = RecordingWriter(Path(job.recording)) if job.recording else None
        if writer is not None:
            for number in range(STEPS + 1):
                _put_step(writer, number)
        result = super().run(job, on_event)
        if writer is not None:
            writer.finish(_head(result))
        return result


def _put_step(writer: RecordingWriter, number: int) -> None:
    values = np.random.default_rng(number).random(SHAPE, np.float32)
    writer.put(f"0/{number}/x", values, EXACT)
    if number:
        writer.put(f"0/{number}/x0", values, NEAR)
        writer.put(f"call/{number - 1}", values, EXACT)


def _head(result: Result) -> RecordedHead:
    steps = tuple(
        RecordedStep(
            step=number,
            sigma=2.0 - number + 1,
            sigma_next=2.0 - number,
            timestep=0.0,
            seconds=0.0,
            calls=number,
            draws=0,
        )
        for number in range(1, STEPS + 1)
    )
    one = RecordedPass(shape=SHAPE, sampler="euler", flow=False, end=1.0, steps=steps)
    return RecordedHead(version=VERSION, passes=(one,), fingerprint=(), pixels=result.pixels.sha256)


def _prepare(root: Path) -> None:
    library.fill(root)
    settings.change(places(root).create().settings, recordings_mb=1)
    stores = open_stores(library.chosen(root))
    origin = Request("picture 99", seed=SEED, steps=STEPS, width=64, height=64)
    branch = branch_off(origin, replace(origin, prompt="another", parent="9" * 64), 1)
    stores.jobs.add([resolve(branch)])
    stores.jobs.make_next(next(job.id for job in stores.jobs.recent() if job.request.seed == SEED))
    stores.close()


def _act(root: Path) -> None:
    """As the thread does it that makes pictures."""
    stores = open_stores(library.chosen(root))
    engine = RecordingEngine(EngineSpec(kind="fake", runs_in="here", previews=False))
    gallery = stores.gallery
    for picture in gallery.page(gallery.ids())[:2]:
        end = record_again(stores, engine, Path(picture.path), lambda _: None)
        assert isinstance(end, RecordingEnd), end.fault
    with library.noisy_pictures(512):
        outcome = Runner(stores, engine).run_one(lambda _: None)
    assert outcome is not None and outcome.picture is not None, outcome


def _look(root: Path, done: bool) -> Faults:
    """Every picture is there, every recording whole, all of them no larger than they may be, and
    nothing else in their folder."""
    stores = library.begin(root)
    faults = library.picture_faults(
        stores, [*range(library.PICTURES), *([SEED] if done else ())], [SEED], favourites=False
    )
    made = any(one.request.seed == SEED for one in stores.gallery.page(stores.gallery.ids()))
    waits = sum(
        job.request.seed == SEED and job.state.value == "waiting" for job in stores.jobs.recent()
    )
    faults += library.job_faults(stores, library.WAITING + waits)
    if made and waits:
        faults.append("the picture is there, and waits to be made")
    if stores.recordings.bytes_used() > MEGABYTE:
        faults.append(f"recordings take {stores.recordings.bytes_used()} bytes")
    folder = stores.places.recordings
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            RecordingFile(path).close()
        except WorldError as fault:
            faults.append(f"not whole: {fault}")
    stores.close()
    return faults


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (Action("record", _prepare, _act, _look),)
