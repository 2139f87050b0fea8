"""Pictures as latents, at the scale that a model's denoiser knows; and what models that are shown a
picture have beside their latents."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.parts.conditioning import CheckCancelled, never_cancelled
from core.engine.diffusion.parts.noise import CpuNoise, NoiseSource
from core.engine.diffusion.picture_inputs.masks import HALF, PixelRows, Plane
from core.values.program import Program
from core.values.resolved_request import ResolvedRequest

# what else than the start noise a seed gives, each a stream of its own
_ENCODING = 1
_CONTENT = 2


def to_denoiser(latents: torch.Tensor, config: Configuration) -> torch.Tensor:
    """An autoencoder's latents (n, c, h, w) at the scale of the denoiser: by mean and spread of a
    channel where its configuration knows them, else scaled and shifted as a whole."""
    statistics = _statistics(latents, config)
    if statistics is None:
        return (latents - (config.get("shift_factor") or 0.0)) * config.scaling_factor
    mean, spread = statistics
    return (latents - mean) * config.scaling_factor / spread


def to_autoencoder(latents: torch.Tensor, config: Configuration) -> torch.Tensor:
    """The reverse of `to_denoiser`, (n, c, h, w)."""
    statistics = _statistics(latents, config)
    if statistics is None:
        return latents / config.scaling_factor + (config.get("shift_factor") or 0.0)
    mean, spread = statistics
    return latents * spread / config.scaling_factor + mean


def _statistics(
    latents: torch.Tensor, config: Configuration
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Mean and spread of each channel, (1, c, 1, 1); None where one of them is not known."""
    mean = config.get("latents_mean")
    spread = config.get("latents_std")
    if mean is None or spread is None:
        return None
    return latents.new_tensor(mean).view(1, -1, 1, 1), latents.new_tensor(spread).view(1, -1, 1, 1)


def values_of(pixels: PixelRows, device: torch.device) -> torch.Tensor:
    """Pixels (h, w, 3) as (1, 3, h, w) float32 in [-1, 1] on the device, where 8 bits become 32."""
    rows = torch.from_numpy(np.array(pixels, order="C")).to(device)
    return (rows.permute(2, 0, 1)[None].float() / 255) * 2 - 1


@torch.no_grad()
def encode(
    vae: AutoencoderKL,
    pixels: PixelRows,
    *,
    between: CheckCancelled = never_cancelled,
    draw: NoiseSource | None = None,
) -> torch.Tensor:
    """The latents (1, c, h / 8, w / 8), float32 at the denoiser's scale, of pixels (h, w, 3) whose
    sides are multiples of 8: the encoder's mean, or with `draw` one of the latents it holds
    possible.

    In tiles where the autoencoder was set to any. `between` is called between blocks of layers, so
    at least once a tile; what it raises comes through.
    """
    latents = _encoded(vae, values_of(pixels, vae.device), between, draw)
    return to_denoiser(latents, vae.config)


def _encoded(
    vae: AutoencoderKL,
    values: torch.Tensor,
    between: CheckCancelled,
    draw: NoiseSource | None = None,
) -> torch.Tensor:
    """Latents (1, c, h, w) of values (1, 3, 8h, 8w) at the autoencoder's own scale, float32.

    They lie in memory as those of a checkpoint do, whatever the encoder's layout: networks round
    otherwise in another one, and what goes on from a checkpoint would be another picture.
    """
    moments = vae.encode(values.to(vae.dtype), between)
    mean = moments.mean.float().contiguous()
    if draw is None:
        return mean
    noise = draw.draw(tuple(mean.shape)).to(mean.device)
    return mean + noise * torch.exp(0.5 * moments.logvar.float())


def encoding_noise(seed: int) -> CpuNoise:
    """What latents are drawn with, apart from all other noise of the seed."""
    return _stream(seed, _ENCODING)


def content_noise(
    request: ResolvedRequest, shape: tuple[int, ...], device: torch.device
) -> torch.Tensor | None:
    """Unit noise of `shape` (1, c, h, w) for masked places that are to hold noise before the first
    step; None where that is the start noise once more, as in the web UI."""
    if request.program == Program.A1111:
        return None
    return _stream(request.seed, _CONTENT).draw(shape).to(device)


def _stream(seed: int, use: int) -> CpuNoise:
    state = np.random.SeedSequence([seed, use]).generate_state(1, np.uint64)
    return CpuNoise(int(state[0]))


def mask_tensor(mask: NDArray[np.float32], device: torch.device) -> torch.Tensor:
    """A mask at the size of latents (h, w), 0 to 1, as (1, 1, h, w) float32 on the device."""
    return torch.from_numpy(np.array(mask, np.float32, order="C"))[None, None].to(device)


@torch.no_grad()
def inpainting_channels(
    vae: AutoencoderKL,
    pixels: PixelRows,
    mask: Plane,
    latent_mask: torch.Tensor,
    between: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """What a nine-channel inpainting model is shown beside its latents, (1, 5, h / 8, w / 8)
    float32: the mask at latent size (1, 1, h / 8, w / 8), then the latents of the picture (h, w, 3)
    with mid-grey where `mask` (h, w) is at least half (Rombach et al. 2022)."""
    values = values_of(pixels, vae.device)
    kept = torch.from_numpy(np.array(mask < HALF)).to(vae.device)
    latents = to_denoiser(_encoded(vae, values * kept, between), vae.config)
    return torch.cat([latent_mask.to(latents), latents], 1)


@torch.no_grad()
def instruct_channels(
    vae: AutoencoderKL, pixels: PixelRows, between: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """What an eight-channel instruct model is shown, (1, 4, h / 8, w / 8) float32: the latents of
    the picture (h, w, 3) at the autoencoder's own scale (InstructPix2Pix, Brooks et al. 2023)."""
    return _encoded(vae, values_of(pixels, vae.device), between)
