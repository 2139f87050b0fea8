"""How many steps a strength leaves and where the schedule then begins. Figures come from the
published rules of diffusers, AUTOMATIC1111 and ComfyUI, never from our code."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.engine.contract.parity import plan_of
from core.engine.contract.start_levels import MOST_STEPS, StartLevels, approximation, start_levels
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES, FlowTable, NoiseTable, sigmas
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

TABLE = NoiseTable()
FLOW = FlowTable(3.0)
TIMESTEP_SAMPLERS = ("ddim", "plms", "unipc", "unipc_bh1")
SOLVERS = ("dpm_fast", "dpm_adaptive")


def levels_of(
    program: str = "calotype",
    *,
    strength: float = 0.5,
    exact: bool = False,
    steps: int = 20,
    sampler: str = "euler",
    schedule: str = "karras",
    table: NoiseTable | FlowTable = TABLE,
) -> StartLevels:
    request = Request(
        steps=steps,
        sampler=sampler,
        schedule=schedule,
        compatibility=program,
        start=StartPicture(strength=strength, exact_steps=exact),
    )
    return start_levels(request, table, "sd15")


def karras(steps: int) -> list[float]:
    """Karras et al. 2022, equation 5, between the ends of Stable Diffusion's training, and 0."""
    low, high = 0.02916716, 14.61464119  # sqrt((1 - a) / a) of the first and the last timestep
    shares = np.arange(steps) / (steps - 1)
    return [*((high ** (1 / 7) + shares * (low ** (1 / 7) - high ** (1 / 7))) ** 7), 0.0]


@pytest.mark.parametrize(
    ("program", "exact", "run", "scheduled"),
    [
        ("calotype", False, 10, 20),  # int(20 * 0.5) of 20
        ("calotype", True, 20, 40),  # 20 of round(20 / 0.5)
        ("a1111", False, 11, 20),  # t_enc 10: from level 20 - 10 - 1 on
        ("a1111", True, 20, 40),  # t_enc 19 of 40: from level 20 on
        ("comfyui", False, 20, 40),  # the last 21 levels of int(20 / 0.5) steps
        ("comfyui", True, 20, 40),
    ],
)
def test_twenty_steps_at_half_strength(program: str, exact: bool, run: int, scheduled: int) -> None:
    found = levels_of(program, exact=exact)
    assert found.steps == run
    assert found.plan.levels == pytest.approx(karras(scheduled)[-run - 1 :], rel=1e-5)
    assert found.plan.start == found.plan.levels[0]
    assert found.source_scale == 1


def test_the_levels_of_half_strength_by_their_figures() -> None:
    """The first and the last three of each, to four places."""
    for program, exact, first, last in (
        ("calotype", False, 1.0908, [0.0779, 0.0485, 0.0292]),
        ("a1111", False, 1.4832, [0.0779, 0.0485, 0.0292]),
        ("a1111", True, 1.1817, [0.0479, 0.0375, 0.0292]),
        ("comfyui", False, 1.1817, [0.0479, 0.0375, 0.0292]),
    ):
        levels = levels_of(program, exact=exact).plan.levels
        assert levels[0] == pytest.approx(first, abs=5e-5)
        assert levels[-4:] == pytest.approx([*last, 0.0], abs=5e-5)


def test_the_web_uis_timestep_samplers() -> None:
    """Its rule: timesteps 1, 51, ..., 951; noise as of number t_enc = 10, that is 501, then the
    walk over those below. In its unit variance the start is sqrt(a) source + sqrt(1 - a) noise."""
    alphas = [1 / (1 + sigma * sigma) for sigma in TABLE.sigmas]
    for sampler, steps in (("ddim", 9), ("unipc", 10)):
        found = levels_of("a1111", sampler=sampler)
        levels = found.plan.levels
        assert found.steps == steps
        assert levels[0] == pytest.approx(TABLE.sigmas[451])
        to_unit = 1 / math.sqrt(1 + levels[0] ** 2)
        assert found.source_scale * to_unit == pytest.approx(math.sqrt(alphas[501]))
        assert found.plan.start * to_unit == pytest.approx(math.sqrt(1 - alphas[501]))
        assert found.plan.end == pytest.approx(1 / math.sqrt(1 + levels[-1] ** 2))
    walked = levels_of("a1111", sampler="ddim").plan.levels
    assert walked == tuple(TABLE.sigmas[t] for t in range(451, 0, -50))
    exact = levels_of("a1111", sampler="ddim", exact=True)  # of 40: 1, 26, ..., noise of 476
    assert exact.plan.levels == tuple(TABLE.sigmas[t] for t in range(451, 0, -25))


@pytest.mark.parametrize("steps", [1, 2, 3, 20])
@pytest.mark.parametrize("sampler", TIMESTEP_SAMPLERS)
def test_the_web_uis_timestep_samplers_make_a_step_where_theirs_break_off(
    sampler: str, steps: int
) -> None:
    for strength in (0.01, 0.04, 0.07, 0.3, 1.0):
        found = levels_of("a1111", sampler=sampler, strength=strength, steps=steps)
        assert found.steps >= 1
        assert found.plan.levels[0] > found.plan.levels[-1]
        assert found.plan.levels[-1] <= TABLE.sigmas[1]


def test_the_web_uis_fast_solvers_go_from_the_first_level_to_the_last_but_zero() -> None:
    """sigma_max and sigma_min of its img2img, n the levels between."""
    for sampler in SOLVERS:
        found = levels_of("a1111", sampler=sampler)
        assert found.steps == 11
        assert found.plan.levels[0] == pytest.approx(karras(20)[9], rel=1e-5)
        assert found.plan.levels[-1] == found.plan.levels[-2] == pytest.approx(karras(20)[-2])
        grainy = levels_of("a1111", sampler=sampler, schedule="sgm_uniform")
        assert grainy.plan.levels[-1] == sigmas("sgm_uniform", 20)[-2] > 0.1
        without_zero = levels_of("a1111", sampler=sampler, schedule="kl_optimal")
        assert without_zero.plan.levels[-1] == without_zero.whole[-2]
        one = levels_of("a1111", sampler=sampler, steps=1)
        assert one.plan.levels[-1] == 0, "where it begins and ends at one level, all is taken away"


@pytest.mark.parametrize(
    ("program", "sampler"),
    [("a1111", "dpm_2"), ("comfyui", "dpm_2"), ("comfyui", "unipc")],
)
def test_samplers_without_the_last_but_one_level_lack_it_here_too(
    program: str, sampler: str
) -> None:
    levels = levels_of(program, sampler=sampler).plan.levels
    scheduled = 20 if program == "a1111" else 40
    whole = [*karras(scheduled + 1)[:-2], 0.0]
    assert levels == pytest.approx(whole[-len(levels) :], rel=1e-5)
    assert len(levels) == (12 if program == "a1111" else 21)


def test_a_schedule_of_another_count_is_counted_as_it_is() -> None:
    """30 steps of "ddim_uniform" are 31; "beta" merges equal levels at many steps."""
    assert levels_of(schedule="ddim_uniform", steps=30, strength=1.0).steps == 31
    assert levels_of(schedule="ddim_uniform", steps=30).steps == 15
    # ComfyUI cuts from the end, the web UI counts from the front
    assert levels_of("comfyui", schedule="ddim_uniform", steps=15).steps == 15
    assert levels_of("a1111", schedule="ddim_uniform", steps=30).steps == 31 - (30 - 15 - 1)
    beta = levels_of("comfyui", schedule="beta", steps=40, strength=0.15)
    assert beta.steps < 40 or beta.plan.levels[0] < 1
    assert all(a > b for a, b in pairwise(beta.plan.levels))


@pytest.mark.parametrize("program", Program)
def test_full_strength_is_the_whole_schedule(program: Program) -> None:
    request = Request(compatibility=program, start=StartPicture(strength=1.0))
    found = start_levels(request, TABLE, "sd15")
    assert found.plan == plan_of(request, TABLE, "sd15")
    assert found.is_pure == (program == Program.CALOTYPE)


def test_comfyuis_noise_at_full_strength() -> None:
    found = levels_of("comfyui", strength=1.0)
    assert found.plan.start == pytest.approx(math.sqrt(1 + TABLE.sigmas[-1] ** 2))
    assert levels_of("comfyui", strength=0.9).plan.start < TABLE.sigmas[-1]


def test_flow_models_mix_source_and_noise() -> None:
    for program in Program:
        found = levels_of(program, table=FLOW, schedule="simple")
        sigma = found.plan.levels[0]
        assert 0 < sigma < 1 and found.plan.flow
        assert (found.source_scale, found.plan.start) == (1 - sigma, sigma)
    assert levels_of(table=FLOW, schedule="simple", strength=1.0).source_scale == 0


@pytest.mark.parametrize("program", Program)
def test_no_strength_is_no_step(program: Program) -> None:
    for sampler in ("euler", "ddim", "dpm_fast", "dpmpp_sde"):
        found = levels_of(program, sampler=sampler, strength=0.0)
        assert found.steps == 0
        assert (found.plan.start, found.source_scale, found.plan.end) == (0, 1, 1)
        assert max(found.noise_levels) > 10, "noise along a path has somewhere to go"


def test_noise_along_a_path_spans_what_the_program_gives_it() -> None:
    """The web UI hands over the whole schedule, ComfyUI what is run of it."""
    for program, whole in (("calotype", True), ("a1111", True), ("comfyui", False)):
        found = levels_of(program, sampler="dpmpp_sde")
        assert max(found.noise_levels) == (found.whole[0] if whole else found.plan.levels[0])


def test_a_refiner_takes_over_at_the_level_it_has_without_a_picture() -> None:
    for strength in (0.2, 0.5, 1.0):
        assert levels_of(strength=strength).level_at(0.8) == pytest.approx(karras(20)[16], rel=1e-5)
    exact = levels_of(exact=True).level_at(0.8)
    assert exact == pytest.approx(karras(40)[32], rel=1e-5)


def test_a_tiny_strength_schedules_no_endless_run() -> None:
    for program in Program:
        found = levels_of(program, strength=0.0005, exact=True, steps=1000)
        assert len(found.whole) <= MOST_STEPS + 1
        assert 1 <= found.steps <= 1000
        assert found.plan.levels[0] < 0.05


def test_other_programs_draws_are_named() -> None:
    assert approximation(Program.CALOTYPE) == ""
    assert all(approximation(program).endswith(".") for program in ("a1111", "comfyui"))


STRENGTHS = st.integers(8, 100).map(lambda hundredths: hundredths / 100)


REQUESTS = st.builds(
    Request,
    steps=st.integers(1, 30),
    sampler=st.sampled_from(sorted(SAMPLERS)),
    schedule=st.sampled_from(sorted(SCHEDULES)),
    compatibility=st.sampled_from(Program),
    start=st.builds(StartPicture, exact_steps=st.booleans()),
)


@settings(max_examples=40)
@given(request=REQUESTS, strengths=st.tuples(STRENGTHS, STRENGTHS).map(sorted), flow=st.booleans())
def test_levels_are_the_end_of_the_schedule_and_more_strength_begins_no_lower(
    request: Request, strengths: list[float], flow: bool
) -> None:
    sampler = request.sampler
    program = request.program
    assume(
        not flow or (SAMPLERS[sampler].suits_flow and SCHEDULES[request.schedule].by_family is None)
    )
    # its timesteps lie a whole stride apart, which another number of steps makes a wider one
    assume(request.schedule != "ddim_uniform" or not request.start.exact_steps)
    less, more = (
        start_levels(
            replace(request, start=replace(request.start, strength=strength)),
            FLOW if flow else TABLE,
            "sd15",
        )
        for strength in strengths
    )
    assert less.plan.levels[0] <= more.plan.levels[0] * (1 + 1e-9)
    if not request.start.exact_steps and program != Program.COMFYUI:
        assert less.steps <= more.steps
    for found in (less, more):
        levels = found.plan.levels
        assert found.steps >= 1
        assert all(a > b for a, b in pairwise(levels[:-1]))
        assert levels[-2] > levels[-1] or sampler in SOLVERS
        if program == Program.A1111 and not flow and sampler in (*TIMESTEP_SAMPLERS, *SOLVERS):
            continue
        once = [a for a, b in pairwise(found.whole) if a > b or sampler in SOLVERS]
        assert (*once, found.whole[-1])[-len(levels) :] == levels
