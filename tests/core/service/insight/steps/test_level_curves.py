"""What a request's steps walk down, on all scales, and what they cost."""

from __future__ import annotations

import math

import pytest

from core.sampling.schedules import FlowTable, NoiseTable
from core.service.insight.step_figures import StepFigures
from core.service.insight.steps.level_curves import (
    Scale,
    curve_of,
    moved,
    sigma_at,
    trained_on,
    value_on,
    walked_by,
    with_sigmas,
)
from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.request_parts.levels import Levels

TABLE = NoiseTable()


def test_a_level_stands_on_all_scales_and_costs_its_calls() -> None:
    request = Request(sampler="heun", schedule="discrete", steps=4).check()
    curve = curve_of(request, TABLE, "sd15", seconds=14.0)
    assert curve.steps == 4 and curve.sigmas[-1] == 0
    first, last = curve.levels[0], curve.levels[-1]
    assert first.timestep == pytest.approx(999) and first.sigma == pytest.approx(TABLE.sigmas[-1])
    assert first.log_snr == pytest.approx(-2 * math.log(first.sigma))
    assert (last.timestep, last.log_snr) == (None, None)
    # of second order: twice a step, once in the last one
    assert curve.calls == (0, 2, 4, 6, 7)
    assert curve.seconds_at(2) == pytest.approx(14 * 4 / 7) and curve.seconds_at(4) == 14


def test_what_another_program_walks_is_what_is_shown() -> None:
    request = Request(sampler="ddim", steps=10, compatibility="a1111").check()
    curve = curve_of(request, TABLE, "sd15")
    assert curve.steps == 9 and curve.sigmas[-1] > 0, "it ends at timestep 1"
    assert curve.seconds_at(3) is None


def test_levels_moved_by_hand_become_a_list_and_must_fall() -> None:
    curve = curve_of(Request(steps=3, sampler="euler").check(), TABLE, "sd15")
    moved = with_sigmas(curve, (12.0, 3.0, 0.5, 0.0), TABLE)
    assert moved.request.levels == Levels(sigmas=(12.0, 3.0, 0.5, 0.0))
    assert curve_of(moved.request, TABLE, "sd15") == moved
    with pytest.raises(InvalidRequest):
        with_sigmas(curve, (12.0, 13.0, 0.5, 0.0), TABLE)


def test_a_recorded_picture_walked_what_was_recorded() -> None:
    steps = [
        StepFigures(
            step=number,
            sigma=sigma,
            log_snr=1.0,
            timestep=9.0,
            seconds=0.5,
            change_low=0,
            change_high=0,
            guidance_norm=None,
        )
        for number, sigma in enumerate((3.0, 1.0), 1)
    ]
    curve = walked_by(Request(sampler="euler").check(), steps)
    assert (curve.sigmas, curve.calls, curve.seconds) == ((3.0, 1.0, 0.0), (0, 1, 2), 1.0)


def test_the_training_noise_of_both_kinds() -> None:
    seen = trained_on(TABLE)
    assert len(seen) == 1000 and (seen[0].timestep, seen[-1].timestep) == (0, 999)
    flow = trained_on(FlowTable(3.0))
    assert flow[-1].sigma == 1 and flow[-1].log_snr is None
    # shifted towards noise: most of what it saw is more noise than picture
    assert sum(level.sigma > 0.5 for level in flow) > len(flow) / 2


@pytest.mark.parametrize("table", [TABLE, FlowTable(3.0)])
@pytest.mark.parametrize("scale", list(Scale))
def test_a_value_on_a_scale_is_its_level_again(table: NoiseTable | FlowTable, scale: Scale) -> None:
    for level in trained_on(table)[1:-1:111]:
        value = value_on(level, scale)
        assert value is not None and sigma_at(value, scale, table) == pytest.approx(level.sigma)


def test_a_point_is_moved_between_its_neighbours_and_the_ends_of_the_noise() -> None:
    curve = curve_of(Request(steps=3, sampler="euler").check(), TABLE, "sd15")
    before = curve.sigmas
    higher = moved(curve, 1, before[0] * 2, TABLE)
    assert before[0] > higher.sigmas[1] > before[0] * 0.99 and higher.sigmas[2:] == before[2:]
    assert moved(curve, 2, 0.0, TABLE).sigmas[2] > 0
    assert moved(curve, 0, 1e6, TABLE).sigmas[0] == pytest.approx(TABLE.sigmas[-1])
    assert moved(curve, 3, 1.0, TABLE) == curve, "no noise is left at the end"
