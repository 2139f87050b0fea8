"""Writes down each step of a picture as it is made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from core.engine.contract.parity import SamplingPlan
from core.engine.contract.recording_file import (
    EXACT,
    NEAR,
    VERSION,
    WITH_WORDS,
    RecordedHead,
    RecordedPass,
    RecordedStep,
    RecordingFile,
    RecordingWriter,
)
from core.engine.diffusion.parts.denoiser import Denoise
from core.engine.diffusion.recording.words import WordsRecorder
from core.sampling.schedules import AnyTable, NoiseTable
from core.values.picture import Result

_log = logging.getLogger(__name__)
Steps = Iterator[tuple[torch.Tensor, torch.Tensor]]  # x and x0 after each


class Recorder:
    """Keeps a recording in the file `path`. What it is shown is never changed.

    Where the disk refuses, the picture goes on without: `failure` says why. `words` is who hears
    where words are looked at, None where nobody wants to know.
    """

    def __init__(self, path: Path, *, words: bool = False) -> None:
        self.failure = ""
        self.words = None
        if words:
            self.words = WordsRecorder(partial(self._put, dtype=EXACT), self._copy_array)
        self._writer: RecordingWriter | None = None
        self._passes: list[RecordedPass] = []
        self._steps: list[RecordedStep] = []  # of the last pass
        self._has_start = False  # of the last pass
        self._levels: tuple[float, ...] = ()
        self._table: AnyTable = NoiseTable()
        self._calls = 0
        self._copied_calls = 0
        self._branches: tuple[torch.Tensor, torch.Tensor] | None = None
        self._do(lambda: self._open(path))

    def begin(
        self, plan: SamplingPlan, table: AnyTable, sampler: str, shape: tuple[int, ...]
    ) -> None:
        """A walk down the noise by a sampler begins, of latents of `shape` (1, c, h, w)."""
        self._end_pass()
        self._levels = plan.levels
        self._table = table
        self._steps = []
        self._has_start = False
        one = RecordedPass(shape=shape, sampler=sampler, flow=plan.flow, end=plan.end)
        self._passes.append(one)
        if self.words is not None:
            self.words.begin((shape[2], shape[3]))

    def copy(self, file: RecordingFile, number: int, steps: int | None, calls: int) -> None:
        """Of this pass the first `steps` are those of another recording's pass of that number;
        None: all are, and the pass is that one. Calls that are heard count from `calls`. Raises
        WorldError where it cannot be read."""
        self._calls = calls
        self._do(lambda: self._copy(file, number, steps))

    def entered(self, steps: tuple[int, ...]) -> None:
        """After which steps of this pass the walk was begun anew (0 for its start)."""
        self._passes[-1] = replace(self._passes[-1], entered=steps)

    def start(self, x: torch.Tensor) -> None:
        """What the pass starts from, (1, c, h, w), where nothing of it was copied."""
        if not self._has_start:
            self._put(f"{len(self._passes) - 1}/0/x", x, EXACT)

    def heard(self, denoise: Denoise, without: Callable[[], torch.Tensor | None]) -> Denoise:
        """The same denoiser; what each of its calls gives is kept, and what `without` says then
        that the sampler is told of the branch without the prompt."""

        def hear(x: torch.Tensor, sigma: float) -> torch.Tensor:
            """x0 (1, c, h, w) of x of that shape."""
            x0 = denoise(x, sigma)
            if self._calls >= self._copied_calls:
                self._put(f"call/{self._calls}", x0, EXACT)
                if (unguided := without()) is not None:
                    self._put(f"call/{self._calls}/without", unguided, EXACT)
            self._calls += 1
            return x0

        return hear

    def branches(self, with_prompt: torch.Tensor, without: torch.Tensor) -> None:
        """The estimates (1, c, h, w) of both branches of guidance; of several calls in a step the
        first ones count."""
        if self._branches is None:
            self._branches = with_prompt, without

    def walk(self, steps: Steps, done: int, draws: Callable[[], int]) -> Steps:
        """The same steps, of which `done` were made before, each kept that was not copied; `draws`
        says how often noise was drawn so far."""
        copied = len(self._steps)
        for number, (x, x0) in enumerate(steps, done + 1):
            if number > copied:
                self._keep(number, x, x0, draws())
            elif self.words is not None:
                self.words.drop()
            self._branches = None
            yield x, x0

    def took(self, step: int, seconds: float) -> None:
        """How long a step of this walk took."""
        if step <= len(self._steps) and not self._steps[step - 1].seconds:
            self._steps[step - 1] = replace(self._steps[step - 1], seconds=seconds)

    def finish(self, result: Result) -> None:
        """The picture is there: the file is whole. There is none where no step was seen, as in a
        pipeline of diffusers' own."""
        self._end_pass()
        if not any(one.steps for one in self._passes):
            self.abandon()
            return
        words = None if self.words is None else self.words.finish()
        head = RecordedHead(
            version=VERSION if words is None else WITH_WORDS,
            passes=tuple(self._passes),
            fingerprint=result.fingerprint,
            pixels=result.pixels.sha256,
        )
        self._do(lambda: self._writer.finish(head, words) if self._writer else None)

    def abandon(self) -> None:
        """There is no picture, and so no file."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None

    def _open(self, path: Path) -> None:
        self._writer = RecordingWriter(path)

    def _copy(self, file: RecordingFile, number: int, steps: int | None) -> None:
        whole = file.head.passes[number]
        count = len(whole.steps) if steps is None else steps
        if steps is None:
            self._passes[-1] = whole
        self._steps = list(whole.steps[:count])
        first = sum(len(one.steps) for one in file.head.passes[:number])
        last = first + count
        calls = range(file.calls_before(first), file.calls_before(last))
        self._copied_calls = calls.stop
        self._has_start = True
        if self._writer is not None:
            self._writer.copy(file, number, count, calls)
        if self.words is not None:
            self.words.copy(file, number, count)

    def _copy_array(self, file: RecordingFile, name: str) -> None:
        if self._writer is not None:
            self._writer.copy_raw(file, name)

    def _keep(self, step: int, x: torch.Tensor, x0: torch.Tensor, draws: int) -> None:
        place = f"{len(self._passes) - 1}/{step}"
        self._put(f"{place}/x", x, EXACT)
        self._put(f"{place}/x0", x0, NEAR)
        branches = self._branches
        if branches is not None:
            for name, estimate in zip(("with", "without"), branches, strict=True):
                self._put(f"{place}/{name}", estimate, NEAR)
        if self.words is not None:
            self.words.keep(step)
        sigma = self._levels[step - 1]
        self._steps.append(
            RecordedStep(
                step=step,
                sigma=sigma,
                sigma_next=self._levels[step],
                timestep=self._table.timestep(sigma),
                seconds=0.0,
                calls=self._calls,
                draws=draws,
                guided=branches is not None,
            )
        )

    def _end_pass(self) -> None:
        if self._passes:
            self._passes[-1] = replace(self._passes[-1], steps=tuple(self._steps))

    def _put(self, name: str, x: torch.Tensor, dtype: str) -> None:
        if self._writer is not None:
            values = x.detach().to("cpu", torch.float32).numpy()
            near = np.finfo(np.float16).max  # what overflows there is none of anybody's numbers
            values = values if dtype == EXACT else values.clip(-near, near)
            self._do(lambda: self._writer.put(name, values, dtype) if self._writer else None)

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except OSError as fault:
            self.failure = fault.strerror or str(fault)
            _log.warning("the recording is given up: %s", fault)
            self.abandon()
