"""What a device manages at best: multiplications of large matrices, bytes through its memory, and
small operations one after another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

_SIDE = {"cpu": 1024, "cuda": 4096}  # of the matrices; a graphics card needs large ones
_BYTES = 64 * 2**20  # of a tensor that fits into no cache
_CALLS = 200
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Rates:
    """A second: floating-point operations in the networks' number format, bytes read or written,
    calls of the smallest operations."""

    flops: float
    bandwidth: float
    calls: float

    def or_better(self, other: Rates) -> Rates:
        """The better of two tries each: a busy machine shows less than it can."""
        return Rates(
            flops=max(self.flops, other.flops),
            bandwidth=max(self.bandwidth, other.bandwidth),
            calls=max(self.calls, other.calls),
        )


def measure_rates(device: torch.device, dtype: torch.dtype) -> Rates:
    """The best of a few tries each, a fifth of a second in all on a usual processor."""
    side = _SIDE.get(device.type, 2048)
    left = torch.randn(side, side).to(device, dtype)
    right = torch.randn(side, side).to(device, dtype)
    source = torch.ones(_BYTES // 4, device=device)
    target = torch.empty_like(source)
    small = torch.ones(1, 4, device=device, dtype=dtype)

    def calls() -> None:
        for _ in range(_CALLS):
            torch.add(small, small)

    return Rates(
        flops=2 * side**3 / _best(lambda: left @ right, device),
        bandwidth=2 * _BYTES / _best(lambda: target.copy_(source), device),
        calls=_CALLS / _best(calls, device),
    )


def finished(device: torch.device) -> None:
    """Waits until the device has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    elif device.type == "xpu":
        torch.xpu.synchronize(device)


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """One run of `work`, until the device is done with it."""
    finished(device)
    began = time.perf_counter()
    work()
    finished(device)
    return time.perf_counter() - began


def _best(work: Callable[[], object], device: torch.device) -> float:
    return min(seconds_of(work, device) for _ in range(_TRIES))
