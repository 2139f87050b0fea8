"""Which way a convolution is reckoned on a processor, and how its filters then lie in memory.

A filter tensor is always (o, c, k, k) and its numbers never change; only their order in memory
does, as torch's own `channels_last` changes it: adapters, moves, and saved states see a plain
tensor. Whoever writes weights writes the parameter, never its `.data`.

torch itself (oneDNN) brings large filters into the order of its kernels anew at every call, which
for 1280 channels takes as long as the convolution. As matrix products over filters that lie as
(o, k, k, c) they need nothing before.
"""

from __future__ import annotations

import platform

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.convolutions.mapped_pages import give_back
from core.engine.diffusion.networks.convolutions.onednn import is_exact
from core.engine.diffusion.networks.convolutions.packed import (
    FEW_PIXELS,
    PackedFilters,
    packed_convolution,
)
from core.engine.diffusion.networks.convolutions.winograd import TILE, winograd

# Measured on AVX2 (tests/bench/networks/step.py). Below these sizes torch's own kernels are faster.
_WIDE = 320  # channels from which it is always one of the ways here
_NARROW = 128  # channels from which it is Winograd's with many tiles
_TILES = 32
_TILES_ONEDNN = 48  # where oneDNN makes all products: single ones gain most by it
_MANY_TILES = 128
_SMALL = 2_000_000  # multiplications of a matrix product
_X86 = platform.machine().lower() in ("x86_64", "amd64")


def is_fast_here(x: torch.Tensor) -> bool:
    """Whether x is reckoned with where these ways were measured: an x86 processor, float32, no
    gradients wanted."""
    return (
        _X86 and x.dtype is torch.float32 and x.device.type == "cpu" and not torch.is_grad_enabled()
    )


def picture_of(tokens: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Tokens (n, h * w, c) as features (n, c, h, w): channels last in memory, as they lie."""
    return tokens.unflatten(1, size).permute(0, 3, 1, 2)


def suits(layer: nn.Conv2d) -> bool:
    """Whether a layer is of the kind that these ways are for."""
    return (
        layer.dilation == (1, 1)
        and layer.groups == 1
        and (layer.kernel_size == (3, 3) or _is_matrix(layer))
        and not isinstance(layer.padding, str)
    )


def _is_matrix(layer: nn.Conv2d) -> bool:
    return layer.kernel_size == layer.stride == (1, 1) and layer.padding == (0, 0)


def convolved(
    layer: nn.Conv2d,
    kept: PackedFilters | None,
    x: torch.Tensor,
    padding: str | tuple[int, ...],
) -> tuple[torch.Tensor, PackedFilters | None] | None:
    """x (n, c, h, w) with so many rows and columns of zeros around it, under a layer that suits:
    (n, o, h', w'), and what to keep for the next call (`kept` by the last one). None where torch's
    own way is faster for this size, with channels last."""
    if layer.kernel_size == (1, 1):
        return _pixel_by_pixel(layer, x), None
    width = min(layer.in_channels, layer.out_channels)
    assert not isinstance(padding, str)
    stride = layer.stride
    high = (x.shape[2] + 2 * padding[0] - 3) // stride[0] + 1
    wide = (x.shape[3] + 2 * padding[1] - 3) // stride[1] + 1
    tiles = len(x) * -(-high // TILE) * -(-wide // TILE)
    many = width >= _NARROW and tiles >= _MANY_TILES and stride == (1, 1)
    narrow = width < _WIDE and not many
    if narrow and len(x) * high * wide <= FEW_PIXELS and torch.backends.mkldnn.is_available():
        return packed_convolution(layer, kept, x, (padding[0], padding[1]))
    lay_filters_last(layer)
    if narrow:
        return None
    if stride == (1, 1) and tiles >= (_TILES_ONEDNN if is_exact() else _TILES):
        return winograd(x, layer.weight, layer.bias, (padding[0], padding[1])), None
    return _as_product(x, layer, (padding[0], padding[1]), (high, wide)), None


def _pixel_by_pixel(layer: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """A convolution of 1 x 1 as a product of matrices that leaves the order of x in memory."""
    matrix = layer.weight.flatten(1)
    wide = min(layer.in_channels, layer.out_channels) >= _WIDE
    if wide or x.is_contiguous(memory_format=torch.channels_last):
        return product(x.permute(0, 2, 3, 1), matrix, layer.bias).permute(0, 3, 1, 2)
    each = matrix.expand(len(x), -1, -1)
    flat = x.flatten(2)
    if layer.bias is None:
        found = torch.bmm(each, flat)
    else:
        found = torch.baddbmm(layer.bias[:, None], each, flat)
    return found.unflatten(2, x.shape[2:])


def lay_filters_last(layer: nn.Conv2d) -> None:
    """Bring the filters into the order (o, k, k, c), unless they lie so; the tensor's shape and
    numbers stay."""
    weight = layer.weight
    if weight.is_contiguous(memory_format=torch.channels_last):
        return
    before = weight.data
    weight.data = before.contiguous(memory_format=torch.channels_last)
    if before.is_contiguous():
        give_back(before, written=weight._version > 0)


def multiplied(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor | None:
    """x (..., in) by a matrix (out, in): (..., out), by oneDNN. None where torch's own way is as
    fast: for little work."""
    work = x.numel() * len(weight)
    if work < _SMALL or not torch.backends.mkldnn.is_available():
        return None
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def product(x: torch.Tensor, matrix: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """x (..., in) by a matrix (out, in) by the faster way: (..., out)."""
    found = multiplied(x, matrix, bias)
    return F.linear(x, matrix, bias) if found is None else found


def _as_product(
    x: torch.Tensor, layer: nn.Conv2d, padding: tuple[int, int], size: tuple[int, int]
) -> torch.Tensor:
    """The pixels under the filter side by side, times the filters: few multiplications are saved
    where there are few pixels, but the filters are read once only."""
    samples, channels, height, width = x.shape
    high, wide = size
    around = x.new_zeros(samples, height + 2 * padding[0], width + 2 * padding[1], channels)
    inside = around[:, padding[0] : padding[0] + height, padding[1] : padding[1] + width]
    inside.copy_(x.permute(0, 2, 3, 1))
    sample, line, pixel, _ = around.stride()
    seen = around.as_strided(
        (samples, high, wide, 3, 3 * channels),
        (sample, layer.stride[0] * line, layer.stride[1] * pixel, line, 1),
    ).reshape(samples * high * wide, -1)
    filters = layer.weight.permute(0, 2, 3, 1).reshape(-1, 9 * channels)
    pixels = product(seen, filters, layer.bias)
    return pixels.view(samples, high, wide, -1).permute(0, 3, 1, 2)
