"""Pictures whose edges join: laid side by side they show no seam, whoever decodes them, and the
next picture is as it would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.loaded import memory_modes
from core.engine.diffusion.parts.preview import learned_previewer
from core.models.library.library import Library
from core.system.paths import RESOURCES
from core.values.events import Event, PictureNote
from core.values.job import Job, MemoryOutcome, ModelRef
from core.values.picture import Result
from core.values.request import Request
from core.values.request_parts.time_saving import TINY
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import flow_models

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")

STARTER = Library(Path("nowhere")).find("starter").ref()
SMALL = Request(
    "a red house on a meadow", seed=5, steps=4, width=64, height=64, sampler="euler", tiling="xy"
)
SEEDS = range(20)
SLICED = MemoryOutcome(device="cpu", mode="sliced", pixels=1, free=2**60)
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=True)) as engine:
        yield engine


@pytest.fixture(scope="module")
def run(engine: DiffusionEngine) -> Run:
    def runs(request: Request, model: ModelRef = STARTER, **more: object) -> Result:
        heard = more.pop("heard", [])
        assert isinstance(heard, list)
        return engine.run(Job(resolve(request), model, **more), heard.append)  # type: ignore[arg-type]

    return runs


def seam(rgb: np.ndarray, axis: int) -> float:
    """How much more a picture changes where two of it meet along the axis than from line to line 8
    pixels to either side, where latents meet, too."""
    sheet = np.concatenate([rgb, rgb], axis).astype(float)
    changes = np.abs(np.diff(sheet, axis=axis)).mean((1 - axis, 2))
    middle = rgb.shape[axis] - 1
    return float(changes[middle] / np.mean([changes[middle - 8], changes[middle + 8]]))


def seams(run: Run, request: Request, **more: object) -> tuple[float, float]:
    """The median of some pictures, where left and right meet and where top and bottom do."""
    found: list[tuple[float, float]] = []
    for seed in SEEDS:
        pixels = run(replace(request, seed=seed), **more).pixels
        rgb = np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
        found.append((seam(rgb, 1), seam(rgb, 0)))
    across, down = np.median(np.array(found), 0)
    return float(across), float(down)


NONE = 1.35  # at most where there is no seam, with so few small pictures


def test_a_sheet_of_four_shows_no_edge_and_the_next_picture_is_as_ever(run: Run) -> None:
    plain = run(replace(SMALL, tiling="none")).pixels
    across, down = seams(run, SMALL)
    assert max(across, down) < NONE
    assert run(replace(SMALL, tiling="none")).pixels == plain
    without = seams(run, replace(SMALL, tiling="none"))
    assert min(without) > 1.5 * max(across, down)


def test_one_pair_of_edges_alone(run: Run) -> None:
    across, down = seams(run, replace(SMALL, tiling="x"))
    assert across < NONE < down


def test_by_the_tiny_decoder(run: Run) -> None:
    assert max(seams(run, replace(SMALL, decoder=TINY))) < NONE


def test_decoded_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_modes, "TILE", 8)
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:

        def runs(request: Request) -> Result:
            result = engine.run(Job(resolve(request), STARTER, outcomes=(SLICED,)), lambda _: None)
            assert ("memory", "sliced") in result.fingerprint
            return result

        assert max(seams(runs, SMALL)) < NONE


def test_previews_join_edges_too() -> None:
    """Learned ones look at a place's neighbours, which are then those of the other side."""
    spread = torch.nn.Upsample(scale_factor=8)
    previewer = learned_previewer(4, lambda latents: spread(latents[:, :3]))
    latents = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(1))
    previewer.join("x")
    looked = np.frombuffer(previewer.look(latents).rgb, np.uint8).reshape(48, 64, 3)
    moved = np.frombuffer(previewer.look(latents.roll(3, 3)).rgb, np.uint8).reshape(48, 64, 3)
    assert np.array_equal(moved, np.roll(looked, 24, 1))
    previewer.join("")
    alone = np.frombuffer(previewer.look(latents).rgb, np.uint8).reshape(48, 64, 3)
    assert not np.array_equal(alone, looked)


def test_a_flow_model_says_what_of_it_joins_edges(tmp_path: Path, run: Run) -> None:
    tokenizer = RESOURCES / "starter" / "tokenizer"
    model = ModelRef("flow", "Flow", "sd3", str(flow_models.sd3(tmp_path / "sd3", tokenizer)))
    request = Request("a red house", seed=5, steps=2, width=64, height=64, sampler="euler")
    plain = run(request, model).pixels
    heard: list[Event] = []
    joined = run(replace(request, tiling="xy"), model, heard=heard).pixels
    notes = [event.text for event in heard if isinstance(event, PictureNote)]
    assert len(notes) == 1 and "not in its transformer" in notes[0]
    assert joined != plain and run(request, model).pixels == plain
