"""Muon: momentum whose matrix is brought near to orthogonal before each step (Jordan et al. 2024;
scale of Liu et al. 2025).

Convolutions count as matrices of (out, in * kernel).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

# torch's arithmetic on lists is documented for optimisers, though named as private
_lerp = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
_mul = torch._foreach_mul_  # pyright: ignore[reportPrivateImportUsage]
_add = torch._foreach_add_  # pyright: ignore[reportPrivateImportUsage]


@torch.no_grad()
def orthogonal(g: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz iteration towards the nearest (semi-)orthogonal matrix,
    for a stack (n, rows, columns) of bf16."""
    x = g
    turned = x.shape[-2] > x.shape[-1]
    if turned:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if turned else x


class Muon(torch.optim.Optimizer):
    """For parameters of two or more dimensions; the rate is on AdamW's scale."""

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # no closure is ever asked for
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault(p.flatten(1).shape, []).append(p)
            for same in by_shape.values():
                self._step_together(same, group)

    def _step_together(self, same: list[torch.Tensor], group: dict[str, Any]) -> None:
        """One step of matrices of one shape, stacked: alone they keep no device busy."""
        rows, columns = same[0].flatten(1).shape
        gradients = [p.grad for p in same if p.grad is not None]
        buffers = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in same]
        _lerp(buffers, gradients, 1 - group["momentum"])
        updates = torch.stack([gradient.flatten(1).bfloat16() for gradient in gradients])
        averages = torch.stack([buffer.flatten(1).bfloat16() for buffer in buffers])
        updates.lerp_(averages, group["momentum"])
        turned = orthogonal(updates).to(same[0].dtype)
        _mul(same, 1 - group["lr"] * group["weight_decay"])
        scale = 0.2 * max(rows, columns) ** 0.5 * group["lr"]
        changes = [change.view_as(p) for p, change in zip(same, turned, strict=True)]
        _add(same, changes, alpha=-scale)
