"""A tiny decoder for previews: latents to pixels in a hundredth of the full decoder's work, all of it at the latents' size."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

FACTOR, WIDTH, DEPTH = 8, 64, 4
FILE = "tiny_decoder.safetensors"


class TinyDecoder(nn.Module):
    """(n, 4, h, w) latents of unit scale to (n, 3, 8h, 8w) in about [-1, 1]: residual 3x3 convolutions, then 64 pixels a place."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.enter = nn.Conv2d(4, width, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(DEPTH))
        self.leave = nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode."""
        x = F.silu(self.enter(latents))
        for block in self.blocks:
            x = x + F.silu(block(x))
        return F.pixel_shuffle(self.leave(x), FACTOR)


def load_tiny(folder: Path) -> TinyDecoder | None:
    """The tiny decoder that comes with a model, or None where it has none that can be read."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        tensors = load_file(path)
        decoder = TinyDecoder(len(tensors["enter.weight"]))
        decoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (OSError, RuntimeError, KeyError, SafetensorError):
        return None
    return decoder.eval().requires_grad_(False)
