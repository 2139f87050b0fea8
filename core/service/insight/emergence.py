"""When composition, colour and detail of a picture became visible in the model's guess of it.

What is measured is where the guess came near to what it was in the end: that something became
visible in a step says nothing of what caused it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.engine.contract.recording_file import RecordingFile
from core.service.insight.measures import COARSE, Latents, root_mean_square

# a part counts as visible from the step on from which it is never again further from its end than
# this share of its own size
MISSING = 0.5
LEAST_OF_SPREAD = 0.05  # a part that is smaller, of the latents' spread, is measured as if so large


@dataclass(frozen=True, slots=True)
class PartsThere:
    """After a step, of each part how much of what it becomes is there: 1 all, 0 nothing.
    `composition` are waves of 64 pixels and more, `colour` the means over the whole picture,
    `detail` shorter waves."""

    step: int
    composition: float
    colour: float
    detail: float


@dataclass(frozen=True, slots=True)
class Became:
    """The step, counted over all passes from 1, from which on each part is visible."""

    composition: int
    colour: int
    detail: int


@dataclass(frozen=True, slots=True)
class Emergence:
    """`steps` in their order. Where a picture is composed small and refined large, `became` tells
    composition and colour of the first pass and detail of the last."""

    steps: tuple[PartsThere, ...]
    became: Became


def emergence_of(tape: RecordingFile) -> Emergence | None:
    """Of a recording; None where it has no steps. Reads all estimates: not for the GUI thread.
    Raises WorldError where it is damaged."""
    passes: list[list[PartsThere]] = []
    number = 0
    for one in tape.head.passes:
        if not one.steps:
            continue
        last = number + len(one.steps)
        end = _parts(tape.estimate(last))
        found: list[PartsThere] = []
        while number < last:
            number += 1
            found.append(PartsThere(number, *_there(_parts(tape.estimate(number)), end)))
        passes.append(found)
    if not passes:
        return None
    composed, refined = passes[0], passes[-1]
    became = Became(
        _visible_from([one.composition for one in composed], composed),
        _visible_from([one.colour for one in composed], composed),
        _visible_from([one.detail for one in refined], refined),
    )
    return Emergence(tuple(one for each in passes for one in each), became)


@dataclass(frozen=True, slots=True)
class _Parts:
    composition: Latents
    colour: Latents
    detail: Latents


def _parts(latents: Latents) -> _Parts:
    """Of (1, c, h, w): the means (1, c, 1, 1), and what is left of long and of short waves."""
    values = latents.astype(np.float64)
    colour = values.mean((2, 3), keepdims=True)
    waves = np.fft.fft2(values - colour, axes=(2, 3))
    rows = np.fft.fftfreq(values.shape[2])[:, None]
    columns = np.fft.fftfreq(values.shape[3])[None, :]
    is_low = np.hypot(rows, columns) <= 1 / COARSE
    coarse = np.fft.ifft2(waves * is_low, axes=(2, 3)).real
    return _Parts(coarse, colour, values - colour - coarse)


def _there(now: _Parts, end: _Parts) -> tuple[float, float, float]:
    spread = math.hypot(root_mean_square(end.composition), root_mean_square(end.detail))
    return (
        _share(now.composition, end.composition, spread),
        _share(now.colour, end.colour, spread),
        _share(now.detail, end.detail, spread),
    )


def _share(now: Latents, end: Latents, spread: float) -> float:
    own = max(root_mean_square(end), LEAST_OF_SPREAD * spread)
    if not own:
        return 1.0
    return min(max(1 - root_mean_square(now - end) / own, 0.0), 1.0)


def _visible_from(shares: Sequence[float], steps: Sequence[PartsThere]) -> int:
    """The first step from which on the share stays above what may be missing."""
    first = len(shares) - 1
    while first and shares[first - 1] >= 1 - MISSING:
        first -= 1
    return steps[first].step


def emergence_at(recording: Path) -> Emergence | None:
    """Of a recording's file; see `emergence_of`."""
    with RecordingFile(recording) as tape:
        return emergence_of(tape)
