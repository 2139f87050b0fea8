"""GITS: noise levels chosen along the common shape of sampling trajectories (Chen et al. 2024, "On
the Trajectory Regularity of ODE-based Diffusion Sampling", algorithm 1).

The published lists are for Stable Diffusion 1.5, one for each count of steps from 2 to 20, at
coefficient 1.20, which is the usual one. They lie on a grid of every hundredth of the training
noise.
"""

from __future__ import annotations

import math
from functools import lru_cache

from core.sampling.levels.interpolation import interpolated
from core.sampling.levels.training_noise import training_alphas_cumprod

# what the published lists end with before the zero: the smallest level in single precision
_LAST = 0.02916753
# levels of 2 to 20 steps as hundredths of the last timestep, without the two ends
_HUNDREDTHS = (
    (29,),
    (49, 18),
    (61, 33, 11),
    (66, 42, 21, 6),
    (83, 57, 34, 15, 3),
    (83, 62, 42, 23, 8, 1),
    (83, 62, 45, 29, 15, 6, 1),
    (83, 66, 50, 34, 21, 11, 4, 1),
    (83, 66, 51, 38, 27, 17, 9, 4, 1),
    (83, 67, 54, 42, 30, 21, 13, 7, 3, 1),
    (83, 68, 56, 45, 34, 25, 17, 11, 6, 3, 1),
    (86, 71, 61, 49, 38, 29, 21, 15, 10, 6, 3, 1),
    (86, 71, 62, 50, 40, 31, 23, 17, 12, 8, 5, 3, 1),
    (88, 78, 68, 58, 48, 38, 30, 23, 17, 12, 8, 5, 3, 1),
    (88, 78, 68, 58, 48, 38, 30, 23, 17, 13, 9, 6, 4, 2, 1),
    (88, 78, 68, 58, 48, 38, 30, 23, 17, 13, 10, 7, 5, 3, 2, 1),
    (88, 78, 68, 59, 50, 41, 33, 26, 20, 15, 11, 8, 6, 4, 3, 2, 1),
    (88, 78, 68, 59, 50, 42, 34, 27, 21, 16, 12, 9, 7, 5, 4, 3, 2, 1),
    (88, 78, 68, 59, 50, 42, 34, 27, 21, 17, 13, 10, 8, 6, 5, 4, 3, 2, 1),
)


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


def gits(steps: int, family: str | None) -> list[float]:
    """The list for so many steps, whatever the family; for more than 20 along its longest, linear
    in the logarithm. The last level becomes zero."""
    grid = _grid()
    if steps == 1:
        return [grid[-1]]
    listed = _HUNDREDTHS[min(steps, len(_HUNDREDTHS) + 1) - 2]
    levels = [grid[-1], *(grid[n] for n in listed), _LAST]
    return (levels if len(levels) == steps + 1 else interpolated(levels, steps + 1))[:-1]
