"""The finished latents of a recording, and what it says of how they came to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.engine.contract.recording_file import RecordingFile
from core.values.insight.questions import Planes

WIDE = 3.0  # standard deviations that they are shown over


@dataclass(frozen=True, slots=True)
class Channel:
    """Mean and standard deviation of one channel."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedLatents:
    """`planes` are all channels at one scale. `noise_shape` (1, c, h, w) is that of the first
    pass's latents, `first_sigma` the noise that they began with and `is_flow` how: as a share of
    the latents (flow models), or added to them. `calls` of the network were made in `passes`."""

    planes: Planes
    channels: tuple[Channel, ...]
    noise_shape: tuple[int, ...]
    first_sigma: float
    is_flow: bool
    calls: int
    passes: int


def finished_latents(recording: Path) -> FinishedLatents:
    """Of a recording's file. Reads it: not for the GUI thread. Raises WorldError where it cannot be
    read."""
    with RecordingFile(recording) as tape:
        head = tape.head
        last = head.passes[-1]
        latents = tape.latents(tape.steps)[0] * last.end
    first = head.passes[0]
    spread = WIDE * (float(latents.std()) or 1.0)
    centre = float(latents.mean())
    shares = (latents - (centre - spread)) / (2 * spread)
    levels = (shares.clip(0, 1) * np.iinfo(np.uint8).max).round().astype(np.uint8)
    count, height, width = latents.shape
    return FinishedLatents(
        planes=Planes(count, width, height, centre - spread, centre + spread, levels.tobytes()),
        channels=tuple(Channel(float(one.mean()), float(one.std())) for one in latents),
        noise_shape=first.shape,
        first_sigma=first.steps[0].sigma if first.steps else 0.0,
        is_flow=first.flow,
        calls=last.steps[-1].calls if last.steps else 0,
        passes=len(head.passes),
    )
