"""Which depth's maps are shown where nobody chose one, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.values.insight.attention import AttentionLayer

# cells of a map in which a subject of a picture of its model's own size is several cells wide
SUITS = 16


def finest_first(layers: Iterable[AttentionLayer]) -> tuple[str, ...]:
    """The depths of layers, each once, that of the most cells first."""
    sizes = {layer.depth: layer.width * layer.height for layer in layers}
    return tuple(sorted(sizes, key=lambda depth: -sizes[depth]))


def depth_that_suits(depths: Sequence[str]) -> str:
    """The finest of at most SUITS cells along a side, else the coarsest; "" of none."""
    small = [depth for depth in depths if max(map(int, depth.split("x"))) <= SUITS]
    return small[0] if small else depths[-1] if depths else ""
