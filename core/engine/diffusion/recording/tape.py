"""What listens to the sampling loop, and what may answer in the network's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from core.engine.contract.parity import SamplingPlan
from core.engine.diffusion.parts.denoiser import Denoise, OnBranches
from core.engine.diffusion.recording.branch import Branch
from core.engine.diffusion.recording.recorder import Recorder, Steps
from core.engine.diffusion.recording.words import WordsRecorder
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import AnyTable
from core.values.job import Job
from core.values.picture import Result


class Tape:
    """Of one picture: a recorder, where somebody wants one, and the recording that the picture
    branches off from. Without either nothing is done, but what was seen without the prompt is kept
    for a sampler that `asks_both`: of the last call, (1, c, h, w), in `without`."""

    def __init__(
        self,
        recorder: Recorder | None = None,
        branch: Branch | None = None,
        *,
        asks_both: bool = False,
    ) -> None:
        self.recorder = recorder
        self.without: torch.Tensor | None = None
        self._asks_both = asks_both
        self._branch = branch
        self._pass = -1
        self._calls = 0

    @property
    def words(self) -> WordsRecorder | None:
        """Who hears where words are looked at; None where nobody wants to."""
        return None if self.recorder is None else self.recorder.words

    @property
    def on_branches(self) -> OnBranches | None:
        """Who hears of both branches of guidance; None where nobody wants to."""
        if self._asks_both:
            return self._hear_both
        return None if self.recorder is None else self.recorder.branches

    def _hear_both(self, with_prompt: torch.Tensor, without: torch.Tensor) -> None:
        self.without = without
        if self.recorder is not None:
            self.recorder.branches(with_prompt, without)

    def begin(
        self, plan: SamplingPlan, table: AnyTable, sampler: str, shape: tuple[int, ...]
    ) -> torch.Tensor | None:
        """A pass begins, of latents of `shape` (1, c, h, w). Gives its last latents where they are
        known."""
        self._pass += 1
        branch = self._branch
        if self.recorder is not None:
            self.recorder.begin(plan, table, sampler, shape)
        if branch is None or self._pass > branch.at_pass:
            return None
        is_last = self._pass == branch.at_pass
        if self.recorder is not None:
            steps = branch.own_step if is_last else None
            self.recorder.copy(branch.file, self._pass, steps, branch.calls_at_entry)
            if is_last:
                self.recorder.entered(branch.entered)
        if is_last:
            branch.check_levels(plan.levels)
            self._calls = branch.calls_at_entry
        return branch.end_of_pass(self._pass)

    def begun(self) -> tuple[torch.Tensor, int, int] | None:
        """Latents that the pass goes on from, how many steps and draws of noise they have behind
        them; None where it begins at its start."""
        return None if self._branch is None else self._branch.begun(self._pass)

    def heard(self, denoise: Denoise, x: torch.Tensor) -> Denoise:
        """The denoiser of the pass that begins with x (1, c, h, w)."""
        if self._branch is not None and self._pass <= self._branch.at_pass:
            denoise = self._answered(denoise, self._branch)
        if self.recorder is None:
            return denoise
        self.recorder.start(x)
        return self.recorder.heard(denoise, lambda: self.without)

    def walk(self, steps: Steps, done: int, draws: Callable[[], int]) -> Steps:
        """The same steps, of which `done` were made before; `draws` says how often noise was drawn
        so far."""
        return steps if self.recorder is None else self.recorder.walk(steps, done, draws)

    def took(self, step: int, seconds: float) -> None:
        """How long a step of this pass took."""
        if self.recorder is not None:
            self.recorder.took(step, seconds)

    def finish(self, result: Result) -> str:
        """The picture is there. Why it was not recorded, "" where it was or nobody asked."""
        self._close()
        if self.recorder is None:
            return ""
        self.recorder.finish(result)
        return self.recorder.failure

    def abandon(self) -> None:
        """There is no picture, and so no recording."""
        self._close()
        if self.recorder is not None:
            self.recorder.abandon()

    def _close(self) -> None:
        if self._branch is not None:
            self._branch.file.close()

    def _answered(self, denoise: Denoise, branch: Branch) -> Denoise:
        def answer(x: torch.Tensor, sigma: float) -> torch.Tensor:
            """x0 (1, c, h, w) of x of that shape."""
            known = branch.answer(self._calls)
            if known is None or branch.is_asked_all_the_same(self._calls):
                found = denoise(x, sigma)
                known = found if known is None else known
            if self._calls < branch.calls:
                self.without = branch.seen_without(self._calls)
            self._calls += 1
            return known

        return answer


class BothBranches:
    """A denoiser as a `GuidedDenoise`: where there was no guidance, what it saw without the prompt
    is its estimate itself."""

    def __init__(self, denoise: Denoise, tape: Tape) -> None:
        self._denoise = denoise
        self._tape = tape
        self.without: torch.Tensor | None = None

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (1, c, h, w) of x of that shape."""
        self._tape.without = None
        x0 = self._denoise(x, sigma)
        self.without = x0 if self._tape.without is None else self._tape.without
        return x0


def tape_of(job: Job, device: torch.device) -> Tape:
    """What a job asks for. Raises WorldError where the recording that it branches off from cannot
    be read, ValueError where that lacks the step."""
    request = job.request
    branch = job.branch and Branch(job.branch, device, request.feature_reuse)
    recorder = Recorder(Path(job.recording), words=job.words) if job.recording else None
    rows = [SAMPLERS[name] for name in (request.sampler, request.hires.sampler) if name]
    return Tape(recorder, branch, asks_both=any(row.both_branches for row in rows))
