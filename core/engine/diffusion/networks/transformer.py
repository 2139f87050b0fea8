"""The transformer blocks of the UNet: the picture's tokens look at each other, then at the text
(Rombach et al. 2022, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.attention import (
    AttentionCall,
    AttentionMode,
    join_heads,
    split_heads,
)
from core.engine.diffusion.networks.convolutions.joined_matrices import joined
from core.engine.diffusion.networks.convolutions.rounded_matrices import RoundedMatrix
from core.engine.diffusion.networks.convolutions.ways import is_fast_here, picture_of, product
from core.engine.diffusion.networks.layers import Conv2d, GroupNorm, Linear

Pair = tuple[torch.Tensor, torch.Tensor]


class TextKeys:
    """A text's states (n, tokens, width) together with the keys and values that each
    cross-attention layer makes of them, reckoned once instead of at every step.

    Given to a network instead of the states, so that one text's keys never meet another's states.
    Whoever draws a picture holds it for that picture. A pair is made anew where its layer's weights
    have changed (adapters), and always while gradients are wanted.
    """

    def __init__(self, states: torch.Tensor) -> None:
        self.states = states
        self._kept: dict[Attention, _KeptPair] = {}

    def of(self, layer: Attention) -> Pair:
        """Key and value of a layer, (n, heads, tokens, d) each."""
        if torch.is_grad_enabled():
            return layer.key_and_value(self.states)
        kept = self._kept.get(layer)
        if kept is None or not kept.is_current(layer):
            kept = _KeptPair(layer, layer.key_and_value(self.states))
            self._kept[layer] = kept
        return kept.pair

    def rewrite(self, states: torch.Tensor) -> None:
        """Another text, its states of the same shape, in the same places in memory; so for whoever
        knows only these places (a recorded graph)."""
        self.states.copy_(states)
        for layer, kept in self._kept.items():
            kept.rewrite(layer, layer.key_and_value(self.states))


class _KeptPair:
    """Key and value, and the tensors they were made from, held so that no later tensor is taken for
    one of these."""

    def __init__(self, layer: Attention, pair: Pair) -> None:
        self.pair = pair
        self._tensors = _key_tensors(layer)
        self._written = [_written(tensor) for tensor in self._tensors]

    def is_current(self, layer: Attention) -> bool:
        """Whether they are still the layer's and were not written to since."""
        now = _key_tensors(layer)
        if len(now) != len(self._tensors):
            return False
        same = all(a is b for a, b in zip(now, self._tensors, strict=True))
        return same and self._written == [_written(tensor) for tensor in now]

    def rewrite(self, layer: Attention, pair: Pair) -> None:
        """Another pair in the memory of this one."""
        for place, new in zip(self.pair, pair, strict=True):
            place.copy_(new)
        self._tensors = _key_tensors(layer)
        self._written = [_written(tensor) for tensor in self._tensors]


def _key_tensors(layer: Attention) -> list[torch.Tensor]:
    """Weights of a layer's keys and values, and whatever else lies beside them."""
    return [
        tensor
        for matrix in (layer.to_k, layer.to_v)
        for tensor in (*matrix._parameters.values(), *matrix._buffers.values())
        if tensor is not None
    ]


def _written(tensor: torch.Tensor) -> tuple[int, int]:
    """Another pair whenever a tensor's numbers were written or replaced."""
    return tensor.data_ptr(), tensor._version


Text = torch.Tensor | TextKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerShape:
    """What the transformers of one resolution have in common. `only_cross`: even the first
    attention of a block looks at the text. `upcast` is heard where attention is sliced."""

    channels: int
    heads: int
    text_width: int
    groups: int
    linear: bool
    only_cross: bool
    upcast: bool
    mode: AttentionMode


class Attention(nn.Module):
    """The picture's tokens (n, tokens, channels) look at themselves, or at a text."""

    def __init__(self, shape: TransformerShape, *, cross: bool) -> None:
        super().__init__()
        width = shape.channels
        source = shape.text_width if cross else width
        self.layer = ""
        self.heads = shape.heads
        self.upcast = shape.upcast
        self.mode = shape.mode
        self.rounded: RoundedMatrix | None = None  # of query, key and value of a picture
        self.to_q = Linear(width, width, bias=False)
        self.to_k = Linear(source, width, bias=False)
        self.to_v = Linear(source, width, bias=False)
        self.to_out = nn.ModuleList([Linear(width, width), nn.Identity()])

    def key_and_value(self, states: torch.Tensor) -> Pair:
        """(n, heads, tokens, d) each, of states (n, tokens, width)."""
        return split_heads(self.to_k(states), self.heads), split_heads(
            self.to_v(states), self.heads
        )

    def _of_picture(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Query, key and value of tokens (n, tokens, channels), (n, heads, tokens, d) each."""
        layers = (self.to_q, self.to_k, self.to_v)
        one = None
        if is_fast_here(x) and all(type(layer) is Linear for layer in layers):
            if self.rounded is not None:
                one = self.rounded.product(x, [layer.weight for layer in layers], None)
            if one is None and (matrix := joined(layers)) is not None:
                one = product(x, matrix, None)
        found = tuple(layer(x) for layer in layers) if one is None else one.chunk(3, -1)
        return tuple(split_heads(each, self.heads) for each in found)

    def forward(
        self, x: torch.Tensor, size: tuple[int, int], text: Text | None = None
    ) -> torch.Tensor:
        """What they gather, (n, h * w, channels); size is (h, w). Without a text, from
        themselves."""
        if text is None:
            query, key, value = self._of_picture(x)
        else:
            query = split_heads(self.to_q(x), self.heads)
            key, value = text.of(self) if isinstance(text, TextKeys) else self.key_and_value(text)
        found = None
        hook = self.mode.hook
        watch = None if text is None else self.mode.watch
        if hook is not None or watch is not None:
            call = AttentionCall(
                layer=self.layer,
                cross=text is not None,
                size=size,
                query=query,
                key=key,
                value=value,
            )
            if watch is not None:
                watch.hear(call)
            found = None if hook is None else hook(call)
        if found is None:
            found = self.mode.attend(query, key, value, upcast=self.upcast)
        return self.to_out[0](join_heads(found))


class GatedLinear(nn.Module):
    """GEGLU (Shazeer 2020): half of what the matrix gives, by the GELU of the other half."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.proj = Linear(width, 2 * inner)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width) to (n, tokens, inner)."""
        values, gates = self.proj(x).chunk(2, -1)
        if torch.is_grad_enabled():
            return values * F.gelu(gates)
        return F.gelu(gates).mul_(values)


class FeedForward(nn.Module):
    """Each token for itself, through four times its width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = 4 * width
        self.net = nn.ModuleList([GatedLinear(width, inner), nn.Identity(), Linear(inner, width)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width), of the same shape."""
        return self.net[2](self.net[0](x))


class Merged(Protocol):
    """Tokens taken together, so that there are fewer to attend."""

    def gathered(self, x: torch.Tensor) -> torch.Tensor:
        """Of tokens (n, tokens, c) those that are left, (n, fewer, c)."""
        ...

    def spread(self, x: torch.Tensor) -> torch.Tensor:
        """The reverse, (n, fewer, c) to (n, tokens, c)."""
        ...


# Of tokens (n, h * w, c) and their size (h, w): which to take together, or None for none
Merging = Callable[[torch.Tensor, tuple[int, int]], Merged | None]


class TransformerBlock(nn.Module):
    """Attention to the picture, attention to the text, and the feed-forward network, each on
    normalised tokens and added to them."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.only_cross = shape.only_cross
        self.merging: Merging | None = None
        self.norm1 = nn.LayerNorm(shape.channels)
        self.attn1 = Attention(shape, cross=shape.only_cross)
        self.norm2 = nn.LayerNorm(shape.channels)
        self.attn2 = Attention(shape, cross=True)
        self.norm3 = nn.LayerNorm(shape.channels)
        self.ff = FeedForward(shape.channels)

    def forward(self, x: torch.Tensor, size: tuple[int, int], text: Text) -> torch.Tensor:
        """Tokens (n, h * w, channels) of a picture of `size` (h, w), of the same shape."""
        x = self._first(x, size, text) + x
        x = self.attn2(self.norm2(x), size, text) + x
        return self.ff(self.norm3(x)) + x

    def _first(self, x: torch.Tensor, size: tuple[int, int], text: Text) -> torch.Tensor:
        """The first attention. Tokens are merged only where the picture looks at itself, and nobody
        else wants to see them at their places."""
        inner = self.norm1(x)
        if self.only_cross:
            return self.attn1(inner, size, text)
        seen = self.attn1.mode.hook is not None
        merged = None if self.merging is None or seen else self.merging(x, size)
        if merged is None:
            return self.attn1(inner, size)
        return merged.spread(self.attn1(merged.gathered(inner), size))


class Transformer(nn.Module):
    """`depth` blocks over the tokens of a picture's features, added to these."""

    def __init__(self, shape: TransformerShape, depth: int) -> None:
        super().__init__()
        channels = shape.channels
        self.linear = shape.linear
        self.norm = GroupNorm(shape.groups, channels, eps=1e-6)
        self.proj_in = Linear(channels, channels) if shape.linear else Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(shape) for _ in range(depth)])
        self.proj_out = (
            Linear(channels, channels) if shape.linear else Conv2d(channels, channels, 1)
        )

    def forward(self, x: torch.Tensor, text: Text) -> torch.Tensor:
        """Features (n, channels, h, w), of the same shape."""
        size = x.shape[2], x.shape[3]
        inner = self.norm(x)
        inner = self.proj_in(_tokens(inner)) if self.linear else _tokens(self.proj_in(inner))
        for block in self.transformer_blocks:
            inner = block(inner, size, text)
        if self.linear:
            return picture_of(self.proj_out(inner), size) + x
        return self.proj_out(picture_of(inner, size)) + x


def _tokens(x: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) as (n, h * w, c)."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)
