"""All that is measured of a picture's pixels, once for all symptoms."""

from __future__ import annotations

from dataclasses import dataclass

from core.service.insight.symptoms.measures.empty_parts import empty_part
from core.service.insight.symptoms.measures.grain import Grain, Sharpness, grain, sharpness
from core.service.insight.symptoms.measures.repeats import Repeat, repeat
from core.service.insight.symptoms.measures.seams import Seams, seams
from core.service.insight.symptoms.measures.thresholds import LINE
from core.service.insight.symptoms.measures.tone import Tone, tone
from core.service.sweeps.picture_measures import rows_of
from core.values.picture import Pixels

LEAST_SIDE = 64  # pixels, below which nothing is judged


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one picture: its sides in pixels, and what each module here says of it."""

    width: int
    height: int
    tone: Tone
    grain: Grain
    sharpness: Sharpness
    seams: Seams
    repeat: Repeat
    empty: float


def measured(pixels: Pixels) -> Measured | None:
    """None where a picture is too small. Some 20 milliseconds at 512 pixels; not for the GUI
    thread."""
    if min(pixels.width, pixels.height) < LEAST_SIDE:
        return None
    rows = rows_of(pixels)
    return Measured(
        width=pixels.width,
        height=pixels.height,
        tone=tone(rows),
        grain=grain(rows),
        sharpness=sharpness(rows),
        seams=seams(rows, LINE.at),
        repeat=repeat(rows),
        empty=empty_part(rows),
    )
