"""A large picture through a model in tiles: its size and tones stay, the same bytes come out again
and after a kill, every tile is told of and is a chance to cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.loaded.memory_modes import MEMORY_MODES
from core.engine.diffusion.refining.larger_picture import refined_picture
from core.engine.diffusion.refining.refining import refined
from core.system.errors import Cancelled
from core.values.events import CheckpointReady, Event, StepDone
from core.values.job import Job, LatentCheckpoint, ModelRef, StartPixels
from core.values.picture import Pixels
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale
from core.values.resolved_request import resolve
from tests.core.engine.diffusion.picture_making.pictures_in import Rows, drawn

SIZE = 301, 203  # more than a tile wide, and no multiple of 8
REQUEST = Request(
    "a red house on a meadow",
    seed=5,
    steps=4,
    sampler="euler_ancestral",
    schedule="discrete",
    start=StartPicture(strength=0.5),
)


class Refinery:
    """Refines by the smallest model as if it were the starter, and remembers what was told."""

    def __init__(self, model: ModelRef) -> None:
        spec = EngineSpec(device="cpu", previews=True, checkpoint_interval=0.0)
        self._engine = DiffusionEngine(spec)
        self._model = replace(model, family="starter")
        self.events: list[Event] = []
        self.tiles: list[tuple[int, int]] = []

    @torch.no_grad()
    def __call__(
        self,
        pixels: Rows,
        request: Request = REQUEST,
        *,
        joined: str = "",
        resume: LatentCheckpoint | None = None,
        tiles: str = "",
        on_tile: Callable[[int, int], object] = lambda done, total: None,
    ) -> Rows:
        self.events, self.tiles = [], []

        def told(done: int, total: int) -> None:
            self.tiles.append((done, total))
            on_tile(done, total)

        place = self._engine._workplace(self.events.append, MEMORY_MODES[0])  # pyright: ignore[reportPrivateUsage]
        with place.undo:
            job = Job(resolve(request), self._model, resume=resume, tiles=tiles)
            return refined(place, job, pixels, told, joined)

    @torch.no_grad()
    def picture(self, pixels: Rows, alpha: Rows, upscale: Upscale) -> Pixels:
        """Of an enlarged one that has places seen through."""
        self.events = []
        place = self._engine._workplace(self.events.append, MEMORY_MODES[0])  # pyright: ignore[reportPrivateUsage]
        with place.undo:
            source = np.dstack([pixels, alpha]).tobytes()
            start = StartPixels(pixels.shape[1], pixels.shape[0], "RGBA", source)
            request = replace(REQUEST, start=StartPicture(), upscale=upscale)
            return refined_picture(place, Job(resolve(request), self._model, start=start))


@pytest.fixture(scope="module")
def refine(smallest: ModelRef) -> Refinery:
    return Refinery(smallest)


def test_a_picture_of_any_size_keeps_it_and_its_tones_and_comes_out_the_same_again(
    refine: Refinery,
) -> None:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    source = np.stack([60 + x / 3, 200 - y / 2, 90 + (x + y) / 5], -1).astype(np.uint8)
    made = refine(source)
    assert made.shape == source.shape and made.dtype == np.uint8
    assert (made != source).any()
    # of random weights, which know no tone: those of the picture
    blocks = [part[:192, :256].reshape(3, 64, 4, 64, 3).mean((1, 3)) for part in (source, made)]
    assert np.abs(blocks[0] - blocks[1]).mean() < 4
    assert [done for done, _ in refine.tiles] == list(range(1, len(refine.tiles) + 1))
    assert {total for _, total in refine.tiles} == {len(refine.tiles)}
    steps = [event for event in refine.events if isinstance(event, StepDone)]
    assert [(step.step, step.steps) for step in steps] == [(1, 2), (2, 2)]
    assert (refine(source) == made).all()


def test_what_was_kept_after_a_step_is_gone_on_from(refine: Refinery) -> None:
    source = drawn(*SIZE)
    made = refine(source)
    kept = [e.checkpoint for e in refine.events if isinstance(e, CheckpointReady)]
    all_tiles = len(refine.tiles)
    assert [checkpoint.step for checkpoint in kept] == [1]
    assert (refine(source, resume=kept[0]) == made).all()
    assert len(refine.tiles) < all_tiles
    assert refine.tiles[-1] == (all_tiles, all_tiles)


@pytest.mark.parametrize("at", [1, 4])
def test_each_tile_is_a_chance_to_cancel(refine: Refinery, at: int) -> None:
    def cancel(done: int, total: int) -> None:
        if done == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        refine(drawn(*SIZE), on_tile=cancel)
    assert len(refine.tiles) == at


def test_tiles_of_another_prompt_are_not_gone_on_with(refine: Refinery, tmp_path: Path) -> None:
    """Who cancels and changes the words gets what the new words make, of the same noise."""
    source, folder = drawn(*SIZE), str(tmp_path / "tiles")

    def cancel(done: int, total: int) -> None:
        if "step.tiles" in {path.name for path in Path(folder).iterdir()}:
            raise Cancelled

    with pytest.raises(Cancelled):
        refine(source, tiles=folder, on_tile=cancel)
    other = replace(REQUEST, prompt="a blue boat at sea")
    assert (refine(source, other, tiles=folder) == refine(source, other)).all()


def test_a_small_picture_and_strength_0(refine: Refinery) -> None:
    source = drawn(40, 30)
    assert refine(source).shape == source.shape
    weak = replace(REQUEST, start=StartPicture(strength=0.0))
    refine(source, weak)
    assert not [event for event in refine.events if isinstance(event, StepDone)]


def test_joined_edges_go_on_at_the_other_side(refine: Refinery) -> None:
    """As it is rolled, so it comes out: within what noise that does not roll along makes."""
    y, x = np.mgrid[0:256, 0:320]
    waves = [np.sin(2 * np.pi * x / 320), np.cos(2 * np.pi * y / 256), np.cos(2 * np.pi * x / 160)]
    source = np.rint(127 + 80 * np.stack(waves, -1)).astype(np.uint8)
    edge: dict[str, float] = {}
    for joined in ("", "x"):
        made = refine(source, joined=joined).astype(float)
        across = np.abs(made[:, 0] - made[:, -1]).mean()
        beside = np.abs(np.diff(made[:, [-9, -8, 7, 8]], axis=1)).mean((0, 2))[[0, 2]].mean()
        edge[joined] = float(across / beside)
    assert edge["x"] < 1.3
    assert edge["x"] < edge[""]


def test_as_a_job_it_is_told_tile_by_tile_and_keeps_its_alpha(refine: Refinery) -> None:
    source = drawn(*SIZE)
    alpha = np.rint(source[..., 0] * 0.5 + 60).astype(np.uint8)
    made = refine.picture(source, alpha, Upscale(source="a" * 64, refine=0.5))
    assert (made.width, made.height) == SIZE and made.alpha == alpha.tobytes()
    steps = [event for event in refine.events if isinstance(event, StepDone)]
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert {step.steps for step in steps} == {len(steps)} and len(steps) > 4
    shown = [step.preview for step in steps if step.preview is not None]
    assert len(shown) == 2, "one after each step of the sampler"
    ratio = shown[0].width / shown[0].height
    assert abs(ratio - SIZE[0] / SIZE[1]) < 0.1 and shown[0].width <= 512
    assert made.rgb == refine(source).tobytes(), "its colours are those without alpha"
