"""Which depth's maps are shown where nobody chose one, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.values.insight.attention import AttentionLayer

# Cells along the shorter side in which a subject is some cells wide, and which a layer's features
# still know as a whole. On the starter 8 x 8 cells find the subject and 4 x 4 do not (`about`); of
# larger models the layers of 16 x 16 cells are those that words are mostly read by (Hertz et al.
# 2022).
SUITS = 16


def finest_first(layers: Iterable[AttentionLayer]) -> tuple[str, ...]:
    """The depths of layers, each once, that of the most cells first."""
    sizes = {layer.depth: layer.width * layer.height for layer in layers}
    return tuple(sorted(sizes, key=lambda depth: -sizes[depth]))


def depth_that_suits(depths: Sequence[str]) -> str:
    """The finest of at most SUITS cells along the shorter side, else the coarsest; "" of none."""
    small = [depth for depth in depths if min(map(int, depth.split("x"))) <= SUITS]
    return small[0] if small else depths[-1] if depths else ""
