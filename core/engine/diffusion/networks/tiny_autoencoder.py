"""The tiny autoencoder (TAESD, Ollin Boer Bohan 2023): plain convolutions and ReLU, in diffusers'
names. It is for latents of unit spread, not for those of the network it stands in for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import nn

from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.networks.layers import Conv2d, joined_in
from core.engine.diffusion.networks.tiles import (
    TINY_OVERLAP,
    Run,
    in_joined_tiles,
    in_masked_tiles,
)

# what diffusers takes where a config.json leaves it out
_DEFAULTS = {
    "in_channels": 3,
    "out_channels": 3,
    "encoder_block_out_channels": [64, 64, 64, 64],
    "decoder_block_out_channels": [64, 64, 64, 64],
    "act_fn": "relu",
    "upsample_fn": "nearest",
    "latent_channels": 4,
    "upsampling_scaling_factor": 2,
    "num_encoder_blocks": [1, 3, 3, 3],
    "num_decoder_blocks": [3, 3, 3, 1],
    "latent_magnitude": 3,
    "latent_shift": 0.5,
    "force_upcast": False,
    "scaling_factor": 1.0,
    "shift_factor": 0.0,
}
_LIMIT = 3.0  # latents beyond are bent towards it


class Block(nn.Module):
    """Three convolutions with ReLU between them, and what came in added. Its names are numbers, as
    in a list with the activations."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
            Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
            Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, width, h, w) to the same shape."""
        return self.conv(x).add_(x).relu_()


class Encoder(nn.Module):
    """Pixels to latents."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        widths, counts = config.encoder_block_out_channels, config.num_encoder_blocks
        layers: list[nn.Module] = []
        for level, (width, count) in enumerate(zip(widths, counts, strict=True)):
            if level == 0:
                layers.append(Conv2d(config.in_channels, width, 3, padding=1))
            else:
                layers.append(Conv2d(width, width, 3, padding=1, stride=2, bias=False))
            layers += [Block(width) for _ in range(count)]
        layers.append(Conv2d(widths[-1], config.latent_channels, 3, padding=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, 8h, 8w) in [-1, 1] to (n, c, h, w)."""
        return self.layers((pixels + 1) / 2)


class Decoder(nn.Module):
    """Latents to pixels."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        widths, counts = config.decoder_block_out_channels, config.num_decoder_blocks
        layers: list[nn.Module] = [
            Conv2d(config.latent_channels, widths[0], 3, padding=1),
            nn.ReLU(inplace=True),
        ]
        for width, count in zip(widths[:-1], counts[:-1], strict=True):
            layers += [Block(width) for _ in range(count)]
            layers.append(nn.Upsample(scale_factor=config.upsampling_scaling_factor))
            layers.append(Conv2d(width, width, 3, padding=1, bias=False))
        layers += [Block(widths[-1]) for _ in range(counts[-1])]
        layers.append(Conv2d(widths[-1], config.out_channels, 3, padding=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, 3, 8h, 8w) in about [-1, 1]."""
        bent = torch.tanh(latents / _LIMIT) * _LIMIT
        return self.layers(bent).mul_(2).sub_(1)


class AutoencoderTiny(nn.Module):
    """Pixels (n, 3, 8h, 8w) in [-1, 1] to latents (n, c, h, w), and back. `with_encoder=False`
    leaves the encoder out, which previews and decoding do without."""

    def __init__(self, config: Configuration, *, with_encoder: bool = True) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config) if with_encoder else None
        self.decoder = Decoder(config)
        self._tile: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, with_encoder: bool = True) -> Self:
        """The network of a config.json, its weights not set. Raises ValueError for one that is not
        of a tiny autoencoder known here."""
        known = Configuration(config, _DEFAULTS)
        _check(known)
        return cls(known, with_encoder=with_encoder)

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights."""
        return next(self.decoder.parameters()).dtype

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.decoder.parameters()).device

    @property
    def factor(self) -> int:
        """Pixels of a side that a latent stands for."""
        config = self.config
        return config.upsampling_scaling_factor ** (len(config.num_decoder_blocks) - 1)

    def tile(self, side: int | None) -> None:
        """From now on in tiles of so many latents a side; None: whole."""
        self._tile = side

    @property
    def tile_side(self) -> int | None:
        """What `tile` was told last."""
        return self._tile

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """The latents (n, c, h, w) of pixels (n, 3, 8h, 8w) in [-1, 1]. Raises ValueError where the
        network has no encoder."""
        if self.encoder is None:
            raise ValueError("this tiny autoencoder has no encoder")
        if self._tile is None:
            return self.encoder(pixels)
        return self._in_tiles(pixels, self.encoder, self._tile * self.factor, self._tile)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """The pixels (n, 3, 8h, 8w), in about [-1, 1], of latents (n, c, h, w)."""
        if self._tile is None:
            return self.decoder(latents)
        return self._in_tiles(latents, self.decoder, self._tile, self._tile * self.factor)

    def _in_tiles(self, x: torch.Tensor, run: Run, side: int, result_side: int) -> torch.Tensor:
        """See `in_masked_tiles`; what is joined is joined so, too."""
        joined = joined_in(self.decoder.layers[0])
        if not joined:
            return in_masked_tiles(x, run, side, result_side)
        return in_joined_tiles(
            x,
            run,
            side,
            result_side,
            network=self,
            joined=joined,
            tiles=in_masked_tiles,
            overlap=TINY_OVERLAP,
        )


def _check(config: Configuration) -> None:
    """Raises ValueError for what makes no network known here."""
    for part in ("encoder", "decoder"):
        widths = config[f"{part}_block_out_channels"]
        if not isinstance(widths, list | tuple) or len(set(widths)) != 1:
            raise ValueError(f"{part}_block_out_channels is {widths!r}, not one width throughout")
        config.integers(f"{part}_block_out_channels", len(widths))
        config.integers(f"num_{part}_blocks", len(widths))
    for name in ("in_channels", "out_channels", "latent_channels", "upsampling_scaling_factor"):
        config.integers(name, 1)
    config.require("act_fn", "relu")
    config.require("upsample_fn", "nearest")
