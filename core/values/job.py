"""A unit of work for an engine: one fully determined request and the model files it needs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from enum import StrEnum

from core.values.resolved_request import ResolvedRequest
from core.values.text_span import TextSpan


class JobState(StrEnum):
    """Where a job stands; values are stable ids kept in the database."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class FailureReason(StrEnum):
    """Why a job failed, as far as that tells what helps; values are stable ids kept in the
    database."""

    OTHER = ""
    MODEL = "model"  # a model, LoRA, VAE or embedding is not here, or cannot be used
    SOURCE = "source"  # a picture or mask that it starts from is not kept any more

    @classmethod
    def kept(cls, text: str) -> FailureReason:
        """The reason of this id; OTHER where the text is no id."""
        return cls(text) if text in tuple(cls) else cls.OTHER


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which weights to use: `path` is a folder or file, `hash` identifies
    its content (may be empty).

    `prediction` is what a person said the network predicts ("v", "epsilon");
    "" is what the file says.
    """

    id: str
    name: str
    family: str
    path: str
    hash: str = ""
    prediction: str = ""


@dataclass(frozen=True, slots=True)
class MemoryOutcome:
    """How a picture of so many pixels was made on a device: the rung of the memory ladder, the
    peak, and what was free before.

    Bytes; `peak` 0 where it could not be measured. `warm` are the paths of the models kept in
    memory afterwards. Of the picture without loading: `seconds` on the clock (0: not to be learnt
    from), `processor` seconds of all `threads`, `waited` seconds that threads stood ready while
    others computed (-1: not known); `loading` is what came before.
    """

    device: str
    mode: str
    pixels: int
    peak: int = 0
    free: int = 0
    warm: tuple[str, ...] = ()
    seconds: float = 0.0
    processor: float = 0.0
    waited: float = -1.0
    threads: int = 0
    loading: float = 0.0


@dataclass(frozen=True, slots=True)
class LatentCheckpoint:
    """Latents after `step` steps: float32 bytes of `shape`, how often noise had been drawn,
    and the engine's fingerprint."""

    step: int
    draws: int
    shape: tuple[int, ...]
    data: bytes
    fingerprint: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StartFiles:
    """Where the pictures that a request starts from are kept: PNG files of 8 bits in sRGB, RGB or
    RGBA; the mask in grey, white where the picture is made anew. "" for none."""

    source: str = ""
    mask: str = ""


@dataclass(frozen=True, slots=True)
class StartPixels:
    """The same where nothing is kept, for pictures that nobody may want: `source` holds `height`
    rows of `width` pixels, 8 bits a channel in sRGB, `mode` "RGB" or "RGBA"; `mask` as many grey
    ones. Empty for none."""

    width: int = 0
    height: int = 0
    mode: str = "RGB"
    source: bytes = b""
    mask: bytes = b""


@dataclass(frozen=True, slots=True)
class BranchStart:
    """Where a picture leaves the way of another one: after `step`, counted over all passes, of the
    `recording`, a file. `same_walk`: by the same sampler with the same noise."""

    recording: str
    step: int
    same_walk: bool = True


@dataclass(frozen=True, slots=True)
class RecordedLook:
    """What a recording, a file, shows of a step from 1, counted over all passes: `shown` is the
    estimate of the finished picture ("x0"), that of a branch of guidance ("with", "without"), or
    the noisy latents ("x"). `rough`: as previews are made, not by the decoder."""

    recording: str
    step: int
    shown: str = "x0"
    rough: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make; `loras` are the files of the request's adapters, in its order,
    `embeddings` those its texts name, `vae` another autoencoder than the model's own, `refiner` a
    model that makes the last steps, `outcomes` what the model needed on this machine's devices when
    memory was short, `resume` latents of an earlier try, `tiny` a tiny autoencoder for previews,
    `start` the files, or pixels, of the picture that it starts from, `mode` the memory mode that it
    is made in whatever was needed before ("": the one that suits), `recording` a file that is
    written with what goes on at each step ("": none), `branch` the step of another picture that it
    goes on from, `blanks` words of its texts that the encoder is told nothing of, in their places.
    `words`: where the words of its texts are looked at is recorded, too. `upscaler` is the
    model that makes a picture larger (None: Lanczos does), `tiles` a folder that finished parts of
    it are kept in until it is done ("": none).
    """

    request: ResolvedRequest
    model: ModelRef
    loras: tuple[ModelRef, ...] = ()
    id: str = field(default_factory=lambda: new_job_id())
    embeddings: tuple[ModelRef, ...] = ()
    vae: ModelRef | None = None
    refiner: ModelRef | None = None
    outcomes: tuple[MemoryOutcome, ...] = ()
    resume: LatentCheckpoint | None = None
    tiny: ModelRef | None = None
    start: StartFiles | StartPixels = StartFiles()
    mode: str = ""
    recording: str = ""
    branch: BranchStart | None = None
    blanks: tuple[TextSpan, ...] = ()
    words: bool = False
    upscaler: ModelRef | None = None
    tiles: str = ""


def new_job_id() -> str:
    """Sortable by creation time, unique without trusting the clock."""
    return f"{int(time.time() * 1000):012x}{os.urandom(6).hex()}"
