"""The one sampling loop: steps, progress, previews, cancelling and the watch for numbers that are none."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from core.engine.compat import Run, eta_of
from core.engine.diffusion.noise import noise_of
from core.engine.diffusion.preview import Previewer
from core.engine.protocol import OnEvent
from core.engine.samplers import SAMPLERS
from core.errors import WorldError
from core.events import StepDone
from core.request import Request


def sample(request: Request, run: Run, denoise: Callable[[torch.Tensor, float], torch.Tensor],
           shape: tuple[int, ...], device: torch.device, previewer: Previewer | None, on_event: OnEvent) -> torch.Tensor:
    """Latents of `shape` (1, 4, h, w) after all steps, float32 on `device`."""
    row, sigmas = SAMPLERS[request.sampler], run.levels
    first, noise = noise_of(request, shape, sigmas, row.brownian, device)
    x = first * run.start
    if previewer:
        previewer.restart()
    began = time.monotonic()
    for step, (x_now, x0) in enumerate(row.sample(denoise, x, sigmas, noise, eta=eta_of(request)), 1):
        x = x_now
        if not torch.isfinite(x).all():
            raise WorldError(f"The picture fell apart at step {step}: its numbers overflowed.",
                             "Lower the guidance, or choose another sampler or schedule.")
        seconds = time.monotonic() - began
        shown = previewer.after_step(x0, seconds) if previewer else None
        on_event(StepDone(step, len(sigmas) - 1, sigmas[step], seconds, shown))
        began = time.monotonic()
    return x * run.end
