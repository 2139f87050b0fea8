"""Weights in eight bits: a quarter of float32's memory, half of float16's,
for a picture that is nearly the same.

Each output row of a matrix or convolution is kept as int8 and one float32 factor, its largest
value / 127 (symmetric weight-only quantisation, as in Dettmers et al. 2022, section 2.1), and
multiplied out when the layer runs. What adapters add is kept in eight bits of its own: added to the
rounded weights and rounded again, a small change would vanish.
"""

from __future__ import annotations

import re
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks import layers
from core.engine.diffusion.networks.convolutions.mapped_pages import give_back

SMALLEST = 16_384  # weights; less is not worth a rounding
_PAGES = 1 << 20  # bytes of a tensor from which on its pages are given back
# The first and last layers, and what tells the step: few weights on which much depends.
_KEPT = re.compile(
    r"^(conv_in|conv_out|time_embedding|add_embedding|proj_out|x_embedder|context_embedder"
    r"|time_text_embed|pos_embed|norm_out)\b"
)


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 of the shape of `weight` (rows, ...), and the factors (rows, 1, ...) in float32."""
    values = weight.float()
    factors = values.abs().amax(tuple(range(1, values.ndim)), keepdim=True).clamp_min(1e-30) / 127
    return (values / factors).round().to(torch.int8), factors


class EightBit:
    """What both kinds of layers share. `weight` is int8; `change` is what adapters add, or None."""

    weight: torch.Tensor
    factors: torch.Tensor
    change: torch.Tensor | None
    change_factors: torch.Tensor | None

    def store_weight(self, weight: torch.Tensor) -> None:
        """Keep these weights (out, in, ...), rounded."""
        assert isinstance(self, nn.Module)
        values, factors = quantised(weight)
        self.weight = nn.Parameter(values, requires_grad=False)
        self.register_buffer("factors", factors)

    def base_weight(self) -> torch.Tensor:
        """The weights (out, in, ...) without adapters, float32."""
        return self.weight * self.factors

    def add_change(self, delta: torch.Tensor) -> None:
        """Add an adapter's change (out, in, ...)."""
        if self.change is not None and self.change_factors is not None:
            delta = self.change * self.change_factors + delta
        self.change, self.change_factors = quantised(delta)

    def drop_change(self) -> None:
        """Without adapters again: the very bits of before."""
        self.change = self.change_factors = None

    def effective_weight(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in, ...) with adapters."""
        weight = self.base_weight()
        if self.change is not None and self.change_factors is not None:
            weight += self.change * self.change_factors
        return weight.to(dtype)


class EightBitLinear(EightBit, nn.Linear):
    """A matrix in eight bits: (..., in) to (..., out)."""

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(..., in) to (..., out), in the format of x."""
        return F.linear(x, self.effective_weight(x.dtype), self.bias)


class EightBitConv2d(EightBit, layers.Conv2d):
    """A convolution in eight bits: (n, in, h, w) to (n, out, h', w')."""

    # torch names it `input`, which is Python's
    def forward(self, x: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """(n, in, h, w) to (n, out, h', w'), in the format of x."""
        weight = self.effective_weight(x.dtype)
        if not self.joined:
            return self._conv_forward(x, weight, self.bias)
        x, padding = self.with_edges(x)
        return F.conv2d(x, weight, self.bias, self.stride, padding, self.dilation, self.groups)


# of diffusers' networks and of ours
_KINDS: dict[type[nn.Module], type[nn.Module]] = {
    nn.Linear: EightBitLinear,
    nn.Conv2d: EightBitConv2d,
    layers.Linear: EightBitLinear,
    layers.Conv2d: EightBitConv2d,
}


def prepare(network: nn.Module) -> dict[str, Any]:
    """Turn the large layers of a network, which may be without weights yet,
    into eight-bit ones; returns them by name."""
    prepared: dict[str, Any] = {}
    network.requires_grad_(False)
    for name, module in network.named_modules():
        kind = _KINDS.get(type(module))
        weight = getattr(module, "weight", None)
        if kind is None or weight is None or weight.numel() < SMALLEST or _KEPT.match(name):
            continue
        module.__class__ = kind
        one_a_row = (len(weight), *[1] * (weight.ndim - 1))
        module.register_buffer("factors", torch.empty(one_a_row, device=weight.device))
        module.register_buffer("change", None, persistent=False)
        module.register_buffer("change_factors", None, persistent=False)
        prepared[name] = module
    return prepared


def quantise(network: nn.Module) -> None:
    """A loaded network in eight bits, layer by layer."""
    for module in prepare(network).values():
        module.store_weight(module.weight.detach())


def with_factors(
    weights: dict[str, torch.Tensor], layers: dict[str, Any], dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """The state of a prepared network from plain weights by name, of any shape, which are let go of
    one by one: the large ones rounded, the rest in `dtype`. What is mapped of a file leaves memory
    with each of them, else half-precision weights would lie there twice until all are read."""
    state: dict[str, torch.Tensor] = {}
    for name in list(weights):
        tensor = weights.pop(name)
        layer = name.removesuffix(".weight")
        if layer in layers and name.endswith(".weight"):
            state[name], state[f"{layer}.factors"] = quantised(tensor)
        else:
            state[name] = tensor.to(dtype)
        if tensor.nbytes >= _PAGES and state[name].data_ptr() != tensor.data_ptr():
            give_back(tensor, written=False)
    return state
