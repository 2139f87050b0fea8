"""SPAN, an upscaler whose attention has no parameters (Wan et al. 2024)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.layers import Conv2d
from core.models.files.key_layouts.upscalers import UpscalerShape

_MEAN = (0.4488, 0.4371, 0.4040)  # of the pictures it was trained on
_RANGE = 255.0
_JOINED = 4  # features that the last convolutions see side by side
_TRAINED = ("sk", "conv.0", "conv.1", "conv.2")  # that one convolution stands for


class AttentionBlock(nn.Module):
    """Three convolutions, whose result decides how much of itself counts."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.c1_r, self.c2_r, self.c3_r = (
            Conv2d(features, features, 3, padding=1) for _ in range(3)
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, c, h, w) to the same, and the first convolution's result, rectified."""
        first = F.silu(self.c1_r(x))
        third = self.c3_r(F.silu(self.c2_r(first)))
        return (third + x) * (torch.sigmoid(third) - 0.5), first


class Span(nn.Module):
    """(n, c, h, w) in 0 to 1 to (n, c, scale * h, scale * w)."""

    def __init__(self, shape: UpscalerShape) -> None:
        super().__init__()
        features = shape.features
        self._scale = shape.scale
        self._centred = not shape.raw
        self.conv_1 = Conv2d(shape.channels, features, 3, padding=1)
        self._blocks = tuple(f"block_{nth}" for nth in range(1, shape.blocks + 1))
        for name in self._blocks:
            self.add_module(name, AttentionBlock(features))
        self.conv_2 = Conv2d(features, features, 3, padding=1)
        self.conv_cat = Conv2d(_JOINED * features, features, 1)
        self.upsampler = nn.Sequential(
            Conv2d(features, shape.channels * shape.scale**2, 3, padding=1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to (n, c, scale * h, scale * w)."""
        if self._centred:
            mean = x.new_tensor(_MEAN)[: x.shape[1]].view(1, -1, 1, 1)
            x = (x - mean) * _RANGE
        entered = x = self.conv_1(x)
        outs: list[torch.Tensor] = []
        within = x
        for name in self._blocks:
            x, within = self.get_submodule(name)(x)
            outs.append(x)
        joined = torch.cat((entered, self.conv_2(x), outs[0], within), 1)
        return F.pixel_shuffle(self.upsampler(self.conv_cat(joined)), self._scale)


def merged(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of SPAN's file by the names above. A convolution that was trained as a sum of two
    ways, one of them three convolutions in a row, becomes the one that it amounts to."""
    trained = {name.removesuffix(".sk.weight") for name in tensors if name.endswith(".sk.weight")}
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        layer, _, part = name.rpartition(".eval_conv.")
        if layer and layer not in trained:
            found[f"{layer}.{part}"] = tensor
        elif not layer and not any(name.startswith(f"{each}.") for each in trained):
            found[name] = tensor
    for layer in trained:
        weight, bias = _one_convolution(layer, tensors)
        found[f"{layer}.weight"] = weight
        found[f"{layer}.bias"] = bias
    found.pop("no_norm", None)
    return found


def _one_convolution(
    layer: str, tensors: Mapping[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights (o, i, 3, 3) and biases (o,) of a convolution by what it was trained as."""
    weights = [tensors[f"{layer}.{part}.weight"].double() for part in _TRAINED]
    biases = [tensors[f"{layer}.{part}.bias"].double() for part in _TRAINED]
    beside, enter, look, leave = weights
    whole = torch.einsum("om,mnhw,ni->oihw", leave[..., 0, 0], look, enter[..., 0, 0])
    whole[:, :, 1, 1] += beside[..., 0, 0]
    inner = look.sum((2, 3)) @ biases[1] + biases[2]
    bias = leave[..., 0, 0] @ inner + biases[3] + biases[0]
    return whole.float().contiguous(), bias.float()
