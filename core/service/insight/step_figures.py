"""What the recording of a picture says of each of its steps, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.contract.recording_file import RecordedStep, RecordingFile
from core.sampling.schedules import log_snr
from core.service.insight.measures import change
from core.service.sweeps.picture_measures import root_mean_square


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step, counted over all passes from 1. `sigma` is the noise it began with, `log_snr` None
    where nothing of the signal is left; `seconds` on the clock. `change_low` and `change_high` are
    how far the estimate moved in coarse and in fine waves (`measures.Change`); `guidance_norm` the
    root mean square of what guidance adds a unit of, None where there was one branch."""

    step: int
    sigma: float
    log_snr: float | None
    timestep: float
    seconds: float
    change_low: float
    change_high: float
    guidance_norm: float | None


def figures_of(tape: RecordingFile) -> tuple[StepFigures, ...]:
    """Of all steps, in their order. Reads all estimates: not for the GUI thread. Raises WorldError
    where the recording is damaged."""
    found: list[StepFigures] = []
    number = 0
    for one in tape.head.passes:
        finished = tape.estimate(number + len(one.steps)) if one.steps else None
        before = None
        for step in one.steps:
            number += 1
            assert finished is not None
            now = tape.estimate(number)
            moved = change(before, now, finished)
            found.append(
                StepFigures(
                    step=number,
                    sigma=step.sigma,
                    log_snr=log_snr(step.sigma, flow=one.flow),
                    timestep=step.timestep,
                    seconds=step.seconds,
                    change_low=moved.low,
                    change_high=moved.high,
                    guidance_norm=_guidance(tape, number, step),
                )
            )
            before = now
    return tuple(found)


def _guidance(tape: RecordingFile, number: int, step: RecordedStep) -> float | None:
    if not step.guided:
        return None
    return root_mean_square(tape.estimate(number, "with") - tape.estimate(number, "without"))
