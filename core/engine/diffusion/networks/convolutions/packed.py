"""Filters in the order of oneDNN's kernels, kept from call to call.

In narrow networks a low resolution has so few pixels that bringing the filters into that order
takes as long as the convolution. The order is oneDNN's own and no tensor's, so these filters lie
beside the weights: a tenth of what such a network's process holds. They are made anew where weights
were written or replaced, and for another size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

FEW_PIXELS = 512  # of all samples together, up to which keeping them pays


@dataclass(frozen=True, slots=True)
class PackedFilters:
    """`made_from` says of which numbers and for which input they are; `weight` is what they were
    made of, held so that no later tensor comes to lie at its place and is taken for it."""

    filters: torch.Tensor
    made_from: tuple[object, ...]
    weight: torch.Tensor

    def __deepcopy__(self, known: dict[int, object]) -> None:
        """A copied layer makes its own when it needs them."""
        return


def packed_convolution(
    layer: nn.Conv2d, kept: PackedFilters | None, x: torch.Tensor, padding: tuple[int, int]
) -> tuple[torch.Tensor, PackedFilters]:
    """x (n, c, h, w) under a layer, (n, o, h', w'), and the filters to keep for the next call;
    `kept` are those of the last one."""
    weight = layer.weight
    around = list(padding)
    stride = list(layer.stride)
    made_from = (weight.data_ptr(), weight._version, x.shape, padding, torch.get_num_threads())
    if kept is None or kept.made_from != made_from:
        filters = torch.ops.mkldnn._reorder_convolution_weight(
            weight, around, stride, [1, 1], 1, list(x.shape)
        )
        kept = PackedFilters(filters, made_from, weight.detach())
    found = torch.ops.mkldnn._convolution_pointwise(
        x, kept.filters, layer.bias, around, stride, [1, 1], 1, "none", [], ""
    )
    return found, kept
