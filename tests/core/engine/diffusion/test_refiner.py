"""One schedule, two models: the refiner takes over at its share of the steps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.parts.denoiser import RefinerSwitch
from core.models.library.library import Library
from core.system.errors import InvalidRequest
from core.values.events import Event, NetworkCalled, StepDone
from core.values.job import Job, ModelRef
from core.values.picture import Pixels
from core.values.request import Request

STARTER = Library(Path("nowhere")).find("starter").ref()


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    """Keeps both models, as where somebody changes between them."""
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        yield engine


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """The starter with another text encoder's last layer, so that it paints something else."""
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(STARTER.path, tmp_path_factory.mktemp("models") / "twin"))
    file = next((folder / "unet").glob("*.safetensors"))
    tensors = load_file(file)
    tensors["conv_out.bias"] = tensors["conv_out.bias"] + 0.4
    save_file(tensors, file)
    return ModelRef("twin", "Twin", "starter", str(folder))


def _picture(
    engine: DiffusionEngine, model: ModelRef, refiner: ModelRef | None, at: float = 0.5
) -> tuple[Pixels, list[Event]]:
    heard: list[Event] = []
    request = Request(
        prompt="a red house",
        seed=3,
        steps=4,
        width=64,
        height=64,
        sampler="euler",
        schedule="discrete",
        refiner_at=at,
    )
    return engine.run(Job(request, model, refiner=refiner), heard.append).pixels, heard


def test_a_refiner_changes_the_last_steps_only(engine: DiffusionEngine, twin: ModelRef) -> None:
    plain, other = _picture(engine, STARTER, None)[0], _picture(engine, twin, None)[0]
    mixed, heard = _picture(engine, STARTER, twin)
    assert len({plain, other, mixed}) == 3
    assert (
        sum(isinstance(event, StepDone) for event in heard)
        == sum(isinstance(event, NetworkCalled) for event in heard)
        == 4
    )
    assert _picture(engine, STARTER, STARTER)[0] == plain, (
        "the same model as its own refiner changes nothing"
    )
    assert _picture(engine, STARTER, twin, at=0.0)[0] == other, (
        "from the start on it is the refiner alone"
    )
    assert _picture(engine, STARTER, twin, at=1.0)[0] == plain


def test_the_second_model_is_fetched_once_and_only_when_needed() -> None:
    fetched: list[int] = []

    def second() -> object:
        fetched.append(1)
        return lambda x, sigma: x * 0 + 2

    denoise = RefinerSwitch(lambda x, sigma: x * 0 + 1, 3.0, second)  # type: ignore[arg-type]
    x = torch.ones(1)
    assert [float(denoise(x, sigma)) for sigma in (14.0, 5.0, 3.0, 1.0)] == [
        1,
        1,
        2,
        2,
    ] and fetched == [1]


def test_its_share_is_checked() -> None:
    with pytest.raises(InvalidRequest):
        Request(refiner="x", refiner_at=1.2).check()
