"""The layers that every network here is built from. Parameter names are torch's."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.convolutions.packed import PackedFilters
from core.engine.diffusion.networks.convolutions.ways import (
    convolved,
    is_fast_here,
    multiplied,
    suits,
)


class Conv2d(nn.Conv2d):
    """A convolution, (n, in, h, w) to (n, out, h', w')."""

    _kept: PackedFilters | None = None

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(n, in, h, w) to (n, out, h', w'), by the way that is fastest here."""
        if suits(self) and is_fast_here(x):
            found = convolved(self, self._kept, x)
            if found is not None:
                result, kept = found
                if kept is not self._kept:
                    self._kept = kept
                return result
        return super().forward(x)

    def reset_parameters(self) -> None:
        """Random weights, unless there is nothing to fill: on the meta device that took two thirds
        of the time in which a network was built."""
        if not self.weight.is_meta:
            super().reset_parameters()


class Linear(nn.Linear):
    """A matrix, (..., in) to (..., out)."""

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(..., in) to (..., out), by the way that is fastest here."""
        if is_fast_here(x):
            found = multiplied(x, self.weight, self.bias)
            if found is not None:
                return found
        return super().forward(x)

    def reset_parameters(self) -> None:
        """As a convolution's."""
        if not self.weight.is_meta:
            super().reset_parameters()


class GroupNorm(nn.GroupNorm):
    """Group normalisation (Wu & He 2018) of (n, c, ...)."""


def group_norm_silu(norm: GroupNorm, x: torch.Tensor) -> torch.Tensor:
    """SiLU of the normalised x (n, c, h, w), of the same shape."""
    normalised = norm(x)
    return F.silu(normalised, inplace=not torch.is_grad_enabled())


def set_circular(network: nn.Module, circular: bool) -> None:
    """Whether the convolutions of a network take the picture's left and right, and its top and
    bottom, as joined: what it then makes can be laid side by side. Else zeros lie around it."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.padding_mode = "circular" if circular else "zeros"
