"""Adapters that are on the denoiser in some steps only: which weigh what in a step, and when that
changes on the way down the noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from core.engine.diffusion.parts.denoiser import Denoise
from core.values.job import Job
from core.values.lora import Lora

_EDGE = 1 - 1e-6  # so that rounding does not keep a level out of the step that begins with it


def in_step(job: Job, step: int, steps: int) -> Job:
    """A job as its denoiser has it in a step, counted from 1, of so many: adapters that are not on
    weigh nothing there. On texts, which are read once, they weigh what they always do."""
    loras = tuple(lora if lora.is_on(step, steps) else _off(lora) for lora in job.request.loras)
    if loras == job.request.loras:
        return job
    return replace(job, request=replace(job.request, loras=loras))


def _off(lora: Lora) -> Lora:
    text_weight = lora.weight if lora.text_weight is None else lora.text_weight
    return replace(lora, weight=0.0, text_weight=text_weight)


class AdaptersOverSteps:
    """A denoiser whose adapters are those of the step that a noise level belongs to.

    `levels` are those of all steps, falling; `first` is the job that `denoise` was made for.
    `change` puts on the adapters of another job and gives the denoiser with them; it is called once
    for each change.
    """

    def __init__(
        self,
        job: Job,
        levels: Sequence[float],
        denoise: Denoise,
        first: Job,
        change: Callable[[Denoise, Job], Denoise],
    ) -> None:
        self._job = job
        self._levels = levels
        self._denoise = denoise
        self._on = first.request.loras
        self._change = change

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """The clean latents (n, c, h, w) in x of that shape."""
        wanted = in_step(self._job, self._step_at(sigma), len(self._levels) - 1)
        if wanted.request.loras != self._on:
            self._denoise = self._change(self._denoise, wanted)
            self._on = wanted.request.loras
        return self._denoise(x, sigma)

    def _step_at(self, sigma: float) -> int:
        """The step, counted from 1, that begins with this level or the next higher one."""
        return 1 + sum(level >= sigma * _EDGE for level in self._levels[1:-1])
