"""A picture is enlarged and refined through the queue: at its size, with its recipe, as one job
that can be stopped and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.sampling.samplers import SAMPLERS
from core.service.again.recreate import again
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.service.upscaling.wishes import UpscaleWish, wished_request
from core.system.errors import Cancelled, InvalidRequest
from core.values.events import Event, StepDone
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest

MADE = Request("a red house on snow", width=96, height=64, seed=5, steps=2, schedule="discrete")


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", checkpoint_interval=0.0)) as opened:
        yield opened


@pytest.fixture
def asked(stores: Stores, tmp_path: Path) -> ResolvedRequest:
    y, x = np.mgrid[0:64, 0:96]
    rows = np.stack([60 + x, 200 - y, 90 + (x + y) // 2], -1).astype(np.uint8)
    pixels = Pixels(96, 64, rows.tobytes())
    recipe = Recipe(MADE, model_name="Starter", pixels_sha256=pixels.sha256, created=1.0)
    path = tmp_path / "x.png"
    path.write_bytes(encode(pixels, recipe, "png")[0])
    return wished_request(stores, path, UpscaleWish(scale=3.5, refine=0.5)).request


def steps_of(heard: list[Event]) -> list[tuple[int, int]]:
    return [(event.step, event.steps) for event in heard if isinstance(event, StepDone)]


def queued(stores: Stores, request: Request) -> None:
    stores.jobs.add([request])  # type: ignore[list-item]


def made(stores: Stores, engine: DiffusionEngine) -> tuple[Picture, list[Event]]:
    heard: list[Event] = []
    outcome = Runner(stores, engine).run_one(heard.append)
    assert outcome is not None and outcome.picture is not None, outcome
    return outcome.picture, heard


def test_it_has_its_size_and_says_how_it_was_made_and_goes_on_after_a_stop(
    stores: Stores, engine: DiffusionEngine, asked: ResolvedRequest
) -> None:
    queued(stores, asked)
    picture, heard = made(stores, engine)
    assert (picture.width, picture.height) == (336, 224)
    enlarged, *tiles = steps_of(heard)
    assert enlarged == (1, 1), "Lanczos is one step of its own"
    assert [done for done, _ in tiles] == list(range(1, len(tiles) + 1))
    assert {total for _, total in tiles} == {len(tiles)} and len(tiles) >= 6
    recipe = read_file(Path(picture.path)).recipe
    assert recipe is not None
    assert recipe.request.upscale == asked.upscale and recipe.request.parent == asked.parent
    assert recipe.request.prompt == MADE.prompt and recipe.model_name == "Starter"
    assert dict(recipe.fingerprint)["upscaler"].startswith("Lanczos")
    assert again(stores, Path(picture.path)).request == asked, "it can be made again"
    assert not list(stores.places.checkpoints.iterdir()), "nothing is kept of what is done"

    def stop(event: Event) -> None:
        if isinstance(event, StepDone) and event.steps > 1 and event.step == len(tiles) - 1:
            raise Cancelled

    queued(stores, asked)
    runner = Runner(stores, engine)
    outcome = runner.run_one(stop)
    assert outcome is not None and outcome.stopped
    stores.jobs.requeue_last(outcome.job.id)
    second, heard = made(stores, engine)
    assert second.sha256 == picture.sha256, "the same bytes"
    assert len(steps_of(heard)) - 1 < len(tiles), "what was kept is not made again"


def test_it_is_refused_in_a_sentence_where_its_model_cannot(
    stores: Stores, engine: DiffusionEngine, asked: ResolvedRequest
) -> None:
    queued(stores, replace(asked, model="gone"))
    outcome = Runner(stores, engine).run_one(lambda _: None)
    assert outcome is not None and outcome.picture is None and "gone" in outcome.message


def test_what_tiles_cannot_is_refused_or_done_otherwise(
    stores: Stores, engine: DiffusionEngine, asked: ResolvedRequest, tmp_path: Path
) -> None:
    both = next(row.id for row in SAMPLERS.values() if row.both_branches)
    queued(stores, replace(asked, sampler=both))
    outcome = Runner(stores, engine).run_one(lambda _: None)
    assert outcome is not None and "in tiles" in outcome.message
    with pytest.raises(InvalidRequest, match="recorded"):
        Runner(stores, engine).rendered(asked, lambda _: None, recording=str(tmp_path / "r"))
    pixels = Pixels(64, 64, bytes(64 * 64 * 3))
    recipe = Recipe(replace(MADE, sampler=both), model_name="Starter", created=1.0)
    path = tmp_path / "both.png"
    path.write_bytes(encode(pixels, recipe, "png")[0])
    wished = wished_request(stores, path, UpscaleWish(refine=0.5))
    other = wished.request
    assert any(SAMPLERS[both].label in note for note in wished.notes), "which is said"
    assert not SAMPLERS[other.sampler].both_branches and other.prompt == MADE.prompt
