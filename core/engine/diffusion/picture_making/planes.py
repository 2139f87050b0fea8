"""Tensors as grey planes."""

from __future__ import annotations

import torch

from core.values.insight.questions import Planes


def planes_of(values: torch.Tensor, low: float, high: float) -> Planes:
    """A plane for each channel of values (c, h, w)."""
    count, height, width = values.shape
    shares = (values.detach().float().cpu() - low) / (high - low)
    levels = (shares.clamp(0, 1) * 255).round().byte().contiguous()
    return Planes(count, width, height, low, high, levels.numpy().tobytes())
