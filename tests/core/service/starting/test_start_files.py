"""Jobs that start from a picture: the engine gets files and no bytes, whatever became of the
original; where one is missing, that job alone says so."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.cli.shared import rendering
from core.cli.shared.options import ProgramOptions
from core.cli.shared.rendering import WantedPicture
from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec, OnEvent
from core.engine.fake import FakeEngine
from core.metadata.recipes import read_file
from core.service.making.runner import Runner
from core.service.stores import Stores, open_stores
from core.store.checkpoints import CheckpointStore
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import SourceMissing
from core.system.json import loads
from core.system.paths import Places
from core.values.job import FailureReason, Job, JobState, LatentCheckpoint, ModelRef, StartFiles
from core.values.picture import Pixels, Result
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve

SIDE = 256
SOURCE = OpenedPicture(SIDE, SIDE, "RGB", bytes(range(256)) * (SIDE * SIDE * 3 // 256))
MASK = OpenedPicture(SIDE, SIDE, "L", bytes(range(256)) * SIDE)


class Listening(FakeEngine):
    """Notes each job as it comes, and draws a picture of a size of its own."""

    def __init__(self) -> None:
        super().__init__(EngineSpec(kind="fake"))
        self.jobs: list[Job] = []

    def run(self, job: Job, on_event: OnEvent) -> Result:
        self.jobs.append(job)
        return replace(super().run(job, on_event), pixels=Pixels(31, 17, bytes(31 * 17 * 3)))


@pytest.fixture
def engine() -> Iterator[Listening]:
    with Listening() as listening:
        yield listening


def kept(stores: Stores) -> StartPicture:
    return StartPicture(source=stores.sources.keep(SOURCE), mask=stores.sources.keep(MASK))


def started(start: StartPicture, prompt: str = "a blue house", seed: int = 1) -> Request:
    return Request(prompt, seed=seed, steps=2, width=64, height=64, start=start)


def add(stores: Stores, *requests: Request) -> list[str]:
    return [job.id for job in stores.jobs.add([resolve(request) for request in requests])]


def run_one(stores: Stores, engine: Engine) -> tuple[str, FailureReason, str]:
    """The state, the reason and the message of the next job."""
    outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None
    job = stores.jobs.get(outcome.job.id)
    assert job is not None and job.message == outcome.message
    return job.state.value, job.reason, job.message


def test_a_job_carries_paths_over_a_restart_and_no_pixels(where: Places, engine: Listening) -> None:
    first = open_stores(where)
    request = started(kept(first))
    add(first, request)
    first.close()
    second = open_stores(where)
    outcome = Runner(second, engine).run_one(lambda event: None)
    (job,) = engine.jobs
    assert job.start == StartFiles(
        source=str(second.sources.path_of(request.start.source)),
        mask=str(second.sources.path_of(request.start.mask)),
    )
    with Image.open(job.start.source) as source, Image.open(job.start.mask) as mask:
        assert (source.tobytes(), mask.tobytes()) == (SOURCE.data, MASK.data)
    assert len(pickle.dumps(job)) < 4096 < len(SOURCE.data), "what goes through the pipe"
    assert outcome is not None and outcome.picture is not None
    picture = outcome.picture
    assert (picture.width, picture.height) == (31, 17), "the size of the result"
    assert picture.request == request
    recipe = read_file(Path(picture.path)).recipe
    assert recipe is not None and recipe.request == request
    second.close()


def test_without_a_start_picture_there_are_no_files(stores: Stores, engine: Listening) -> None:
    add(stores, started(StartPicture()))
    assert run_one(stores, engine)[0] == JobState.DONE
    assert engine.jobs[0].start == StartFiles() and not stores.places.sources.exists()


@pytest.mark.parametrize("part", ["source", "mask"])
def test_a_missing_picture_fails_its_job_alone_and_run_again_works_when_it_is_back(
    stores: Stores, engine: Listening, part: str
) -> None:
    start = kept(stores)
    path = stores.sources.path_of(getattr(start, part))
    aside = path.rename(path.with_name("aside"))
    ids = add(stores, started(start), started(StartPicture(), "without one"))
    state, reason, message = run_one(stores, engine)
    assert (state, reason) == (JobState.FAILED, FailureReason.SOURCE)
    assert str(path) in message and message.count(". ") == 0 and message.endswith(".")
    assert run_one(stores, engine) == (JobState.DONE, FailureReason.OTHER, "")
    aside.rename(path)
    stores.jobs.requeue_last(ids[0])
    assert run_one(stores, engine) == (JobState.DONE, FailureReason.OTHER, "")
    assert len(stores.gallery.ids()) == 2


def test_a_picture_for_a_named_file_spares_its_source_from_sweeps(
    stores: Stores, engine: Listening, tmp_path: Path
) -> None:
    """No row names it while it is made, perhaps for hours with many others."""
    start = kept(stores)
    paths = [stores.sources.path_of(address) for address in (start.source, start.mask)]
    for path in paths:
        os.utime(path, (0, 0))
    runner = Runner(stores, engine)
    out, recipe = runner.render_to(
        resolve(started(start)), tmp_path / "out.png", lambda event: None
    )
    assert out.is_file() and recipe.request.start == start
    assert all(path.stat().st_mtime > 0 for path in paths)
    paths[0].unlink()
    with pytest.raises(SourceMissing):
        runner.render_to(resolve(started(start)), tmp_path / "no.png", lambda event: None)
    assert not (tmp_path / "no.png").exists()


def test_the_engine_of_the_queue_is_another_process_and_gets_the_same(where: Places) -> None:
    stores = open_stores(where)
    add(stores, started(kept(stores)))
    with open_engine(EngineSpec(kind="fake", runs_in="process")) as engine:
        assert run_one(stores, engine)[0] == JobState.DONE
    stores.close()


# --- what earlier versions stored ---


def test_a_request_of_an_earlier_version_starts_from_nothing() -> None:
    old = loads(Request, '{"prompt":"a red house","seed":7,"steps":3}')
    assert old == Request("a red house", seed=7, steps=3)
    assert old.start == StartPicture() and old.parent == "" and old.tiling == "none"


def test_latents_of_an_earlier_version_go_on_and_not_from_another_picture(
    tmp_path: Path,
) -> None:
    store = CheckpointStore(tmp_path)
    model = ModelRef("m", "M", "starter", "/m", "abc")
    latents = LatentCheckpoint(3, 2, (1, 4, 2, 2), bytes(64), (("device", "cpu"),))
    request = started(StartPicture(source="a" * 64))
    store.save("job", request, model, latents)
    assert store.load("job", request, model) == latents
    for other in (
        replace(request, start=StartPicture()),
        replace(request, start=StartPicture(source="b" * 64)),
        replace(request, start=StartPicture(source="a" * 64, mask="b" * 64)),
        replace(request, start=StartPicture(source="a" * 64, strength=0.5)),
        replace(request, tiling="x"),
    ):
        assert store.load("job", other, model) is None


def test_pictures_for_a_folder_spare_the_sources_of_those_still_to_come(
    stores: Stores, engine: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "open_engine", lambda spec: engine)
    sources = [stores.sources.keep(replace(MASK, width=1, height=n, data=bytes(n))) for n in (1, 2)]
    paths = [stores.sources.path_of(source) for source in sources]
    for path in paths:
        os.utime(path, (0, 0))
    seen: list[list[float]] = []
    wanted = [
        WantedPicture(
            asked=started(StartPicture(source=source)).check(),
            request=resolve(started(StartPicture(source=source))),
            entry=stores.library.find("starter"),
        )
        for source in sources
    ]

    def report(values: dict[str, object], text: str) -> None:
        seen.append([path.stat().st_mtime for path in paths])
        os.utime(paths[1], (0, 0))

    out = tmp_path / "out"
    out.mkdir()
    rendering.render(stores, ProgramOptions(out=out), wanted, report, "png")
    assert len(list(out.iterdir())) == 2
    assert seen[0][1] > 0, "while the first was made, the second's was spared"
    assert seen[1][1] > 0, "and again for its own"
