"""Attention (Vaswani et al. 2017): the one place where queries meet keys, and where somebody may
look on or step in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F

from core.engine.diffusion.networks.convolutions.onednn import by_onednn
from core.engine.diffusion.networks.convolutions.ways import is_fast_here

_SCORES = 2**20  # scores in float32 that `mean_probabilities` holds at a time
_LARGE = 512 * 512  # queries by keys of a head, from which oneDNN's products pay inside


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    heads: int,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """What each of the query's tokens gathers, (n, tokens, width), from query (n, tokens, width)
    and key and value (n, others, width); a head sees width / heads of it.

    `mask` is added to the scores and broadcasts to (n, heads, tokens, others).
    """
    found = attend_heads(
        split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask
    )
    return join_heads(found)


def attend_heads(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """What `attend` gives where heads are split already: (n, heads, tokens, d) from query
    (n, heads, tokens, d) and key and value (n, heads, others, d)."""
    if query.shape[2] * key.shape[2] >= _LARGE and is_fast_here(query):
        with by_onednn():
            return F.scaled_dot_product_attention(query, key, value, mask)
    return F.scaled_dot_product_attention(query, key, value, mask)


def attend_sliced(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, upcast: bool = False
) -> torch.Tensor:
    """As `attend_heads`, one head of one picture after the other, so that a device that keeps all
    scores keeps those of one head only. `upcast` reckons each in float32."""
    found = torch.empty_like(query)
    wide = torch.float32 if upcast else query.dtype
    for picture in range(query.shape[0]):
        for head in range(query.shape[1]):
            one = slice(picture, picture + 1), slice(head, head + 1)
            found[one] = attend_heads(query[one].to(wide), key[one].to(wide), value[one].to(wide))
    return found


def probabilities(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """How much each token looks at each other one, (n, heads, tokens, others) float32, rows adding
    up to 1, from query (n, heads, tokens, d) and key (n, heads, others, d). For hooks that want to
    see them; `attend_heads` never holds them whole."""
    scaled = query.float() * query.shape[-1] ** -0.5
    return (scaled @ key.float().transpose(-1, -2)).softmax(-1)


def mean_probabilities(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """The mean over heads of `probabilities`, (n, tokens, others), some tokens at a time so that
    little memory is taken at once."""
    rows = max(_SCORES // (query.shape[0] * query.shape[1] * key.shape[2]), 1)
    key = key.float()
    parts = [probabilities(part, key).mean(1) for part in query.split(rows, 2)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(n, tokens, width) as (n, heads, tokens, width / heads)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def join_heads(x: torch.Tensor) -> torch.Tensor:
    """(n, heads, tokens, d) as (n, tokens, heads * d)."""
    return x.transpose(1, 2).flatten(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionCall:
    """One layer about to attend, as a hook sees it.

    `layer` is its name ("down_blocks.1.attentions.0.transformer_blocks.0.attn2"). The query's
    tokens are the picture's, row after row of `size` (h, w); the key's are the text's where `cross`
    is true, else the picture's own. query is (n, heads, h * w, d), key and value (n, heads,
    others, d).
    """

    layer: str
    cross: bool
    size: tuple[int, int]
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor


# Gives what the tokens gather, (n, heads, tokens, d), in place of attention, or None to leave it be
AttentionHook = Callable[[AttentionCall], torch.Tensor | None]


class ToldRow(NamedTuple):
    """What one picture of a batch is told: `row` 0 is the negative prompt, from 1 on what AND
    joins of the prompt; and the text itself."""

    row: int
    text: str


class AttentionWatch(Protocol):
    """Hears each layer that is about to attend to a text, and changes nothing by it."""

    def told(self, rows: tuple[ToldRow, ...], size: tuple[int, int]) -> None:
        """A call of the network begins, over latents of `size` (h, w): what each picture of its
        batch is told."""
        ...

    def hear(self, call: AttentionCall) -> None:
        """A layer of that call."""
        ...


@dataclass(slots=True)
class AttentionMode:
    """How all layers of one network attend; they share it, so that it is set once."""

    hook: AttentionHook | None = None
    watch: AttentionWatch | None = None
    sliced: bool = False

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, upcast: bool
    ) -> torch.Tensor:
        """(n, heads, tokens, d), in slices where these are set."""
        if self.sliced:
            return attend_sliced(query, key, value, upcast=upcast)
        return attend_heads(query, key, value)
