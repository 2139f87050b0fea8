"""How a network is told numbers: the time, and XL's sizes."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.layers import Linear


def sinusoids(
    numbers: torch.Tensor, width: int, *, cosine_first: bool, shift: float
) -> torch.Tensor:
    """Numbers (n,), fractional ones too, as sines and cosines of frequencies that fall from 1 to
    1 / 10000 (Vaswani et al. 2017, section 3.5): (n, width) float32.

    The exponents reach 1 at frequency width / 2 - `shift`; an odd width ends with a zero.
    """
    half = width // 2
    exponents = -math.log(10_000) * torch.arange(half, dtype=torch.float32, device=numbers.device)
    angles = numbers[:, None].float() * torch.exp(exponents / (half - shift))[None]
    waves = [torch.sin(angles), torch.cos(angles)]
    if cosine_first:
        waves.reverse()
    return F.pad(torch.cat(waves, -1), (0, width % 2))


class TimestepEmbedding(nn.Module):
    """Two matrices over the sinusoids; `guidance_width` where a distilled network is also told its
    guidance scale (Luo et al. 2023)."""

    def __init__(self, width: int, out_width: int, guidance_width: int | None = None) -> None:
        super().__init__()
        self.linear_1 = Linear(width, out_width)
        self.cond_proj = (
            None if guidance_width is None else Linear(guidance_width, width, bias=False)
        )
        self.linear_2 = Linear(out_width, out_width)

    def forward(self, waves: torch.Tensor, guidance: torch.Tensor | None = None) -> torch.Tensor:
        """(n, width), with guidance (n, guidance_width), to (n, out_width)."""
        if guidance is not None and self.cond_proj is not None:
            waves = waves + self.cond_proj(guidance)
        return self.linear_2(F.silu(self.linear_1(waves)))
