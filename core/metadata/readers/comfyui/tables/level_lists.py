"""Nodes of levels that no schedule here has: what they stand for, level by level, as ComfyUI
reckons them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from core.sampling.levels.gits import USUAL, gits, is_listed
from core.sampling.levels.training_noise import training_alphas_cumprod, training_sigmas
from core.sampling.spacings import ramp
from core.values.declared.limits import MAX_STEPS

Numbers = Mapping[str, float]  # what a node is given, by the names of its inputs
_TURBO_PARTS = 10


def _turbo(steps: int, told: Numbers) -> list[float]:
    """A part of the ten timesteps that Turbo models were trained on, from where a picture is noised
    to; () for what is no part."""
    share = told.get("denoise", 1.0)
    if not 0 < share < 1:
        return []
    noise = training_sigmas(training_alphas_cumprod())
    parts = [noise[n * len(noise) // _TURBO_PARTS - 1] for n in range(_TURBO_PARTS, 0, -1)]
    first = _TURBO_PARTS - int(_TURBO_PARTS * share)
    return [*parts[first : first + steps], 0.0]


def _gits(steps: int, told: Numbers) -> list[float]:
    """The lists of another coefficient than the usual one, or the end of one."""
    coefficient = told.get("coeff", USUAL)
    if math.isclose(coefficient, USUAL) or not is_listed(coefficient) or steps < 2:
        return []
    share = told.get("denoise", 1.0)
    run = round(steps * share) if share < 1 else steps
    return [*gits(steps, None, coefficient), 0.0][-run - 1 :] if run > 0 else []


def _laplace(steps: int, told: Numbers) -> list[float]:
    """Dense around e^mu (Hang et al. 2024), from one end to the other without a zero."""
    low, high = told.get("sigma_min", 0.0291675), told.get("sigma_max", 14.614642)
    levels: list[float] = []
    for place in ramp(0.0, 1.0, steps):
        off = 0.5 - place
        bend = math.copysign(1.0, off) if off else 0.0
        power = told.get("mu", 0.0) - told.get("beta", 0.5) * bend * math.log(
            1 - 2 * abs(off) + 1e-5
        )
        levels.append(min(max(math.exp(power), low), high))
    return levels


def _vp(steps: int, told: Numbers) -> list[float]:
    """Even in the time of a variance-preserving process (Song et al. 2021)."""
    growth, start = told.get("beta_d", 19.9), told.get("beta_min", 0.1)
    times = ramp(1.0, told.get("eps_s", 0.001), steps)
    return [*(math.sqrt(math.expm1(growth * t * t / 2 + start * t)) for t in times), 0.0]


_LISTS: dict[str, Callable[[int, Numbers], list[float]]] = {
    "SDTurboScheduler": _turbo,
    "GITSScheduler": _gits,
    "LaplaceScheduler": _laplace,
    "VPScheduler": _vp,
}
INPUTS = ("denoise", "coeff", "sigma_min", "sigma_max", "mu", "beta", "beta_d", "beta_min", "eps_s")


def listed_levels(kind: str, steps: int, told: Numbers) -> tuple[float, ...]:
    """The levels of a node's list; () where a schedule of ours stands for it, and for a node or for
    numbers that there is no list for."""
    if kind not in _LISTS or not 1 <= steps <= MAX_STEPS:
        return ()
    try:
        return tuple(_LISTS[kind](steps, told))
    except (ValueError, OverflowError):  # of a logarithm, a root or a power
        return ()
