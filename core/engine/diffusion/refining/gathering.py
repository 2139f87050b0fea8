"""What is made of a picture's tiles, one after the other, as one: how many are done is told, and
kept where a kill would cost much."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from core.engine.diffusion.refining.kept_work import KeptWork
from core.engine.diffusion.refining.tiles import TileGrid

OnTile = Callable[[int, int], object]
OnEstimate = Callable[[torch.Tensor], object]
Run = Callable[[tuple[int, int]], torch.Tensor]  # the place of a tile to (1, c, side, side)


@dataclass(slots=True)
class TileCount:
    """How many of all tiles are done, `steps` telling of each step how many it has; `on_tile` hears
    of each, with how many there are, and may raise to cancel."""

    on_tile: OnTile
    to_encode: int = 0
    steps: tuple[int, ...] = ()
    to_decode: int = 0
    done: int = 0

    def __call__(self) -> None:
        """One more."""
        self.done = min(self.done + 1, self.total)
        self.on_tile(self.done, self.total)

    @property
    def total(self) -> int:
        """All of them."""
        return self.to_encode + sum(self.steps) + self.to_decode

    def already(self, count: int) -> None:
        """So many more were done before a kill."""
        self.done = min(self.done + count, self.total)

    def sampling(self, step: int) -> None:
        """Those before this step, from 0, are done: by this run, or by the one it goes on from."""
        self.done = max(self.done, self.to_encode + sum(self.steps[:step]))

    def decoding(self) -> None:
        """Nothing else is left to do."""
        self.done = self.total - self.to_decode


@dataclass(frozen=True, slots=True)
class Gathering:
    """Whom tiles are told to, where sums of them are kept, and who sees each step's estimate
    (1, c, h, w)."""

    count: TileCount
    kept: KeptWork = field(default_factory=KeptWork)
    see: OnEstimate = field(default=lambda x0: None)

    def mean(self, grid: TileGrid, run: Run, name: str, *made_of: object) -> torch.Tensor:
        """What `run` makes of each tile as one (1, c, h, w) float32: where they overlap their mean,
        weighed by how far from a tile's end it is. Sums are kept as `name`, of what they are
        `made_of`."""
        key = self.kept.key(*made_of, grid)
        places = grid.places
        done, total = self._begun(name, key)
        self.count.already(done)
        began = time.monotonic()
        for number, place in enumerate(places[done:], done + 1):
            tile = run(place)
            if total is None:
                size = (grid.rows.length, grid.columns.length)
                total = tile.new_zeros(1, tile.shape[1], *size)
            total = total.to(tile)
            grid.add(total, tile * grid.weights().to(tile), place)
            if self.kept.is_due(began if number == len(places) else 0.0):
                self.kept.keep(name, key, number, total.cpu().numpy())
            self.count()
        assert total is not None
        return total / grid.shares().to(total)

    def _begun(self, name: str, key: str) -> tuple[int, torch.Tensor | None]:
        found = self.kept.find(name, key)
        if found is None:
            return 0, None
        done, values = found
        return done, torch.from_numpy(values.copy())
