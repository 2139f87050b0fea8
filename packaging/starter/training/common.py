"""What every training script here shares: the device, bf16 where the processor has it,
EMA, and exact checkpoints."""

from __future__ import annotations

import math
import os
import time
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import nn

Network = TypeVar("Network", bound=torch.nn.Module)


def device() -> torch.device:
    """CUDA or MPS where there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@cache
@torch.enable_grad()
def _half_is_faster() -> bool:
    """Whether this processor learns faster in bf16. Those without its arithmetic are nine times
    slower in it, and of those that have it some are slower, too: a convolution is timed."""
    if not torch.cpu._is_avx512_bf16_supported():
        return False
    with torch.random.fork_rng([]):  # what is trained draws as if nothing was timed
        layer = nn.Conv2d(96, 96, 3, padding=1)
        x = torch.randn(16, 96, 16, 16, requires_grad=True)
    seconds = dict[bool, float]()
    for half in (False, True, False, True):  # the first of each makes the kernels
        began = time.perf_counter()
        for _ in range(8):
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                y = F.silu(layer(x))
            y.float().mean().backward()
        seconds[half] = time.perf_counter() - began
    return seconds[True] < seconds[False]


def half_precision(where: torch.device) -> torch.autocast:
    """bf16 autocast on CUDA and on processors that are faster in it."""
    fast = where.type == "cuda" or (where.type == "cpu" and _half_is_faster())
    return torch.autocast(where.type, torch.bfloat16, enabled=fast)


@torch.no_grad()
def average(ema: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Move `ema`'s weights towards `model`'s by 1 - decay."""
    # torch's arithmetic on lists is documented for optimisers, though named as private
    lerp = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
    lerp(list(ema.parameters()), list(model.parameters()), 1 - decay)


def on(network: Network, where: torch.device) -> Network:
    """The network itself, moved to the device. (diffusers' and transformers' own `to` is annotated
    wrongly, which a bound of torch's Module leaves behind.)"""
    return network.to(where)


def autoencoder(folder: Path, where: torch.device) -> AutoencoderKL:
    """The autoencoder of a folder on the device, ready to be used."""
    return on(AutoencoderKL.from_pretrained(folder).eval(), where)


def decoded(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Pictures (n, 3, 8h, 8w) in about [-1, 1] of latents (n, 4, h, w). `vae` is an AutoencoderKL,
    whose annotations want a kind of tensor that does not exist."""
    return vae.decode(latents).sample


def posterior(vae: Any, pictures: torch.Tensor) -> Any:
    """diffusers' DiagonalGaussianDistribution of latents (n, 4, h, w) for pictures (n, 3, 8h, 8w)
    in [-1, 1]."""
    return vae.encode(pictures).latent_dist


def as_pictures(pixels: np.ndarray, where: torch.device) -> torch.Tensor:
    """Pictures (n, 3, h, w) float32 in [-1, 1] of pixels (n, h, w, 3) uint8."""
    return torch.from_numpy(pixels.copy()).to(where).permute(0, 3, 1, 2).float() / 127.5 - 1


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill at any instant leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    os.replace(partial, path)


def falling(rate: float, step: int, steps: int) -> float:
    """The learning rate of a step of `steps`: 100 steps up to `rate`, then down a cosine,
    to no less than a fiftieth."""
    return rate * min(1, (step + 1) / 100) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * step / steps))


class Clock:
    """Seconds spent in training, over all resumptions."""

    def __init__(self, spent: float = 0.0) -> None:
        self._start = time.monotonic() - spent

    def seconds(self) -> float:
        return time.monotonic() - self._start
