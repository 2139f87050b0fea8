"""Which matrices of a UNet are multiplied in eight bits where a request asks for it: those of its
transformers, but for keys and values of the text, which are reckoned once a picture."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from core.engine.diffusion.networks.convolutions.rounded_matrices import (
    RoundedMatrix,
    multiplies_int8,
)
from core.engine.diffusion.networks.layers import Linear
from core.engine.diffusion.networks.transformer import Attention, Transformer, TransformerBlock
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.device import ComputeDevice


def why_no_int8(compute: ComputeDevice) -> str:
    """A sentence on why matrices are multiplied in full all the same; "" where they need not be."""
    if compute.device.type != "cpu":
        return "Matrices are multiplied in full: int8 is for processors, this is a graphics card."
    if compute.eight_bit or compute.dtype is not torch.float32:
        return (
            "Matrices are not multiplied in int8: the weights are kept in another format "
            "already, by the setting Weights."
        )
    if not multiplies_int8():
        return "Matrices are multiplied in full: this processor has no instructions for int8."
    return ""


def set_int8_matrices(unet: UNet, on: bool) -> None:
    """Multiply them in eight bits from now on, or in full again; what was kept for it is then let
    go of."""
    for layer in _layers(unet):
        if not on:
            layer.rounded = None
        elif layer.rounded is None:
            layer.rounded = RoundedMatrix()


def _layers(unet: UNet) -> Iterator[Linear | Attention]:
    for module in unet.modules():
        if isinstance(module, Transformer):
            yield from _matrices(module.proj_in, module.proj_out)
        elif isinstance(module, TransformerBlock):
            for attention, cross in ((module.attn1, module.only_cross), (module.attn2, True)):
                yield from _matrices(attention.to_q) if cross else (attention,)
                yield from _matrices(attention.to_out[0])
            yield from _matrices(module.ff.net[0].proj, module.ff.net[2])


def _matrices(*layers: object) -> Iterator[Linear]:
    """Those that are plain ones; none that are convolutions, or keep their weights otherwise."""
    yield from (layer for layer in layers if type(layer) is Linear)
