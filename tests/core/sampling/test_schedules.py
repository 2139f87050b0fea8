"""Schedules against figures computed elsewhere, and the properties every one of them must keep."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sampling.levels.gits import gits, is_listed
from core.sampling.levels.training_noise import training_alphas_cumprod
from core.sampling.schedules import (
    SCHEDULES,
    NoiseTable,
    flow_table,
    sigmas,
)
from core.sampling.spacings import beta_point, beta_share
from core.system.errors import InvalidRequest

DATA = json.loads((Path(__file__).parent / "data" / "schedules.json").read_text())["schedules"]
ENDS = {"sigma_min": 0.0291675, "sigma_max": 14.614642}


@pytest.mark.parametrize(
    ("name", "steps"), [(name, steps) for name, rows in DATA.items() for steps in rows]
)
def test_agrees_with_the_reference(name: str, steps: str) -> None:
    expected = DATA[name][steps]
    found = sigmas(name, int(steps), **({} if name == "discrete" else ENDS))
    assert len(found) == len(expected)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) / max(expected) <= 1e-9


@given(name=st.sampled_from(sorted(SCHEDULES)), steps=st.integers(1, 300))
def test_falls_strictly_to_zero(name: str, steps: int) -> None:
    found = sigmas(name, steps)
    if name not in ("beta", "ddim_uniform"):
        assert len(found) == steps + 1
    assert 2 <= len(found) <= 2 * steps + 2 and found[-1] == 0.0
    assert all(a > b for a, b in zip(found, found[1:], strict=False))


def test_trailing_and_simple_spacing() -> None:
    table = NoiseTable()
    assert [round(table.timestep(s), 6) for s in sigmas("sgm_uniform", 3)[:-1]] == [
        999.0,
        666.0,
        333.0,
    ]
    assert [round(table.timestep(s)) for s in sigmas("simple", 4)[:-1]] == [999, 749, 499, 249]


def test_beta_quantiles_and_other_programs_schedules() -> None:
    points = [beta_point(share, 0.6, 0.6) for share in (0.1, 0.25, 0.5)]
    # scipy.stats.beta.ppf
    assert points == pytest.approx([0.03958440558878085, 0.17568037865269498, 0.5], abs=1e-14)
    assert beta_share(0.3, 2, 3) == pytest.approx(0.3483, abs=1e-12)
    table = NoiseTable()
    assert [round(table.timestep(s)) for s in sigmas("ddim_uniform", 5)[:-1]] == [
        801,
        601,
        401,
        201,
        1,
    ]
    assert len(sigmas("ddim_uniform", 30)) == 32
    assert sigmas("align_your_steps", 10, family="sdxl")[:-1] == pytest.approx(
        [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113]
    )
    assert sigmas("align_your_steps", 20)[0:3:2] == pytest.approx([14.615, 6.475])
    angle = [math.atan(s) for s in sigmas("kl_optimal", 9)[:-1]]
    assert [a - b for a, b in zip(angle, angle[1:], strict=False)] == pytest.approx(
        [angle[0] - angle[1]] * 8
    )
    high = table.sigmas[-1]
    assert [1 - s / high for s in sigmas("linear_quadratic", 8)[:5]] == pytest.approx(
        [0, 0.00625, 0.0125, 0.01875, 0.025]
    )


def test_turbo_keeps_to_the_timesteps_of_distillation() -> None:
    """ComfyUI's SDTurboScheduler: 999, 899, ...; it has no more than ten."""
    table = NoiseTable()
    found = {n: [round(table.timestep(s)) for s in sigmas("turbo", n)[:-1]] for n in (1, 4, 10, 20)}
    assert found[1] == [999] and found[4] == [999, 899, 799, 699]
    assert found[10] == list(range(999, 0, -100)) and found[20] == list(range(999, 0, -50))


# as the authors' lists for Stable Diffusion 1.5 have them, the last level left out
GITS_5 = (14.61464119, 2.84484982, 1.24153244, 0.59516323, 0.25053367)
GITS_13 = (14.61464119, 6.77309084, 3.46139455, 2.36326075, 1.56271636, 1.08895338, 0.803307,
           0.59516323, 0.45573691, 0.34370604, 0.25053367, 0.17026083, 0.09824532)  # fmt: skip
GITS_20 = (14.61464119, 7.49001646, 4.65472794, 3.07277966, 2.19988537, 1.61558151, 1.24153244,
           0.95350921, 0.74807048, 0.59516323, 0.50118381, 0.41087446, 0.34370604, 0.29807833,
           0.25053367, 0.22545385, 0.19894916, 0.17026083, 0.13792117, 0.09824532)  # fmt: skip
GITS = {2: (14.61464119, 0.803307), 5: GITS_5, 13: GITS_13, 20: GITS_20}


@pytest.mark.parametrize("steps", GITS)
def test_gits_has_its_published_levels(steps: int) -> None:
    assert sigmas("gits", steps)[:-1] == pytest.approx(GITS[steps], rel=5e-6)


@pytest.mark.parametrize(
    ("coefficient", "published"),
    [
        (0.80, (14.61464119, 11.54541874, 7.49001646, 3.07277966)),
        (1.00, (14.61464119, 6.77309084, 2.36326075, 0.803307)),
        (1.50, (14.61464119, 0.86115354, 0.32104823, 0.09824532)),
    ],
)
def test_gits_has_the_lists_of_other_coefficients(
    coefficient: float, published: tuple[float, ...]
) -> None:
    assert gits(4, None, coefficient) == pytest.approx(published, rel=5e-6)
    assert is_listed(coefficient) and not is_listed(coefficient + 0.02)


@pytest.mark.parametrize("coefficient", [n / 100 for n in range(80, 151, 5)])
def test_every_list_of_gits_falls(coefficient: float) -> None:
    for steps in range(2, 31):
        found = gits(steps, None, coefficient)
        assert len(found) == steps
        assert all(a > b > 0.0291 for a, b in pairwise(found))


def test_gits_goes_along_its_longest_list_for_more_steps() -> None:
    found = sigmas("gits", 40)
    assert found[:-1:2] == pytest.approx(GITS[20], rel=5e-6)
    assert found[39] == pytest.approx(math.sqrt(0.09824532 * 0.02916753), rel=5e-6)
    assert len(sigmas("gits", 1)) == 2
    with pytest.raises(InvalidRequest, match="no levels for flow models"):
        sigmas("gits", 5, table=flow_table({}, 512, 512))


def test_zero_terminal_snr_is_clamped() -> None:
    alphas = (*training_alphas_cumprod()[:-1], 0.0)
    assert sigmas("discrete", 4, alphas_cumprod=alphas)[0] == pytest.approx(
        math.sqrt(1 / 4.8973451890853435e-8 - 1)
    )


@given(st.floats(0.03, 14.6))
def test_timestep_and_sigma_are_inverse(sigma: float) -> None:
    table = NoiseTable()
    assert table.sigma(table.timestep(sigma)) == pytest.approx(sigma, rel=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sigmas("nope", 5),
        lambda: sigmas("karras", 0),
        lambda: sigmas("karras", 5, sigma_min=2, sigma_max=1),
    ],
)
def test_bad_input_names_the_field(call: object) -> None:
    with pytest.raises(InvalidRequest):
        call()  # type: ignore[operator]


@pytest.mark.parametrize("last", [256, 1e-300, 4096])
@pytest.mark.parametrize("size", [64, 4096])
def test_a_shift_between_points_that_are_one_is_left_out(last: float, size: int) -> None:
    config = {"use_dynamic_shifting": True, "base_image_seq_len": 256, "max_image_seq_len": last}
    assert 0 < flow_table(config, size, size).shift < 1000
