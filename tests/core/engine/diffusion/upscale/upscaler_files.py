"""Small upscalers with random weights, in each naming that files of the field have."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from core.engine.diffusion.upscale.compact import Compact
from core.engine.diffusion.upscale.rrdb import RRDBNet
from core.models.files.key_layouts.upscalers import RRDB, UpscalerShape
from core.values.job import ModelRef

FEATURES = 8
GROWTH = 32  # as all files have it
BLOCKS = 2


def rrdb(*, stages: int = 2, unshuffle: int = 1, short: bool = False) -> RRDBNet:
    """An RRDBNet of two narrow blocks."""
    torch.manual_seed(stages)
    shape = UpscalerShape(
        architecture=RRDB,
        scale=2**stages // unshuffle,
        channels=3,
        features=FEATURES,
        blocks=BLOCKS,
        growth=GROWTH,
        stages=stages,
        unshuffle=unshuffle,
        short=short,
    )
    return RRDBNet(shape).eval()


def compact(*, scale: int = 2, strength: float = 1.0) -> Compact:
    """A Compact of two narrow layers; `strength` of what it adds to the repeated pixels."""
    torch.manual_seed(7)
    network = Compact(3, FEATURES, BLOCKS, scale).eval()
    last = network.body[-1]
    assert isinstance(last, torch.nn.Conv2d)
    last.weight.data.mul_(strength)
    return network


def written(network: torch.nn.Module, path: Path, prefix: str = "") -> ModelRef:
    """Its weights in a file, names behind a prefix; how a job names it."""
    tensors = {prefix + name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, path)
    return ModelRef(path.stem, path.stem, "", str(path), hash="0" * 64)


def as_first_naming(network: RRDBNet) -> dict[str, torch.Tensor]:
    """The weights as ESRGAN's first files name them: everything in numbered lists."""
    stages = sum(name.startswith("conv_up") for name, _ in network.named_children())
    listed = {"conv_first": 0, "conv_hr": 3 * stages + 2, "conv_last": 3 * stages + 4}
    listed |= {f"conv_up{nth}": 3 * nth for nth in range(1, stages + 1)}
    found: dict[str, torch.Tensor] = {}
    for name, value in network.state_dict().items():
        layer, _, part = name.rpartition(".")
        if layer in listed:
            found[f"model.{listed[layer]}.{part}"] = value
        elif layer == "conv_body":
            found[f"model.1.sub.{BLOCKS}.{part}"] = value
        else:
            _, block, dense, convolution = layer.split(".")
            inner = "" if convolution == "conv1x1" else "0."
            dense = dense.upper()
            found[f"model.1.sub.{block}.{dense}.{convolution}.{inner}{part}"] = value
    return found


def as_second_naming(network: RRDBNet) -> dict[str, torch.Tensor]:
    """The same as BSRGAN and RealSR name them."""
    words = (("body.", "RRDB_trunk."), (".rdb", ".RDB"), ("conv_up", "upconv"))
    found: dict[str, torch.Tensor] = {}
    for name, value in network.state_dict().items():
        name = name.replace("conv_body", "trunk_conv").replace("conv_hr", "HRconv")
        for ours, theirs in words:
            name = name.replace(ours, theirs)
        found[name] = value
    return found
