"""The one sampling loop: steps, progress, previews, cancelling and the watch
for numbers that are none."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from core.engine.contract.parity import Run, eta_of, sample_of
from core.engine.contract.protocol import OnEvent
from core.engine.diffusion.parts.noise import StepNoise, noise_of
from core.engine.diffusion.parts.preview import Previewer
from core.sampling.samplers import SAMPLERS
from core.system.errors import WorldError
from core.values.events import LatentsKept, StepDone
from core.values.job import Job, Kept


def sample(
    job: Job,
    run: Run,
    denoise: Callable[[torch.Tensor, float], torch.Tensor],
    shape: tuple[int, ...],
    *,
    device: torch.device,
    previewer: Previewer | None,
    on_event: OnEvent,
    fingerprint: tuple[tuple[str, str], ...] = (),
    keep_seconds: float = 10.0,
) -> torch.Tensor:
    """Latents of `shape` (1, c, h, w) after all steps, float32 on `device`; goes on from
    `job.resume` where that fits.

    After each `keep_seconds` the latents are handed out. Raises WorldError where the numbers
    overflow, and what `on_event` raises to cancel.
    """
    request = job.request
    row = SAMPLERS[request.sampler]
    sigmas = run.levels
    steps = len(sigmas) - 1
    x, done, noise = _begun(job, run, shape, device, fingerprint)
    if previewer:
        previewer.restart()
    began = kept_at = time.monotonic()
    walk = sample_of(request, flow=run.flow)
    rest = walk(denoise, x, sigmas[done:], noise, eta=eta_of(request))
    for step, (x_now, x0) in enumerate(rest, done + 1):
        x = x_now
        _check(x, step)
        seconds = time.monotonic() - began
        shown = previewer.after_step(x0, seconds) if previewer else None
        on_event(
            StepDone(step=step, steps=steps, sigma=sigmas[step], seconds=seconds, preview=shown)
        )
        began = time.monotonic()
        if row.one_step and step < steps and began - kept_at >= keep_seconds:
            kept_at = began
            kept = Kept(
                step=step,
                draws=noise.draws,
                shape=shape,
                data=_bytes_of(x),
                fingerprint=fingerprint,
            )
            on_event(LatentsKept(kept))
    return x * run.end


def _begun(
    job: Job,
    run: Run,
    shape: tuple[int, ...],
    device: torch.device,
    fingerprint: tuple[tuple[str, str], ...],
) -> tuple[torch.Tensor, int, _Counted]:
    """The latents to go on from, how many steps are done already, and the noise of the others."""
    row = SAMPLERS[job.request.sampler]
    steps = len(run.levels) - 1
    first, step_noise = noise_of(job.request, shape, run.levels, row.brownian, device)
    noise = _Counted(step_noise)
    if row.one_step and (kept := _fitting(job.resume, steps, shape, fingerprint)):
        noise.skip(kept.draws, drawn=not row.brownian)
        return _latents_of(kept).to(device), kept.step, noise
    return first * run.start, 0, noise


def _fitting(
    kept: Kept | None,
    steps: int,
    shape: tuple[int, ...],
    fingerprint: tuple[tuple[str, str], ...],
) -> Kept | None:
    """The latents kept earlier, where the same picture can go on from them."""
    if kept is None or kept.step >= steps:
        return None
    return kept if (kept.shape, kept.fingerprint) == (shape, fingerprint) else None


def _bytes_of(x: torch.Tensor) -> bytes:
    """Latents (1, c, h, w) as `_latents_of` reads them."""
    return x.to("cpu", torch.float32).contiguous().numpy().tobytes()


def _latents_of(kept: Kept) -> torch.Tensor:
    return torch.frombuffer(bytearray(kept.data), dtype=torch.float32).reshape(kept.shape)


def _check(x: torch.Tensor, step: int) -> None:
    if not torch.isfinite(x).all():
        raise WorldError(
            f"The picture fell apart at step {step}: its numbers overflowed.",
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
