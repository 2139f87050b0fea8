"""Which pictures are chosen, by their ids alone: 100,000 of them need no records."""

from __future__ import annotations

from desktop.pictures.grid import PictureGrid


def ids_chosen_in(grid: PictureGrid) -> tuple[int, ...]:
    """Those that are chosen in a grid, in the order in which they were."""
    model = grid.pictures()
    if model is None:
        return ()
    ids = model.ids()
    return tuple(one for part in grid.chosen_rows() for one in ids[part.start : part.stop])
