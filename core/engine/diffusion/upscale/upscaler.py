"""An upscaler's file as a network that can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from core.engine.diffusion.parts.device import ready
from core.engine.diffusion.upscale.compact import Compact
from core.engine.diffusion.upscale.other_networks import load_other
from core.engine.diffusion.upscale.rrdb import DenseBlock, RRDBNet
from core.engine.diffusion.upscale.span import AttentionBlock, Span, merged
from core.models.files.header import read_header
from core.models.files.key_layouts.upscalers import (
    COMPACT,
    RRDB,
    SPAN,
    UpscalerShape,
    our_names,
    upscaler_shape,
)
from core.system.errors import ModelMissing
from core.values.job import ModelRef

_OTHER = "Use one of ESRGAN, Real-ESRGAN, Compact or SPAN, as a .safetensors file."
# layers before which a person may cancel; networks that are not ours have norms everywhere
_HEARD = (DenseBlock, AttentionBlock, nn.PReLU, nn.LayerNorm, nn.GELU)


@dataclass(frozen=True, slots=True, eq=False)
class Upscaler:
    """A network on a device: `run` takes (n, channels, h, w) in 0 to 1 and gives sides `scale`
    times as long. Its own sides are multiples of `shape.unshuffle`."""

    shape: UpscalerShape
    network: nn.Module
    device: torch.device

    @torch.no_grad()
    def run(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to (n, channels, scale * h, scale * w), of about 0 to 1."""
        x = x.to(self.device).contiguous(memory_format=torch.channels_last)
        return self.network(x)

    @contextmanager
    def heard(self, beat: Callable[[], None]) -> Iterator[None]:
        """Inside, `beat` is called before each block, and may raise to cancel."""
        hooks = [
            module.register_forward_pre_hook(lambda *_: beat())
            for module in self.network.modules()
            if isinstance(module, _HEARD)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


def load_upscaler(ref: ModelRef, device: torch.device) -> Upscaler:
    """The upscaler of a file, on the device. Raises ModelMissing, one sentence, where the file is
    gone, damaged, or none of the three networks."""
    path = Path(ref.path)
    shape = upscaler_shape(read_header(path).shapes)
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        found = load_other(tensors) if shape is None else (_filled(shape, tensors), shape)
    except (OSError, RuntimeError, KeyError, ValueError, SafetensorError) as fault:
        raise ModelMissing(
            f"{path.name} cannot be used as an upscaler: its weights do not fit together.",
            "Get a new copy of the file.",
        ) from fault
    if found is None:
        raise ModelMissing(f"{path.name} is no upscaler whose network Calotype knows.", _OTHER)
    network, shape = found
    # the order that convolutions want on processors and cards alike: else each brings its pixels
    # into another one and back; torch's annotations lack this argument of its own `to`
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return Upscaler(shape, ready(network, device), device)


def _filled(shape: UpscalerShape, tensors: Mapping[str, torch.Tensor]) -> nn.Module:
    """One of our networks with the weights of a file. Raises RuntimeError or KeyError where they do
    not fit."""
    names = our_names({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    named = {names[name]: tensor for name, tensor in tensors.items() if name in names}
    network = _built(shape)
    network.load_state_dict(merged(named) if shape.architecture == SPAN else named)
    return network


def _built(shape: UpscalerShape) -> nn.Module:
    if shape.architecture == RRDB:
        return RRDBNet(shape)
    if shape.architecture == COMPACT:
        return Compact(shape.channels, shape.features, shape.blocks, shape.scale)
    return Span(shape)
