"""Schedules against figures computed elsewhere, and the properties every one of them must keep."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.schedules import SCHEDULES, NoiseTable, sigmas, training_alphas_cumprod
from core.errors import InvalidRequest

DATA = json.loads((Path(__file__).parent / "data" / "schedules.json").read_text())["schedules"]
ENDS = {"sigma_min": 0.0291675, "sigma_max": 14.614642}


@pytest.mark.parametrize(("name", "steps"), [(name, steps) for name, rows in DATA.items() for steps in rows])
def test_agrees_with_the_reference(name: str, steps: str) -> None:
    expected = DATA[name][steps]
    found = sigmas(name, int(steps), **({} if name == "discrete" else ENDS))
    assert len(found) == len(expected)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) / max(expected) <= 1e-9


@given(name=st.sampled_from(sorted(SCHEDULES)), steps=st.integers(1, 300))
def test_falls_strictly_to_zero(name: str, steps: int) -> None:
    found = sigmas(name, steps)
    assert len(found) == steps + 1 and found[-1] == 0.0
    assert all(a > b for a, b in zip(found, found[1:], strict=False))


def test_trailing_and_simple_spacing() -> None:
    table = NoiseTable()
    assert [round(table.timestep(s), 6) for s in sigmas("sgm_uniform", 3)[:-1]] == [999.0, 666.0, 333.0]
    assert [round(table.timestep(s)) for s in sigmas("simple", 4)[:-1]] == [999, 749, 499, 249]


def test_zero_terminal_snr_is_clamped() -> None:
    alphas = (*training_alphas_cumprod()[:-1], 0.0)
    assert sigmas("discrete", 4, alphas_cumprod=alphas)[0] == pytest.approx(math.sqrt(1 / 4.8973451890853435e-8 - 1))


@given(st.floats(0.03, 14.6))
def test_timestep_and_sigma_are_inverse(sigma: float) -> None:
    table = NoiseTable()
    assert table.sigma(table.timestep(sigma)) == pytest.approx(sigma, rel=1e-9)


@pytest.mark.parametrize("call", [lambda: sigmas("nope", 5), lambda: sigmas("karras", 0), lambda: sigmas("karras", 5, sigma_min=2, sigma_max=1)])
def test_bad_input_names_the_field(call: object) -> None:
    with pytest.raises(InvalidRequest):
        call()  # type: ignore[operator]
