"""Sweeps on flow models with tiny networks: axes that suit are rendered and change the picture,
the others are named before anything is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.sampling.samplers import SAMPLERS
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.reading import axis_of
from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import sweep_asked, sweep_with
from core.system.errors import InvalidRequest
from core.system.paths import RESOURCES
from core.values.request import Request
from core.values.sweeping.sweep import new_sweep
from tests.core.engine.diffusion import flow_models

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
TOKENIZER = RESOURCES / "starter" / "tokenizer"
BASE = Request(
    "a red house",
    seed=5,
    steps=2,
    width=64,
    height=64,
    guidance=3.0,
    sampler="euler",
    schedule="simple",
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("flow")
    return {
        "sd3": flow_models.sd3(root / "sd3", TOKENIZER),
        "flux": flow_models.flux(root / "flux", TOKENIZER),
        "chroma": flow_models.chroma(root / "chroma", TOKENIZER),
    }


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


@pytest.fixture
def known(stores: Stores, models: dict[str, Path]) -> Known:
    for name, path in models.items():
        os.symlink(path, stores.places.models / name, target_is_directory=True)
    stores.library.refresh()
    return Known(stores.library, stores.places, BASE)


def cells(stores: Stores, known: Known, model: str, *axes: str) -> tuple[GridCell, ...]:
    base = replace(BASE, model=model)
    here = Known(stores.library, stores.places, base)
    return sweep_with(stores, here, new_sweep(base, tuple(axis_of(x, here) for x in axes))).cells


# axis, and how many pictures come of it that differ from each other
SUITING = {
    "sd3": {
        "steps=1,2": 2,
        "guidance=1,3": 2,
        "seed=1-3": 3,
        "sampler=euler,heun,euler_ancestral": 3,
        "schedule=simple,karras,beta": 3,
        "size=64x64,80x64": 2,
        "levels.shift=own,1": 2,
        "clip_skip=1,3": 2,
        "replace=red,blue": 2,
        'negative_prompt="",cat': 2,
        "guidance_until=0,100": 2,
        "hires=off,1.5": 2,
        "tiling=none,xy": 2,
        "steps|guidance=1|2,2|4": 2,
    },
    "flux": {
        "steps=1,2": 2,
        "guidance=1,3": 2,
        "sampler=euler,dpmpp_2m": 2,
        "schedule=simple,beta": 2,
        "levels.shift=own,3": 2,
        "replace=red,blue": 2,
        "size=64x64,80x64": 2,
    },
    "chroma": {
        "steps=1,2": 2,
        "guidance=1,3": 2,
        "seed=1,2": 2,
        "replace=red,blue": 2,
        "size=64x64,80x64": 2,
    },
}


@pytest.mark.parametrize(
    ("model", "axis"), [(model, axis) for model, axes in SUITING.items() for axis in axes]
)
def test_what_suits_changes_the_picture(
    stores: Stores, known: Known, engine: DiffusionEngine, model: str, axis: str
) -> None:
    wanted = cells(stores, known, model, axis)
    assert [cell.refusal for cell in wanted if cell.refusal] == []
    stores.jobs.add([cell.request for cell in wanted if cell.request])
    runner = Runner(stores, engine)
    outcomes = [runner.run_one(lambda event: None) for _ in wanted]
    made = [one.picture for one in outcomes if one is not None and one.picture is not None]
    assert len(made) == len(wanted), [one and one.message for one in outcomes]
    assert len({picture.sha256 for picture in made}) == SUITING[model][axis]


# axis, and of each of its values what is said of it; "" for one that is made
REFUSED = {
    "sd3": {
        "sampler=euler,ddpm": ("", "DDPM does not suit Stable Diffusion 3.x."),
        "schedule=simple,align_your_steps": ("", "Align Your Steps does not suit"),
        "size=64x64,72x64": ("", "multiples of 16"),
        "freeu=none,1.3:1.4:0.9:0.2": ("", "FreeU does not suit"),
        "lora=none,starter-4-steps": ("", "is for Starter, not for Stable Diffusion 3.x."),
        "refiner=none,starter": ("", "The refiner Starter is for Starter"),
        "model=sd3,starter": ("", ""),
    },
    "flux": {
        "clip_skip=1,2": ("", "lip skip changes nothing with FLUX.1."),
        "steps|clip_skip=1|1,2|2": ("", "lip skip changes nothing"),
        "hires.sampler=own,ddpm": ("", "DDPM does not suit FLUX.1."),
    },
    "chroma": {
        "sampler=euler,heun": ("", "Sampler changes nothing with Other (diffusers)."),
        "schedule=simple,karras": ("", "changes nothing"),
        "hires=off,2": ("", "Hires fix changes nothing"),
        "clip_skip=1,2": ("", "changes nothing"),
        "freeu=none,1.3:1.4:0.9:0.2": ("", "changes nothing"),
        "lora=none,starter-4-steps": ("", "takes no LoRA."),
        "refiner=none,starter": ("", "Refiner changes nothing"),
    },
}


@pytest.mark.parametrize(
    ("model", "axis"), [(model, axis) for model, axes in REFUSED.items() for axis in axes]
)
def test_what_does_not_suit_is_named(stores: Stores, known: Known, model: str, axis: str) -> None:
    refusals = [cell.refusal for cell in cells(stores, known, model, axis)]
    for refusal, said in zip(refusals, REFUSED[model][axis], strict=True):
        assert said in refusal and bool(said) == bool(refusal), refusals


def test_all_samplers_are_those_that_walk_a_flow(stores: Stores, known: Known) -> None:
    wanted = cells(stores, known, "sd3", "sampler=all")
    assert all(cell.request for cell in wanted)
    assert [cell.values[0] for cell in wanted] == [
        row.id for row in SAMPLERS.values() if row.suits_flow
    ]


def test_of_several_models_each_has_what_suits_it(stores: Stores, known: Known) -> None:
    made = {
        cell.values: not cell.refusal
        for cell in cells(stores, known, "sd3", "model=sd3,chroma,starter", "sampler=euler,ddpm")
    }
    assert made == {
        ("sd3", "euler"): True,
        ("chroma", "euler"): True,
        ("starter", "euler"): True,
        ("sd3", "ddpm"): False,
        ("chroma", "ddpm"): False,
        ("starter", "ddpm"): True,
    }


def test_a_sweep_of_which_nothing_suits_is_refused(stores: Stores, known: Known) -> None:
    base = replace(BASE, model="flux")
    sweep = new_sweep(base, (axis_of("sampler=ddpm,unipc", known),))
    with pytest.raises(InvalidRequest, match="does not suit FLUX"):
        sweep_asked(stores, Known(stores.library, stores.places, base), sweep)
