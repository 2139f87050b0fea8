"""A denoiser over a picture larger than its network sees: each call is one of every tile, and their
estimates are laid together before the sampler takes its step (MultiDiffusion, Bar-Tal et al. 2023).

The borders of the tiles lie elsewhere at each noise level, so that what little is seen of one is
worked over by the next step; what of the picture is broader than a few latents stays the source's
(iterative latent variable refinement, Choi et al. 2021): no tile has a tone of its own, and none
begins the subject once more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from core.engine.diffusion.parts.denoiser import Denoise
from core.engine.diffusion.refining.gathering import Gathering
from core.engine.diffusion.refining.tiles import TileGrid, axis_of

GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it are spread evenly, however many there are
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Tiling:
    """How latents of `size` (rows, columns) are cut: tiles of `side` that overlap by `overlap`, at
    multiples of `multiple`, going on at the other side where edges are `joined` ("x", "y")."""

    size: tuple[int, int]
    side: tuple[int, int]
    overlap: int
    multiple: int = 1
    joined: str = ""

    def grid(self, shift: float = 0.0) -> TileGrid:
        """The tiles, their borders moved along by a share of their step."""
        rows, columns = (
            axis_of(
                length,
                side,
                overlap=self.overlap,
                wrapped=letter in self.joined,
                shift=shift,
                multiple=self.multiple,
            )
            for letter, length, side in zip("yx", self.size, self.side, strict=True)
        )
        return TileGrid(rows, columns)

    @property
    def whole(self) -> str:
        """The joined directions in which one tile is the whole picture."""
        pairs = zip("yx", self.size, self.side, strict=True)
        return "".join(
            letter for letter, length, side in pairs if letter in self.joined and length <= side
        )


def step_at(sigma: float, levels: tuple[float, ...]) -> int:
    """Which step, from 0, of the walk down these levels a noise level belongs to."""
    reached = sum(level >= sigma * (1 - ROUNDING) for level in levels)
    return max(reached - 1, 0)


def shift_at(sigma: float, levels: tuple[float, ...]) -> float:
    """By which share of their step tiles are moved at a noise level, 0 to 1: the same for all calls
    of a step, so that what goes on from a checkpoint makes the same of it."""
    return step_at(sigma, levels) * GOLDEN % 1.0


def tiled(
    denoise: Denoise,
    tiling: Tiling,
    levels: tuple[float, ...],
    gathering: Gathering,
    held: HeldTones | None = None,
) -> Denoise:
    """`denoise` of a tile as that of the whole picture. `levels` are those that are walked down;
    each tile is told to `gathering`, and what that raises comes through."""

    def whole(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (1, c, h, w) of x of that shape."""
        gathering.count.sampling(step_at(sigma, levels))
        grid = tiling.grid(shift_at(sigma, levels))
        x0 = gathering.mean(
            grid, lambda place: denoise(grid.cut(x, place), sigma), "step", x, sigma
        )
        x0 = x0 if held is None else held(x0)
        gathering.see(x0)
        return x0

    return whole


class HeldTones:
    """Gives estimates the broad tones of a source (1, c, h, w): all that a blur of `spread` latents
    leaves of it. Beyond edges that are `joined` comes the other side."""

    def __init__(self, source: torch.Tensor, spread: float, joined: str = "") -> None:
        self._joined = joined
        reach = max(round(3 * spread), 1)
        places = torch.arange(-reach, reach + 1, dtype=torch.float32, device=source.device)
        kernel = torch.exp(-0.5 * (places / spread) ** 2)
        self._kernel = kernel / kernel.sum()
        self._tones = self._blurred(source)

    def __call__(self, x0: torch.Tensor) -> torch.Tensor:
        """x0 (1, c, h, w) with the source's tones in place of its own."""
        return x0 + (self._tones - self._blurred(x0))

    def _blurred(self, x: torch.Tensor) -> torch.Tensor:
        for letter, axis in (("y", 2), ("x", 3)):
            x = self._blurred_along(x, axis, letter in self._joined)
        return x

    def _blurred_along(self, x: torch.Tensor, axis: int, wrapped: bool) -> torch.Tensor:
        reach = len(self._kernel) // 2
        length = x.shape[axis]
        places = torch.arange(-reach, length + reach, device=x.device)
        if wrapped:
            places = places % length
        else:  # mirrored at the edge, as often as it takes
            places = places % (2 * length)
            places = torch.minimum(places, 2 * length - 1 - places)
        channels = x.shape[1]
        shape = [channels, 1, 1, 1]
        shape[axis] = len(self._kernel)
        kernel = self._kernel.view([1 if n != axis else -1 for n in range(4)]).expand(shape)
        return F.conv2d(x.index_select(axis, places), kernel, groups=channels)
