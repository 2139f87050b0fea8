"""The one sampling loop: steps, progress, previews, cancelling and the watch
for numbers that are none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from core.engine.contract.fresh_noise import walk_of
from core.engine.contract.parity import SamplingPlan
from core.engine.contract.protocol import OnEvent
from core.engine.diffusion.accelerators.pacing import Pace, StepSeen, pace_of
from core.engine.diffusion.parts.noise import StepNoise, noise_of
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.parts.told_texts import StepClock
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.recording.tape import BothBranches, Tape
from core.sampling.samplers import SAMPLERS
from core.sampling.types import Denoise, Steps
from core.system.errors import WorldError
from core.values.events import CheckpointReady, StepDone
from core.values.job import Job, LatentCheckpoint
from core.values.request import Request


def sample(
    job: Job,
    plan: SamplingPlan,
    denoise: Callable[[torch.Tensor, float], torch.Tensor],
    shape: tuple[int, ...],
    *,
    device: torch.device,
    previewer: Previewer | None,
    on_event: OnEvent,
    start: StartLatents | None = None,
    fingerprint: tuple[tuple[str, str], ...] = (),
    clock: StepClock | None = None,
    tape: Tape | None = None,
    checkpoint_interval: float = 10.0,
) -> torch.Tensor:
    """Latents of `shape` (1, c, h, w) after all steps, float32 on `device`; goes on from
    `job.resume` where that fits. `start` are latents to start from in place of pure noise; `plan`
    is then that of `start.levels`. `clock` is told of each step and call, `tape` shown them.

    After each `checkpoint_interval` the latents are handed out, where features are reused only
    before a whole step, so that what goes on from them is the same picture. Raises WorldError where
    the numbers overflow, and what `on_event` raises to cancel.
    """
    steps = len(plan.levels) - 1
    tape = tape or Tape()
    begun = _begun(job, plan, shape, device, fingerprint, start=start, before=tape.begun())
    if not steps:
        return begun.x
    if previewer:
        previewer.restart()
    kept = _Keeping(job.request, steps, checkpoint_interval)
    pace = pace_of(device)
    x = begun.x
    rest = _rest(job.request, plan, denoise, begun, start=start, clock=clock, tape=tape)
    for seen in pace.walk(rest, begun.done, lambda: begun.noise.draws):
        x = seen.x
        _check(seen)
        tape.took(seen.step, seen.seconds)
        on_event(_step_done(seen, plan, pace, previewer))
        if kept.is_due(seen.step):
            on_event(CheckpointReady(_checkpoint(seen, fingerprint)))
    return finished(x, plan, start)


def _rest(
    request: Request,
    plan: SamplingPlan,
    denoise: Denoise,
    begun: _Begun,
    *,
    start: StartLatents | None,
    clock: StepClock | None,
    tape: Tape,
) -> Steps:
    """The steps that are still to be done, of which `clock` and `tape` are told."""
    if start is not None:
        denoise = start.held(denoise, begun.first)
    denoise = tape.heard(denoise, begun.x)
    if clock is not None:
        denoise = clock.counted(denoise)
    if SAMPLERS[request.sampler].both_branches:
        denoise = BothBranches(denoise, tape)
    walk = walk_of(request, len(plan.levels) - 1, flow=plan.flow)
    rest = walk(denoise, begun.x, plan.levels[begun.done :], begun.noise)
    if clock is not None:
        rest = clock.walk(rest, begun.done)
    return tape.walk(rest, begun.done, lambda: begun.noise.draws)


def _step_done(
    seen: StepSeen, plan: SamplingPlan, pace: Pace, previewer: Previewer | None
) -> StepDone:
    """What is told of a step, with its preview where somebody wants one."""
    shown = None
    if previewer:
        with pace.beside():
            shown = previewer.after_step(seen.x0, seen.seconds)
    return StepDone(
        step=seen.step,
        steps=len(plan.levels) - 1,
        sigma=plan.levels[seen.step],
        seconds=seen.seconds,
        preview=shown,
    )


class _Keeping:
    """After which steps latents are handed out to be kept."""

    def __init__(self, request: Request, steps: int, interval: float) -> None:
        self._row = SAMPLERS[request.sampler]
        self._reuse = request.feature_reuse
        self._steps = steps
        self._interval = interval
        self._kept_at = time.monotonic()

    def is_due(self, step: int) -> bool:
        """Whether those of this step are; from then on the interval begins anew."""
        now = time.monotonic()
        before_whole = step * self._row.evaluations % self._reuse == 0
        is_due = now - self._kept_at >= self._interval and before_whole
        if not (self._row.one_step and step < self._steps and is_due):
            return False
        self._kept_at = now
        return True


def finished(x: torch.Tensor, plan: SamplingPlan, start: StartLatents | None) -> torch.Tensor:
    """The result's latents (1, c, h, w) of a sampler's last ones."""
    x = x * plan.end
    return x if start is None else start.finished(x)


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """The latents to go on from, how many steps are done already, the noise of the others, and the
    unit start noise of all."""

    x: torch.Tensor
    done: int
    noise: _Counted
    first: torch.Tensor


def _begun(
    job: Job,
    plan: SamplingPlan,
    shape: tuple[int, ...],
    device: torch.device,
    fingerprint: tuple[tuple[str, str], ...],
    *,
    start: StartLatents | None,
    before: tuple[torch.Tensor, int, int] | None,
) -> _Begun:
    row = SAMPLERS[job.request.sampler]
    steps = len(plan.levels) - 1
    drawn_over = plan.levels if start is None else start.levels.noise_levels
    first, step_noise = noise_of(job.request, shape, drawn_over, row.brownian, device)
    noise = _Counted(step_noise)
    if before is not None:
        x, done, draws = before
        noise.skip(draws, drawn=not row.brownian)
        return _Begun(x, done, noise, first)
    if row.one_step and (checkpoint := _fitting(job.resume, steps, shape, fingerprint)):
        noise.skip(checkpoint.draws, drawn=not row.brownian)
        return _Begun(_latents_of(checkpoint).to(device), checkpoint.step, noise, first)
    x = first * plan.start if start is None else start.begun(first)
    return _Begun(x, 0, noise, first)


def _checkpoint(seen: StepSeen, fingerprint: tuple[tuple[str, str], ...]) -> LatentCheckpoint:
    return LatentCheckpoint(
        step=seen.step,
        draws=seen.draws,
        shape=tuple(seen.x.shape),
        data=_bytes_of(seen.x),
        fingerprint=fingerprint,
    )


def _fitting(
    checkpoint: LatentCheckpoint | None,
    steps: int,
    shape: tuple[int, ...],
    fingerprint: tuple[tuple[str, str], ...],
) -> LatentCheckpoint | None:
    """The latents kept earlier, where the same picture can go on from them."""
    if checkpoint is None or checkpoint.step >= steps:
        return None
    return (
        checkpoint if (checkpoint.shape, checkpoint.fingerprint) == (shape, fingerprint) else None
    )


def _bytes_of(x: torch.Tensor) -> bytes:
    """Latents (1, c, h, w) as `_latents_of` reads them."""
    return x.to("cpu", torch.float32).contiguous().numpy().tobytes()


def _latents_of(checkpoint: LatentCheckpoint) -> torch.Tensor:
    return torch.frombuffer(bytearray(checkpoint.data), dtype=torch.float32).reshape(
        checkpoint.shape
    )


def _check(seen: StepSeen) -> None:
    if not seen.finite:
        raise WorldError(
            f"The picture fell apart at step {seen.step}: its numbers overflowed.",
            "Lower the guidance, or choose another sampler or schedule.",
        )


class _Counted:
    """Step noise that knows how often it was drawn."""

    def __init__(self, noise: StepNoise) -> None:
        self._noise = noise
        self.draws = 0

    def __call__(self, sigma: float, sigma_next: float) -> torch.Tensor:
        self.draws += 1
        return self._noise(sigma, sigma_next)

    def skip(self, draws: int, *, drawn: bool) -> None:
        """As if drawn so often already; `drawn`: from a stream, which has to be brought there."""
        for _ in range(draws if drawn else 0):
            self._noise(1.0, 0.5)
        self.draws = draws
