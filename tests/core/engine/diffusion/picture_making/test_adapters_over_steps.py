"""Adapters that are on in some steps only: which steps these are, and that the pictures are those
of the adapter put on or taken off by hand in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.adapters.lora import AdaptedNetworks, WantedAdapter
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.parts.denoiser import Denoise
from core.engine.diffusion.picture_making.adapters_over_steps import AdaptersOverSteps, in_step
from core.models.library.library import Library
from core.system.errors import InvalidRequest
from core.values.events import CheckpointReady, Event
from core.values.job import Job, LatentCheckpoint, ModelRef
from core.values.lora import Lora
from core.values.picture import Pixels
from core.values.request import Request
from core.values.resolved_request import resolve

STARTER = Library(Path("nowhere")).find("starter").ref()
# of the denoiser alone
FEW = ModelRef("few", "few", "", f"{STARTER.path}/loras/starter-4-steps.safetensors")
SMALL = Request("a red house", seed=4, width=64, height=64, steps=6, sampler="euler")
Run = Callable[..., Pixels]


def job_of(request: Request, resume: LatentCheckpoint | None = None) -> Job:
    loras = (FEW,) * len(request.loras)
    return Job(resolve(request), STARTER, loras, resume=resume)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    spec = EngineSpec(device="cpu", previews=False, checkpoint_interval=0.0)
    with DiffusionEngine(spec) as engine:

        def runs(
            lora: Lora | None, heard: list[Event] | None = None, **more: LatentCheckpoint
        ) -> Pixels:
            request = replace(SMALL, loras=() if lora is None else (lora,))
            hear = [].append if heard is None else heard.append
            return engine.run(job_of(request, **more), hear).pixels

        yield runs


@pytest.mark.parametrize(
    ("lora", "on"),
    [
        (Lora("x"), [1, 2, 3, 4, 5, 6]),
        (Lora("x", start=0.5), [4, 5, 6]),
        (Lora("x", stop=0.5), [1, 2, 3]),
        (Lora("x", start=0.2, stop=0.8), [2, 3, 4]),  # 1.2 and 4.8 steps
        (Lora("x", start=2, stop=3, by_steps=True), [3]),
        (Lora("x", stop=4, by_steps=True), [1, 2, 3, 4]),
        (Lora("x", start=6, stop=9, by_steps=True), []),
    ],
)
def test_the_steps_in_which_it_is_on(lora: Lora, on: list[int]) -> None:
    lora.check()
    assert [step for step in range(1, 7) if lora.is_on(step, 6)] == on
    assert lora.always == (len(on) == 6)


@pytest.mark.parametrize(
    "ends", [(0.5, 0.5), (0.6, 0.4), (-0.1, 1.0), (0.0, 1.5), (float("nan"), 1.0)]
)
def test_ends_that_are_none_are_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(InvalidRequest, match="begin at"):
        Lora("x", start=ends[0], stop=ends[1]).check()


def test_each_noise_level_belongs_to_a_step_and_each_change_is_made_once() -> None:
    lora = Lora("few", 0.8, start=1, stop=3, by_steps=True)
    job = job_of(replace(SMALL, loras=(lora,), steps=4))
    changes: list[float] = []
    x = torch.zeros(1)

    def change(before: Denoise, now: Job) -> Denoise:
        (single,) = now.request.loras
        changes.append(single.weight)
        assert single.text_weight in (None, 0.8)  # texts are told with it in any case
        return lambda x, sigma: x + single.weight

    first = in_step(job, 1, 4)
    levels = (8.0, 6.0, 4.0, 2.0, 0.0)
    denoise = AdaptersOverSteps(job, levels, lambda x, sigma: x, first, change)
    # as Heun's: both ends of each step; the last one ends at 0, where nobody asks
    asked = (8.0, 6.0, 6.0, 4.0, 5.0, 4.0, 2.0, 2.0, 1.0)
    on = [float(denoise(x, sigma)) > 0 for sigma in asked]
    assert on == [False, True, True, True, True, True, False, False, False]
    assert changes == [0.8, 0.0]


def test_on_in_all_steps_it_is_the_plain_one(run: Run) -> None:
    plain = run(Lora("few", 0.7))
    assert run(Lora("few", 0.7, stop=6, by_steps=True)) == plain
    assert run(Lora("few", 0.7, start=6, stop=7, by_steps=True)) == run(None) != plain


def test_it_comes_and_goes_as_if_by_hand(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[float, list[Event]] = {0.0: [], 0.7: []}
    run(None, heard[0.0])
    run(Lora("few", 0.7), heard[0.7])
    kept = {
        weight: next(
            event.checkpoint
            for event in events
            if isinstance(event, CheckpointReady) and event.checkpoint.step == 3
        )
        for weight, events in heard.items()
    }
    put_on: list[float] = []
    add = AdaptedNetworks._add

    def adds(self: AdaptedNetworks, adapter: WantedAdapter) -> tuple[str, ...]:
        put_on.append(adapter.weight)
        return add(self, adapter)

    monkeypatch.setattr(AdaptedNetworks, "_add", adds)
    assert run(Lora("few", 0.7, start=0.5)) == run(Lora("few", 0.7), resume=kept[0.0])
    assert put_on[:2] == [0.0, 0.7]
    assert run(Lora("few", 0.7, stop=0.5)) == run(None, resume=kept[0.7])
    # an interrupted picture goes on with the adapters of where it was
    assert run(Lora("few", 0.7, start=0.5), resume=kept[0.0]) == run(Lora("few", 0.7, start=0.5))
