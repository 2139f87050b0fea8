"""Matrices multiplied in whole numbers of eight bits, a third of float32's time on processors that
have instructions for it (VNNI), for an answer that is 1 % off.

Weights are rounded once, each output by its own largest value, and kept in the order of oneDNN's
kernels beside the layer's own, which stay as they are: a quarter of their memory, from the first
use until nobody asks for it any more, made anew where weights were written or replaced. Inputs are
rounded at every call: between their smallest and largest value, or token by token where the outputs
are few and so the factors of tokens cost little. Sums are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

_MOST = 127  # of a rounded weight
_LEVELS = 255  # of a rounded input
_MIDDLE = 128  # what stands for 0 where inputs are rounded token by token
_LEAST = 1e-30  # a factor of what is all zeros
# Where rounding takes less than it saves: with so many multiplications, of matrices so wide. The
# starter's are narrower: with all of them in eight bits its step took 1.1 times as long.
SMALL = 8_000_000
NARROW = 256


def multiplies_int8() -> bool:
    """Whether this processor has instructions for products of eight bits, and torch the kernels."""
    capabilities = torch.cpu.get_capabilities()
    has = capabilities.get("avx512_vnni") or capabilities.get("avx_vnni")
    return bool(has) and torch.backends.mkldnn.is_available()


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """Rounded weights as oneDNN has them, their factors (out,), and of which weights they are;
    these are held, so that no later tensor comes to lie at their place and is taken for them."""

    values: torch.Tensor
    factors: torch.Tensor
    zeros: torch.Tensor
    made_from: tuple[tuple[int, int], ...]
    weights: tuple[torch.Tensor, ...]


class RoundedMatrix:
    """What a layer keeps that multiplies in eight bits, or several layers that do so with the same
    input."""

    def __init__(self) -> None:
        self._kept: _Packed | None = None

    def __deepcopy__(self, known: dict[int, object]) -> RoundedMatrix:
        """A copied layer makes its own when it needs it."""
        return RoundedMatrix()

    def product(
        self, x: torch.Tensor, weights: Sequence[torch.Tensor], bias: torch.Tensor | None
    ) -> torch.Tensor | None:
        """x (..., in) by matrices (out, in), one below the other: (..., all outs), float32. None
        for so little work that it would take longer, and for numbers that overflowed."""
        outputs = sum(len(weight) for weight in weights)
        if x.numel() * outputs < SMALL or min(x.shape[-1], outputs) < NARROW:
            return None
        packed = self._packed(weights)
        if outputs <= x.shape[-1]:
            return _token_by_token(x, packed, bias)
        return _at_once(x, packed, bias)

    def _packed(self, weights: Sequence[torch.Tensor]) -> _Packed:
        made_from = tuple((weight.data_ptr(), weight._version) for weight in weights)
        kept = self._kept
        if kept is None or kept.made_from != made_from:
            self._kept = None  # what grew old goes before the new ones come
            held = tuple(weight.detach() for weight in weights)
            kept = self._kept = _pack(held, made_from)
        return kept


def _pack(weights: tuple[torch.Tensor, ...], made_from: tuple[tuple[int, int], ...]) -> _Packed:
    rounded: list[torch.Tensor] = []
    factors: list[torch.Tensor] = []
    for weight in weights:
        largest = torch.maximum(weight.amax(1), -weight.amin(1))
        factor = largest.clamp_min_(_LEAST) / _MOST
        rounded.append((weight / factor[:, None]).round_().to(torch.int8))
        factors.append(factor)
    values = torch.ops.onednn.qlinear_prepack(torch.cat(rounded), None)
    zeros = torch.zeros(sum(len(weight) for weight in weights), dtype=torch.int64)
    return _Packed(values, torch.cat(factors), zeros, made_from, weights)


def _at_once(x: torch.Tensor, packed: _Packed, bias: torch.Tensor | None) -> torch.Tensor | None:
    """All inputs rounded to the same levels."""
    smallest, largest = (float(bound) for bound in torch.aminmax(x))
    smallest, largest = min(smallest, 0.0), max(largest, 0.0)
    if not math.isfinite(largest - smallest):
        return None
    step = max(largest - smallest, _LEAST) / _LEVELS
    zero = round(-smallest / step)
    half_up = torch.tensor(zero + 0.5)  # the conversion then cuts off
    levels = torch.add(half_up, x, alpha=1 / step).clamp_(0, _LEVELS).to(torch.uint8)
    return _multiplied(levels, step, zero, packed, bias)


def _token_by_token(
    x: torch.Tensor, packed: _Packed, bias: torch.Tensor | None
) -> torch.Tensor | None:
    """Each token rounded by its own largest value: a few large ones cost the others nothing."""
    smallest, largest = torch.aminmax(x, dim=-1, keepdim=True)
    steps = torch.maximum(largest, -smallest).clamp_min_(_LEAST) / _MOST
    if not bool(torch.isfinite(steps).all()):
        return None
    levels = (x / steps).add_(_MIDDLE + 0.5).to(torch.uint8)
    found = _multiplied(levels, 1.0, _MIDDLE, packed, None).mul_(steps)
    return found if bias is None else found.add_(bias)


def _multiplied(
    levels: torch.Tensor, step: float, zero: int, packed: _Packed, bias: torch.Tensor | None
) -> torch.Tensor:
    """(levels - zero) * step by the weights, and the bias: float32."""
    multiply = torch.ops.onednn.qlinear_pointwise
    weights = packed.values, packed.factors, packed.zeros
    return multiply(levels, step, zero, *weights, bias, 1.0, 0, torch.float32, "none", [], "")
