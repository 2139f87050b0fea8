"""Hires fix through the whole engine: composed small, refined large, counted as one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from core.engine.contract.passes import first_pass, passes_of, second_pass
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.parts.noise import CpuNoise
from core.engine.diffusion.picture_making.hires import (
    LATENT_UPSCALERS,
    enlarged_latents,
    enlarged_pixels,
)
from core.system.paths import RESOURCES
from core.values.events import CheckpointReady, Event, NetworkCalled, StepDone
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, UPSCALERS, Hires
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import ldm_files
from tests.core.engine.diffusion.picture_making.pictures_in import rows

REFINED = Request(
    "a red house",
    seed=5,
    steps=3,
    width=144,
    height=96,
    sampler="euler",
    schedule="discrete",
    hires=Hires(mode=BY_HAND, scale=1.5, strength=0.6, steps=2, sampler="dpmpp_2m"),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", checkpoint_interval=0.0)) as engine:
        yield engine


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    ldm_files.folder_of("smallest", folder, RESOURCES / "starter" / "tokenizer")
    return ModelRef("tiny", "Tiny", "sd15", str(folder))


@pytest.mark.parametrize("upscaler", ["latent", "lanczos"])
@pytest.mark.parametrize("compatibility", ["calotype", "a1111", "comfyui"])
def test_both_passes_are_one_picture(
    engine: DiffusionEngine, tiny: ModelRef, upscaler: str, compatibility: str
) -> None:
    hires = replace(REFINED.hires, upscaler=upscaler)
    request = replace(REFINED, hires=hires, compatibility=compatibility)
    heard: list[Event] = []
    result = engine.run(Job(resolve(request), tiny), heard.append)
    assert (result.pixels.width, result.pixels.height) == (144, 96)
    steps = [(event.step, event.steps) for event in heard if isinstance(event, StepDone)]
    assert steps == [(step, 5) for step in range(1, 6)]
    assert sum(isinstance(event, NetworkCalled) for event in heard) == 5
    shown = [event.preview for event in heard if isinstance(event, StepDone)]
    sizes = {(preview.width, preview.height) for preview in shown if preview}
    assert sizes and sizes <= {(96, 64), (144, 96)}
    assert ("encoder" in dict(result.fingerprint)) == (upscaler == "lanczos")
    assert result.outcome is not None and result.outcome.seconds == 0


def test_it_goes_on_from_the_first_pass_only(engine: DiffusionEngine, tiny: ModelRef) -> None:
    job = Job(resolve(REFINED), tiny)
    heard: list[Event] = []
    made = engine.run(job, heard.append).pixels
    kept = [event.checkpoint for event in heard if isinstance(event, CheckpointReady)]
    assert [checkpoint.step for checkpoint in kept] == [1, 2]
    assert engine.run(replace(job, resume=kept[-1]), lambda _: None).pixels == made


def test_the_refiner_makes_the_end_of_the_second_pass(
    engine: DiffusionEngine, tiny: ModelRef, tmp_path: Path
) -> None:
    folder = ldm_files.folder_of("smallest", tmp_path / "twin", RESOURCES / "starter" / "tokenizer")
    twin = ModelRef("twin", "Twin", "sd15", str(folder))
    job = Job(resolve(replace(REFINED, refiner="twin", refiner_at=0.5)), tiny, refiner=twin)
    # the same numbers: the picture is that without it, though two models made it
    assert engine.run(job, lambda _: None).pixels == (
        engine.run(Job(resolve(REFINED), tiny), lambda _: None).pixels
    )


def test_at_strength_0_the_small_picture_is_enlarged(
    engine: DiffusionEngine, tiny: ModelRef
) -> None:
    still = replace(REFINED, hires=replace(REFINED.hires, strength=0.0, upscaler="nearest"))
    heard: list[Event] = []
    large = rows(engine.run(Job(resolve(still), tiny), heard.append).pixels)
    assert large.shape == (96, 144, 3)
    assert sum(isinstance(event, StepDone) for event in heard) == 3


def test_latents_are_interpolated_as_the_names_say() -> None:
    latents = CpuNoise(3).draw((1, 4, 6, 8))
    for upscaler in UPSCALERS.keys() & LATENT_UPSCALERS.keys():
        mode, antialias = LATENT_UPSCALERS[upscaler]
        wanted = F.interpolate(latents, size=(9, 14), mode=mode, antialias=antialias)
        assert torch.equal(enlarged_latents(latents, (9, 14), upscaler), wanted)
    assert UPSCALERS.keys() - LATENT_UPSCALERS.keys() == {"lanczos", "nearest"}


def test_what_is_enlarged_of_joined_edges_can_still_be_laid_side_by_side() -> None:
    latents = CpuNoise(3).draw((1, 4, 6, 8))
    found = enlarged_latents(latents, (12, 16), "latent_bicubic", "x")
    moved = enlarged_latents(latents.roll(3, 3), (12, 16), "latent_bicubic", "x")
    torch.testing.assert_close(moved, found.roll(6, 3))
    pixels = np.random.default_rng(1).integers(0, 256, (8, 12, 3), np.uint8)
    large = enlarged_pixels(pixels, (24, 16), "lanczos", "xy")
    rolled = enlarged_pixels(np.roll(pixels, (2, 5), (0, 1)), (24, 16), "lanczos", "xy")
    assert np.array_equal(rolled, np.roll(large, (4, 10), (0, 1)))
    plain = Image.fromarray(pixels).resize((24, 16), Image.Resampling.LANCZOS)
    assert np.array_equal(enlarged_pixels(pixels, (24, 16), "lanczos"), np.asarray(plain))


def test_the_first_pass_has_sides_that_the_family_takes() -> None:
    request = replace(REFINED, width=1016, height=80)
    assert first_pass(request, flow=False).width == 680
    assert first_pass(request, flow=True).width == 688
    assert first_pass(request, flow=False).height == 64
    second = second_pass(replace(request, hires=Hires(mode=BY_HAND)))
    assert (second.steps, second.sampler, second.start.exact_steps) == (3, "euler", True)
    assert [part.steps for part in passes_of(request, flow=False)] == [3, 2]
