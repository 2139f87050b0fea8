"""Upscalers of other architectures, by the package spandrel where a person has installed it.

It asks for torchvision, which does not go with every build of torch, and uses three names of it in
networks that are not run here: while it is imported, a stand-in has them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import nn

from core.models.files.key_layouts.upscalers import (
    CHANNELS,
    MOST_SCALE,
    OTHERS,
    UpscalerShape,
    runs_others,
)

_TORCHVISION = "torchvision"
_FUNCTIONAL = "torchvision.transforms.functional"
_USED = ("InterpolationMode", "normalize", "rotate")
_FEATURES = 256  # at the result's size: nobody knows how wide a network is, so tiles are small


def load_other(tensors: Mapping[str, torch.Tensor]) -> tuple[nn.Module, UpscalerShape] | None:
    """The network that spandrel knows by its tensors, and its shape; None where it knows none, or
    one that does something else than making pictures larger. Raises what its networks raise for
    weights that do not fit (RuntimeError, KeyError, ValueError)."""
    if not runs_others():
        return None
    with _without_torchvision():
        spandrel = importlib.import_module(OTHERS)
        loader: Any = spandrel.ModelLoader(device="cpu")
        try:
            found = loader.load_from_state_dict(dict(tensors))
        except spandrel.UnsupportedModelError:
            return None
    channels = found.input_channels
    is_plain = isinstance(found, spandrel.ImageModelDescriptor)
    if not is_plain or channels != found.output_channels:
        return None
    if channels not in CHANNELS or not 1 <= found.scale <= MOST_SCALE:
        return None
    shape = UpscalerShape(
        architecture=found.architecture.id.lower(),
        scale=found.scale,
        channels=channels,
        features=_FEATURES,
        blocks=1,
        stages=(found.scale - 1).bit_length(),
    )
    return _Padded(found), shape


class _Padded(nn.Module):
    """A network with its own needs as to sizes: (n, c, h, w) to (n, c, scale * h, scale * w)."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.model: nn.Module = descriptor.model
        self._descriptor = descriptor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """With its edges repeated as far as it asks for."""
        return self._descriptor(x)


@contextmanager
def _without_torchvision() -> Iterator[None]:
    """Inside, `torchvision` is a module with three names and nothing else, unless the real one was
    imported before."""
    if _TORCHVISION in sys.modules:
        yield
        return
    names = (_TORCHVISION, "torchvision.transforms", _FUNCTIONAL)
    stand_ins = {name: ModuleType(name) for name in names}
    for name in _USED:
        setattr(stand_ins[_FUNCTIONAL], name, None)
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
