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
    order. Afterwards ours bring the weights into theirs again, at their next call."""
    ours = [
        (layer, type(layer))
        for network in networks
        for layer in network.modules()
        if type(layer) in _PLAIN
    ]
    try:
        for layer, kind in ours:
            layer.__class__ = _PLAIN[kind]
            for weight in layer.parameters(recurse=False):
                weight.data = weight.data.contiguous()  # the same memory where it lies so
        yield
    finally:
        for layer, kind in ours:
            layer.__class__ = kind
