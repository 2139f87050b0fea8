"""How a picture that is refined is cut, as far as it tells before it is made how long that takes:
how large tiles are, by how much they overlap, how many there are. No torch."""

from __future__ import annotations

from core.models.files.families import FAMILIES

OVERLAP = 0.25  # of a tile's side
_USUAL_SIDE = 512  # pixels a tile has where a model's family is not known


def tile_side(family: str) -> int:
    """Pixels a side of what a family's models compose well in one go."""
    row = FAMILIES.get(family)
    return max(row.sizes[0]) if row else _USUAL_SIDE


def tile_count(size: tuple[int, int], side: int) -> int:
    """About how many tiles a picture of this (width, height) is cut into."""
    step = side - int(side * OVERLAP)
    count = 1
    for length in size:
        count *= 1 if length <= side else 1 - (side - length) // step
    return count
