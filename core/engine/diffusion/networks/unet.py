"""The UNet of Stable Diffusion 1.x, 2.x and XL (Rombach et al. 2022; Podell et al. 2023), with
inpainting, instruct and refiner models, and the starter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.attention import (
    AttentionHook,
    AttentionMode,
    AttentionWatch,
)
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.networks.layers import (
    Conv2d,
    GroupNorm,
    group_norm_silu,
    set_joined,
)
from core.engine.diffusion.networks.time_embedding import TimestepEmbedding, sinusoids
from core.engine.diffusion.networks.transformer import Attention, Text
from core.engine.diffusion.networks.unet_blocks import (
    BlockParts,
    DownBlock,
    FreeU,
    MiddleBlock,
    Told,
    UpBlock,
)
from core.engine.diffusion.networks.unet_shape import DEFAULTS, shape_of


@dataclass(slots=True)
class DeepFeatures:
    """Features of one step that the steps after it may go on from, as these change slowly
    (DeepCache, Ma et al. 2024).

    A call that finds none `kept` runs whole and keeps what comes in `depth` layers before its end;
    one that finds some runs only the first layers on the way down and the last `depth` on the way
    up. Whoever draws the picture holds it, and sets `kept` to None where it is to be made anew.
    """

    depth: int
    kept: torch.Tensor | None = None


class UNet(nn.Module):
    """The denoising network. Its parameters are named as those of diffusers' UNet2DConditionModel.

    Raises ValueError, which names key and value, for a configuration that it does not know.
    """

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        shape = shape_of(config)
        self.config = config
        self.attention = AttentionMode()
        self._free_u: FreeU | None = None
        first = shape.downs[0].channels
        self.conv_in = _convolution(config.in_channels, first, config.conv_in_kernel)
        self.time_embedding = TimestepEmbedding(first, shape.time_width, config.time_cond_proj_dim)
        self.add_embedding = None
        if config.addition_embed_type is not None:
            width = config.projection_class_embeddings_input_dim
            self.add_embedding = TimestepEmbedding(width, shape.time_width)
        parts = BlockParts(config, shape.time_width, self.attention)
        self.down_blocks = nn.ModuleList()
        channels = first
        for level in shape.downs:
            last = level is shape.downs[-1]
            self.down_blocks.append(DownBlock(parts, level, channels, last=last))
            channels = level.channels
        self.up_blocks = nn.ModuleList()
        for level, above in zip(shape.ups, [*shape.ups[1:], shape.ups[-1]], strict=True):
            last = level is shape.ups[-1]
            self.up_blocks.append(UpBlock(parts, level, channels, above.channels, last=last))
            channels = level.channels
        self.mid_block = None if shape.middle is None else MiddleBlock(parts, shape.middle)
        self.conv_norm_out = GroupNorm(config.norm_num_groups, first, eps=config.norm_eps)
        self.conv_out = _convolution(first, config.out_channels, config.conv_out_kernel)
        for name, module in self.named_modules():
            if isinstance(module, Attention):
                module.layer = name

    @classmethod
    def from_config(cls, values: Mapping[str, Any]) -> Self:
        """From the contents of its config.json; on the meta device without weights. Raises
        ValueError as the class says."""
        return cls(Configuration(values, DEFAULTS))

    @property
    def dtype(self) -> torch.dtype:
        """The format it reckons in."""
        return self.conv_in.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where its first weights lie."""
        return self.conv_in.weight.device

    def forward(
        self,
        latents: torch.Tensor,
        timestep: torch.Tensor,
        states: Text,
        pooled: torch.Tensor | None = None,
        sizes: torch.Tensor | None = None,
        *,
        guidance: torch.Tensor | None = None,
        down_residuals: Sequence[torch.Tensor] = (),
        mid_residual: torch.Tensor | None = None,
        deep: DeepFeatures | None = None,
    ) -> torch.Tensor:
        """What the network says of latents (n, in_channels, h, w) at a timestep (1,) or (n,), which
        may be fractional: epsilon or v, (n, out_channels, h, w).

        It is told a text's states (n, tokens, width), plain or as `TextKeys`; XL also pooled text
        (n, 1280) and size numbers (n, 6 or 5), without which it raises ValueError; a distilled
        network may be told the embedding of its guidance scale (n, time_cond_proj_dim). A
        ControlNet's residuals are added to what the way down leaves, one each, and to the lowest
        features.
        """
        time = self.embedding(latents, timestep, pooled, sizes, guidance)
        told = Told(F.silu(time), states)
        reused = None if deep is None else deep.kept
        x = self.conv_in(latents)
        skips = self.down(x, told, None if deep is None or reused is None else deep.depth)
        if reused is None:
            x = self.middle(skips[-1], told)
            x = x if mid_residual is None else x + mid_residual
        else:
            x = reused
        if down_residuals:
            skips = [skip + more for skip, more in zip(skips, down_residuals, strict=False)]
        return self.out(self.up(x, skips, told, deep))

    def embedding(
        self,
        latents: torch.Tensor,
        timestep: torch.Tensor,
        pooled: torch.Tensor | None = None,
        sizes: torch.Tensor | None = None,
        guidance: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The time's embedding with what is added to it, (n, time_width); see `forward`."""
        told = timestep.to(latents.device).expand(len(latents))
        waves = self._sinusoids(told, self.conv_in.out_channels)
        time = self.time_embedding(waves.to(latents.dtype), guidance)
        if self.add_embedding is None:
            return time
        if pooled is None or sizes is None:
            raise ValueError("the network wants pooled text and size numbers")
        numbers = self._sinusoids(sizes.flatten(), self.config.addition_time_embed_dim)
        added = torch.cat([pooled, numbers.reshape(len(pooled), -1)], -1)
        return time + self.add_embedding(added.to(time.dtype))

    def _sinusoids(self, numbers: torch.Tensor, width: int) -> torch.Tensor:
        first, shift = self.config.flip_sin_to_cos, self.config.freq_shift
        return sinusoids(numbers, width, cosine_first=first, shift=shift)

    def down(self, x: torch.Tensor, told: Told, most: int | None = None) -> list[torch.Tensor]:
        """What the way down leaves for the way up, from the top: x (n, c, h, w) itself, then the
        features after each layer; at most so many. The last of all are the lowest."""
        skips = [x]
        for block in self.down_blocks:
            left = None if most is None else most - len(skips)
            skips += block(skips[-1], told, left)
        return skips

    def middle(self, x: torch.Tensor, told: Told) -> torch.Tensor:
        """The lowest features (n, c, h, w), of the same shape."""
        return x if self.mid_block is None else self.mid_block(x, told)

    def up(
        self,
        x: torch.Tensor,
        skips: list[torch.Tensor],
        told: Told,
        deep: DeepFeatures | None = None,
    ) -> torch.Tensor:
        """The features at the top (n, c, h, w), from the lowest ones and all `skips`, which are
        used up. With the first skips only, x is what comes in as many layers before the end.
        `deep` hears what comes in at its depth."""
        layers = self._up_layers()
        for level, block, place in layers[len(layers) - len(skips) :]:
            if deep is not None and len(skips) == deep.depth:
                deep.kept = x
            skip = skips.pop()
            if self._free_u is not None:
                x, skip = self._free_u.applied(level, x, skip)
            x = block(x, skip, told, place)
            if skips and place == len(block.resnets) - 1:
                x = block.upsample(x, (skips[-1].shape[2], skips[-1].shape[3]))
        return x

    def _up_layers(self) -> list[tuple[int, UpBlock, int]]:
        """Every layer on the way up: its level, block, and place in the block."""
        found: list[tuple[int, UpBlock, int]] = []
        for level, block in enumerate(self.up_blocks):
            assert isinstance(block, UpBlock)
            found += [(level, block, place) for place in range(len(block.resnets))]
        return found

    def out(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, out_channels, h, w)."""
        return self.conv_out(group_norm_silu(self.conv_norm_out, x))

    def set_sliced(self, sliced: bool) -> None:
        """Whether attention goes head by head, for devices with little memory."""
        self.attention.sliced = sliced

    def set_attention_hook(self, hook: AttentionHook | None) -> None:
        """Who sees every attention layer from now on, and may do its work; None for nobody."""
        self.attention.hook = hook

    def set_attention_watch(self, watch: AttentionWatch | None) -> None:
        """Who hears every layer that attends to a text from now on; None for nobody."""
        self.attention.watch = watch

    def set_joined(self, joined: str) -> None:
        """In which directions ("x", "y", "xy", "") opposite edges are taken as joined: for pictures
        that can be laid side by side."""
        set_joined(self, joined)

    def enable_freeu(self, s1: float, s2: float, b1: float, b2: float) -> None:
        """Scale features on the way up, see `FreeU`; off where a factor is 0, as diffusers has
        it."""
        factors = FreeU(s1=s1, s2=s2, b1=b1, b2=b2)
        self._free_u = factors if all((s1, s2, b1, b2)) else None

    @property
    def free_u(self) -> FreeU | None:
        """The scales in use, None for none."""
        return self._free_u

    def disable_freeu(self) -> None:
        """Features as they are."""
        self._free_u = None


def _convolution(channels: int, out_channels: int, kernel: int) -> Conv2d:
    """One that keeps the sides."""
    return Conv2d(channels, out_channels, kernel, padding=(kernel - 1) // 2)
