"""GITS: noise levels chosen along the common shape of sampling trajectories (Chen et al. 2024, "On
the Trajectory Regularity of ODE-based Diffusion Sampling", algorithm 1).

The published lists are for Stable Diffusion 1.5, one for each count of steps from 2 to 20 and for
each coefficient from 0.80 to 1.50 (1.20 is the usual one): more puts more steps at low noise. They
lie on a grid of every hundredth of the training noise.
"""

from __future__ import annotations

import math
from functools import lru_cache

from core.sampling.levels.gits_lists import LISTS
from core.sampling.levels.interpolation import interpolated
from core.sampling.levels.training_noise import training_alphas_cumprod

# what the published lists end with before the zero: the smallest level in single precision
_LAST = 0.02916753
USUAL = 1.2  # the coefficient


@lru_cache(maxsize=2)
def _hundredths(coefficient: float) -> tuple[tuple[int, ...], ...]:
    """The lists of 2 to 20 steps, () for a coefficient without any."""
    text = LISTS.get(f"{coefficient:.2f}", "")
    return tuple(tuple(map(int, line.split())) for line in text.split("\n")[1:-1])


def is_listed(coefficient: float) -> bool:
    """Whether there are lists for a coefficient, which is taken to two places."""
    return bool(_hundredths(coefficient))


@lru_cache(maxsize=1)
def _grid() -> tuple[float, ...]:
    """Sigma at every hundredth of the training's timesteps, the logarithm of the signal linear
    between whole ones (Lu et al. 2022, appendix D)."""
    alphas = training_alphas_cumprod()
    signal = [0.5 * math.log(alpha) for alpha in alphas]
    sigmas: list[float] = []
    for n in range(101):
        at = n * (len(alphas) - 1) / 100
        low = min(int(at), len(alphas) - 2)
        log_alpha = signal[low] + (signal[low + 1] - signal[low]) * (at - low)
        sigmas.append(math.sqrt(math.expm1(-2 * log_alpha)))
    return tuple(sigmas)


def gits(steps: int, family: str | None, coefficient: float = USUAL) -> list[float]:
    """The list for so many steps, whatever the family; for more than 20 along its longest, linear
    in the logarithm. The last level becomes zero. `coefficient` is one that `is_listed`."""
    grid = _grid()
    if steps == 1:
        return [grid[-1]]
    lists = _hundredths(coefficient)
    listed = lists[min(steps, len(lists) + 1) - 2]
    levels = [grid[-1], *(grid[n] for n in listed), _LAST]
    return (levels if len(levels) == steps + 1 else interpolated(levels, steps + 1))[:-1]
