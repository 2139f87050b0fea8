"""The blocks of the UNet: each level down, the middle, each level up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from core.engine.diffusion.networks.attention import AttentionMode
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.networks.resnet import Downsample, Resnet, Upsample
from core.engine.diffusion.networks.transformer import Text, Transformer, TransformerShape
from core.engine.diffusion.networks.unet_shape import Level


@dataclass(frozen=True, slots=True)
class Told:
    """What every block is told at a step: the SiLU of the time's embedding (n, time_width), and the
    text."""

    time: torch.Tensor
    text: Text


class BlockParts:
    """Builds what blocks consist of, by what one network's blocks have in common."""

    def __init__(self, config: Configuration, time_width: int, mode: AttentionMode) -> None:
        self._config = config
        self._time_width = time_width
        self._mode = mode

    def resnet(self, channels: int, out_channels: int) -> Resnet:
        """Told the time."""
        return Resnet(
            channels,
            out_channels,
            groups=self._config.norm_num_groups,
            eps=self._config.norm_eps,
            time_width=self._time_width,
        )

    def resnets(self, widths: list[int], channels: int) -> nn.ModuleList:
        """One for each count of incoming channels, all giving `channels`."""
        return nn.ModuleList([self.resnet(width, channels) for width in widths])

    def transformers(self, level: Level) -> nn.ModuleList:
        """One after each residual block; none where the level has no attention."""
        shape = TransformerShape(
            channels=level.channels,
            heads=level.heads,
            text_width=level.text_width,
            groups=self._config.norm_num_groups,
            linear=self._config.use_linear_projection,
            only_cross=level.only_cross,
            upcast=self._config.upcast_attention,
            mode=self._mode,
        )
        return nn.ModuleList([Transformer(shape, depth) for depth in level.depths if depth])

    def downsample(self, channels: int) -> Downsample:
        """To half the sides."""
        return Downsample(channels, self._config.downsample_padding)


class DownBlock(nn.Module):
    """A level on the way down: residual blocks, with attention after each or without."""

    def __init__(self, parts: BlockParts, level: Level, channels: int, *, last: bool) -> None:
        super().__init__()
        widths = [channels] + [level.channels] * (level.layers - 1)
        self.resnets = parts.resnets(widths, level.channels)
        self.attentions = parts.transformers(level)
        self.downsamplers = nn.ModuleList([] if last else [parts.downsample(level.channels)])

    def forward(self, x: torch.Tensor, told: Told, most: int | None = None) -> list[torch.Tensor]:
        """The features after each of its layers, at most so many, from x (n, c, h, w); after the
        last layer those of half the sides."""
        features: list[torch.Tensor] = []
        for place, resnet in enumerate(self.resnets):
            if len(features) == most:
                return features
            x = resnet(x, told.time)
            if self.attentions:
                x = self.attentions[place](x, told.text)
            features.append(x)
        for downsampler in self.downsamplers:
            if len(features) != most:
                features.append(downsampler(x))
        return features


class MiddleBlock(nn.Module):
    """The lowest level: attention between two residual blocks, or one residual block alone."""

    def __init__(self, parts: BlockParts, level: Level) -> None:
        super().__init__()
        self.attentions = parts.transformers(level)
        count = 1 + len(self.attentions)
        self.resnets = parts.resnets([level.channels] * count, level.channels)

    def forward(self, x: torch.Tensor, told: Told) -> torch.Tensor:
        """(n, c, h, w), of the same shape."""
        x = self.resnets[0](x, told.time)
        for attention, resnet in zip(self.attentions, self.resnets[1:], strict=True):
            x = resnet(attention(x, told.text), told.time)
        return x


class UpBlock(nn.Module):
    """A level on the way up. Each of its layers also takes what the way down left at its place."""

    def __init__(
        self, parts: BlockParts, level: Level, channels: int, skips: int, *, last: bool
    ) -> None:
        """`channels` come from below, and with the last layer `skips` channels from beside."""
        super().__init__()
        own = level.channels
        below = [channels] + [own] * (level.layers - 1)
        beside = [own] * (level.layers - 1) + [skips]
        self.resnets = parts.resnets([a + b for a, b in zip(below, beside, strict=True)], own)
        self.attentions = parts.transformers(level)
        self.upsamplers = nn.ModuleList([] if last else [Upsample(own)])

    def forward(self, x: torch.Tensor, skip: torch.Tensor, told: Told, place: int) -> torch.Tensor:
        """Features (n, c, h, w) after the layer at `place`, counted from 0; skip is (n, c', h,
        w)."""
        x = self.resnets[place](torch.cat([x, skip], 1), told.time)
        return self.attentions[place](x, told.text) if self.attentions else x

    def upsample(self, x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        """Features after its last layer (n, c, h, w) as the next level takes them, (n, c, *size);
        the topmost level has none to go to."""
        return self.upsamplers[0](x, size)


@dataclass(frozen=True, slots=True)
class FreeU:
    """FreeU (Si et al. 2023): on the two lowest levels on the way up, half the channels from below
    by b1 and b2, and the slowest waves of what comes from beside by s1 and s2."""

    s1: float
    s2: float
    b1: float
    b2: float

    def applied(
        self, level: int, x: torch.Tensor, skip: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """x and skip (n, c, h, w) as the layers of a level, 0 the lowest, are to take them."""
        if level > 1:
            return x, skip
        backbone = self.b2 if level else self.b1
        beside = self.s2 if level else self.s1
        half = x.shape[1] // 2
        x = torch.cat([x[:, :half] * backbone, x[:, half:]], 1)
        return x, _slowest_scaled(skip, beside)


def _slowest_scaled(x: torch.Tensor, scale: float) -> torch.Tensor:
    """(n, c, h, w) with its mean and the slowest wave of one direction along either side
    multiplied, of the same shape. Reckoned in float32: there is no transform in bfloat16."""
    waves = torch.fft.fft2(x.float())
    height, width = x.shape[2:]
    slow = _slow(height, x.device)[:, None] & _slow(width, x.device)
    return torch.fft.ifft2(waves * torch.where(slow, scale, 1.0)).real.to(x.dtype)


def _slow(length: int, device: torch.device) -> torch.Tensor:
    """Of the frequencies along a side, 0 and -1, as FreeU's authors cut them: (length,) bool."""
    places = torch.arange(length, device=device)
    return (places == 0) | (places == length - 1)
