"""How noise levels are spaced: functions of plain floats, named by rows of `schedules.SCHEDULES`.

Where programs differ under one name, ComfyUI's form is taken.
`table` is the checkpoint's training noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from core.sampling.levels.interpolation import interpolated

# Sabour et al. 2024, "Align Your Steps": eleven noise levels each,
# found by optimisation for these families.
ALIGNED = {
    "sd15": (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029),
    "sdxl": (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029),
}

KARRAS_RHO = 7.0  # Karras et al. 2022, section 3.2
POLYEXPONENTIAL_RHO = 1.0  # k-diffusion's default
_TURBO_STEPS = 10


class SigmaTable(Protocol):
    """What a spacing needs of the training noise: its sigmas, rising."""

    sigmas: tuple[float, ...]


class TimestepTable(SigmaTable, Protocol):
    """And what leads from its timesteps, fractions allowed, to its sigmas and back."""

    def sigma(self, t: float, /) -> float: ...

    def timestep(self, sigma: float, /) -> float: ...


def ramp(first: float, last: float, count: int) -> list[float]:
    """`count` values from first to last, evenly spaced; the first alone where one is asked."""
    return [first + (last - first) * (i / (count - 1) if count > 1 else 0.0) for i in range(count)]


def falling(levels: Sequence[float]) -> list[float]:
    """Without levels that lie on the one before, or closer than single precision tells apart:
    samplers divide by the distance."""
    kept = list(levels[:1])
    for level in levels[1:]:
        if level < kept[-1] * (1 - 1e-6):
            kept.append(level)
    return kept


def karras_levels(low: float, high: float, count: int, rho: float = 7.0) -> list[float]:
    """`count` levels falling from high to low: Karras et al. 2022, equation 5."""
    return [s**rho for s in ramp(high ** (1 / rho), low ** (1 / rho), count)]


def karras(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    return karras_levels(low, high, steps, KARRAS_RHO)


def bent_karras(steps: int, low: float, high: float, rho: float) -> list[float]:
    levels = karras_levels(low, high, steps, rho)
    return [*levels[:-1], low] if steps > 1 else levels  # which a weak bend rounds to nothing


def exponential(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    return [math.exp(s) for s in ramp(math.log(high), math.log(low), steps)]


def polyexponential(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    return bent_polyexponential(steps, low, high, POLYEXPONENTIAL_RHO)


def bent_polyexponential(steps: int, low: float, high: float, rho: float) -> list[float]:
    """Polynomial of degree rho in log sigma."""
    return [
        math.exp(r**rho * (math.log(high) - math.log(low)) + math.log(low))
        for r in ramp(1.0, 0.0, steps)
    ]


def discrete(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    """Evenly spaced timesteps, both ends included: what other programs call
    "normal" or "automatic"."""
    return [table.sigma(t) for t in ramp(table.timestep(high), table.timestep(low), steps)]


def sgm_uniform(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    """Evenly spaced timesteps without the last one, as Stability's
    generative-models does ("trailing")."""
    return [table.sigma(t) for t in ramp(table.timestep(high), table.timestep(low), steps + 1)[:-1]]


def simple(table: TimestepTable, steps: int, low: float, high: float) -> list[float]:
    """Whole timesteps at equal strides from the noisy end, as ComfyUI's "simple"."""
    first, last = round(table.timestep(low)), round(table.timestep(high))
    stride = (last - first + 1) / steps
    return [table.sigmas[max(first, last - int(i * stride))] for i in range(steps)]


def turbo(table: SigmaTable, steps: int, low: float, high: float) -> list[float]:
    """Every hundredth of 1000 timesteps from the last one down, those that adversarial distillation
    was trained on (Sauer et al. 2023; ComfyUI's SDTurboScheduler); more than ten steps evenly."""
    return even_timesteps(table, max(steps, _TURBO_STEPS))[:steps]


def even_timesteps(table: SigmaTable, steps: int) -> list[float]:
    """The last timestep of each of so many equal parts, rounded to whole ones: Forge's "Turbo".
    Equal ones count once."""
    count = len(table.sigmas)
    numbers = [max(round(i * count / steps - 1), 0) for i in range(steps, 0, -1)]
    return [table.sigmas[n] for n in dict.fromkeys(numbers)]


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (Lentz's method;
    Abramowitz & Stegun 26.5.8)."""
    # 1e-300 stands for a zero, by which nothing can be divided
    c = 1.0
    d = 1.0 / max(abs(1 - (a + b) * x / (a + 1)), 1e-300)
    total = d
    for m in range(1, 400):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c = 1.0 + top / c or 1e-300
            d = 1.0 / (1.0 + top * d or 1e-300)
            total *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return total


def beta_share(x: float, a: float, b: float) -> float:
    """The beta distribution's cumulative share below x, in [0, 1]."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1 - x) / b


def beta_point(share: float, a: float, b: float) -> float:
    """The point below which `share` of the beta distribution lies, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if beta_share(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta(table: SigmaTable, steps: int, low: float, high: float) -> list[float]:
    """Whole timesteps at the quantiles of Beta(0.6, 0.6): dense at both ends (Lee
    et al. 2024). Equal ones count once."""
    last = len(table.sigmas) - 1
    numbers = [round(beta_point(1 - i / steps, 0.6, 0.6) * last) for i in range(steps)]
    return [table.sigmas[n] for i, n in enumerate(numbers) if i == 0 or n != numbers[i - 1]]


def kl_optimal(table: SigmaTable, steps: int, low: float, high: float) -> list[float]:
    """Evenly spaced in the angle arctan(sigma) (Sabour et al. 2024, section 3)."""
    return [math.tan(angle) for angle in ramp(math.atan(high), math.atan(low), steps)]


def ddim_uniform(table: SigmaTable, steps: int, low: float, high: float) -> list[float]:
    """Every k-th training timestep from 1 on, k whole: the number of steps follows from
    k and may exceed `steps`."""
    stride = max(len(table.sigmas) // steps, 1)
    return list(table.sigmas[1::stride])[::-1]


def linear_quadratic(table: SigmaTable, steps: int, low: float, high: float) -> list[float]:
    """Half the steps even and tiny near the noisy end, then quadratic (Movie Gen, Polyak
    et al. 2024); threshold 0.025."""
    if steps == 1:
        return [high]
    threshold = 0.025
    linear = steps // 2
    quadratic = steps - linear
    gap = linear - threshold * steps
    a = gap / (linear * quadratic**2)
    b = threshold / linear - 2 * gap / quadratic**2
    risen = [i * threshold / linear for i in range(linear)]
    risen += [a * i**2 + b * i + a * linear**2 for i in range(linear, steps)]
    return [(1 - share) * high for share in risen]


def followed(levels: Sequence[float], steps: int) -> tuple[float, ...]:
    """A list of falling levels, the last perhaps 0, with as many as `steps` take: the same list, or
    others along it, linear in the logarithm, which is not drawn down to a 0."""
    if steps == len(levels) - 1:
        return tuple(levels)
    ends_in_zero = levels[-1] == 0
    noisy = levels[:-1] if ends_in_zero else levels
    count = steps if ends_in_zero else steps + 1
    if len(noisy) == 1 or count == 1:
        return (noisy[0], levels[-1])
    behind = (0.0,) if ends_in_zero else ()
    return (*interpolated(noisy, count), *behind)


def align_your_steps(steps: int, family: str | None) -> list[float]:
    """The published levels of the family (Stable Diffusion 1.x's where it has none),
    interpolated; the last becomes zero."""
    levels = ALIGNED.get(family or "", ALIGNED["sd15"])
    return interpolated(levels, steps + 1)[:-1]
