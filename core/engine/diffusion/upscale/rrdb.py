"""RRDBNet, the upscaler of ESRGAN (Wang et al. 2018) and Real-ESRGAN (Wang et al. 2021). Names are
those of Real-ESRGAN's files."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.contract.upscaling import STRIP
from core.engine.diffusion.networks.layers import Conv2d
from core.models.files.key_layouts.upscalers import UpscalerShape

_SLOPE = 0.2  # of the leaky rectifiers
_SHARE = 0.2  # of what a block adds
_DENSE = 3  # dense blocks of a block
# rows of features beside a strip that its result depends on: one for each stage that doubles, two
# of the result's size
_REACH = 4


def _convolution(channels: int, made: int) -> Conv2d:
    return Conv2d(channels, made, 3, padding=1)


def _rectified(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu(x, _SLOPE, inplace=not torch.is_grad_enabled())


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees all before it; (n, c, h, w) to the same. `short`: two
    of them are added to, as ESRGAN+ has it."""

    def __init__(self, features: int, growth: int, *, short: bool) -> None:
        super().__init__()
        self.conv1 = _convolution(features, growth)
        self.conv2 = _convolution(features + growth, growth)
        self.conv3 = _convolution(features + 2 * growth, growth)
        self.conv4 = _convolution(features + 3 * growth, growth)
        self.conv5 = _convolution(features + 4 * growth, features)
        self.conv1x1 = Conv2d(features, growth, 1, bias=False) if short else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to the same."""
        first = _rectified(self.conv1(x))
        second = _rectified(self.conv2(torch.cat((x, first), 1)))
        if self.conv1x1 is not None:
            second = second + self.conv1x1(x)
        third = _rectified(self.conv3(torch.cat((x, first, second), 1)))
        fourth = _rectified(self.conv4(torch.cat((x, first, second, third), 1)))
        if self.conv1x1 is not None:
            fourth = fourth + second
        fifth = self.conv5(torch.cat((x, first, second, third, fourth), 1))
        return torch.add(x, fifth, alpha=_SHARE)


class Block(nn.Module):
    """Three dense blocks, whose result is added in part."""

    def __init__(self, features: int, growth: int, *, short: bool) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (
            DenseBlock(features, growth, short=short) for _ in range(_DENSE)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to the same."""
        return torch.add(x, self.rdb3(self.rdb2(self.rdb1(x))), alpha=_SHARE)


class RRDBNet(nn.Module):
    """(n, c, h, w) in 0 to 1 to (n, c, scale * h, scale * w). Where its pixels are unshuffled, h
    and w are multiples of `shape.unshuffle`."""

    def __init__(self, shape: UpscalerShape) -> None:
        super().__init__()
        features = shape.features
        self._unshuffle = shape.unshuffle
        self.conv_first = _convolution(shape.channels * shape.unshuffle**2, features)
        self.body = nn.Sequential(
            *(Block(features, shape.growth, short=shape.short) for _ in range(shape.blocks))
        )
        self.conv_body = _convolution(features, features)
        self._stages = tuple(f"conv_up{nth}" for nth in range(1, shape.stages + 1))
        for stage in self._stages:
            self.add_module(stage, _convolution(features, features))
        self.conv_hr = _convolution(features, features)
        self.conv_last = _convolution(features, shape.channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, c, scale * h, scale * w)."""
        if self._unshuffle > 1:
            x = F.pixel_unshuffle(x, self._unshuffle)
        x = self.conv_first(x)
        x = x + self.conv_body(self.body(x))
        if torch.is_grad_enabled() or x.shape[2] <= STRIP:
            return self._enlarged(x)
        strips = [self._strip(x, top) for top in range(0, x.shape[2], STRIP)]
        return torch.cat(strips, 2)

    def _strip(self, x: torch.Tensor, top: int) -> torch.Tensor:
        """What becomes of the features' rows from `top` on, `STRIP` of them: at the result's size
        all at once would take most of the memory."""
        above = min(top, _REACH)
        rows = min(STRIP, x.shape[2] - top)
        made = self._enlarged(x[:, :, top - above : top + rows + _REACH])
        factor = 2 ** len(self._stages)
        return made[:, :, above * factor : (above + rows) * factor]

    def _enlarged(self, x: torch.Tensor) -> torch.Tensor:
        """Features (n, f, h, w) of any part of a picture to its result."""
        for stage in self._stages:
            doubled = F.interpolate(x, scale_factor=2, mode="nearest")
            x = _rectified(self.get_submodule(stage)(doubled))
        return self.conv_last(_rectified(self.conv_hr(x)))
