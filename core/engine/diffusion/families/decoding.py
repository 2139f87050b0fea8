"""How a model decodes: with its own autoencoder, or with another one for the same latents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from core.engine.diffusion.families.source import vae_tensors
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.tiny_autoencoder import AutoencoderTiny
from core.engine.diffusion.parts.device import ready
from core.engine.diffusion.parts.tiny import load_tiny_autoencoder
from core.models.files.inspection import inspect
from core.system.errors import ModelMissing, WorldError
from core.values.picture import Pixels


@dataclass(slots=True, kw_only=True)
class Decoding:
    """What every model in our own loop has. `vae` decodes; `own_vae` is the model's own while
    another one does, which lies at `vae_path`."""

    vae: AutoencoderKL | AutoencoderTiny
    own_vae: AutoencoderKL | None = None
    vae_path: str = ""

    def use_vae(self, path: str) -> None:
        """Decode with the autoencoder at `path`; "" means the model's own.
        Raises ModelMissing where it does not fit."""
        if path == self.vae_path:
            return
        own = self.its_own_vae
        self.own_vae = own
        self.vae = other_vae(own, Path(path)) if path else own
        self.vae_path = path

    @property
    def its_own_vae(self) -> AutoencoderKL:
        """The one it came with, which has an encoder."""
        own = self.own_vae or self.vae
        assert isinstance(own, AutoencoderKL)
        return own

    def decode(self, latents: torch.Tensor, *, cut: bool = False) -> tuple[Pixels, torch.Tensor]:
        """The picture of latents (1, c, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU;
        see `decode` below. Raises WorldError where the numbers overflow."""
        return decode(self.vae, latents, cut=cut)


def other_vae(own: AutoencoderKL, path: Path) -> AutoencoderKL | AutoencoderTiny:
    """An autoencoder of the same architecture with the weights at `path`, or a tiny one for the
    same latents. Raises ModelMissing where they do not fit."""
    if inspect(path).variant == "tiny":
        return load_tiny_autoencoder(path, own.config.latent_channels, own.device, own.dtype)
    try:
        with torch.device("meta"):
            network = AutoencoderKL.from_config(own.config)
        weights = {
            name: tensor.to(own.dtype) for name, tensor in vae_tensors(path, own.config).items()
        }
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f'The VAE "{path.stem}" does not fit this model.', "Choose a VAE of the model's family."
        ) from fault
    return ready(network, own.device)


@torch.no_grad()
def decode(
    vae: AutoencoderKL | AutoencoderTiny, latents: torch.Tensor, *, cut: bool = False
) -> tuple[Pixels, torch.Tensor]:
    """The picture of latents (1, c, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU.

    `cut`: what is behind the point of 0 to 255 is cut off, as AUTOMATIC1111 and
    ComfyUI do, instead of rounded. Raises WorldError where the numbers overflow.
    """
    scaled = latents / vae.config.scaling_factor + (vae.config.get("shift_factor") or 0.0)
    values = vae.decode(scaled.to(vae.dtype)).float().clamp(-1, 1).cpu()
    if not torch.isfinite(values).all():
        raise WorldError(
            "The decoder's numbers overflowed and gave no picture.",
            "Run the job again; if it stays, use --device cpu.",
        )
    levels = (values[0] + 1) / 2 * 255 if cut else ((values[0] + 1) * 127.5).round()
    rgb = levels.byte().permute(1, 2, 0).contiguous()
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes()), values
