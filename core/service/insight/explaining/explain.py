"""A picture's recipe made again with recording, and what each step did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.engine.contract.recording_file import RecordingFile
from core.metadata.writing import encode_png
from core.service.again.recreate import Again, Verdict, verdict
from core.service.insight.emergence import Became, Emergence, emergence_at
from core.service.insight.explaining.strip import GuidanceStrip, Keep, guidance_strip
from core.service.insight.guiding.against import against
from core.service.insight.recorded import ELSEWHERE, check_has_steps
from core.service.insight.step_figures import figures_of
from core.service.insight.words.possible import why_no_words
from core.service.insight.words.telling import ExplainedWords, explained_words
from core.service.making.runner import Rendered, Runner
from core.service.stores import Stores
from core.service.sweeps.picture_measures import clipped
from core.store.files import made_folder, put_as
from core.values.declared.limits import MAX_GUIDANCE
from core.values.job import RecordedLook
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step: its `StepFigures`, `clipped`, the share of pixels of its picture at the ends of
    their range, `against`, what guidance leads away from (`Against`), and `picture`, the path of
    the estimate's picture, "" where none was asked for. `composition`, `colour` and `detail` are
    what of each is there, 0 to 1 (`emergence`)."""

    step: int
    sigma: float
    log_snr: float | None
    timestep: float
    seconds: float
    change_low: float
    change_high: float
    composition: float
    colour: float
    detail: float
    clipped: float
    guidance_norm: float | None
    against: str
    picture: str


@dataclass(frozen=True, slots=True)
class Explained:
    """`verdict` says whether what was recorded is the picture itself, `became` when its parts
    became visible, None where nothing was recorded; `words` where each token was looked at, where
    that was asked for."""

    verdict: Verdict
    steps: tuple[ExplainedStep, ...]
    became: Became | None
    guidance: GuidanceStrip
    words: ExplainedWords | None = None


def explained(
    stores: Stores,
    engine: Engine,
    asked: Again,
    *,
    out: Path | None,
    guidance: Sequence[float],
    on_event: OnEvent,
    words: bool = False,
) -> Explained:
    """What `calotype explain` says of a picture's file; pictures go into the folder `out`. Reads
    whole files and renders: not for the GUI thread.

    Raises what the engine raises, WorldError where the disk refuses or the picture has no steps.
    """
    check_has_steps(asked)
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
        made = runner.rendered(asked.request, on_event, recording=str(scratch), words=words)
        found = verdict(asked, made)
        there = emergence_at(scratch) if scratch.exists() else None
        steps = () if there is None else _steps(engine, made, scratch, there, keep, on_event)
        looked_at = explained_words(scratch) if words and steps else None
    finally:
        stores.recordings.discard(scratch)
    if not steps:
        found = replace(found, reasons=(*found.reasons, ELSEWHERE))
    elif words and (why := why_no_words(made.job.model.family)):
        found = replace(found, reasons=(*found.reasons, why))
    strip = guidance_strip(stores, runner, made, guidance, keep, on_event)
    return Explained(found, steps, None if there is None else there.became, strip, looked_at)


def _steps(
    engine: Engine,
    made: Rendered,
    recording: Path,
    there: Emergence,
    keep: Keep,
    on_event: OnEvent,
) -> tuple[ExplainedStep, ...]:
    found: list[ExplainedStep] = []
    with RecordingFile(recording) as tape:
        figures = figures_of(tape)
    norms = [one.guidance_norm for one in figures]
    for one, parts in zip(figures, there.steps, strict=True):
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
                composition=parts.composition,
                colour=parts.colour,
                detail=parts.detail,
                clipped=clipped(pixels),
                guidance_norm=one.guidance_norm,
                against=against(made.job.request, norms, one.step),
                picture=keep(f"step-{one.step:03d}", pixels),
            )
        )
    return tuple(found)


def guidance_values(text: str) -> tuple[float, ...]:
    """Numbers between commas. Raises ValueError where one is none, or no guidance scale."""
    values = tuple(float(part) for part in text.split(",") if part.strip())
    if not all(0 <= value <= MAX_GUIDANCE for value in values):
        raise ValueError(text)
    return values
