"""The plain way, to be measured beside ours: the same networks, each layer as torch has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import nn

from core.engine.diffusion.networks import layers

_PLAIN: dict[type[nn.Module], type[nn.Module]] = {
    layers.Conv2d: nn.Conv2d,
    layers.Linear: nn.Linear,
    layers.GroupNorm: nn.GroupNorm,
}


@contextmanager
def plain_layers(networks: Sequence[nn.Module]) -> Iterator[None]:
    """Inside, the networks' layers are torch's own classes and their weights lie in torch's usual
    order. Afterwards classes and order are as they were."""
    ours = [
        (layer, type(layer))
        for network in networks
        for layer in network.modules()
        if type(layer) in _PLAIN
    ]
    reordered = [
        (weight, weight.stride())
        for layer, _ in ours
        for weight in layer.parameters(recurse=False)
        if not weight.is_contiguous()
    ]
    try:
        for layer, kind in ours:
            layer.__class__ = _PLAIN[kind]
        for weight, _ in reordered:
            weight.data = weight.data.contiguous()
        yield
    finally:
        for layer, kind in ours:
            layer.__class__ = kind
        for weight, stride in reordered:
            as_before = weight.data.new_empty_strided(weight.shape, stride)
            weight.data = as_before.copy_(weight.data)
