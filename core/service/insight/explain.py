"""A picture's recipe made again with recording, and what each step did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.engine.contract.recording_file import RecordingFile
from core.metadata.writing import encode_png
from core.service.again.recreate import Again, Verdict, verdict
from core.service.insight.measures import apart, clipped, saturation
from core.service.insight.step_figures import figures_of
from core.service.making.runner import Rendered, Runner
from core.service.stores import Stores
from core.store.files import made_folder, put_as
from core.values.declared.limits import MAX_GUIDANCE
from core.values.job import RecordedLook
from core.values.picture import Pixels
from core.values.resolved_request import resolve

Keep = Callable[[str, Pixels], str]  # a picture's name and itself to its file's path
ELSEWHERE = "Its model runs through a pipeline of its own, whose steps cannot be recorded."


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step: its `StepFigures`, `clipped`, the share of pixels of its picture at the ends of
    their range, and `picture`, the path of the estimate's picture, "" where none was asked for."""

    step: int
    sigma: float
    log_snr: float | None
    timestep: float
    seconds: float
    change_low: float
    change_high: float
    clipped: float
    guidance_norm: float | None
    picture: str


@dataclass(frozen=True, slots=True)
class ExplainedGuidance:
    """The same recipe at another guidance scale: the mean `saturation`, 0 to 1, and how far it is
    from the recipe's own picture, root mean square of 255."""

    value: float
    saturation: float
    difference: float | None
    picture: str


@dataclass(frozen=True, slots=True)
class Explained:
    """`verdict` says whether what was recorded is the picture itself."""

    verdict: Verdict
    steps: tuple[ExplainedStep, ...]
    guidance: tuple[ExplainedGuidance, ...]


def explained(
    stores: Stores,
    engine: Engine,
    asked: Again,
    *,
    out: Path | None,
    guidance: Sequence[float],
    on_event: OnEvent,
) -> Explained:
    """What `calotype explain` says of a picture's file; pictures go into the folder `out`. Reads
    whole files and renders: not for the GUI thread.

    Raises what the engine raises, WorldError where the disk refuses.
    """
    if out is not None:
        made_folder(out)
    runner = Runner(stores, engine)
    scratch = stores.recordings.scratch()

    def keep(name: str, pixels: Pixels) -> str:
        """Its file below `out`, "" without one."""
        if out is None:
            return ""
        return str(put_as(out / f"{asked.path.stem}-{name}.png", encode_png(pixels, None)))

    try:
        made = runner.rendered(asked.request, on_event, recording=str(scratch))
        found = verdict(asked, made)
        steps = () if not scratch.exists() else _steps(engine, made, scratch, keep, on_event)
    finally:
        stores.recordings.discard(scratch)
    if not steps:
        found = replace(found, reasons=(*found.reasons, ELSEWHERE))
    strips = tuple(_at_guidance(runner, asked, made, value, keep, on_event) for value in guidance)
    return Explained(found, steps, strips)


def _steps(
    engine: Engine, made: Rendered, recording: Path, keep: Keep, on_event: OnEvent
) -> tuple[ExplainedStep, ...]:
    found: list[ExplainedStep] = []
    with RecordingFile(recording) as tape:
        figures = figures_of(tape)
    for one in figures:
        pixels = engine.look(made.job, RecordedLook(str(recording), one.step), on_event)
        found.append(
            ExplainedStep(
                step=one.step,
                sigma=one.sigma,
                log_snr=one.log_snr,
                timestep=one.timestep,
                seconds=one.seconds,
                change_low=one.change_low,
                change_high=one.change_high,
                clipped=clipped(pixels),
                guidance_norm=one.guidance_norm,
                picture=keep(f"step-{one.step:03d}", pixels),
            )
        )
    return tuple(found)


def _at_guidance(
    runner: Runner, asked: Again, made: Rendered, value: float, keep: Keep, on_event: OnEvent
) -> ExplainedGuidance:
    request = resolve(replace(asked.request, guidance=value))
    pixels = runner.rendered(request, on_event).result.pixels
    return ExplainedGuidance(
        value=value,
        saturation=saturation(pixels),
        difference=apart(pixels, made.result.pixels),
        picture=keep(f"guidance-{value:g}", pixels),
    )


def guidance_values(text: str) -> tuple[float, ...]:
    """Numbers between commas. Raises ValueError where one is none, or no guidance scale."""
    values = tuple(float(part) for part in text.split(",") if part.strip())
    if not all(0 <= value <= MAX_GUIDANCE for value in values):
        raise ValueError(text)
    return values
