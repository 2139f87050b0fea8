"""Churn against algorithm 2 of Karras et al. 2022, written down once more as it stands there; and
which numbers of fresh noise each sampler takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.engine.contract.fresh_noise import walk_of
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import sigmas
from core.sampling.second_order import UNBOUNDED
from core.sampling.steps import Churn, gamma_of
from core.sampling.types import Sample, Sampler
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from tests.core.sampling.test_samplers import told_as_needed

LEVELS = sigmas("karras", 12)
START = np.array([14.0, -3.0, 0.5])
SPREAD = 0.7


def denoise(x: Any, sigma: float) -> Any:
    """Of data with this spread around 1."""
    return 1 + (x - 1) * SPREAD**2 / (SPREAD**2 + sigma**2)


def noises() -> Iterator[Any]:
    rng = np.random.default_rng(4)
    while True:
        yield rng.normal(size=3)


def end(walk: Sample, **told: Any) -> Any:
    drawn = noises()
    *_, (x, _) = walk(denoise, START, LEVELS, lambda *_: next(drawn), **told)
    return x


def algorithm_2(second: Callable[[Any, float, float], Any], churn: Churn, s_noise: float) -> Any:
    """Its loop, with the slope of a step that `second` makes of x and both levels."""
    x, drawn = START, noises()
    for sigma, sigma_next in zip(LEVELS[:-1], LEVELS[1:], strict=True):
        gamma = churn.gamma if churn.least <= sigma <= churn.most else 0.0
        higher = sigma + gamma * sigma
        if gamma > 0 or churn.always_draws:
            x = x + math.sqrt(higher**2 - sigma**2) * s_noise * next(drawn)
        x = x + (sigma_next - higher) * second(x, higher, sigma_next)
    return x


def slope(x: Any, sigma: float) -> Any:
    return (x - denoise(x, sigma)) / sigma


def at_the_end_too(x: Any, sigma: float, sigma_next: float) -> Any:
    first = slope(x, sigma)
    if sigma_next == 0:
        return first
    return (first + slope(x + (sigma_next - sigma) * first, sigma_next)) / 2


def in_the_middle(x: Any, sigma: float, sigma_next: float) -> Any:
    first = slope(x, sigma)
    if sigma_next == 0:
        return first
    middle = math.sqrt(sigma * sigma_next)
    return slope(x + (middle - sigma) * first, middle)


WAYS = {
    "euler": (SAMPLERS["euler"].sample, lambda x, sigma, _: slope(x, sigma)),
    "heun": (UNBOUNDED["heun"], at_the_end_too),
    "dpm_2": (UNBOUNDED["dpm_2"], in_the_middle),
}


@pytest.mark.parametrize("sampler", WAYS)
@pytest.mark.parametrize(
    "churn",
    [
        Churn(gamma_of(20, 12), 0.05, 5.0),
        Churn(gamma_of(20, 12), 0.05, 5.0, always_draws=True),
        Churn(gamma_of(1000, 12)),
        Churn(gamma_of(3, 12)),
    ],
    ids=str,
)
def test_steps_begin_as_the_paper_has_it(sampler: str, churn: Churn) -> None:
    walk, second = WAYS[sampler]
    expected = algorithm_2(second, churn, 1.007)
    assert end(walk, churn=churn, s_noise=1.007) == pytest.approx(expected, rel=1e-12)
    assert not np.allclose(end(walk), expected)


def test_no_step_rises_further_than_the_paper_lets_it() -> None:
    assert gamma_of(1e6, 5) == math.sqrt(2) - 1 and gamma_of(2, 20) == 0.1


@pytest.mark.parametrize("row", SAMPLERS.values(), ids=lambda row: row.id)
def test_the_table_says_which_numbers_a_sampler_takes(row: Sampler) -> None:
    def made(**asked: Any) -> Any:
        told, drawn = told_as_needed(row.id, denoise), noises()
        walk = walk_of(Request(sampler=row.id, **asked), 24, flow=False)
        *_, (x, _) = walk(told, START, sigmas("karras", 24), lambda *_: next(drawn))
        return x

    usual = made()
    assert bool(np.any(made(eta=0.4) != usual)) == row.takes_eta
    assert bool(np.any(made(fresh_noise=FreshNoise(s_churn=10)) != usual)) == row.churn
    noisy: dict[str, Any] = {"eta": 0.4} if row.eta_besides else {}
    of_churn = 10.0 if row.churn else 0.0
    louder = made(**noisy, fresh_noise=FreshNoise(s_churn=of_churn, s_noise=1.2))
    same = made(**noisy, fresh_noise=FreshNoise(s_churn=of_churn))
    assert bool(np.any(louder != same)) == row.takes_s_noise
