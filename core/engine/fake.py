"""An engine without a model: draws gradients from the seed, and can be scripted to fail. For tests
and for trying the window."""

from __future__ import annotations

import faulthandler
import hashlib
import math
import os
import struct
import time
from pathlib import Path
from typing import Self

from core.engine.contract.passes import has_own_size, passes_of
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.sampling.schedules import sigmas
from core.system.errors import WorldError
from core.system.regular_files import open_regular
from core.values.device import Device
from core.values.events import (
    NetworkCalled,
    PartMeasured,
    Phase,
    PhaseStarted,
    Preview,
    StepDone,
    Tick,
)
from core.values.insight.questions import (
    Answer,
    DecodedAnswer,
    NoiseAnswer,
    NoiseQuestion,
    NudgeQuestion,
    PartsAnswer,
    PartSize,
    PartsQuestion,
    Planes,
    Question,
    RoundTripAnswer,
    RoundTripQuestion,
    TextAnswer,
    TextQuestion,
)
from core.values.job import Job, ModelRef, RecordedLook, StartFiles, StartPixels
from core.values.measurement import Limit, Measurement, Part
from core.values.picture import Pixels, Result
from core.values.request_parts.start_picture import FROM_ALPHA
from core.values.request_parts.upscale import upscaled_size

_PNG_HEAD = 24  # bytes, of which the last eight are width and height (third edition, 11.2.1)


class FakeEngine:
    """Same request, same bytes; events in the same order as the real one."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._failures = spec.fake.fail_times
        self._loaded = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loaded = ""

    def prepare(self, model: ModelRef | None = None) -> None:
        """Nothing to load."""

    def devices(self, on_event: OnEvent) -> list[Device]:
        """A processor with 8 GB."""
        return [Device("cpu", "fake", memory=8 * 10**9, free=8 * 10**9)]

    def unload(self, path: str = "", on_event: OnEvent = lambda _: None) -> None:
        """Load again at the next job."""
        self._loaded = ""

    def restart(self) -> None:
        """Load again at the next job."""
        self._loaded = ""

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """Steps through all phases with pauses as scripted. Raises WorldError or RuntimeError where
        the script says so, InvalidRequest for a schedule that does not exist."""
        began = time.monotonic()
        request = job.request
        if self._loaded != job.model.id:
            self._enter(Phase.LOADING, on_event)
            self._loaded = job.model.id
        self._enter(Phase.ENCODING, on_event)
        self._enter(Phase.SAMPLING, on_event)
        passes = [part.steps for part in passes_of(request, flow=False)]
        # as the real one: counted over all passes
        levels = [
            level for steps in passes if steps for level in sigmas(request.schedule, steps)[1:]
        ]
        for step, level in enumerate(levels, 1):
            on_event(NetworkCalled())
            time.sleep(self._spec.fake.step_seconds)
            preview = None
            if self._spec.previews:
                preview = Preview(16, 16, _gradient(job, step / len(levels), 16, 16).rgb)
            done = StepDone(
                step=step,
                steps=len(levels),
                sigma=level,
                seconds=self._spec.fake.step_seconds,
                preview=preview,
            )
            on_event(done)
        self._enter(Phase.DECODING, on_event)
        pixels = _gradient(job, 1.0, *_size_of_result(job))
        return Result(pixels, time.monotonic() - began, "fake", (("engine", "fake"),))

    def measure(self, job: Job, on_event: OnEvent) -> None:
        """Says of each part that it takes a second, and plainly two."""
        for part in (Part.TEXT, Part.STEP, Part.DECODE, Part.PREVIEW, Part.PICTURE):
            on_event(Tick())
            time.sleep(self._spec.fake.step_seconds)
            steps = job.request.steps if part is Part.PICTURE else 0
            measured = Measurement(
                part=part,
                ours=1.0,
                plain=2.0,
                limit=Limit.ARITHMETIC,
                share=0.5,
                work=4e9,
                rate=8e9,
                steps=steps,
            )
            on_event(PartMeasured(measured))

    def look(self, job: Job, look: RecordedLook, on_event: OnEvent) -> Pixels:
        """The gradient of the step."""
        on_event(Tick())
        share = min(1.0, look.step / max(job.request.steps, 1))
        return _gradient(job, share, *_size_of_result(job))

    def ask(self, job: Job, question: Question, on_event: OnEvent) -> Answer:
        """Numbers and gradients drawn from the request."""
        on_event(Tick())
        match question:
            case TextQuestion(text):
                return _states(text)
            case NoiseQuestion(shape):
                noise = _planes(f"{job.request.seed}|{job.request.noise}", *shape[1:])
                length = math.sqrt(math.prod(shape))
                return NoiseAnswer(noise, 0.0, 1.0, length, 0.0, length)
            case NudgeQuestion():
                share = 1.0 / (1.0 + abs(question.by))
                return DecodedAnswer(_gradient(job, share, *_size_of_result(job)), 0.5)
            case RoundTripQuestion(pixels):
                between = _planes("", 4, pixels.height // 8, pixels.width // 8)
                return RoundTripAnswer(pixels, between, 0.5, 0.5)
            case PartsQuestion():
                one = PartSize(1000, 4000)
                return PartsAnswer(text=one, denoiser=one, encoder=one, decoder=one)

    def _enter(self, phase: Phase, on_event: OnEvent) -> None:
        on_event(PhaseStarted(phase))
        script = self._spec.fake
        if script.fail_phase != phase or self._failures <= 0:
            return
        self._failures -= 1
        if script.fail_how == "crash":
            os._exit(86)
        if script.fail_how == "hang":
            time.sleep(3600)
        if script.fail_how == "segfault":
            faulthandler._sigsegv()  # type: ignore[attr-defined]
        if script.fail_how == "device":
            raise RuntimeError("CUDA error: unspecified launch failure")
        raise WorldError("The fake engine was told to fail.", "Take another script.")


def _size_of_result(job: Job) -> tuple[int, int]:
    """Width and height that the real engine's picture would have. Raises as `_source_size` does."""
    request = job.request
    if request.upscale.source:
        return upscaled_size(_source_size(job.start), request.upscale.scale)
    start = request.start
    masked = bool(start.mask) or start.background == FROM_ALPHA
    if not start.source or not has_own_size(start, masked=masked):
        return request.width, request.height
    width, height = _source_size(job.start)
    left, top, right, bottom = start.extend
    return left + width + right, top + height + bottom


def _source_size(start: StartFiles | StartPixels) -> tuple[int, int]:
    """Width and height of the picture that a job starts from. Raises WorldError where it is kept
    no more."""
    if isinstance(start, StartPixels):
        return start.width, start.height
    try:
        with open_regular(Path(start.source)) as file:
            head = file.read(_PNG_HEAD)
    except OSError as fault:
        raise WorldError(
            "The start picture is no longer kept in the data folder.", "Choose its file again."
        ) from fault
    if len(head) < _PNG_HEAD:
        raise WorldError(
            "The start picture kept in the data folder is damaged.", "Choose its file again."
        )
    width, height = struct.unpack(">II", head[-8:])
    return width, height


def _gradient(job: Job, share: float, width: int, height: int) -> Pixels:
    """A diagonal gradient between two colours taken from the request."""
    key = hashlib.sha256(
        f"{job.request.prompt}|{job.request.seed}".encode("utf-8", "surrogatepass")
    ).digest()
    diagonals = bytearray()  # all pixels of one have the same colour
    for diagonal in range(width + height - 1):
        mix = diagonal / (width + height)
        diagonals += bytes(int((key[c] * (1 - mix) + key[c + 3] * mix) * share) for c in range(3))
    rows = (diagonals[3 * y : 3 * (y + width)] for y in range(height))
    return Pixels(width, height, b"".join(rows))


def _states(text: str) -> TextAnswer:
    """A row a word."""
    words = tuple(text.split()) or ("",)
    states = _planes(text, 1, len(words), 8)
    norms = (1.0,) * len(words)
    return TextAnswer(
        states=states,
        tokens=len(words),
        width=8,
        norms=norms,
        words=words,
        near=((),) * len(words),
        vocabulary=1000,
        seconds=0.5,
    )


def _planes(key: str, count: int, height: int, width: int) -> Planes:
    """The same numbers for the same key."""
    levels = hashlib.shake_256(key.encode("utf-8", "surrogatepass")).digest(count * height * width)
    return Planes(count, width, height, -1.0, 1.0, levels)
