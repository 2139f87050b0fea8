"""How a graphics card reckons, and in which order networks lie in its memory.

What is decided here decides bits, so it is decided once, the same for every picture:

- Convolutions in float32 may round their factors to TF32 (10 bits of mantissa, as float16 has, with
  float32's range). Only autoencoders have such convolutions; what they round is less than what the
  denoiser's float16 rounded before them. torch has it so by default; it is said here so that no
  default of a later version changes pictures.
- Matrices in float32 are not rounded: text encoders and what adapters add stay exact, and of
  decoding they are a thirtieth.
- cuDNN does not try which of its kernels is fastest (`benchmark`). What wins may change from one
  start to the next, and with it the last bits of a picture whose recipe and fingerprint are the
  same; that is promised to come out alike.
"""

from __future__ import annotations

from typing import Any

import torch

from core.engine.diffusion.accelerators.switches import Way, is_on

_TENSOR_CORES = (7, 0)  # CUDA's number for the first cards that have them


def set_up(device: torch.device) -> None:
    """Decide for this process what the module's head says. Does nothing for other devices than
    CUDA's."""
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.benchmark = False


def wants_channels_last(device: torch.device) -> bool:
    """Whether convolutions of a device are fastest on weights and features whose channels lie side
    by side: tensor cores take nothing else, and torch brings each input into that order for them.
    Features follow the weights' order by themselves."""
    if device.type != "cuda" or not is_on(Way.CHANNELS_LAST):
        return False
    return torch.cuda.get_device_capability(device) >= _TENSOR_CORES


def lay_channels_last(network: Any) -> None:
    """Bring a network's filters into that order, each in its own memory; numbers stay."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            weight = layer.weight
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
