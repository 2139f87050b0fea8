"""Numbers that other programs take in ways of their own: an eta above 1, the last level but one
left out. Figures are from runs of their published code, or from its rules."""

from __future__ import annotations

import math
from itertools import count
from typing import Any

import numpy as np
import pytest

from core.engine.contract.fresh_noise import walk_of
from core.engine.contract.parity import plan_of
from core.engine.contract.start_levels import start_levels
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import FlowTable, NoiseTable, sigmas
from core.sampling.types import Sampler
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from tests.core.sampling.test_samplers import told_as_needed

TABLE = NoiseTable()


def ends(request: Request, levels: Any, *, flow: bool = False) -> list[Any]:
    """x after each step from 8, with noise 1, 2, 3 and so on."""
    drawn = count(1)
    walk = walk_of(request, len(levels) - 1, flow=flow)
    denoise = told_as_needed(request.sampler, lambda x, s: 0 * x + s)
    return [x for x, _ in walk(denoise, 8.0, levels, lambda *_: float(next(drawn)))]


@pytest.mark.parametrize(
    ("sampler", "program", "noisy"),
    [
        ("euler_ancestral", "calotype", True),
        ("euler_ancestral", "a1111", True),
        ("euler_ancestral", "comfyui", False),
        ("dpm_2_ancestral", "calotype", True),
        ("dpm_2_ancestral", "a1111", False),
        ("dpm_2_ancestral", "comfyui", False),
    ],
)
def test_after_a_step_to_the_estimate_itself_some_add_no_noise(
    sampler: str, program: str, noisy: bool
) -> None:
    """At eta 2 the step from 4 to 2 goes all the way down, to the estimate 4."""
    first, _ = ends(Request(sampler=sampler, compatibility=program, eta=2.0), (4.0, 2.0, 0.0))
    assert first == pytest.approx(4.0 + 2.0 * noisy)


ROWS = [row for row in SAMPLERS.values() if row.takes_eta]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_large_eta_breaks_no_run(row: Sampler) -> None:
    """Levels of which the first steps go all the way down, and later ones do not."""
    for eta in (1.5, 3.0):
        request = Request(sampler=row.id, eta=eta)
        assert all(map(math.isfinite, ends(request, sigmas("discrete", 20))))
        if row.suits_flow:
            levels = sigmas("simple", 4, table=FlowTable())
            assert all(map(math.isfinite, ends(request, levels, flow=True)))


def test_the_web_ui_tells_its_sigma_noise_to_all_of_one_function() -> None:
    """DPM++ 2M SDE Heun is DPM++ 2M SDE there, with a word more."""
    levels = sigmas("karras", 5)
    for sampler in ("dpmpp_2m_sde", "dpmpp_2m_sde_heun"):
        plain, loud = (
            Request(sampler=sampler, compatibility="a1111", fresh_noise=FreshNoise(s_noise=number))
            for number in (1.0, 1.2)
        )
        assert ends(plain, levels) != ends(loud, levels)


@pytest.mark.parametrize(("program", "second"), [("calotype", 1.0), ("comfyui", 2.0)])
def test_heunpp2_draws_noise_for_steps_without_churn_in_comfyui(
    program: str, second: float
) -> None:
    """Of the levels 4 and 2 only the second begins with noise."""
    churn = FreshNoise(s_churn=0.5, s_tmax=3.0)
    request = Request(sampler="heunpp2", compatibility=program, fresh_noise=churn)
    plain = Request(sampler="heunpp2", compatibility=program)
    levels = (4.0, 2.0, 1.0)
    higher = 2.0 * (1 + 0.25)
    fresh = second * math.sqrt(higher**2 - 2.0**2)
    start = ends(plain, levels)[0] + fresh
    assert ends(request, levels)[-1] == pytest.approx(start + (start - higher) / higher * -1.5)


@pytest.mark.parametrize("sampler", ["ddim", "plms"])
def test_the_web_ui_leaves_out_no_whole_timestep(sampler: str) -> None:
    """It asks for one more: of 21, every 47th."""
    levels = Levels(discard_penultimate=True)
    request = Request(
        sampler=sampler, steps=20, schedule="discrete", compatibility="a1111", levels=levels
    )
    times = range(1, 1000, 47)
    expected = [TABLE.sigmas[t] for t in reversed(times)]
    assert plan_of(request, TABLE, "sd15").levels == pytest.approx(expected)
    begun = Request(
        sampler=sampler,
        steps=20,
        schedule="discrete",
        compatibility="a1111",
        levels=levels,
        start=StartPicture(source="a", strength=0.5),
    )
    walked = start_levels(begun, TABLE, "sd15").plan.levels
    assert walked == pytest.approx(expected[-10:])


def test_the_web_uis_unipc_takes_a_step_more_there() -> None:
    plan = plan_of(
        Request(
            sampler="unipc",
            steps=20,
            schedule="discrete",
            compatibility="a1111",
            levels=Levels(discard_penultimate=True),
        ),
        TABLE,
        "sd15",
    )
    assert len(plan.levels) == 1 + len(range(1, 1000, 47))


def test_the_web_uis_solvers_end_above_the_level_left_out_of_a_picture() -> None:
    levels = Levels(discard_penultimate=True)
    request = Request(
        sampler="dpm_fast",
        steps=20,
        schedule="karras",
        compatibility="a1111",
        levels=levels,
        start=StartPicture(source="a", strength=0.5),
    )
    *_, before, last = start_levels(request, TABLE, "sd15").plan.levels
    karras = sigmas("karras", 21)
    assert before == last == pytest.approx(karras[-3])


@pytest.mark.parametrize("sampler", ["heun", "dpm_2"])
def test_long_last_steps_of_flow_models_are_of_second_order_elsewhere(sampler: str) -> None:
    levels = sigmas("discrete", 3, table=FlowTable())
    assert levels[-3] / levels[-2] > 20
    own, theirs = (
        ends(Request(sampler=sampler, compatibility=program), levels, flow=True)
        for program in ("calotype", "comfyui")
    )
    assert np.isfinite(theirs).all() and own != theirs


@pytest.mark.parametrize(
    ("program", "samplers"),
    [("comfyui", ("dpm_2",)), ("a1111", ("dpm_2",)), ("calotype", ())],
)
def test_the_last_level_but_one_is_left_out_of_flow_models_too(
    program: str, samplers: tuple[str, ...]
) -> None:
    """By the programs' own rule: levels of one step more, without the last one before zero."""
    table = FlowTable()
    whole = sigmas("simple", 7, table=table)
    for sampler in ("dpm_2", "euler"):
        request = Request(sampler=sampler, schedule="simple", steps=6, compatibility=program)
        cut = (*whole[:-2], 0.0)
        expected = cut if sampler in samplers else sigmas("simple", 6, table=table)
        assert plan_of(request, table, "sd3").levels == pytest.approx(expected)
