"""One recipe on several models: which suit, what each makes of it, what it took."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode
from core.models.files.families import FAMILIES
from core.models.library.model_entry import STARTER_ID, ModelEntry
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.service.sweeps.cells import cells_of, over
from core.service.sweeps.over_models import (
    ComparedRecipe,
    ModelWay,
    figures_of_picture,
    foreseen,
    recipe_for_models,
    variation_on,
    ways_of,
)
from core.service.sweeps.progress import SweepProgress
from core.store.jobs import QueuedJob
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from core.values.job import JobState
from core.values.lora import Lora
from core.values.model import ModelKind
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.resolved_request import ResolvedRequest, resolve


def recipe(family: str = "starter", **values: object) -> ComparedRecipe:
    small = Request("a red house", seed=4, steps=2, width=64, height=64, guidance=5.0)
    return ComparedRecipe(Path("x.png"), resolve(replace(small, **values)), "ab" * 32, family)


def way(family: str, companion: Lora | None = None) -> ModelWay:
    row = FAMILIES[family]
    entry = ModelEntry(
        id=f"my-{family}",
        name=row.label,
        family=family,
        kind=ModelKind.CHECKPOINT,
        source="",
        path=f"/models/{family}",
        bytes=1,
        license="",
    )
    return ModelWay(row.label, entry, row, row.sizes[0], companion)


def made(origin: ComparedRecipe, on: ModelWay, *, own: bool) -> ResolvedRequest:
    (cell,) = cells_of(origin.request, [variation_on(origin, on, own=own)], origin.parent)
    assert cell.request is not None, cell.refusal
    return cell.request


def test_the_starter_is_compared_with_itself_in_few_steps(stores: Stores) -> None:
    alone, few = ways_of(stores.library)
    assert (alone.name, alone.companion, alone.row.steps) == ("Starter", None, 20)
    assert few.companion == Lora("starter-4-steps") and few.row.steps == 4
    quick = recipe(loras=(Lora("ink"), Lora("starter-4-steps")), guidance=1.0)
    assert made(quick, alone, own=False).loras == (Lora("ink"),)
    assert made(quick, few, own=True).loras == (Lora("ink"), Lora("starter-4-steps"))
    assert few.name == "Starter + starter-4-steps" and few.trained == (256, 256)


def test_each_model_gets_what_suits_it_or_what_the_recipe_says() -> None:
    levels = Levels(sigmas=(9.0, 1.0, 0.0))  # for two steps
    origin = recipe(
        width=96, height=64, hires=Hires(mode="auto"), negative_prompt="fog", levels=levels
    )
    xl = made(origin, way("sdxl"), own=True)
    assert (xl.model, xl.steps, xl.guidance) == ("my-sdxl", 30, 6.0)
    assert (xl.width, xl.height) == (1216, 832), "nearest in shape"
    assert (xl.hires, xl.levels) == (Hires(), Levels()) and (xl.seed, xl.negative_prompt) == (
        4,
        "fog",
    )
    assert xl.parent == origin.parent
    same = made(origin, way("sdxl"), own=False)
    assert (same.steps, same.guidance, same.width, same.height) == (2, 5.0, 96, 64)
    assert same.hires.mode == "auto"
    assert made(origin, way("starter"), own=False).levels == levels
    flow = made(recipe(sampler="heun"), way("sd3"), own=False)
    assert (flow.sampler, flow.schedule) == ("heun", "karras")
    flow = made(recipe(sampler="unipc"), way("sd3"), own=False)
    assert (flow.sampler, flow.schedule, flow.steps) == ("euler", "simple", 2)


def test_what_belongs_to_another_family_stays_out() -> None:
    origin = recipe(
        prompt="a red house <lora:gold:1>", template="a {red} house", loras=(Lora("ink"),), vae="x"
    )
    other = made(origin, way("sd15", Lora("lcm")), own=False)
    assert (other.prompt, other.template, other.vae) == ("a red house", "", "")
    assert other.loras == (Lora("lcm"),)
    same = made(origin, way("starter", Lora("few")), own=False)
    assert (same.prompt, same.vae) == (origin.request.prompt, "x")
    assert same.loras == (Lora("ink"), Lora("few"))


def test_a_picture_is_made_on_two_models_and_what_they_took_is_known(stores: Stores) -> None:
    second = stores.places.models / "second"
    second.mkdir(parents=True)
    for item in (RESOURCES / "starter").iterdir():
        if item.name != "loras":
            os.symlink(item, second / item.name)
    stores.library.refresh()
    ways = [one for one in ways_of(stores.library) if one.companion is None]
    assert [one.name for one in ways] == ["Starter", "second"]
    engine = open_engine(EngineSpec(device="cpu", previews=False))
    runner = Runner(stores, engine)
    start = Request("a red house", seed=4, steps=1, width=64, height=64)
    stores.jobs.add([resolve(start.check())])
    first = runner.run_one(lambda event: None)
    assert first is not None and first.picture is not None
    origin = recipe_for_models(stores, Path(first.picture.path))
    assert (origin.family, origin.parent) == ("starter", first.picture.sha256)
    variations = [variation_on(origin, one, own=False) for one in ways]
    same, other = cells_of(origin.request, variations, origin.parent)
    assert same.is_reference and other.request is not None
    stores.jobs.add([other.request])
    outcome = runner.run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    assert outcome.picture.request.parent == first.picture.sha256
    figures = figures_of_picture(stores, ways[1], outcome.picture)
    assert 0 < figures.seconds <= outcome.picture.seconds and not figures.with_loading
    elsewhere = figures_of_picture(stores, way("sd15"), outcome.picture)
    assert elsewhere.with_loading and elsewhere.seconds == outcome.picture.seconds
    fit = foreseen(stores, ways[1], other.request, "cpu", 8 * 10**9, "full")
    assert fit.fits and fit.seconds_span is not None


def test_a_picture_of_a_model_that_is_not_here_lends_its_words(
    stores: Stores, tmp_path: Path
) -> None:
    pixels = Pixels(8, 8, bytes(192))
    foreign = Request("a red house", seed=9, model="gone", steps=33, width=512, height=512)
    data, _ = encode(pixels, Recipe(foreign, model_name="Gone", family="sd15"), "png")
    file = tmp_path / "x.png"
    file.write_bytes(data)
    origin = recipe_for_models(stores, file)
    assert (origin.request.prompt, origin.request.seed) == ("a red house", 9)
    assert (origin.family, origin.request.model) == ("", STARTER_ID)
    file.write_bytes(encode(pixels, None, "png")[0])
    with pytest.raises(WorldError, match="carries no recipe"):
        recipe_for_models(stores, file)


def test_what_is_stopped_before_its_job_is_known_is_taken_out_of_the_queue() -> None:
    origin = recipe()
    progress = SweepProgress(cells_of(origin.request, over("steps", (2, 3, 4))), {})
    wanted = progress.take()
    assert progress.stop() == (), "no job is known yet"
    again = progress.take()
    assert again == wanted
    jobs = [
        QueuedJob(f"job{number}", JobState.WAITING, request, created=0.0)
        for number, request in enumerate((*wanted, *again))
    ]
    assert progress.queued(jobs[:3]) == ()
    assert progress.queued(jobs[3:]) == ("job3", "job4", "job5")
    assert progress.stop() == ("job0", "job1", "job2")
    assert progress.queued(jobs[3:4]) == ("job3",)
