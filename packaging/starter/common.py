"""What every training script here shares: the device, bf16 where the processor has it,
EMA, and exact checkpoints."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import torch


def device() -> torch.device:
    """CUDA or MPS where there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def half_precision(where: torch.device) -> torch.autocast:
    """bf16 autocast on CUDA and on processors with bf16 arithmetic (elsewhere it
    would be nine times slower)."""
    fast = where.type == "cuda" or (where.type == "cpu" and torch.cpu._is_avx512_bf16_supported())
    return torch.autocast(where.type, torch.bfloat16, enabled=fast)


@torch.no_grad()
def average(ema: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Move `ema`'s weights towards `model`'s by 1 - decay."""
    torch._foreach_lerp_(list(ema.parameters()), list(model.parameters()), 1 - decay)


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
