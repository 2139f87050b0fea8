"""Where randomness comes from: start latents and step noise drawn on the CPU in float32, so that no device or batch matters."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import torch

DEPTH = 24


def generator(seed: int) -> torch.Generator:
    """The picture's one CPU generator; seeds are taken modulo 2^64."""
    return torch.Generator("cpu").manual_seed(seed if seed < 2**63 else seed - 2**64)


def independent(source: torch.Generator, shape: tuple[int, ...], device: torch.device) -> Callable[[float, float], torch.Tensor]:
    """Unit noise drawn from `source` call after call: for ancestral samplers."""
    return lambda sigma, sigma_next: torch.randn(shape, generator=source).to(device)


class BrownianPath:
    """One Brownian path over sigma, fixed by the seed: the increment of an interval does not depend on who asks for it when.

    A virtual Brownian tree (Li et al. 2020): the value at a point is found by bridging down a dyadic tree whose nodes
    draw from generators seeded by (seed, node); between the finest nodes it is interpolated linearly.
    """

    def __init__(self, seed: int, shape: tuple[int, ...], low: float, high: float, device: torch.device) -> None:
        self._seed, self._shape, self._device = seed, shape, device
        self._low, self._high = low, high
        self._known: dict[float, torch.Tensor] = {}

    def _draw(self, node: str) -> torch.Tensor:
        digest = hashlib.sha256(f"{self._seed}/{node}".encode()).digest()
        return torch.randn(self._shape, generator=generator(int.from_bytes(digest[:8], "little") % 2**63))

    def value(self, sigma: float) -> torch.Tensor:
        """W(sigma), W(low) being 0; float32 on the CPU."""
        at = min(max(sigma, self._low), self._high)
        if at not in self._known:
            self._known[at] = self._bridge(at)
        return self._known[at]

    def _bridge(self, at: float) -> torch.Tensor:
        a, b = self._low, self._high
        w_a, w_b = torch.zeros(self._shape), self._draw("end") * math.sqrt(b - a)
        node = ""
        for _ in range(DEPTH):
            middle = (a + b) / 2
            w = (w_a + w_b) / 2 + self._draw(f"m{node}") * (math.sqrt(b - a) / 2)
            if at <= middle:
                b, w_b, node = middle, w, node + "0"
            else:
                a, w_a, node = middle, w, node + "1"
            if at in (a, b):
                break
        share = (at - a) / (b - a) if b > a else 0.0
        return w_a + (w_b - w_a) * share

    def __call__(self, sigma: float, sigma_next: float) -> torch.Tensor:
        """Unit noise for the interval: (W(sigma_next) - W(sigma)) / sqrt(|interval|), signed by the direction."""
        low, high = min(sigma, sigma_next), max(sigma, sigma_next)
        sign = 1.0 if sigma < sigma_next else -1.0
        increment = self.value(high) - self.value(low)
        return (increment * (sign / math.sqrt(high - low))).to(self._device)
