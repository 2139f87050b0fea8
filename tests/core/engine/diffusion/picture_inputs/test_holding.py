"""Latents to start from, held outside of a mask, in the sampling loop itself; the network is a
plain function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from core.engine.contract.start_levels import start_levels
from core.engine.diffusion.parts.noise import cpu_generator, noise_of
from core.engine.diffusion.picture_inputs.encoding import content_noise, mask_tensor
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_making import loop
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import AnyTable, FlowTable, NoiseTable
from core.values.events import CheckpointReady, Event, StepDone
from core.values.job import Job, LatentCheckpoint, ModelRef
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

CPU = torch.device("cpu")
SHAPE = (1, 4, 6, 8)
MODEL = ModelRef("none", "None", "", "")
VE, FLOW = NoiseTable(), FlowTable(3.0)
SOURCE = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
MASK = np.zeros(SHAPE[2:], np.float32)
MASK[2:5, 1:4] = 1


def request_of(sampler: str = "euler", strength: float = 0.6, **more: Any) -> Request:
    more = {"seed": 9, "steps": 10, "schedule": "simple"} | more
    return Request(sampler=sampler, start=StartPicture(strength=strength), **more)


def start_of(request: Request, table: AnyTable = VE, **more: Any) -> StartLatents:
    levels = start_levels(request, table, "sd15")
    return StartLatents(source=SOURCE, levels=levels, mask=mask_tensor(MASK, CPU), **more)


def painted(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """A network that sees something of its own everywhere, and moves with x and sigma."""
    return torch.tanh(x * 0.3) + 0.1 * sigma


def run(
    request: Request,
    start: StartLatents,
    denoise: Any = painted,
    *,
    resume: LatentCheckpoint | None = None,
) -> tuple[torch.Tensor, list[Event]]:
    heard: list[Event] = []
    latents = loop.sample(
        Job(request, MODEL, resume=resume),
        start.levels.plan,
        denoise,
        SHAPE,
        device=CPU,
        previewer=None,
        on_event=heard.append,
        start=start,
        checkpoint_interval=0.0,
    )
    return latents, heard


def first_noise(request: Request) -> torch.Tensor:
    return torch.randn(SHAPE, generator=cpu_generator(request.seed or 0))


@pytest.mark.parametrize("is_flow", [False, True])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_outside_the_mask_every_call_sees_the_noised_source(sampler: str, is_flow: bool) -> None:
    if is_flow and not SAMPLERS[sampler].suits_flow:
        pytest.skip("not for flow models")
    request = request_of(sampler)
    start = start_of(request, FLOW if is_flow else VE)
    noise = first_noise(request)
    outside = (start.mask == 0).expand(SHAPE)
    calls: list[float] = []

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        expected = SOURCE * (1 - sigma if is_flow else 1) + noise * sigma
        assert torch.equal(x[outside], expected[outside])
        calls.append(sigma)
        return painted(x, sigma)

    found, _ = run(request, start, denoise)
    assert len(calls) >= start.levels.steps
    assert torch.equal(found[outside], SOURCE[outside])
    inside = (found - SOURCE)[~outside]
    assert float(inside.abs().min()) > 0 and torch.isfinite(found).all()


@pytest.mark.parametrize("is_flow", [False, True])
@pytest.mark.parametrize("sampler", ["euler", "dpmpp_2m", "heun", "lms", "unipc", "ddim"])
def test_a_sampler_without_fresh_noise_stays_there_by_itself(sampler: str, is_flow: bool) -> None:
    """What it walks outside the mask is the noised source too, not only what the network sees."""
    if is_flow and not SAMPLERS[sampler].suits_flow:
        pytest.skip("not for flow models")
    request = request_of(sampler)
    start = start_of(request, FLOW if is_flow else VE)
    noise = first_noise(request)
    walk = SAMPLERS[sampler].flow_form or SAMPLERS[sampler].sample
    levels = start.levels.plan.levels
    held = start.held(painted, noise)
    outside = (start.mask == 0).expand(SHAPE)
    walked = walk(held, start.begun(noise), levels, lambda a, b: torch.zeros(SHAPE))
    for (x, _), sigma in zip(walked, levels[1:], strict=True):
        level = max(sigma, 0.001) if sampler == "unipc" else sigma
        expected = start.noised(noise, level)[outside]
        assert torch.allclose(x[outside], expected, atol=1e-4)


def test_without_a_mask_all_is_made_anew() -> None:
    request = request_of()
    start = replace(start_of(request), mask=None)
    seen: list[torch.Tensor] = []

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append(x)
        return painted(x, sigma)

    run(request, start, denoise)
    assert torch.equal(seen[0], SOURCE + first_noise(request) * start.levels.plan.levels[0])
    assert len(seen) == 6


def test_a_model_that_is_shown_the_picture_is_not_held() -> None:
    request = request_of()
    start = start_of(request, is_shown=True)
    free = replace(start, mask=None)
    assert torch.equal(run(request, start)[0], run(request, free)[0])


def test_no_strength_gives_what_stands_there() -> None:
    request = request_of("dpmpp_sde", strength=0.0)
    found, heard = run(request, start_of(request))
    assert torch.equal(found, SOURCE) and not heard
    emptied, _ = run(request, start_of(request, content="nothing"))
    assert torch.equal(emptied, SOURCE * (1 - mask_tensor(MASK, CPU)))


def test_masked_content() -> None:
    request = request_of()
    noise = first_noise(request)
    mask = mask_tensor(MASK, CPU)
    level = start_of(request).levels.plan.levels[0]
    own = content_noise(request, SHAPE, CPU)
    assert own is not None and not torch.equal(own, noise)
    for content, put_in in (("noise", own), ("nothing", torch.zeros(SHAPE)), ("fill", SOURCE)):
        start = start_of(request, content=content, content_noise=own)
        assert torch.allclose(
            start.begun(noise), SOURCE * (1 - mask) + put_in * mask + noise * level
        )
        assert torch.equal(start.noised(noise, 2.0), SOURCE + noise * 2.0), "held to the source"
    # the web UI's latent noise is the start noise once more
    assert content_noise(replace(request, compatibility="a1111"), SHAPE, CPU) is None
    twice = start_of(request, content="noise").begun(noise)
    assert torch.allclose(twice, SOURCE * (1 - mask) + noise * mask + noise * level)
    again, _ = noise_of(request, SHAPE, (14.0, 0.0), False, CPU)
    assert torch.equal(again, noise), "the start noise has not moved"


def test_at_full_strength_the_mask_starts_from_noise_alone() -> None:
    request = request_of(strength=1.0)
    noise = first_noise(request)
    start = start_of(request)
    level = start.levels.plan.levels[0]
    assert torch.equal(start.begun(noise), noise * level)
    assert torch.equal(start.noised(noise, level), noise * level)
    lower = start.levels.plan.levels[1]
    assert torch.equal(start.noised(noise, lower), SOURCE + noise * lower)
    without_mask = replace(start, mask=None)
    assert torch.equal(without_mask.begun(noise), SOURCE + noise * level)


@pytest.mark.parametrize("sampler", ["euler", "heun", "dpm_2"])
def test_greys_of_a_soft_mask_are_shares_of_the_steps(sampler: str) -> None:
    """Levin & Fried 2023: a place of strength m is made anew for the last m of the run."""
    request = request_of(sampler, strength=0.8, steps=10)
    greys = np.zeros(SHAPE[2:], np.float32)
    strengths = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)
    greys[0, : len(strengths)] = strengths
    start = replace(start_of(request), mask=mask_tensor(greys, CPU), is_soft=True)
    noise = first_noise(request)
    held = start.held(lambda x, sigma: torch.full(SHAPE, 5.0), noise)
    free = torch.zeros(len(strengths))
    for sigma in start.levels.plan.levels[:-1]:
        free += (held(noise, sigma) == 5)[0, 0, 0, : len(strengths)]
    assert free.tolist() == [0, 1, 2, 4, 6, 8]
    between = (start.levels.plan.levels[3] + start.levels.plan.levels[4]) / 2
    assert torch.equal(held(noise, between), held(noise, start.levels.plan.levels[3]))
    found, _ = run(request, start)
    is_source = (found == SOURCE).all(1)[0, 0, : len(strengths)]
    assert is_source.tolist() == [True, False, False, False, False, False]


def test_a_grey_mask_that_is_not_soft_mixes() -> None:
    request = request_of()
    start = replace(start_of(request), mask=torch.full((1, 1, *SHAPE[2:]), 0.5))
    found, _ = run(request, start, lambda x, sigma: torch.full(SHAPE, 2.0))
    # the estimate is half of both, and so is the result with the source once more
    assert torch.allclose(found, SOURCE * 0.75 + 0.5, atol=1e-5)


@pytest.mark.parametrize(
    "sampler", [row.id for row in SAMPLERS.values() if row.one_step and not row.biased]
)
@pytest.mark.parametrize("is_soft", [False, True])
def test_a_run_goes_on_from_any_of_its_checkpoints(sampler: str, is_soft: bool) -> None:
    request = request_of(sampler, strength=0.7)
    start = start_of(request, is_soft=is_soft, content="noise")
    whole, heard = run(request, start)
    checkpoints = [event.checkpoint for event in heard if isinstance(event, CheckpointReady)]
    assert [checkpoint.step for checkpoint in checkpoints] == [1, 2, 3, 4, 5, 6]
    for checkpoint in checkpoints[::3]:
        again, told = run(request, start, resume=checkpoint)
        assert torch.equal(again, whole)
        steps = [event.step for event in told if isinstance(event, StepDone)]
        assert steps == list(range(checkpoint.step + 1, 8))


def test_a_run_without_a_picture_is_what_it_was() -> None:
    request = request_of("euler_ancestral")
    plan = replace(start_of(request).levels.plan, start=1.0)

    def latents(**more: Any) -> torch.Tensor:
        return loop.sample(
            Job(request, MODEL),
            plan,
            painted,
            SHAPE,
            device=CPU,
            previewer=None,
            on_event=lambda event: None,
            **more,
        )

    first, then = noise_of(request, SHAPE, plan.levels, False, CPU)
    *_, (expected, _) = SAMPLERS["euler_ancestral"].sample(painted, first, plan.levels, then)
    assert torch.equal(latents(), expected)
