"""A finished picture is made larger through the queue, by an upscaler or Lanczos, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.service.again.recreate import again, verdict
from core.service.insight.recorded import record_again
from core.service.making.runner import Runner
from core.service.starting.taken_values import taken_values
from core.service.starting.varying import Way, vary_requests
from core.service.stores import Stores
from core.service.upscaling.asking import upscale_request
from core.store.checkpoints import CheckpointStore
from core.system.errors import Cancelled, InvalidRequest, ModelMissing, WorldError
from core.values.events import Event, Phase, PhaseStarted, StepDone
from core.values.picture import Picture, Pixels, Recipe, SourceType
from core.values.request import Request
from core.values.request_parts.upscale import LANCZOS, Upscale
from tests.core.engine.diffusion.upscale.upscaler_files import compact, written

MADE = Request("a red house", width=128, height=96, seed=5, steps=9, sampler="ddim")


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu")) as opened:
        yield opened


def ours(path: Path, width: int = 128, height: int = 96) -> Path:
    y, x = np.mgrid[0:height, 0:width]
    rows = np.stack([x * 2 % 256, y * 2 % 256, (x + y) % 256], -1).astype(np.uint8)
    pixels = Pixels(width, height, rows.tobytes())
    recipe = Recipe(MADE, model_name="Starter", pixels_sha256=pixels.sha256, created=1.0)
    path.write_bytes(encode(pixels, recipe, "png")[0])
    return path


def upscaler_in(stores: Stores, strength: float = 0.3) -> str:
    folder = stores.places.models / "upscale_models"
    folder.mkdir(parents=True)
    return written(compact(strength=strength), folder / "2x-small.safetensors").id


def made(stores: Stores, engine: DiffusionEngine, request: Request) -> tuple[Picture, list[Event]]:
    heard = list[Event]()
    stores.jobs.add([request])  # type: ignore[list-item]
    outcome = Runner(stores, engine).run_one(heard.append)
    assert outcome is not None and outcome.picture is not None, outcome
    return outcome.picture, heard


def test_an_upscaler_and_its_recipe_beside_the_pictures_own(
    stores: Stores, engine: DiffusionEngine, tmp_path: Path
) -> None:
    path = ours(tmp_path / "x.png")
    model = upscaler_in(stores)
    asked = upscale_request(stores, path, Upscale(scale=1.5, upscaler=model))
    assert (asked.width, asked.height) == (192, 144)
    assert asked.request.prompt == "a red house" and asked.request.model == "starter"
    picture, heard = made(stores, engine, asked.request)
    assert (picture.width, picture.height) == (192, 144)
    assert PhaseStarted(Phase.ENLARGING) in heard
    steps = [event for event in heard if isinstance(event, StepDone)]
    assert steps[-1].step == steps[-1].steps == 1 and steps[0].preview is not None
    recipe = read_file(Path(picture.path)).recipe
    assert recipe is not None and recipe.source_type is SourceType.GENERATED
    assert recipe.request.upscale.upscaler == "2x-small" and recipe.request.seed == 5
    assert dict(recipe.fingerprint)["upscaler"].startswith("2x-small ")
    parent = read_file(path).recipe
    assert parent is not None and picture.request.parent == parent.pixels_sha256
    assert [child.id for child in stores.lineage.children_of(parent.pixels_sha256)] == [picture.id]
    kind = "upscale cpu"
    assert [run.seconds > 0 for run in stores.memory_history.runs(kind)] == [True]
    assert not stores.memory_history.runs("cpu"), "which says nothing of diffusion"


def test_it_is_made_again_bit_for_bit_and_varied_as_a_picture(
    stores: Stores, engine: DiffusionEngine, tmp_path: Path
) -> None:
    asked = upscale_request(stores, ours(tmp_path / "x.png"), Upscale(upscaler=upscaler_in(stores)))
    picture, _ = made(stores, engine, asked.request)
    once_more = again(stores, Path(picture.path))
    rendered = Runner(stores, engine).rendered(once_more.request, lambda _: None)
    assert verdict(once_more, rendered).identical
    kept = list(stores.places.checkpoints.glob("*.tiles"))
    assert not kept, "else the next one would be compared with what this one made"
    end = record_again(stores, engine, Path(picture.path), lambda _: None)
    assert end.fault is not None and "only made larger" in end.fault.message
    varied = vary_requests(stores, picture, 0.3, 1)
    assert varied.way is Way.IMAGE and not varied.requests[0].upscale.source
    form = taken_values(picture.request, (), Request())
    assert form["upscale"] == Upscale() and form["seed"] == 5
    larger = upscale_request(stores, picture).request
    assert larger.upscale.upscaler == LANCZOS and larger.prompt == "a red house"


def test_any_picture_becomes_larger_and_nothing_is_made_up_about_it(
    stores: Stores, engine: DiffusionEngine, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGBA", (41, 30), (200, 10, 10, 128)).save(path)
    asked = upscale_request(stores, path, Upscale(scale=3))
    assert asked.request.upscale.bare and asked.request.model == ""
    picture, _ = made(stores, engine, asked.request)
    with Image.open(picture.path) as image:
        assert image.size == (123, 90) and image.getpixel((60, 40)) == (200, 10, 10, 128)
        assert "Steps" not in image.info["parameters"]
    read = read_file(Path(picture.path))
    assert read.recipe is not None and read.recipe.source_type is SourceType.ENHANCED
    assert set(read.request) == {"upscale"} and read.recipe.model_name == ""
    assert not taken_values(picture.request, (), Request())
    once_more = again(stores, Path(picture.path))
    rendered = Runner(stores, engine).rendered(once_more.request, lambda _: None)
    assert verdict(once_more, rendered).identical


def test_a_stop_keeps_its_tiles_until_the_picture_is_there(
    stores: Stores, engine: DiffusionEngine, tmp_path: Path
) -> None:
    path = ours(tmp_path / "x.png", 1000, 128)
    asked = upscale_request(stores, path, Upscale(upscaler=upscaler_in(stores)))

    def stop(event: Event) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    stores.jobs.add([asked.request])
    runner = Runner(stores, engine)
    outcome = runner.run_one(stop)
    assert outcome is not None and outcome.stopped
    (folder,) = stores.places.checkpoints.glob("*.tiles")
    assert len(list(folder.glob("*.tile"))) == 1
    stores.jobs.requeue(outcome.job.id)
    stores.find_pictures()
    assert folder.is_dir(), "it waits, so that it goes on"
    heard = list[Event]()
    outcome = runner.run_one(heard.append)
    assert outcome is not None and outcome.picture is not None
    steps = [event.step for event in heard if isinstance(event, StepDone)]
    assert steps == list(range(2, steps[-1] + 1))
    assert not stores.memory_history.runs("upscale cpu"), "a part tells nothing of the whole's time"
    assert not folder.exists()
    stores.jobs.add([asked.request])
    outcome = runner.run_one(stop)
    assert outcome is not None and outcome.stopped and folder.is_dir()
    latents = stores.places.checkpoints / f"{outcome.job.id}.latents"
    latents.touch()
    stores.find_pictures()
    assert not folder.exists() and not latents.exists(), "what is cancelled is not kept for a week"
    CheckpointStore(stores.places.checkpoints).drop_tiles(str(tmp_path))
    assert tmp_path.is_dir(), "only its own folders go"


def test_what_cannot_be_is_one_sentence(stores: Stores, tmp_path: Path) -> None:
    path = ours(tmp_path / "x.png")
    with pytest.raises(InvalidRequest, match="more than 8192 a side"):
        upscale_request(stores, ours(tmp_path / "wide.png", 2048, 8), Upscale(scale=8))
    with pytest.raises(ModelMissing, match="There is no upscaler"):
        upscale_request(stores, path, Upscale(upscaler="none-such"))
    with pytest.raises(WorldError):
        upscale_request(stores, tmp_path / "nothing.png")
    foreign = stores.places.models / "upscale_models" / "lora.safetensors"
    foreign.parent.mkdir(parents=True)
    written(compact(), foreign, prefix="lora_unet_")
    with pytest.raises(ModelMissing, match="no upscaler"):
        upscale_request(stores, path, Upscale(upscaler=str(foreign)))
    asked = upscale_request(stores, path, Upscale()).request
    stores.sources.path_of(asked.upscale.source).unlink()
    stores.jobs.add([replace(asked)])
    outcome = Runner(stores, None).run_one(lambda _: None)  # type: ignore[arg-type]
    assert outcome is not None and "not kept any more" in outcome.message
