"""Residual blocks of convolutions (He et al. 2016), and the layers that halve and double a
picture's sides: what UNet and autoencoder share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.layers import (
    Conv2d,
    GroupNorm,
    Linear,
    around,
    group_norm_silu,
    joined_in,
)


class Resnet(nn.Module):
    """Two convolutions, each on normalised features, added to these; with `time_width` told the
    time between the two."""

    def __init__(
        self,
        channels: int,
        out_channels: int,
        *,
        groups: int,
        eps: float,
        time_width: int | None = None,
    ) -> None:
        super().__init__()
        self.norm1 = GroupNorm(groups, channels, eps=eps)
        self.conv1 = Conv2d(channels, out_channels, 3, padding=1)
        self.time_emb_proj = None if time_width is None else Linear(time_width, out_channels)
        self.norm2 = GroupNorm(groups, out_channels, eps=eps)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1)
        same = channels == out_channels
        self.conv_shortcut = None if same else Conv2d(channels, out_channels, 1)

    def forward(self, x: torch.Tensor, time: torch.Tensor | None = None) -> torch.Tensor:
        """Features (n, channels, h, w) to (n, out_channels, h, w); time is the SiLU of its
        embedding, (n, time_width)."""
        inner = self.conv1(group_norm_silu(self.norm1, x))
        if self.time_emb_proj is not None:
            inner = inner + self.time_emb_proj(time)[:, :, None, None]
        inner = self.conv2(group_norm_silu(self.norm2, inner))
        beside = x if self.conv_shortcut is None else self.conv_shortcut(x)
        return inner.add_(beside)  # nobody else has it: a picture's size of memory less


class Downsample(nn.Module):
    """Half the sides, by a convolution of stride 2. Without `padding` one row and one column are
    added below and to the right."""

    def __init__(self, channels: int, padding: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, stride=2, padding=padding)
        self._lacks_edge = padding == 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, c, h / 2, w / 2), rounded up with padding, else down."""
        if self._lacks_edge:
            joined = joined_in(self.conv)
            x = around(x, (0, 1, 0, 1), joined) if joined else F.pad(x, (0, 1, 0, 1))
        return self.conv(x)


class Upsample(nn.Module):
    """Larger sides by repeating pixels, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor, size: tuple[int, int] | None = None) -> torch.Tensor:
        """(n, c, h, w) to (n, c, *size), by default twice the sides."""
        wanted = size or (2 * x.shape[2], 2 * x.shape[3])
        return self.conv(F.interpolate(x, wanted, mode="nearest"))
