"""Muon: momentum whose matrix is brought near to orthogonal before each step (Jordan et al. 2024;
scale of Liu et al. 2025).

Convolutions count as matrices of (out, in * kernel).
"""

from __future__ import annotations

import torch


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
        params: list[torch.Tensor],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault(p.flatten(1).shape, []).append(p)
            for (rows, columns), same in by_shape.items():
                buffers = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in same]
                torch._foreach_lerp_(buffers, [p.grad for p in same], 1 - group["momentum"])
                updates = torch.stack([p.grad.flatten(1).bfloat16() for p in same])
                updates.lerp_(
                    torch.stack([b.flatten(1).bfloat16() for b in buffers]), group["momentum"]
                )
                scale = 0.2 * max(rows, columns) ** 0.5 * group["lr"]
                turned = orthogonal(updates)
                torch._foreach_mul_(same, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(
                    same,
                    [u.view_as(p) for p, u in zip(same, turned.to(same[0].dtype), strict=True)],
                    alpha=-scale,
                )
