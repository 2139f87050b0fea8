"""The layers that every network here is built from. Parameter names are torch's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.convolutions.packed import PackedFilters
from core.engine.diffusion.networks.convolutions.rounded_matrices import RoundedMatrix
from core.engine.diffusion.networks.convolutions.ways import (
    convolved,
    is_fast_here,
    multiplied,
    suits,
)

_PIXELS = 1 << 15  # of a picture, up to which torch's own group normalisation is exact enough
_STRIP = 1 << 20  # numbers, which stay in the last cache


class Conv2d(nn.Conv2d):
    """A convolution, (n, in, h, w) to (n, out, h', w').

    `joined` are the directions in which opposite edges are taken as joined, "x", "y" or both: there
    it looks beyond an edge at the other one. Elsewhere zeros lie around what it is given.
    """

    joined = ""

    _kept: PackedFilters | None = None

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(n, in, h, w) to (n, out, h', w'), by the way that is fastest here."""
        padding = self.padding
        if self.joined:
            x, padding = self.with_edges(x)
        if suits(self) and is_fast_here(x):
            found = convolved(self, self._kept, x, padding)
            if found is not None:
                result, kept = found
                if kept is not self._kept:
                    self._kept = kept
                return result
        return F.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def with_edges(self, x: torch.Tensor) -> tuple[torch.Tensor, tuple[int, int]]:
        """x (n, c, h, w) with what lies beyond its joined edges around it, and the rows and columns
        of zeros that are still to come."""
        assert not isinstance(self.padding, str)
        high, wide = self.padding
        if high == wide == 0:
            return x, (0, 0)
        x = around(x, (wide, wide, high, high), self.joined, zeros=False)
        return x, (0 if "y" in self.joined else high, 0 if "x" in self.joined else wide)

    def reset_parameters(self) -> None:
        """Random weights, unless there is nothing to fill: on the meta device that took two thirds
        of the time in which a network was built."""
        if not self.weight.is_meta:
            super().reset_parameters()


class Linear(nn.Linear):
    """A matrix, (..., in) to (..., out); in eight bits where `rounded` is set and it pays."""

    rounded: RoundedMatrix | None = None

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(..., in) to (..., out), by the way that is fastest here."""
        if is_fast_here(x):
            found = None
            if self.rounded is not None:
                found = self.rounded.product(x, (self.weight,), self.bias)
            if found is None:
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

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Of the shape of x."""
        return _in_strips(self, x) if _wants_strips(x) else super().forward(x)


def group_norm_silu(norm: GroupNorm, x: torch.Tensor) -> torch.Tensor:
    """SiLU of the normalised x (n, c, h, w), of the same shape."""
    if _wants_strips(x):
        return _in_strips(norm, x, silu=True)
    normalised = norm(x)
    return F.silu(normalised, inplace=not torch.is_grad_enabled())


def _wants_strips(x: torch.Tensor) -> bool:
    """Where channels lie last torch adds up all of a group's pixels one after the other: of 512 x
    512 the result is off by 1.6e-5, and by 1.6e-7 where pixels lie last."""
    return (
        x.ndim == 4
        and x.shape[2] * x.shape[3] > _PIXELS
        and x.dtype is torch.float32
        and x.device.type == "cpu"
        and not torch.is_grad_enabled()
        and not x.is_contiguous()
        and x.is_contiguous(memory_format=torch.channels_last)
    )


def _in_strips(norm: GroupNorm, x: torch.Tensor, *, silu: bool = False) -> torch.Tensor:
    """The normalised x (n, c, h, w), its channels last, of the same shape: means and variances are
    those of strips of it, put together in float64."""
    height, width = x.shape[2:]
    rows = max(1, _STRIP // (x.shape[1] * width))
    means = torch.zeros(len(x), norm.num_groups, dtype=torch.float64)
    squares = torch.zeros_like(means)
    for strip in x.split(rows, 2):
        strip = strip.contiguous(memory_format=torch.channels_last)  # as it is, of one sample
        share = strip.shape[2] / height
        size = strip.shape[2] * width
        _, mean, inverse = torch.native_group_norm(
            strip, None, None, len(x), x.shape[1], size, norm.num_groups, norm.eps
        )
        mean = mean.double()
        means += share * mean
        squares += share * (inverse.double() ** -2 - norm.eps + mean**2)
    inverse = (squares - means**2).clamp(min=0).add_(norm.eps).rsqrt_()
    scale = _each(inverse, x) * norm.weight
    shift = (norm.bias - _each(means, x) * scale).float()[:, :, None, None]
    scale = scale.float()[:, :, None, None]
    found = torch.empty_like(x)
    for strip, result in zip(x.split(rows, 2), found.split(rows, 2), strict=True):
        torch.addcmul(shift, strip, scale, out=result)
        if silu:
            F.silu(result, inplace=True)
    return found


def _each(of_groups: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Numbers of groups (n, g) for each channel of x (n, c, h, w): (n, c)."""
    return of_groups.repeat_interleave(x.shape[1] // of_groups.shape[1], 1)


def set_joined(network: nn.Module, joined: str) -> None:
    """In which directions ("x", "y", "xy", "") the convolutions of a network take opposite edges as
    joined: what it then makes can be laid side by side there."""
    for module in network.modules():
        if isinstance(module, Conv2d):
            module.joined = joined


@contextmanager
def joined_only(network: nn.Module, joined: str) -> Iterator[None]:
    """Inside, the convolutions of a network take edges as joined in these directions only;
    afterwards as before."""
    before = [(layer, layer.joined) for layer in network.modules() if isinstance(layer, Conv2d)]
    try:
        set_joined(network, joined)
        yield
    finally:
        for layer, directions in before:
            layer.joined = directions


def joined_in(layer: nn.Module) -> str:
    """The directions in which a convolution's edges are joined; none of one that is torch's own."""
    return layer.joined if isinstance(layer, Conv2d) else ""


def around(
    x: torch.Tensor, sides: tuple[int, int, int, int], joined: str, *, zeros: bool = True
) -> torch.Tensor:
    """x (n, c, h, w) with so many columns left and right, rows above and below around it: in the
    directions of `joined` those of the opposite edge, elsewhere `zeros` or nothing."""
    left, right, above, below = sides
    columns = (left, right, 0, 0)
    rows = (0, 0, above, below)
    for direction, amounts in (("x", columns), ("y", rows)):
        if direction in joined:
            x = F.pad(x, amounts, "circular")
        elif zeros:
            x = F.pad(x, amounts)
    return x
