"""What an engine tells while it works. Every event may be answered by raising Cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.values.job import LatentCheckpoint
from core.values.measurement import Measurement


class Phase(StrEnum):
    """The stations of a job, in this order (a warm engine skips the first two). A picture that is
    only made larger has none between loading and enlarging."""

    WARMING = "warming"
    LOADING = "loading"
    ENCODING = "encoding"
    SAMPLING = "sampling"
    DECODING = "decoding"
    ENLARGING = "enlarging"  # tile by tile; a step is a tile then


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed and nothing happened; a chance to cancel."""


@dataclass(frozen=True, slots=True)
class NotResponding:
    """The engine's process has given no sign of life for `seconds`; said again and again.
    Whoever raises ends it at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """The job entered `phase`."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class NetworkCalled:
    """The denoiser ran once inside a step."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A rough picture: `rgb` holds width * height * 3 bytes."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class StepDone:
    """Step `step` of `steps` is done; `sigma` is the noise left; `seconds` the step's duration."""

    step: int
    steps: int
    sigma: float
    seconds: float
    preview: Preview | None = None


@dataclass(frozen=True, slots=True)
class CheckpointReady:
    """What a later try of the same job can go on from; said every few seconds of sampling,
    by samplers that allow it."""

    checkpoint: LatentCheckpoint


@dataclass(frozen=True, slots=True)
class PictureNote:
    """Something a person should know of this picture though it is made: `text` is one sentence
    (what of a LoRA is left out, say)."""

    text: str


@dataclass(frozen=True, slots=True)
class PartMeasured:
    """One part of what an engine was asked to measure."""

    measurement: Measurement


Event = (
    PictureNote
    | CheckpointReady
    | Tick
    | NotResponding
    | PhaseStarted
    | NetworkCalled
    | StepDone
    | PartMeasured
)
