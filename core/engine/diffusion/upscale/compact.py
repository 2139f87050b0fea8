"""Compact, the small upscaler of Real-ESRGAN (Wang et al. 2021; SRVGGNetCompact in its files)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.layers import Conv2d


class Compact(nn.Module):
    """(n, c, h, w) in 0 to 1 to (n, c, scale * h, scale * w): convolutions with learnt slopes
    between them at the picture's own size, whose last one gives what is added to each pixel
    repeated. `convolutions` counts those between the first and the last."""

    def __init__(self, channels: int, features: int, convolutions: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        layers: list[nn.Module] = [Conv2d(channels, features, 3, padding=1), nn.PReLU(features)]
        for _ in range(convolutions):
            layers += (Conv2d(features, features, 3, padding=1), nn.PReLU(features))
        layers.append(Conv2d(features, channels * scale**2, 3, padding=1))
        self.body = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, c, scale * h, scale * w)."""
        repeated = x.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        return F.pixel_shuffle(self.body(x), self.scale) + repeated
