"""The same picture as the others, where it was measured to differ: figures computed elsewhere, and
rules as they are published."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.engine.contract.parity import plan_of, sample_of
from core.engine.diffusion.families.decoding import decode
from core.engine.diffusion.parts.noise import BrownianPath, noise_of
from core.engine.diffusion.parts.philox import Philox
from core.engine.diffusion.parts.timesteps import (
    nearest_in_single,
    told_timestep,
    with_lcm_boundary,
)
from core.prompt.a1111 import parse
from core.prompt.tokens.chunks import chunks
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES, NoiseTable, sigmas
from core.values.noise import Noise
from core.values.request import Request
from tests.core.sampling.test_samplers import DATA, posterior_mean, told_as_needed

CASES = json.loads((Path(__file__).parent / "data" / "a1111_timestep_samplers.json").read_text())[
    "cases"
]
WHOLE = ("ddim", "plms")  # that end at the last timestep
TABLE = NoiseTable()
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["steps"] > 1],
    ids=lambda c: f"{c['sampler']}-{c['steps']}-{c['eta']}",
)
def test_the_web_uis_timestep_samplers(case: dict[str, Any]) -> None:
    """Its time for UniPC is in 32 bits: 2e-6 of that; DDIM agrees to the last digits."""
    request = Request(
        sampler=case["sampler"], steps=case["steps"], schedule="discrete", compatibility="a1111"
    )
    plan, draws = plan_of(request, TABLE, "sd15"), iter(DATA["noises"])
    x = np.array(DATA["start"]) * plan.start
    states = list(
        sample_of(request, flow=False)(
            posterior_mean, x, plan.levels, lambda a, b: np.array(next(draws)), eta=case["eta"]
        )
    )
    expected = np.array(case["x"])
    assert len(states) == len(case["timesteps"]) - (case["sampler"] in WHOLE)
    assert np.abs(states[-1][0] * plan.end - expected).max() / np.abs(expected).max() < (
        1e-12 if case["sampler"] in WHOLE else 5e-6
    )


def test_a_single_step_of_the_web_uis_ddim_is_a_picture() -> None:
    """It has no step at all there and leaves the start noise; here it makes one."""
    plan = plan_of(Request(sampler="ddim", steps=1, compatibility="a1111"), TABLE, "sd15")
    assert len(plan.levels) == 2 and plan.levels[0] == TABLE.sigmas[-1]


def test_the_web_uis_lcm_knows_fifty_timesteps() -> None:
    plan = plan_of(
        Request(sampler="lcm", schedule="discrete", steps=4, compatibility="a1111"), TABLE, "sd15"
    )
    assert [told_timestep("a1111", "lcm", TABLE)(s) for s in plan.levels[:-1]] == [
        999.0,
        679.0,
        339.0,
        19.0,
    ]
    assert plan.levels[0] == pytest.approx(TABLE.sigmas[999]) and plan.levels[3] == pytest.approx(
        TABLE.sigmas[19]
    )
    scaled = with_lcm_boundary(lambda x, s: x * 0, told_timestep("a1111", "lcm", TABLE))
    assert float(scaled(torch.ones(1), TABLE.sigmas[19])) == pytest.approx(
        0.25 / (190.0**2 + 0.25), rel=1e-4
    )


def test_align_your_steps_with_one_step_begins_at_its_smallest_level() -> None:
    """np.interp at 0 of the reversed levels, as the web UI's loglinear_interp has it."""
    assert plan_of(
        Request(schedule="align_your_steps", steps=1, compatibility="a1111"), TABLE, "sd15"
    ).levels == (0.029, 0.0)
    assert plan_of(Request(schedule="align_your_steps", steps=1), TABLE, "sd15").levels[
        0
    ] == pytest.approx(14.615)


@pytest.mark.parametrize("ways", ["a1111", "comfyui"])
@pytest.mark.parametrize("sampler", ["dpm_fast", "dpm_adaptive"])
def test_solvers_end_where_the_others_end(ways: str, sampler: str) -> None:
    levels = plan_of(
        Request(sampler=sampler, schedule="karras", steps=6, compatibility=ways), TABLE, "sd15"
    ).levels
    assert len(levels) == 7 and levels[-1] == pytest.approx(TABLE.sigmas[0])


@pytest.mark.parametrize("sampler", ["dpm_fast", "dpm_adaptive"])
def test_comfyuis_solvers_leave_the_grain_that_it_leaves(sampler: str) -> None:
    request = Request(sampler=sampler, schedule="simple", steps=6, compatibility="comfyui")
    *_, before, last = plan_of(request, TABLE, "sd15").levels
    assert before == last == TABLE.sigmas[-1 - 833]
    alone = plan_of(replace(request, steps=1), TABLE, "sd15").levels
    assert alone == (TABLE.sigmas[-1], 0.0), "one step begins where it would end"


def test_comfyuis_last_step_of_lms_is_the_estimate() -> None:
    levels = sigmas("karras", 6)
    states = list(
        sample_of(Request(sampler="lms", compatibility="comfyui"), flow=False)(
            lambda x, s: x / (1 + s * s) + 0.1, 9.0, levels, lambda a, b: 0.0
        )
    )
    plain = list(
        SAMPLERS["lms"].sample(lambda x, s: x / (1 + s * s) + 0.1, 9.0, levels, lambda a, b: 0.0)
    )
    assert (
        states[-1][0] == states[-1][1] and states[-2] == plain[-2] and plain[-1][0] != plain[-1][1]
    )


def test_halfway_between_two_timesteps_32_bits_decide() -> None:
    """By numpy's single precision and the definition: the first of the least
    |log sigma - log sigma_t|."""
    nearest, logs = nearest_in_single(TABLE), np.log(np.array(TABLE.sigmas)).astype(np.float32)
    lower = 0
    for t in range(0, 998, 7):
        level = np.exp(np.float32(0.5) * logs[t] + np.float32(0.5) * logs[t + 1]).astype(np.float32)
        distances = np.abs(np.log(level) - logs)
        found = nearest(TABLE.sigma(t + 0.5))
        assert found in (t, t + 1) and (abs(distances[t] - distances[t + 1]) < 5e-7)
        lower += found == t
    assert 20 < lower < 140
    assert (
        nearest(TABLE.sigmas[700]) == 700
        and nearest(TABLE.sigma(12.4)) == 12
        and nearest(1e9) == 999
    )


def test_levels_are_cut_off_in_the_ways_of_others() -> None:
    class Vae:
        dtype = torch.float32

        class config(dict[str, Any]):  # noqa: N801 - as networks have it
            scaling_factor = 1.0

        config = config()  # type: ignore[misc, assignment]

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            return latents

    values = (
        torch.tensor([-1.0, -0.999, 0.0, 0.0039, 0.5, 0.9999, 1.0, 3.0])
        .view(1, 1, 1, 8)
        .expand(1, 3, 1, 8)
    )
    rounded, cut = (decode(Vae(), values, cut=cut)[0].rgb[::3] for cut in (False, True))
    assert list(rounded) == [0, 0, 128, 128, 191, 255, 255, 255]
    assert list(cut) == [0, 0, 127, 127, 191, 254, 255, 255]


def test_the_cards_noise_is_all_noise_of_the_web_ui_and_comfyuis_step_noise() -> None:
    shape = (1, 4, 4, 4)
    start, step = noise_of(
        Request(seed=3, compatibility="a1111", noise=Noise("philox")),
        shape,
        (14.0, 1.0, 0.0),
        False,
        CPU,
    )
    source = Philox(3)
    assert torch.equal(start, source.draw(shape)) and torch.equal(
        step(14.0, 1.0), source.draw(shape)
    )
    start, step = noise_of(
        Request(seed=3, compatibility="comfyui", noise=Noise("philox")),
        shape,
        (14.0, 1.0, 0.0),
        False,
        CPU,
    )
    assert torch.equal(start, torch.randn(shape, generator=torch.Generator().manual_seed(3)))
    assert torch.equal(step(14.0, 1.0), Philox(3).draw(shape))
    card, processor = (
        BrownianPath(3, shape, 0.1, 10.0, device=CPU, source=source) for source in ("philox", "cpu")
    )
    assert not torch.equal(card(10.0, 1.0), processor(10.0, 1.0))
    for ways, path in (("a1111", card), ("comfyui", processor)):
        _, step = noise_of(
            Request(seed=3, compatibility=ways, noise=Noise("philox")),
            shape,
            (10.0, 1.0, 0.1, 0.0),
            True,
            CPU,
        )
        assert torch.equal(step(10.0, 1.0), path(10.0, 1.0))


def words(text: str) -> list[int]:
    """A token a word or comma; commas are 1."""
    return [1 if word == "," else 2 for word in text.replace(",", " , ").split()]


def lengths(text: str, **options: Any) -> list[int]:
    return [len(chunk) for chunk in chunks(parse(text), words, 1, **options)]


def test_a_comma_as_the_76th_token_moves_nothing_in_the_web_ui() -> None:
    text = "w " * 70 + ", " + "w " * 4 + ", w w"
    assert lengths(text, exact=True) == [75, 3] and lengths(text) == [71, 7]
    later = "w " * 70 + ", " + "w " * 6
    assert lengths(later, exact=True) == lengths(later) == [71, 6]


@pytest.mark.parametrize("together", [0, 8])
def test_an_embedding_is_never_torn(together: int) -> None:
    def tokenize(text: str) -> list[int]:
        return [
            id_ for word in text.split() for id_ in ([100, 101, 102, 103] if word == "emb" else [2])
        ]

    for before in range(60, 80):
        found = chunks(parse("w " * before + "emb w emb"), tokenize, 1, together, {100: 4})
        flat = [[token for token, _ in chunk] for chunk in found]
        for chunk in flat:
            assert chunk.count(100) == chunk.count(103) and len(chunk) <= 75
        assert sum(map(len, flat)) == before + 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a (b:200) c", [("a ", 1.0), ("b", 200.0), (" c", 1.0)]),
        ("a \\b \\( c", [("a b ( c", 1.0)]),
        ("a \\\\ b\\", [("a \\ b", 1.0)]),
        ("(a BREAK b:1.5)", [("a", 1.5), ("BREAK", -1.5), ("b", 1.5)]),
        ("[a BREAK b]", [("a", 1 / 1.1), ("BREAK", -1 / 1.1), ("b", 1 / 1.1)]),
        ("(a BREAK b:1.0)", [("a", 1.0), ("", 1.0), ("b", 1.0)]),
        ("a BREAK b", [("a", 1.0), ("", 1.0), ("b", 1.0)]),
        ("a \\BREAK b", [("a ", 1.0), ("", 1.0), ("b", 1.0)]),
    ],
)
def test_texts_to_the_letter_of_the_web_ui(text: str, expected: list[tuple[str, float]]) -> None:
    """By its published grammar: backslash before nothing special drops, BREAK is a piece of
    weight -1 that brackets multiply."""
    assert [
        (piece.text, pytest.approx(piece.weight)) for piece in parse(text, exact=True)
    ] == expected


@cache
def levels_of(schedule: str, steps: int) -> tuple[float, ...]:
    """Which fall to 0."""
    levels = sigmas(schedule, steps)
    falls = all(a > b for a, b in pairwise(levels))
    assert falls and levels[-1] == 0, (schedule, steps)
    return tuple(levels)


# a test for each pair would be two thousand, which take longer to count than to run
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_ends_without_noise_on_every_schedule(sampler: str) -> None:
    """At the data's own place: a single point, of which the exact denoiser knows all."""
    for schedule, steps in product(SCHEDULES, (1, 2, 3, 20)):
        levels = levels_of(schedule, steps)
        states = list(
            SAMPLERS[sampler].sample(
                told_as_needed(sampler, lambda x, s: x * 0 + 2.0),
                2.0 + 0.7 * levels[0],
                levels,
                lambda a, b: 1.0,
            )
        )
        assert len(states) == len(levels) - 1, (schedule, steps)
        assert math.isclose(states[-1][0], 2.0, abs_tol=2e-3), (schedule, steps, states[-1][0])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_one_and_two_steps_leave_no_noise_of_data_with_a_spread(sampler: str) -> None:
    """Gaussian data, whose exact denoiser is known: what comes out spreads no more than it by much.
    (One point would hide that.)"""
    for schedule, steps, spread in product(SCHEDULES, (1, 2), (0.2, 0.5, 1.0)):
        if (schedule, steps) == ("gits", 2):
            continue  # whose published two levels are 18 times apart: for methods of first order
        rng, levels = np.random.default_rng(1), levels_of(schedule, steps)

        def denoise(x: Any, sigma: float, variance: float = spread**2) -> Any:
            return x * (variance / (variance + sigma * sigma))

        def noise(_: float, __: float, source: np.random.Generator = rng) -> Any:
            return source.normal(size=2000)

        told = told_as_needed(sampler, denoise)
        states = list(
            SAMPLERS[sampler].sample(told, rng.normal(size=2000) * levels[0], levels, noise)
        )
        left = float(np.std(states[-1][0]))
        assert left < 1.8 * spread, (schedule, steps, spread, left)
