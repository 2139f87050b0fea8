"""Rho, shift, the ends of the noise and lists of levels: what they make of a run, of passes with
another count of steps, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isfinite

import pytest

from core.engine.contract.parity import plan_of
from core.engine.contract.passes import second_pass
from core.engine.contract.start_levels import start_levels
from core.models.files.families import FAMILIES
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES, FlowTable, NoiseTable, flow_table
from core.service.remarks.levels import level_remarks
from core.system.errors import InvalidRequest
from core.values.branching import branch_off
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels, as_text, sigmas_of
from core.values.request_parts.start_picture import StartPicture

TABLE = NoiseTable()
LIST = (12.0, 4.0, 1.5, 0.4, 0.0)


def asked(steps: int = 4, **changed: object) -> Request:
    parts = {name: changed.pop(name) for name in Levels.__slots__ if name in changed}
    levels = Levels(**parts)  # type: ignore[arg-type]
    more: dict[str, object] = {"sampler": "euler", **changed}
    return Request(steps=steps, levels=levels, **more)  # type: ignore[arg-type]


def levels_of(request: Request) -> tuple[float, ...]:
    return plan_of(request, TABLE, "sd15").levels


def test_rho_and_ends_follow_the_paper() -> None:
    """Karras et al. 2022, equation 5, by hand: rho 3 from 10 to 0.1."""
    found = levels_of(asked(3, rho=3.0, sigma_min=0.1, sigma_max=10.0))
    middle = ((10 ** (1 / 3) + 0.1 ** (1 / 3)) / 2) ** 3
    assert found == pytest.approx((10, middle, 0.1, 0))
    straight = levels_of(asked(3, schedule="polyexponential", rho=2.0, sigma_min=0.1, sigma_max=10))
    assert straight == pytest.approx((10, 0.1 * 100**0.25, 0.1, 0))


@pytest.mark.parametrize("schedule", ["karras", "polyexponential"])
def test_the_schedules_own_rho_changes_no_bit_and_strong_ones_fall(schedule: str) -> None:
    plain = asked(9, schedule=schedule)
    own = 7.0 if schedule == "karras" else 1.0
    assert levels_of(replace(plain, levels=Levels(rho=own))) == levels_of(plain)
    for rho in (0.5, 20.0):
        found = levels_of(asked(999, schedule=schedule, rho=rho))
        assert all(a > b for a, b in zip(found, found[1:], strict=False)) and found[-1] == 0


@pytest.mark.parametrize("program", ["calotype", "a1111", "comfyui"])
@pytest.mark.parametrize("sampler", ["euler", "ddim", "dpm_2", "unipc", "dpm_fast", "lcm"])
def test_a_list_is_walked_as_it_stands(program: str, sampler: str) -> None:
    request = asked(sigmas=LIST, compatibility=program, sampler=sampler)
    ends = (0.4,) if (program, sampler) == ("comfyui", "dpm_fast") else (0.0,)
    assert levels_of(request) == (*LIST[:-1], *ends)
    half = replace(request, start=StartPicture(source="ab" * 32, strength=0.5))
    run = start_levels(half, TABLE, "sd15")
    assert set(run.plan.levels) <= {*run.whole, 0.0} and run.plan.levels[0] < LIST[0]


def test_passes_of_other_counts_walk_along_the_list() -> None:
    request = asked(sigmas=LIST, hires=Hires("by_hand", 2.0, steps=7))
    second = second_pass(request)
    run = start_levels(second, TABLE, "sd15")
    assert run.steps == 7 and run.whole[0] == pytest.approx(12.0) and run.whole[-1] == 0
    assert all(a > b for a, b in zip(run.whole, run.whole[1:], strict=False))
    assert Levels(sigmas=LIST).for_steps(4).sigmas == LIST
    longer = Levels(sigmas=LIST, rho=3.0).for_steps(7)
    longer.check(7)
    assert longer.sigmas[::2][:4] == pytest.approx((12.0, 4.0, 1.5, 0.4)) and longer.rho == 3.0
    assert Levels(sigmas=(5.0, 0.0)).for_steps(3).sigmas == ()


def test_flow_models_take_shifts_and_lists_up_to_all_noise() -> None:
    table = flow_table({"shift": 3.0}, 512, 512, 2.0)
    assert isinstance(table, FlowTable) and table.shift == 2.0
    assert flow_table({"shift": 3.0}, 512, 512) == table or table.shift != 3.0
    request = asked(2, sigmas=(1.0, 0.6, 0.0))
    assert plan_of(request, table, "sd3").levels == (1.0, 0.6, 0.0)
    for beyond in (asked(2, sigmas=(1.5, 0.6, 0.0)), asked(2, sigma_max=1.5)):
        with pytest.raises(InvalidRequest, match="ends at 1"):
            plan_of(beyond, table, "sd3")


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (asked(rho=0.0), "Rho"),
        (asked(shift=1e9), "Shift"),
        (asked(sigma_min=2.0, sigma_max=1.0), "not below"),
        (asked(sigmas=(3.0,)), "2 to 1001"),
        (asked(2, sigmas=(1.0, 2.0, 0.0)), "stands behind"),
        (asked(2, sigmas=(2.0, 0.0, 0.0)), "stands behind"),
        (asked(2, sigmas=(2.0, -1.0, -2.0)), "Each noise level"),
        (asked(7, sigmas=LIST), "makes 4 steps, not 7"),
        (asked(1, sigmas=(float("nan"), 0.0)), "must be a number"),
    ],
)
def test_what_is_refused(request_: Request, word: str) -> None:
    with pytest.raises(InvalidRequest, match=word) as fault:
        request_.check()
    assert fault.value.field == "levels" and fault.value.hint


@pytest.mark.parametrize(
    ("schedule", "steps", "low", "high"),
    [
        ("simple", 30, None, 0.1),
        ("simple", 20, 5.0, 5.01),
        ("karras", 9, 1.0, 1.0000000000000002),
        ("beta", 9, 1.0, 1.0000000000000002),
        ("kl_optimal", 9, 1.0, 1.0000000000000002),
        ("discrete", 200, 14.6, 30.0),
    ],
)
@pytest.mark.parametrize("program", ["calotype", "a1111"])
def test_levels_between_close_ends_fall(
    schedule: str, steps: int, low: float | None, high: float, program: str
) -> None:
    request = asked(
        steps, schedule=schedule, sigma_min=low, sigma_max=high, compatibility=program
    ).check()
    found = levels_of(request)
    assert len(found) > 1 and all(a > b * (1 + 5e-7) for a, b in pairwise(found))
    *_, (last, _) = SAMPLERS["dpmpp_2m"].sample(lambda x, _: x / 2, 1.0, found, lambda *_: 0.0)
    assert isfinite(last)


def test_the_models_own_ends_change_no_bit() -> None:
    """Not even where a schedule repeats levels: the web UI's LCM knows 50 timesteps."""
    plain = asked(60, schedule="simple", sampler="lcm", compatibility="a1111")
    assert len(levels_of(plain)) == 61
    plain = asked(7, schedule="simple")
    ends = Levels(sigma_min=TABLE.sigmas[0], sigma_max=TABLE.sigmas[-1])
    assert levels_of(replace(plain, levels=ends)) == levels_of(plain)


@pytest.mark.parametrize("ends", [(20.0, 30.0), (14.7, 20.0), (0.001, 0.02)])
@pytest.mark.parametrize("schedule", ["discrete", "sgm_uniform", "simple"])
def test_ends_without_a_timestep_between_are_refused(
    schedule: str, ends: tuple[float, float]
) -> None:
    request = asked(schedule=schedule, sigma_min=ends[0], sigma_max=ends[1]).check()
    with pytest.raises(InvalidRequest, match="nothing lies between") as fault:
        levels_of(request)
    assert "karras" in fault.value.hint


@pytest.mark.parametrize("sampler", ["unipc", "unipc_bh1"])
def test_unipc_walks_below_where_it_ends_by_itself(sampler: str) -> None:
    found = levels_of(asked(50, sampler=sampler, rho=0.5, sigma_min=1e-4, sigma_max=1e4))
    for levels in (found, (1.0, 0.001, 0.0005, 0.0)):
        *_, (last, _) = SAMPLERS[sampler].sample(lambda x, _: x / 2, 1.0, levels, lambda *_: 0.0)
        assert isfinite(last)


@pytest.mark.parametrize("schedule", ["karras", "ddim_uniform", "align_your_steps"])
@pytest.mark.parametrize("sampler", ["dpm_fast", "dpm_adaptive"])
def test_the_web_uis_solvers_walk_all_of_trainings_noise(sampler: str, schedule: str) -> None:
    """The start noise alone is of the schedule's first level, be it more or less."""
    plain = asked(6, sampler=sampler, schedule=schedule, compatibility="a1111")
    for ends in ({}, {"sigma_min": 0.5}, {"sigma_max": 30.0}, {"sigma_max": 5.0, "rho": 3.0}):
        request = replace(plain, levels=Levels(**ends, discard_penultimate=True))
        plan = plan_of(request, TABLE, "sd15")
        assert (plan.levels[0], plan.levels[-1]) == (TABLE.sigmas[-1], TABLE.sigmas[0])
        first = {"ddim_uniform": TABLE.sigmas[995], "align_your_steps": 14.615}
        asked_for = ends.get("sigma_max", TABLE.sigmas[-1])
        assert plan.start == pytest.approx(first.get(schedule, asked_for))


@pytest.mark.parametrize("shift", [0.01, 0.1, 0.2, 0.49, 3.0])
def test_any_shift_ends_in_noise_alone(shift: float) -> None:
    found = plan_of(asked(5, schedule="simple"), flow_table({}, 512, 512, shift), "sd3").levels
    assert found[0] == 1 and all(a > b for a, b in pairwise(found))


def test_steps_that_are_refused_make_no_levels() -> None:
    levels = Levels(sigmas=LIST)
    for steps in (10**9, 1001, 0, -3):
        assert levels.for_steps(steps) is levels
        with pytest.raises(InvalidRequest, match="Steps"):
            Request(steps=steps, levels=levels).check()


def test_an_end_beyond_the_models_own_is_refused_by_the_run() -> None:
    with pytest.raises(InvalidRequest, match="not below"):
        levels_of(asked(sigma_min=200.0))


def test_lists_as_text_and_back() -> None:
    assert sigmas_of(" 14.6; 7,1.25 0 ") == (14.6, 7.0, 1.25, 0.0) and sigmas_of("") == ()
    third = (1 / 3, 0.1)
    assert sigmas_of(as_text(third)) == third
    with pytest.raises(InvalidRequest, match="no list"):
        sigmas_of("14.6, seven")


def test_a_branch_keeps_its_levels() -> None:
    with pytest.raises(InvalidRequest, match="levels"):
        branch_off(asked(), replace(asked(), levels=Levels(rho=3.0)), 1)


def test_what_changes_nothing_is_said() -> None:
    starter = FAMILIES["starter"]
    assert not level_remarks(asked(), starter)
    assert "Shift" in level_remarks(asked(shift=3.0), starter)[0]
    assert not level_remarks(asked(shift=3.0), FAMILIES["sd3"])
    assert "Karras and Polyexponential" in level_remarks(asked(rho=3, schedule="beta"), starter)[0]
    assert "one by one" in level_remarks(asked(rho=3, sigmas=LIST), starter)[0]


@pytest.mark.parametrize("program", ["calotype", "a1111"])
@pytest.mark.parametrize("sampler", ["euler", "ddim", "unipc", "dpm_fast"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", ["sigma_min", "sigma_max"])
def test_an_end_is_said_to_change_nothing_where_it_does(
    program: str, sampler: str, schedule: str, name: str
) -> None:
    plain = asked(8, compatibility=program, sampler=sampler, schedule=schedule)
    for value in (0.5, 5.0) if name == "sigma_min" else (5.0, 80.0):
        request = replace(plain, levels=replace(Levels(), **{name: value}))
        said = level_remarks(request, FAMILIES["starter"])
        found, before = plan_of(request, TABLE, "sd15"), plan_of(plain, TABLE, "sd15")
        assert bool(said) == (found == before), (value, said)


@pytest.mark.parametrize("program", ["calotype", "a1111", "comfyui"])
@pytest.mark.parametrize("sampler", ["euler", "lcm", "ddim", "plms", "unipc", "dpm_fast"])
def test_the_last_but_one_is_left_out_or_it_is_said_that_none_is(
    program: str, sampler: str
) -> None:
    plain = asked(8, compatibility=program, sampler=sampler, schedule="karras")
    cut = replace(plain, levels=Levels(discard_penultimate=True))
    if level_remarks(cut, FAMILIES["starter"]):
        assert (program, sampler) == ("a1111", "dpm_fast")
        assert levels_of(cut) == levels_of(plain)
    elif program == "a1111" and sampler in ("ddim", "plms", "unipc"):  # one more, none left out
        assert levels_of(cut) == levels_of(replace(plain, steps=9))
    elif (program, sampler) == ("comfyui", "unipc"):  # which it always is
        assert levels_of(cut) == levels_of(plain)
    else:
        longer = levels_of(replace(plain, steps=9))
        assert len(levels_of(cut)) == 9 and levels_of(cut)[:-1] == longer[:8]
    listed = replace(plain, levels=Levels(sigmas=LIST, discard_penultimate=True))
    assert level_remarks(listed, FAMILIES["starter"])
