"""Matrices that are all multiplied by the same input, as one: a product reads its input once, and
its threads are woken once.

The matrices are brought to lie one after the other in memory and stay tensors of their own, so that
nothing is held twice, and adapters and saved states find them under their names. Where one of them
was replaced or moved since, they are brought together again.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from core.engine.diffusion.networks.convolutions.mapped_pages import give_back


def joined(layers: Sequence[nn.Linear]) -> torch.Tensor | None:
    """The weights of layers without bias, (out, in) each, as one tensor (all outs, in) that shares
    their memory. None where they are not alike."""
    weights = [layer.weight for layer in layers]
    first = weights[0]
    for layer in layers:
        alike = layer.weight.dtype is first.dtype and layer.weight.device == first.device
        if layer.bias is not None or layer.in_features != layers[0].in_features or not alike:
            return None
    if not _lie_in_a_row(weights):
        _bring_together(weights)
    outputs = sum(len(weight) for weight in weights)
    return first.as_strided((outputs, first.shape[1]), (first.shape[1], 1))


def _lie_in_a_row(weights: Sequence[torch.Tensor]) -> bool:
    storage = weights[0].untyped_storage().data_ptr()
    place = weights[0].data_ptr()
    for weight in weights:
        if weight.data_ptr() != place or not weight.is_contiguous():
            return False
        if weight.untyped_storage().data_ptr() != storage:
            return False
        place += weight.nbytes
    return True


def _bring_together(weights: Sequence[torch.Tensor]) -> None:
    parts = torch.cat([weight.detach() for weight in weights]).split([len(w) for w in weights])
    for weight, part in zip(weights, parts, strict=True):
        before = weight.data
        weight.data = part
        if before.is_contiguous():
            give_back(before, written=weight._version > 0)
