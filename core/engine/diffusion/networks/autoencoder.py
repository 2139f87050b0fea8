"""The autoencoder of latent diffusion (Rombach et al. 2022), of pixels in [-1, 1] to latents an
eighth of their size and back, in diffusers' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import torch
from torch import nn

from core.engine.diffusion.networks.attention import attend
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.networks.convolutions.mapped_pages import close_large_holes
from core.engine.diffusion.networks.layers import Conv2d, GroupNorm, Linear, group_norm_silu
from core.engine.diffusion.networks.resnet import Downsample, Resnet, Upsample
from core.engine.diffusion.networks.tiles import Run, in_joined_tiles, in_tiles

# what diffusers takes where a config.json leaves it out
_DEFAULTS = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D"],
    "block_out_channels": [64],
    "layers_per_block": 1,
    "act_fn": "silu",
    "latent_channels": 4,
    "norm_num_groups": 32,
    "sample_size": 32,
    "scaling_factor": 0.18215,
    "shift_factor": None,
    "latents_mean": None,
    "latents_std": None,
    "force_upcast": True,
    "use_quant_conv": True,
    "use_post_quant_conv": True,
    "mid_block_add_attention": True,
}
# Bytes of features from which on what a layer freed goes back to the system before the next one,
# whose tensors do not fit in its holes: a decoder would come to twice what it needs. Where the size
# changes it pays earlier; at 512 px an eighth of the time is spent on taking pages anew.
_MUCH = 256 << 20
_EPS = 1e-6
_SMALLEST, _LARGEST = -30.0, 20.0  # of a logarithm of a variance


def _nothing() -> None:
    """Nobody wants to break off."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What an encoder says of a picture: mean and logarithm of the variance of its latents, both
    (n, c, h, w)."""

    mean: torch.Tensor
    logvar: torch.Tensor


class SpatialAttention(nn.Module):
    """Each place looks at all others, with one head."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.group_norm = GroupNorm(groups, channels, _EPS)
        self.to_q = Linear(channels, channels)
        self.to_k = Linear(channels, channels)
        self.to_v = Linear(channels, channels)
        self.to_out = nn.ModuleList([Linear(channels, channels)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to the same shape."""
        places = self.group_norm(x).flatten(2).transpose(1, 2)
        query, key, value = self.to_q(places), self.to_k(places), self.to_v(places)
        found = self.to_out[0](attend(query, key, value, 1))
        return x + found.transpose(1, 2).unflatten(2, x.shape[2:])


class MidBlock(nn.Module):
    """Two residual blocks, attention between them where the configuration has it."""

    def __init__(self, channels: int, config: Configuration) -> None:
        super().__init__()
        groups = config.norm_num_groups
        self.resnets = _resnets(channels, channels, 2, config)
        with_attention = config.mid_block_add_attention
        self.attentions = nn.ModuleList(
            [SpatialAttention(channels, groups)] if with_attention else []
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to the same shape."""
        x = self.resnets[0](x)
        for attention in self.attentions:
            x = attention(x)
        return self.resnets[1](x)


class DownBlock(nn.Module):
    """Residual blocks of one size; half the size behind all but the last of these blocks."""

    def __init__(self, channels: int, out_channels: int, config: Configuration, last: bool) -> None:
        super().__init__()
        self.resnets = _resnets(channels, out_channels, config.layers_per_block, config)
        self.downsamplers = nn.ModuleList([] if last else [Downsample(out_channels, 0)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to (n, out_channels, h / 2, w / 2), or to h, w in the last one."""
        for layer in [*self.resnets, *self.downsamplers]:
            x = layer(x)
        return x


def _close_holes(x: torch.Tensor, least: int) -> None:
    """Give back what lies free around features of at least so many bytes on a processor."""
    if x.nbytes >= least and x.device.type == "cpu":
        close_large_holes()


class UpBlock(nn.Module):
    """One residual block more than on the way down; twice the size behind all but the last."""

    def __init__(self, channels: int, out_channels: int, config: Configuration, last: bool) -> None:
        super().__init__()
        count = config.layers_per_block + 1
        self.resnets = _resnets(channels, out_channels, count, config)
        self.upsamplers = nn.ModuleList([] if last else [Upsample(out_channels)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to (n, out_channels, 2h, 2w), or to h, w in the last one."""
        for resnet in self.resnets:
            x = resnet(x)
            _close_holes(x, _MUCH)
        for upsample in self.upsamplers:
            _close_holes(x, _MUCH // 8)
            x = upsample(x)
            _close_holes(x, _MUCH // 2)
        return x


def _resnets(channels: int, out_channels: int, count: int, config: Configuration) -> nn.ModuleList:
    """So many residual blocks, the first of which changes the width."""
    widths = [channels, *[out_channels] * (count - 1)]
    groups = config.norm_num_groups
    return nn.ModuleList(Resnet(width, out_channels, groups=groups, eps=_EPS) for width in widths)


class Encoder(nn.Module):
    """Pixels to the moments of latents."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        widths = config.block_out_channels
        self.conv_in = Conv2d(config.in_channels, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            DownBlock(widths[max(level - 1, 0)], width, config, level == len(widths) - 1)
            for level, width in enumerate(widths)
        )
        self.mid_block = MidBlock(widths[-1], config)
        self.conv_norm_out = GroupNorm(config.norm_num_groups, widths[-1], _EPS)
        self.conv_out = Conv2d(widths[-1], 2 * config.latent_channels, 3, padding=1)

    def forward(self, pixels: torch.Tensor, between: Callable[[], None] = _nothing) -> torch.Tensor:
        """(n, 3, 8h, 8w) to (n, 2c, h, w): means, then logarithms of variances. `between` is called
        before each block."""
        between()
        x = self.conv_in(pixels)
        for block in self.down_blocks:
            between()
            x = block(x)
        between()
        x = self.mid_block(x)
        return self.conv_out(group_norm_silu(self.conv_norm_out, x))


class Decoder(nn.Module):
    """Latents to pixels."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        widths = config.block_out_channels[::-1]
        self.conv_in = Conv2d(config.latent_channels, widths[0], 3, padding=1)
        self.mid_block = MidBlock(widths[0], config)
        self.up_blocks = nn.ModuleList(
            UpBlock(widths[max(level - 1, 0)], width, config, level == len(widths) - 1)
            for level, width in enumerate(widths)
        )
        self.conv_norm_out = GroupNorm(config.norm_num_groups, widths[-1], _EPS)
        self.conv_out = Conv2d(widths[-1], config.out_channels, 3, padding=1)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, 3, 8h, 8w)."""
        x = self.mid_block(self.conv_in(latents))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(group_norm_silu(self.conv_norm_out, x))


class AutoencoderKL(nn.Module):
    """Pixels (n, 3, 8h, 8w) in [-1, 1] to latents (n, c, h, w), and back.

    Latents are as the network has them: whoever calls scales and shifts them as its configuration
    says.
    """

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        self.config = config
        channels = config.latent_channels
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quant_conv = Conv2d(2 * channels, 2 * channels, 1) if config.use_quant_conv else None
        self.post_quant_conv = Conv2d(channels, channels, 1) if config.use_post_quant_conv else None
        self._tile: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The network of a config.json, its weights not set. Raises ValueError for one that is not
        of an autoencoder known here."""
        known = Configuration(config, _DEFAULTS)
        _check(known)
        return cls(known)

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights."""
        return self.decoder.conv_in.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.decoder.conv_in.weight.device

    @property
    def factor(self) -> int:
        """Pixels of a side that a latent stands for."""
        return 2 ** (len(self.config.block_out_channels) - 1)

    def tile(self, side: int | None) -> None:
        """From now on in tiles of so many latents a side where a picture is larger; None: whole."""
        self._tile = side

    @property
    def tile_side(self) -> int | None:
        """What `tile` was told last."""
        return self._tile

    def encode(self, pixels: torch.Tensor, between: Callable[[], None] = _nothing) -> Moments:
        """The moments of the latents (n, c, h, w) of pixels (n, 3, 8h, 8w) in [-1, 1]. `between` is
        called between blocks of layers, several times a tile; what it raises comes through."""
        tile = self._tile_for(pixels, self.factor)
        if tile is None:
            moments = self._encode(pixels, between)
        else:
            run = partial(self._encode, between=between)
            moments = self._in_tiles(pixels, run, tile * self.factor, tile)
        mean, logvar = moments.chunk(2, 1)
        return Moments(mean, logvar.clamp(_SMALLEST, _LARGEST))

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """The pixels (n, 3, 8h, 8w), in about [-1, 1], of latents (n, c, h, w)."""
        tile = self._tile_for(latents, 1)
        if tile is None:
            return self._decode(latents)
        return self._in_tiles(latents, self._decode, tile, tile * self.factor)

    def _tile_for(self, x: torch.Tensor, factor: int) -> int | None:
        """Latents a side of the tiles that x (n, c, factor * h, factor * w) is cut into; None where
        it stays whole."""
        if self._tile is None or max(x.shape[2:]) <= self._tile * factor:
            return None
        return self._tile

    def _in_tiles(self, x: torch.Tensor, run: Run, side: int, result_side: int) -> torch.Tensor:
        """See `in_tiles`; what is joined is joined so, too."""
        joined = self.decoder.conv_in.joined
        if not joined:
            return in_tiles(x, run, side, result_side)
        return in_joined_tiles(x, run, side, result_side, network=self, joined=joined)

    def _encode(self, pixels: torch.Tensor, between: Callable[[], None]) -> torch.Tensor:
        moments = self.encoder(pixels, between)
        return moments if self.quant_conv is None else self.quant_conv(moments)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        if self.post_quant_conv is not None:
            latents = self.post_quant_conv(latents)
        return self.decoder(latents)


def _check(config: Configuration) -> None:
    """Raises ValueError for what makes no network known here."""
    widths = config.block_out_channels
    if not isinstance(widths, list | tuple) or not widths:
        raise ValueError(f"block_out_channels is {widths!r}, which is no list of widths")
    config.integers("block_out_channels", len(widths))
    for name in ("in_channels", "out_channels", "latent_channels", "layers_per_block"):
        config.integers(name, 1)
    config.integers("norm_num_groups", 1)
    config.require("act_fn", "silu", "swish")
    for name, kind in (
        ("down_block_types", "DownEncoderBlock2D"),
        ("up_block_types", "UpDecoderBlock2D"),
    ):
        kinds = [kind] * len(widths)
        config.require(name, kinds, tuple(kinds))
    for name in ("latents_mean", "latents_std"):
        config.numbers_or_none(name, config.latent_channels)
    if any(width % config.norm_num_groups for width in widths):
        raise ValueError(f"{config.norm_num_groups} groups do not divide widths of {widths}")
