"""How many walks a picture takes, and that the engine without a model takes as many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.engine.contract.passes import passes_of, steps_run
from core.engine.contract.protocol import EngineSpec
from core.engine.contract.start_levels import start_levels
from core.engine.fake import FakeEngine
from core.sampling.levels.training_noise import training_alphas_cumprod
from core.sampling.schedules import NoiseTable
from core.system.errors import WorldError
from core.values.events import Event, StepDone
from core.values.job import Job, ModelRef, StartFiles
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve

TABLE = NoiseTable(training_alphas_cumprod(0.00085, 0.012, 1000))
BASE = Request(
    seed=1,
    steps=20,
    sampler="euler",
    schedule="discrete",
    start=StartPicture(source="a" * 64, strength=0.5),
)
FAKE = ModelRef("fake", "Fake", "starter", "")


@pytest.mark.parametrize("compatibility", ["calotype", "a1111", "comfyui"])
@pytest.mark.parametrize("strength", [0.0, 0.04, 0.33, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("exact", [False, True])
def test_as_many_steps_are_foretold_as_the_schedule_has(
    compatibility: str, strength: float, exact: bool
) -> None:
    start = replace(BASE.start, strength=strength, exact_steps=exact)
    request = replace(BASE, compatibility=compatibility, start=start)
    assert steps_run(request) == start_levels(request, TABLE, "sd15").steps


def test_hires_fix_takes_two_and_a_picture_one() -> None:
    plain = replace(BASE, start=StartPicture())
    assert [part.steps for part in passes_of(plain, flow=False)] == [20]
    assert [part.steps for part in passes_of(BASE, flow=False)] == [10]
    large = replace(plain, width=1024, height=768, hires=Hires(mode=BY_HAND, scale=2, steps=8))
    sizes = [(part.width, part.height, part.steps) for part in passes_of(large, flow=False)]
    assert sizes == [(512, 384, 20), (1024, 768, 8)]
    from_picture = replace(large, start=BASE.start)
    assert [part.steps for part in passes_of(from_picture, flow=False)] == [10]


def made(request: Request, source: str = "") -> tuple[tuple[int, int], list[Event]]:
    """The size and the steps of the engine without a model."""
    heard: list[Event] = []
    with FakeEngine(EngineSpec(kind="fake")) as engine:
        job = Job(resolve(request), FAKE, start=StartFiles(source))
        pixels = engine.run(job, heard.append).pixels
    return (pixels.width, pixels.height), [e for e in heard if isinstance(e, StepDone)]


def test_the_engine_without_a_model_answers_such_jobs(tmp_path: Path) -> None:
    path = tmp_path / "source.png"
    Image.new("RGB", (101, 70)).save(path)
    size, steps = made(replace(BASE, width=64, height=64), str(path))
    assert size == (64, 64) and len(steps) == 10
    start = replace(BASE.start, fit="source", extend=(5, 0, 10, 1), strength=0.0)
    size, steps = made(replace(BASE, start=start), str(path))
    assert size == (116, 71) and not steps
    plain = replace(BASE, start=StartPicture(), hires=Hires(mode=BY_HAND, steps=8))
    size, steps = made(plain)
    assert size == (256, 256)
    assert [(step.step, step.steps) for step in steps if isinstance(step, StepDone)][-1] == (28, 28)
    for damaged in (tmp_path / "gone.png", tmp_path / "empty.png"):
        (tmp_path / "empty.png").touch()
        with pytest.raises(WorldError, match="data folder"):
            made(replace(BASE, start=start), str(damaged))
