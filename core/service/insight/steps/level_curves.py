"""The noise levels that a request's steps walk down, on the three scales the field uses, with what
each step costs, and the noise that the model was trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from core.engine.contract.parity import plan_of
from core.models.library.model_entry import ModelEntry
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import AnyTable, FlowTable, log_snr
from core.service.fit_prediction import predicted_seconds
from core.service.stores import Stores
from core.service.time_prediction import denoiser_calls
from core.values.device import MemoryMode
from core.values.request import CheckedRequest, Request

if TYPE_CHECKING:
    from core.service.insight.step_figures import StepFigures  # which brings numpy along

APART = 1e-3  # how far two levels stay from one another, as a share
LEAST_SIGMA = 1e-4
TRAINED_AT = 1000  # of a model's timesteps so many are drawn


@dataclass(frozen=True, slots=True)
class Level:
    """A noise level on all scales. `timestep` is what the network is told, fractions allowed; both
    it and `log_snr` are None where there is no such thing (no noise, or nothing but noise)."""

    sigma: float
    log_snr: float | None
    timestep: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCurve:
    """What a request walks: `levels` are one more than its steps, `calls` of the network those made
    before each of them, counted from 0. `seconds` the whole picture takes here, None where nothing
    like it was seen."""

    request: CheckedRequest
    levels: tuple[Level, ...]
    calls: tuple[float, ...]
    seconds: float | None = None

    @property
    def steps(self) -> int:
        """How many it takes, whatever was asked for."""
        return len(self.levels) - 1

    @property
    def sigmas(self) -> tuple[float, ...]:
        """The levels' own."""
        return tuple(level.sigma for level in self.levels)

    def seconds_at(self, step: int) -> float | None:
        """Of the picture's seconds those that its first steps take."""
        if self.seconds is None or not self.calls[-1]:
            return None
        return self.seconds * self.calls[step] / self.calls[-1]


def level_of(sigma: float, table: AnyTable) -> Level:
    """A level over the training noise of a model."""
    is_flow = isinstance(table, FlowTable)
    return Level(sigma, log_snr(sigma, flow=is_flow), table.timestep(sigma) if sigma else None)


def curve_of(
    request: CheckedRequest, table: AnyTable, family: str, seconds: float | None = None
) -> LevelCurve:
    """Raises InvalidRequest where the model cannot walk so."""
    sigmas = plan_of(request, table, family).levels
    return LevelCurve(
        request=request,
        levels=tuple(level_of(sigma, table) for sigma in sigmas),
        calls=_calls(request, sigmas),
        seconds=seconds,
    )


def walked_by(request: CheckedRequest, steps: Sequence[StepFigures]) -> LevelCurve:
    """What the steps of a recorded picture walked, with the seconds that they took. Where it has
    two passes, the noise begins anew on the way."""
    sigmas = (*(one.sigma for one in steps), 0.0)
    walked = (Level(one.sigma, one.log_snr, one.timestep) for one in steps)
    return LevelCurve(
        request=request,
        levels=(*walked, Level(0.0, None, None)),
        calls=_calls(request, sigmas),
        seconds=sum(one.seconds for one in steps) or None,
    )


def with_sigmas(curve: LevelCurve, sigmas: Sequence[float], table: AnyTable) -> LevelCurve:
    """The curve with these levels, as many, in the place of its own. Raises InvalidRequest where
    they do not fall."""
    levels = replace(curve.request.levels, sigmas=tuple(sigmas))
    request = replace(curve.request, steps=len(sigmas) - 1, levels=levels).check()
    return replace(curve, request=request, levels=tuple(level_of(sigma, table) for sigma in sigmas))


def _calls(request: Request, sigmas: Sequence[float]) -> tuple[float, ...]:
    """Samplers of second order call once only in a last step to no noise."""
    sampler = SAMPLERS[request.sampler]
    found = [0.0]
    for after in sigmas[1:]:
        is_plain = not after and sampler.one_step
        found.append(found[-1] + (1 if is_plain else sampler.evaluations))
    return tuple(found)


def trained_on(table: AnyTable) -> tuple[Level, ...]:
    """Levels of a model's training noise at even strides of its timesteps, which were drawn alike
    often: where these lie close together it saw much."""
    count = len(table.sigmas)
    picked = {round(i * (count - 1) / (TRAINED_AT - 1)) for i in range(TRAINED_AT)}
    return tuple(level_of(table.sigmas[t], table) for t in sorted(picked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What computes: the kind of device, and whether weights are kept in eight bits."""

    kind: str
    eight: bool = False


def seconds_of(
    stores: Stores, entry: ModelEntry, request: Request, machine: Machine
) -> float | None:
    """How long the request's picture takes here, without loading; None where nothing is known.
    Raises WorldError where the database cannot be read."""
    span = predicted_seconds(
        stores,
        entry,
        request,
        entry.family_row,
        machine.kind,
        MemoryMode.RESIDENT,
        eight=machine.eight,
    )
    if span is None or not denoiser_calls(request, entry.family_row)[0]:
        return None
    return (span.low * span.high) ** 0.5


class Scale(StrEnum):
    """What a level may be told in."""

    SIGMA = "sigma"
    LOG_SNR = "log_snr"
    TIMESTEP = "timestep"


def value_on(level: Level, scale: Scale) -> float | None:
    """None where it has no place on that scale."""
    if scale is Scale.SIGMA:
        return level.sigma if level.sigma > 0 else None
    return level.log_snr if scale is Scale.LOG_SNR else level.timestep


def sigma_at(value: float, scale: Scale, table: AnyTable) -> float:
    """The noise level of a value on a scale."""
    if scale is Scale.SIGMA:
        return value
    if scale is Scale.TIMESTEP:
        return table.sigma(value)
    ratio = math.exp(-min(max(value, -60.0), 60.0) / 2)  # of noise to signal
    return ratio / (1 + ratio) if isinstance(table, FlowTable) else ratio


def moved(curve: LevelCurve, point: int, sigma: float, table: AnyTable) -> LevelCurve:
    """The curve with one of its levels moved, as far as those beside it and the model's noise let
    it. The last one stays where it is 0."""
    sigmas = list(curve.sigmas)
    if not 0 <= point < len(sigmas) or sigmas[point] == 0:
        return curve
    high = sigmas[point - 1] if point else max(table.sigmas[-1] * (1 + APART), sigmas[0])
    low = sigmas[point + 1] if point + 1 < len(sigmas) else 0.0
    least = max(low * (1 + APART), LEAST_SIGMA)
    most = high / (1 + APART)
    if least > most:
        return curve
    sigmas[point] = min(max(sigma, least), most)
    return with_sigmas(curve, sigmas, table)
