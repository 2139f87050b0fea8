"""How a model decodes: with its own autoencoder, or with another one for the same latents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from core.engine.diffusion.families.source import vae_tensors
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.layers import set_joined
from core.engine.diffusion.networks.tiny_autoencoder import AutoencoderTiny
from core.engine.diffusion.parts.conditioning import CheckCancelled, never_cancelled
from core.engine.diffusion.parts.device import ComputeDevice, ready
from core.engine.diffusion.parts.noise import NoiseSource
from core.engine.diffusion.parts.tiny import TinyDecoder, load_tiny, load_tiny_autoencoder
from core.engine.diffusion.picture_inputs import encoding
from core.engine.diffusion.picture_inputs.encoding import to_autoencoder
from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane
from core.models.files.inspection import inspect
from core.system.errors import InvalidRequest, ModelMissing, WorldError
from core.values.job import Job
from core.values.picture import Pixels
from core.values.request_parts.time_saving import TINY

_ENCODER = ("encoder.", "quant_conv.")  # names of the part that brings pictures in


@dataclass(slots=True, kw_only=True)
class Decoding:
    """What every model in our own loop has. `vae` decodes; `own_vae` is the model's own while
    another one does, which lies at `vae_path`; `tiny` is the tiny decoder that the last job that
    wanted one had, `tiny_for` the paths of that job's VAE and tiny autoencoder. What comes of
    pictures is float32 on the device of `compute`."""

    compute: ComputeDevice
    vae: AutoencoderKL | AutoencoderTiny
    own_vae: AutoencoderKL | None = None
    vae_path: str = ""
    tiny: AutoencoderTiny | TinyDecoder | None = None
    tiny_for: tuple[str, str] | None = None

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

    @property
    def encoder(self) -> AutoencoderKL:
        """What brings pictures in: the autoencoder that decodes, or the model's own where that is a
        tiny one, whose latents are too rough to start from. In tiles where decoding is."""
        if isinstance(self.vae, AutoencoderKL):
            return self.vae
        own = self.its_own_vae
        own.tile(self.vae.tile_side)
        return own

    def encode(
        self,
        pixels: PixelRows,
        between: CheckCancelled = never_cancelled,
        draw: NoiseSource | None = None,
    ) -> torch.Tensor:
        """See `encoding.encode`. Raises what `between` raises."""
        found = encoding.encode(self.encoder, pixels, between=between, draw=draw)
        return found.to(self.compute.device)

    def inpainting_channels(
        self,
        pixels: PixelRows,
        mask: Plane,
        latent_mask: torch.Tensor,
        between: CheckCancelled = never_cancelled,
    ) -> torch.Tensor:
        """See `encoding.inpainting_channels`. Raises what `between` raises."""
        found = encoding.inpainting_channels(self.encoder, pixels, mask, latent_mask, between)
        return found.to(self.compute.device)

    def instruct_channels(
        self, pixels: PixelRows, between: CheckCancelled = never_cancelled
    ) -> torch.Tensor:
        """See `encoding.instruct_channels`. Raises what `between` raises."""
        found = encoding.instruct_channels(self.encoder, pixels, between)
        return found.to(self.compute.device)

    def use_decoder(self, job: Job, device: torch.device) -> None:
        """Have at hand what the job is decoded with. Raises InvalidRequest where that is to be a
        tiny decoder and there is none."""
        if job.request.decoder != TINY:
            return
        wanted = self.vae_path, job.tiny.path if job.tiny else ""
        if wanted != self.tiny_for:
            self.tiny = self._tiny(job, device)
            self.tiny_for = wanted

    def _tiny(self, job: Job, device: torch.device) -> AutoencoderTiny | TinyDecoder:
        """The VAE where a tiny one was chosen; else what the model brings; else one of its
        family."""
        if isinstance(self.vae, AutoencoderTiny):
            return self.vae
        if (own := load_tiny(Path(job.model.path))) is not None:
            return own
        if job.tiny is None:
            raise InvalidRequest(
                "decoder",
                f"There is no tiny decoder for {job.model.name}.",
                "Get a tiny autoencoder (TAESD) of its family, or choose the full decoder.",
            )
        channels = self.vae.config.latent_channels
        return load_tiny_autoencoder(Path(job.tiny.path), channels, device, self.vae.dtype)

    @property
    def encoder_name(self) -> str:
        """Whose encoder it is: "own" for the model's, else the name of the file it came from."""
        own = self.its_own_vae.encoder.conv_in.weight
        used = self.encoder.encoder.conv_in.weight
        same = used is own or torch.equal(used.cpu(), own.cpu())
        return "own" if same else Path(self.vae_path).stem

    def join_autoencoders(self, joined: str) -> None:
        """Encode and decode with opposite edges joined in these directions ("x", "y", "xy", "")."""
        for network in (self.vae, self.own_vae, self.tiny):
            if network is not None:
                set_joined(network, joined)

    def decode(
        self, latents: torch.Tensor, *, cut: bool = False, tiny: bool = False
    ) -> tuple[Pixels, torch.Tensor]:
        """The picture of latents (1, c, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU;
        see `decode` below. `tiny`: by the tiny decoder. Raises WorldError where the numbers
        overflow."""
        return decode(self.tiny if tiny and self.tiny else self.vae, latents, cut=cut)


def other_vae(own: AutoencoderKL, path: Path) -> AutoencoderKL | AutoencoderTiny:
    """An autoencoder of the same architecture with the weights at `path`, or a tiny one for the
    same latents; with the encoder of `own` where the file has none. Raises ModelMissing where they
    do not fit."""
    if inspect(path).variant == "tiny":
        return load_tiny_autoencoder(path, own.config.latent_channels, own.device, own.dtype)
    try:
        with torch.device("meta"):
            network = AutoencoderKL.from_config(own.config)
        weights = {
            name: tensor.to(own.dtype) for name, tensor in vae_tensors(path, own.config).items()
        }
        if not any(name.startswith("encoder.") for name in weights):
            weights |= _encoder_of(own)
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f'The VAE "{path.stem}" does not fit this model.', "Choose a VAE of the model's family."
        ) from fault
    return ready(network, own.device)


def _encoder_of(own: AutoencoderKL) -> dict[str, torch.Tensor]:
    """The weights that bring pictures in, which files for decoding alone leave out."""
    return {name: tensor for name, tensor in own.state_dict().items() if name.startswith(_ENCODER)}


@torch.no_grad()
def decode(
    vae: AutoencoderKL | AutoencoderTiny | TinyDecoder, latents: torch.Tensor, *, cut: bool = False
) -> tuple[Pixels, torch.Tensor]:
    """The picture of latents (1, c, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU.

    `cut`: what is behind the point of 0 to 255 is cut off, as AUTOMATIC1111 and
    ComfyUI do, instead of rounded. Raises WorldError where the numbers overflow.
    """
    values = _values(vae, latents).clamp(-1, 1)
    if not torch.isfinite(values).all():
        raise WorldError(
            "The decoder's numbers overflowed and gave no picture.",
            "Run the job again; if it stays, use --device cpu.",
        )
    levels = (values[0] + 1) / 2 * 255 if cut else ((values[0] + 1) * 127.5).round()
    rgb = levels.byte().permute(1, 2, 0).contiguous().cpu()  # a quarter of what values are
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes()), values.cpu()


def _values(
    vae: AutoencoderKL | AutoencoderTiny | TinyDecoder, latents: torch.Tensor
) -> torch.Tensor:
    """(1, c, h, w) as (1, 3, 8h, 8w) in about [-1, 1], float32."""
    if isinstance(vae, TinyDecoder):
        return vae(latents.float().cpu())
    return vae.decode(to_autoencoder(latents, vae.config).to(vae.dtype)).float()
