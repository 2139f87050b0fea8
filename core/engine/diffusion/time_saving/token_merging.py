"""Token merging (Bolya & Hoffman 2023): in self-attention of the largest features, tokens that are
nearly alike are taken together before and spread again behind.

Each layer looks for itself: with what the first layer of the same features found, pictures of the
starter were 24.5 dB from the full ones instead of 27, for a hundredth of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from core.engine.diffusion.networks.convolutions.onednn import by_onednn
from core.engine.diffusion.networks.transformer import TransformerBlock
from core.engine.diffusion.networks.unet import UNet

# Places of the latents from which on it acts, those of 768 x 768 pixels. What is compared grows
# with the square of the places as attention does; in smaller pictures it costs what it saves.
LEAST_PLACES = 96 * 96
CELL = 2  # of CELL x CELL tokens one stays, and others may join it
ROWS = 1024  # tokens compared at a time, so that never all scores lie in memory
_SEED = 1  # of which token of a cell stays; the same in every picture, so that it comes out again


@dataclass(frozen=True, slots=True)
class MergedTokens:
    """Which of `tokens` were taken together. `stay` (d,) are tokens that others join; of the rest
    `alone` (n, k) stay for themselves and `joining` (n, r) join stay[`joined`] (n, r)."""

    tokens: int
    stay: torch.Tensor
    alone: torch.Tensor
    joining: torch.Tensor
    joined: torch.Tensor

    def gathered(self, x: torch.Tensor) -> torch.Tensor:
        """Of tokens (n, tokens, c) those that are left, (n, k + d, c): means of what was taken
        together."""
        staying = x[:, self.stay].scatter_reduce(
            1, _wide(self.joined, x), x.gather(1, _wide(self.joining, x)), "mean"
        )
        return torch.cat([x.gather(1, _wide(self.alone, x)), staying], 1)

    def spread(self, x: torch.Tensor) -> torch.Tensor:
        """The reverse: (n, k + d, c) to (n, tokens, c), each token what it was taken together
        with."""
        alone, staying = x.split([self.alone.shape[1], len(self.stay)], 1)
        found = x.new_empty(len(x), self.tokens, x.shape[2])
        found[:, self.stay] = staying
        found.scatter_(1, _wide(self.alone, x), alone)
        joining = staying.gather(1, _wide(self.joined, x))
        return found.scatter_(1, _wide(self.joining, x), joining)


def _wide(places: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Places (n, k) for every channel of x (n, tokens, c): (n, k, c)."""
    return places[..., None].expand(-1, -1, x.shape[2])


class TokenMerging:
    """Takes `ratio` of the tokens together where there are at least `least`."""

    def __init__(self, ratio: float, least: int) -> None:
        self._ratio = ratio
        self._least = least

    def __call__(self, x: torch.Tensor, size: tuple[int, int]) -> MergedTokens | None:
        """Of tokens (n, h * w, c) of a picture of `size` (h, w); None where they are too few."""
        tokens = x.shape[1]
        if tokens < self._least:
            return None
        stay, rest = _places(size, x.device)
        likeness, nearest = _nearest(x, stay, rest)
        order = likeness.sort(stable=True, dim=1, descending=True).indices
        count = min(round(tokens * self._ratio), len(rest))
        joining, alone = order.split([count, len(rest) - count], 1)
        return MergedTokens(
            tokens=tokens,
            stay=stay,
            alone=rest[alone],
            joining=rest[joining],
            joined=nearest.gather(1, joining),
        )


@lru_cache(maxsize=4)
def _places(size: tuple[int, int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens that stay, one of each cell, and all others, both (k,). Which of a cell is drawn
    once for all: always the same corner would show as a grid."""
    height, width = size
    shape = height // CELL, width // CELL
    drawn = torch.randint(CELL * CELL, shape, generator=torch.Generator().manual_seed(_SEED))
    rows = torch.arange(shape[0])[:, None] * CELL + drawn // CELL
    columns = torch.arange(shape[1]) * CELL + drawn % CELL
    stay = (rows * width + columns).flatten()
    rest = torch.ones(height * width, dtype=torch.bool)
    rest[stay] = False
    return stay.to(device), rest.nonzero()[:, 0].to(device)


def _nearest(
    x: torch.Tensor, stay: torch.Tensor, rest: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """How alike each of the `rest` is to the one of `stay` most like it, by the cosine, and which
    that is: (n, rest) each."""
    unit = nn.functional.normalize(x, dim=2)
    staying = unit[:, stay].transpose(1, 2)
    with by_onednn():
        found = [(unit[:, part] @ staying).max(2) for part in rest.split(ROWS)]
    return torch.cat([best.values for best in found], 1), torch.cat(
        [best.indices for best in found], 1
    )


def set_token_merging(unet: UNet, ratio: float) -> None:
    """Merge this share of the tokens in the self-attention of the largest features that have any;
    0 is none."""
    levels = [_attends(block) for block in unet.down_blocks]
    if True not in levels:
        return
    halvings = levels.index(True)
    merging = TokenMerging(ratio, LEAST_PLACES >> 2 * halvings) if ratio else None
    for block in (unet.down_blocks[halvings], unet.up_blocks[len(levels) - 1 - halvings]):
        for module in block.modules():
            if isinstance(module, TransformerBlock):
                module.merging = merging


def _attends(block: nn.Module) -> bool:
    return any(isinstance(module, TransformerBlock) for module in block.modules())
