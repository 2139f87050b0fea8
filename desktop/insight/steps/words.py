"""What the figures of Steps say, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop.insight.opened.figure import Figure, Series
from desktop.insight.steps.curves import Curves, curve_name
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.steps.level_curves import LevelCurve, Scale

STEPS, CALLS, SECONDS = "steps", "calls", "seconds"  # what lies across


def figure_of(curves: Curves, scale: Scale, across: str) -> Figure:
    """All curves on these axes, the shaped one first."""
    from core.service.insight.steps.level_curves import Scale, value_on

    curve = curves.curve
    if curve is None:
        return Figure(across="", up="")
    rows = [(curve_name(curve.request), curve), *((one.name, one.curve) for one in curves.overlaid)]
    trained = [value_on(level, scale) for level in curves.trained]
    behind = tuple(value for value in trained if value is not None)
    return Figure(
        across=_across_words(across),
        up=_up_words(scale),
        series=tuple(Series(name, tuple(_points(each, scale, across))) for name, each in rows),
        is_logarithmic=scale is Scale.SIGMA,
        span=(min(behind), max(behind)),
        behind=behind,
        counts_across=across != SECONDS,
        behind_name=tr("training noise"),
        table=table_words(curve),
    )


def _points(curve: LevelCurve, scale: Scale, across: str) -> Sequence[tuple[float, float | None]]:
    from core.service.insight.steps.level_curves import value_on

    return [
        (place_across(curve, step, across), value_on(level, scale))
        for step, level in enumerate(curve.levels)
    ]


def place_across(curve: LevelCurve, step: int, across: str) -> float:
    """Where the level before a step from 0 lies."""
    if across == CALLS:
        return curve.calls[step]
    if across == SECONDS:
        return curve.seconds_at(step) or 0.0
    return float(step)


def _across_words(across: str) -> str:
    words = {
        STEPS: tr("Steps made"),
        CALLS: tr("Calls of the network made"),
        SECONDS: tr("Seconds passed, predicted"),
    }
    return words[across]


def _up_words(scale: Scale) -> str:
    words = {
        "sigma": tr("Sigma, logarithmic"),
        "log_snr": tr("Log SNR"),
        "timestep": tr("Timestep"),
    }
    return words[scale.value]


def scale_words(scale: Scale) -> str:
    """What a scale tells, for who does not know it."""
    words = {
        "sigma": tr(
            "Sigma is how much noise lies over the picture, beside its own contrast: each step "
            "takes the noise from one level down to the next. Steps close together work out much "
            "there: high up the composition, low down the detail."
        ),
        "log_snr": tr(
            "The logarithm of signal to noise: below 0 there is more noise than picture, above 0 "
            "more picture. It is the scale on which models and programs can be compared."
        ),
        "timestep": tr(
            "What the network is told instead of the noise: the place in the list of noise levels "
            "of its training, where each was drawn alike often."
        ),
    }
    return words[scale.value]


def level_words(curve: LevelCurve, step: int) -> str:
    """One level in all its numbers."""
    level = curve.levels[step]
    none = tr("none")
    parts = [
        tr("After step {step} of {steps}", step=step, steps=curve.steps)
        if step
        else tr("At the start of {steps} steps", steps=curve.steps),
        tr("sigma {n}", n=f"{level.sigma:.4g}"),
        tr("log SNR {n}", n=none if level.log_snr is None else f"{level.log_snr:.2f}"),
        tr("timestep {n}", n=none if level.timestep is None else f"{level.timestep:.1f}"),
        tr("calls of the network {n}", n=f"{curve.calls[step]:g}"),
    ]
    seconds = curve.seconds_at(step)
    if seconds is not None:
        parts.append(tr("{n} s", n=f"{seconds:.2f}"))
    return ", ".join(parts)


def table_words(curve: LevelCurve) -> str:
    """All levels, a line each."""
    return "\n".join(f"{level_words(curve, step)}." for step in range(len(curve.levels)))


def levels_table(curves: Curves, scale: Scale, across: str) -> FigureTable | None:
    """The numbers of the figure, to be saved with it."""
    from core.service.insight.figure_table import FigureTable

    curve = curves.curve
    if curve is None:
        return None
    rows = [(curve_name(curve.request), curve), *((one.name, one.curve) for one in curves.overlaid)]
    name = curves.entry.name if curves.entry is not None else curve.request.model
    return FigureTable(
        name="noise-levels",
        caption=tr(
            "Noise levels of the steps: {curve}. Behind them how often {model} saw each level in "
            "training.",
            curve=curve_name(curve.request),
            model=name,
        ),
        scale=tr(
            "Upwards {up}, across {across}.",
            up=_up_words(scale),
            across=_across_words(across),
        ),
        recipe="",
        columns=("curve", "step", "sigma", "log_snr", "timestep", "calls", "seconds"),
        rows=tuple(
            (
                each_name,
                step,
                level.sigma,
                level.log_snr,
                level.timestep,
                each.calls[step],
                each.seconds_at(step),
            )
            for each_name, each in rows
            for step, level in enumerate(each.levels)
        ),
    )
