"""Tiny decoders: the starter's for previews, most of it at the latents' size, and the tiny
autoencoders (TAESD) of other families."""

from __future__ import annotations

import re
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from core.engine.diffusion.networks.layers import Conv2d
from core.engine.diffusion.networks.tiny_autoencoder import AutoencoderTiny
from core.engine.diffusion.parts.device import ready
from core.models.files.diffusers_folder import weight_files
from core.system.errors import ModelMissing

FACTOR = 8  # pixels of a side that a latent stands for
WIDTH = 72  # channels at the latents' size
DEPTH = 4  # blocks there
FINE = 32  # channels at twice that size
FINE_DEPTH = 3  # blocks there
FILE = "tiny_decoder.safetensors"


class TinyDecoder(nn.Module):
    """(n, 4, h, w) latents of unit scale to (n, 3, 8h, 8w) in about [-1, 1].

    Residual 3x3 convolutions at the latents' size, fewer and narrower ones at twice
    that, then 16 pixels a place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = Conv2d(4, WIDTH, 3, padding=1)
        self.blocks = nn.ModuleList(Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(DEPTH))
        self.rise = Conv2d(WIDTH, 4 * FINE, 3, padding=1)
        self.fine = nn.ModuleList(Conv2d(FINE, FINE, 3, padding=1) for _ in range(FINE_DEPTH))
        self.leave = Conv2d(FINE, 3 * (FACTOR // 2) ** 2, 3, padding=1)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents (n, 4, h, w) to pixels (n, 3, 8h, 8w)."""
        x = F.silu(self.enter(latents))
        for block in self.blocks:
            x = x + F.silu(block(x))
        x = F.silu(F.pixel_shuffle(self.rise(x), 2))
        for block in self.fine:
            x = x + F.silu(block(x))
        return F.pixel_shuffle(self.leave(x), FACTOR // 2)


def load_tiny(folder: Path) -> TinyDecoder | None:
    """The tiny decoder that comes with a model, or None where it has none that can be read."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        tensors = load_file(path)
        decoder = TinyDecoder()
        decoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (OSError, RuntimeError, SafetensorError):
        return None
    # a third faster on processors; torch's annotations lack this argument of its own `to`
    decoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return decoder.eval().requires_grad_(False)


def load_tiny_autoencoder(
    path: Path, channels: int, device: torch.device, dtype: torch.dtype
) -> AutoencoderTiny:
    """The tiny autoencoder with the weights at `path`, for latents of `channels`; without its
    encoder where the file has none.

    Layouts: diffusers' ("decoder.layers.0.weight"), and that of TAESD's own files, a numbered list
    that counts its clamp as layer 0, with or without "decoder." or "taesd_decoder." before it.
    Raises ModelMissing where the weights do not fit.
    """
    try:
        tensors: dict[str, torch.Tensor] = {}
        for file in [path] if path.is_file() else weight_files(path):
            tensors |= load_file(file)
        tensors = {_layer(name): tensor.to(dtype) for name, tensor in tensors.items()}
        with torch.device("meta"):
            network = AutoencoderTiny.from_config(
                {"latent_channels": channels},
                with_encoder=any(name.startswith("encoder.") for name in tensors),
            )
        network.load_state_dict(tensors, assign=True, strict=True)
    except (OSError, RuntimeError, ValueError, SafetensorError) as fault:
        raise ModelMissing(
            f'The tiny autoencoder "{path.stem}" does not fit this model.',
            "Choose one of the model's family.",
        ) from fault
    return ready(network, device)


def _layer(name: str) -> str:
    """A tensor's name in the network, which is diffusers'."""
    if ".layers." in name:
        return name
    match = re.fullmatch(r"(?:taesd_)?(?:(encoder|decoder)\.)?(\d+)\.(.+)", name)
    if match is None:
        return name
    part = match[1] or "decoder"
    return f"{part}.layers.{int(match[2]) - (part == 'decoder')}.{match[3]}"


class TinyAutoencoder:
    """A tiny autoencoder as previews use it: latents (1, c, h, w) on the CPU to
    pixels (1, 3, 8h, 8w) there."""

    def __init__(self, path: str, channels: int, device: torch.device) -> None:
        self.path = path
        self.channels = channels
        self._device = device
        self._dtype = torch.float32 if device.type == "cpu" else torch.float16
        self.network = load_tiny_autoencoder(Path(path), channels, device, self._dtype)

    def __call__(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents (1, c, h, w) to pixels (1, 3, 8h, 8w) float32 in about [-1, 1]."""
        there = latents.to(self._device, self._dtype)
        return self.network.decode(there).float().cpu()


def network_in(tiny: TinyAutoencoder | TinyDecoder) -> nn.Module:
    """What of a tiny decoder for previews is the network itself."""
    return tiny.network if isinstance(tiny, TinyAutoencoder) else tiny
