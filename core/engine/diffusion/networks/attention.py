"""Attention (Vaswani et al. 2017), the one place where queries meet keys."""

from __future__ import annotations

import torch
import torch.nn.functional as F


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
    found = F.scaled_dot_product_attention(
        split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask
    )
    return join_heads(found)


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(n, tokens, width) as (n, heads, tokens, width / heads)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def join_heads(x: torch.Tensor) -> torch.Tensor:
    """(n, heads, tokens, d) as (n, tokens, heads * d)."""
    return x.transpose(1, 2).flatten(2)
