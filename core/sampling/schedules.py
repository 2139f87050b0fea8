"""Noise schedules: how the noise levels of a run are spaced. Plain floats, no torch.

Sigma is the standard deviation of the noise relative to the data,
sigma = sqrt((1 - alpha_bar) / alpha_bar) (Karras et al. 2022, "EDM"; variance-exploding view of
Stable Diffusion's variance-preserving training).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.sampling import spacings
from core.sampling.levels.gits import gits
from core.sampling.levels.training_noise import training_alphas_cumprod, training_sigmas
from core.sampling.spacings import KARRAS_RHO, POLYEXPONENTIAL_RHO, falling
from core.system.errors import InvalidRequest


class NoiseTable:
    """The training noise of a checkpoint: translates between timesteps (0 .. n-1,
    fractions allowed) and sigmas."""

    def __init__(self, alphas_cumprod: Sequence[float] | None = None) -> None:
        values = (
            tuple(map(float, alphas_cumprod))
            if alphas_cumprod is not None
            else training_alphas_cumprod()
        )
        self.sigmas = training_sigmas(values)
        self.log_sigmas = tuple(math.log(s) for s in self.sigmas)

    def sigma(self, t: float) -> float:
        """Sigma at timestep `t`, log-linear between whole timesteps."""
        low = min(max(int(math.floor(t)), 0), len(self.sigmas) - 1)
        high = min(low + 1, len(self.sigmas) - 1)
        w = min(max(t - low, 0.0), 1.0)
        return math.exp((1.0 - w) * self.log_sigmas[low] + w * self.log_sigmas[high])

    def timestep(self, sigma: float) -> float:
        """The (fractional) timestep at which training noise equals `sigma`;
        clamped to the table's ends."""
        if sigma <= self.sigmas[0]:
            return 0.0
        if sigma >= self.sigmas[-1]:
            return float(len(self.sigmas) - 1)
        log_sigma = math.log(sigma)
        high = bisect_left(self.log_sigmas, log_sigma)
        low = high - 1
        return low + (log_sigma - self.log_sigmas[low]) / (
            self.log_sigmas[high] - self.log_sigmas[low]
        )

    def nearest(self, sigma: float) -> int:
        """The whole timestep whose training noise is nearest in log sigma."""
        return round(self.timestep(sigma))


class FlowTable:
    """The noise of a flow model: x = (1 - sigma) x0 + sigma noise, so that sigma is 1 where
    nothing of the picture is left.

    `shift` moves the timesteps' sigmas towards noise, for large pictures (Esser
    et al. 2024, section 5.3.2): sigma = shift u / (1 + (shift - 1) u), u = (t + 1) / n.
    Otherwise like `NoiseTable`.
    """

    def __init__(self, shift: float = 1.0, steps: int = 1000) -> None:
        self.shift = shift
        self._steps = steps
        self.sigmas = tuple(self._shifted((t + 1) / steps) for t in range(steps))

    def _shifted(self, u: float) -> float:
        below = 1 + (self.shift - 1) * u
        return self.shift * u / below if u < 1 else 1.0  # not what it rounds to

    def sigma(self, t: float) -> float:
        """Sigma at timestep `t`, fractions allowed; clamped to the table's ends."""
        return self._shifted((min(max(t, 0.0), self._steps - 1.0) + 1) / self._steps)

    def timestep(self, sigma: float) -> float:
        """The (fractional) timestep of `sigma`; clamped to the table's ends."""
        u = sigma / (self.shift - (self.shift - 1) * sigma)
        return min(max(u * self._steps - 1, 0.0), self._steps - 1.0)

    def nearest(self, sigma: float) -> int:
        """The whole timestep nearest to `sigma`."""
        return round(self.timestep(sigma))


def log_snr(sigma: float, *, flow: bool) -> float | None:
    """The logarithm of signal to noise at a noise level: of x + sigma n the ratio is 1 / sigma^2,
    of a flow's (1 - sigma) x + sigma n it is ((1 - sigma) / sigma)^2. None where nothing of the
    signal, or of the noise, is left."""
    signal = 1 - sigma if flow else 1.0
    return 2 * math.log(signal / sigma) if signal > 0 and sigma > 0 else None


_SHIFTS = {
    "shift": 1.0,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}


def flow_table(
    config: Mapping[str, object], width: int, height: int, asked: float | None = None
) -> FlowTable:
    """The noise of a flow model's scheduler configuration: the shift that is `asked` for, its own,
    or one that grows with the picture (FLUX dev).

    The latter is exp(mu), mu linear in the count of 16 x 16 patches between two given points.
    Numbers that are none count as absent.
    """

    def number(name: str, default: float) -> float:
        value = config.get(name)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else default

    values = {name: number(name, default) for name, default in _SHIFTS.items()}
    shift = values["shift"]
    if asked is not None:
        shift = asked
    elif config.get("use_dynamic_shifting"):
        patches = width // 16 * (height // 16)
        span = (values["max_image_seq_len"] - values["base_image_seq_len"]) or 1.0
        slope = (values["max_shift"] - values["base_shift"]) / span
        mu = values["base_shift"] + slope * (patches - values["base_image_seq_len"])
        shift = math.exp(min(mu, 700.0))  # what is more overflows, and is out of bounds below
    if not 1e-3 < shift < 1e3:  # no scheduler's; levels would end in zeros
        shift = 1.0
    steps = min(max(int(number("num_train_timesteps", 1000)), 2), 10_000)
    return FlowTable(shift, steps)


AnyTable = NoiseTable | FlowTable


@dataclass(frozen=True, slots=True)
class Schedule:
    """One row: `spacing(table, steps, sigma_min, sigma_max)` gives `steps` sigmas,
    falling, without the final zero. Where it bends by a `rho`, that is its own, and
    `bent(steps, sigma_min, sigma_max, rho)` gives the sigmas of another one."""

    id: str
    label: str
    help: str
    spacing: Callable[[AnyTable, int, float, float], list[float]]
    by_family: Callable[[int, str | None], list[float]] | None = None
    rho: float | None = None
    bent: Callable[[int, float, float, float], list[float]] | None = None


SCHEDULES: dict[str, Schedule] = {
    row.id: row
    for row in (
        Schedule(
            id="karras",
            label="Karras",
            help="More steps where the picture's detail forms; a good choice for most samplers.",
            spacing=spacings.karras,
            rho=KARRAS_RHO,
            bent=spacings.bent_karras,
        ),
        Schedule(
            id="exponential",
            label="Exponential",
            help="Equal ratios between noise levels.",
            spacing=spacings.exponential,
        ),
        Schedule(
            id="polyexponential",
            label="Polyexponential",
            help="Equal ratios, bent by a power.",
            spacing=spacings.polyexponential,
            rho=POLYEXPONENTIAL_RHO,
            bent=spacings.bent_polyexponential,
        ),
        Schedule(
            id="discrete",
            label="Discrete (the model's own)",
            help="Evenly spaced training timesteps.",
            spacing=spacings.discrete,
        ),
        Schedule(
            id="sgm_uniform",
            label="SGM uniform",
            help="Evenly spaced timesteps that stop short of the last; for few-step models.",
            spacing=spacings.sgm_uniform,
        ),
        Schedule(
            id="simple",
            label="Simple",
            help="Whole timesteps at equal strides.",
            spacing=spacings.simple,
        ),
        Schedule(
            id="beta",
            label="Beta",
            help="Dense at both ends: first the composition, last the detail.",
            spacing=spacings.beta,
        ),
        Schedule(
            id="align_your_steps",
            label="Align Your Steps",
            help="Noise levels optimised for ten steps, one table a family.",
            spacing=spacings.simple,
            by_family=spacings.align_your_steps,
        ),
        Schedule(
            id="kl_optimal",
            label="KL optimal",
            help="Even in the angle of signal and noise.",
            spacing=spacings.kl_optimal,
        ),
        Schedule(
            id="ddim_uniform",
            label="DDIM uniform",
            help="Every k-th training timestep; may take a step more than asked.",
            spacing=spacings.ddim_uniform,
        ),
        Schedule(
            id="linear_quadratic",
            label="Linear quadratic",
            help="Tiny even steps first, then growing ones.",
            spacing=spacings.linear_quadratic,
        ),
        Schedule(
            id="turbo",
            label="Turbo",
            help="The timesteps that Turbo models were trained on; for 1 to 4 steps of those.",
            spacing=spacings.turbo,
        ),
        Schedule(
            id="gits",
            label="GITS",
            help="Noise levels chosen along the bend of Stable Diffusion 1.5's own paths; good in "
            "4 to 10 steps.",
            spacing=spacings.simple,
            by_family=gits,
        ),
    )
}

# which go from the timestep of one end of the noise to that of the other
BY_TIMESTEPS = frozenset({"discrete", "sgm_uniform", "simple"})


def sigmas(
    schedule_id: str,
    steps: int,
    *,
    alphas_cumprod: Sequence[float] | None = None,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
    family: str | None = None,
    table: AnyTable | None = None,
    rho: float | None = None,
) -> tuple[float, ...]:
    """`steps` falling noise levels and a final 0.0 ("beta" merges equal levels, all do between
    ends that are not the model's own, "ddim_uniform" may need more).

    `alphas_cumprod` is the checkpoint's table (default: Stable Diffusion's), or `table` its noise
    ready made; explicit `sigma_min`, `sigma_max` win over its ends. `family` is for schedules with
    tables of their own, `rho` for those that bend. Raises InvalidRequest on an unknown id or bad
    numbers.
    """
    row = SCHEDULES.get(schedule_id)
    if row is None:
        raise InvalidRequest(
            "schedule",
            f'There is no schedule "{schedule_id}".',
            f"Choose one of: {', '.join(SCHEDULES)}.",
        )
    if steps < 1:
        raise InvalidRequest(
            "steps", f"Steps must be at least 1, not {steps}.", "Use 20 for most samplers."
        )
    noise = table or NoiseTable(alphas_cumprod)
    if row.by_family and isinstance(noise, FlowTable):
        raise InvalidRequest(
            "schedule",
            f"The schedule {row.label} has no levels for flow models.",
            "Choose simple or sgm_uniform.",
        )
    low, high = noise_ends(noise, sigma_min, sigma_max)
    if row.by_family:
        levels = row.by_family(steps, family)
    elif row.bent is not None and rho is not None and rho != row.rho:
        levels = falling(row.bent(steps, low, high, rho))  # a strong bend rounds its last to one
    else:
        levels = row.spacing(noise, steps, low, high)
        own = noise.sigmas[0], noise.sigmas[-1]
        if not (math.isclose(low, own[0]) and math.isclose(high, own[1])):
            _check_meets(row, own, low, high)
            levels = falling(levels)
    return (*levels, 0.0)


def _check_meets(row: Schedule, own: tuple[float, float], low: float, high: float) -> None:
    """Raises InvalidRequest where a schedule that goes by timesteps has none between two ends."""
    if row.id in BY_TIMESTEPS and (low >= own[1] or high <= own[0]):
        raise InvalidRequest(
            "levels",
            f"{row.label} keeps to the model's noise, {own[0]:g} to {own[1]:g}, of which nothing "
            f"lies between {low:g} and {high:g}.",
            "Choose ends within it, or the schedule karras.",
        )


def noise_ends(
    table: AnyTable, sigma_min: float | None, sigma_max: float | None
) -> tuple[float, float]:
    """The smallest and the largest noise level of a run: `sigma_min` and `sigma_max`, or the ends
    of a checkpoint's noise. Raises InvalidRequest where no noise goes from one to the other."""
    low = table.sigmas[0] if sigma_min is None else sigma_min
    high = table.sigmas[-1] if sigma_max is None else sigma_max
    if not 0 < low < high < math.inf:
        raise InvalidRequest(
            "levels",
            f"The smallest sigma {low:g} is not below the largest, {high:g}.",
            "Leave them out for the model's own.",
        )
    check_in_reach(high, table)
    return low, high


def check_in_reach(sigma: float, table: AnyTable) -> None:
    """Raises InvalidRequest for a level with more noise than there can be."""
    if isinstance(table, FlowTable) and sigma > 1 + 1e-9:
        raise InvalidRequest(
            "levels",
            f"This model's noise ends at 1, which leaves nothing of the picture; {sigma:g} is "
            "more.",
            "Stay at 1 or below.",
        )
