"""Stable Diffusion 1.x, 2.x, XL, their fine-tunes, and the starter: builds the networks of a folder or file, decodes latents."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.engine.diffusion.conditioning import TextTower
from core.engine.diffusion.device import Place
from core.engine.diffusion.families.source import FAMILIES, Folder, Source, source_of, vae_tensors
from core.engine.diffusion.lora import Adapted
from core.engine.diffusion.preview import Previewer
from core.engine.diffusion.tiny import load_tiny
from core.engine.schedules import NoiseTable, training_alphas_cumprod, zero_terminal_snr
from core.errors import ModelMissing, WorldError
from core.picture import Pixels

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
_COMPLETE = "Get a complete copy of the model."


@dataclass(slots=True)
class Loaded:
    """A model in memory, ready to run at `place`. XL has two towers, its refiner only the second one."""

    path: str
    place: Place
    towers: tuple[TextTower, ...]
    unet: Any
    vae: Any
    table: NoiseTable
    prediction: str
    previewer: Previewer | None
    adapted: Adapted
    own_vae: Any = None
    vae_path: str = ""

    def use_vae(self, path: str) -> None:
        """Decode with the autoencoder at `path`; "" means the model's own. ModelMissing where it does not fit."""
        if path == self.vae_path:
            return
        if self.own_vae is None:
            self.own_vae = self.vae
        self.vae = self.own_vae if not path else _other_vae(self.own_vae, Path(path))
        self.vae_path = path

    @property
    def sized(self) -> bool:
        """Whether the denoiser is told the picture's size (XL)."""
        return self.unet.config.get("addition_embed_type") == "text_time"

    @property
    def aesthetic(self) -> bool:
        """Whether the last of those numbers is an aesthetic score (the XL refiner): five numbers instead of six."""
        config = self.unet.config
        return self.sized and config.projection_class_embeddings_input_dim == 5 * config.addition_time_embed_dim + 1280


def _network(kind: Any, source: Source, part: str, place: Place, dtype: torch.dtype) -> Any:
    """A diffusers network built without initialising it, its weights put in place."""
    try:
        with torch.device("meta"):
            network = kind.from_config(source.config(part))
        weights = {name: tensor.to(dtype) for name, tensor in source.weights(part, network).items()}
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(f"The weights of {part} in {source.name} do not fit its configuration.", _COMPLETE) from fault
    return network.to(place.device).eval().requires_grad_(False)


def _text_network(kind: Any, source: Source, part: str) -> Any:
    """A CLIP text encoder in float32; names with and without "text_model." are the same."""
    from transformers.models.clip.configuration_clip import CLIPTextConfig

    try:
        with torch.device("meta"):
            network = kind(CLIPTextConfig(**source.config(part)))
        wanted = network.state_dict().keys()
        found = source.weights(part, network)
        weights = {name: found.get(name, found.get(name.removeprefix("text_model."), found.get(f"text_model.{name}"))) for name in wanted}
        missing = [name for name, tensor in weights.items() if tensor is None]
        if missing:
            raise ModelMissing(f"{source.name} lacks {missing[0]} of its text encoder.", _COMPLETE)
        network.load_state_dict({name: tensor.float() for name, tensor in weights.items() if tensor is not None}, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError) as fault:
        raise ModelMissing(f"The text encoder of {source.name} cannot be loaded.", _COMPLETE) from fault
    for module in network.modules():
        if "position_ids" in module._buffers:
            count = network.config.max_position_embeddings
            module.register_buffer("position_ids", torch.arange(count).expand(1, -1), persistent=False)
    return network


def _towers(source: Source, place: Place) -> tuple[TextTower, ...]:
    from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPTextModelWithProjection
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    found: list[TextTower] = []
    paired = source.has("text_encoder_2")
    for part in ("text_encoder", "text_encoder_2"):
        if source.has(part):
            kind = CLIPTextModelWithProjection if part == "text_encoder_2" else CLIPTextModel
            encoder = _pretrained(kind, source, part) if isinstance(source, Folder) else _text_network(kind, source, part)
            tokenizer = _tokenizer(source, part)
            pad = encoder.config.pad_token_id if not isinstance(source, Folder) else tokenizer.pad_token_id
            found.append(TextTower(tokenizer, encoder.to(place.device).eval().requires_grad_(False),
                                   tokenizer.eos_token_id if pad is None else pad, paired, part == "text_encoder_2"))
    if not found:
        raise ModelMissing(f"{source.name} has no text encoder.", _COMPLETE)
    return tuple(found)


def _pretrained(kind: Any, source: Folder, part: str) -> Any:
    try:
        return kind.from_pretrained(source.folder / part, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    except (OSError, ValueError, SafetensorError) as fault:
        raise ModelMissing(f"The text encoder of {source.name} cannot be loaded.", _COMPLETE) from fault


def _tokenizer(source: Source, part: str) -> Any:
    from transformers.models.clip.tokenization_clip import CLIPTokenizer

    try:
        return CLIPTokenizer.from_pretrained(source.tokenizer(part), local_files_only=True)
    except (OSError, ValueError) as fault:
        raise ModelMissing(f"The tokenizer of {source.name} cannot be loaded.", _COMPLETE) from fault


def _noise(source: Source) -> tuple[NoiseTable, str]:
    """The training noise and what the network predicts, from the scheduler's configuration."""
    config = source.config("scheduler")
    betas = float(config.get("beta_start", 0.00085)), float(config.get("beta_end", 0.012)), int(config.get("num_train_timesteps", 1000))
    alphas = training_alphas_cumprod(*betas)
    if config.get("rescale_betas_zero_snr"):
        alphas = zero_terminal_snr(alphas)
    return NoiseTable(alphas), str(config.get("prediction_type", "epsilon"))


def _previewer(folder: Path) -> Previewer | None:
    path = folder / "preview.safetensors"
    if not path.is_file():
        return None
    tensors = load_file(path)
    return Previewer(tensors["weight"], tensors["bias"], load_tiny(folder))


def load(path: str, place: Place, loading: Any, families: Path = FAMILIES) -> Loaded:
    """Load a diffusers folder or a single file; `loading` hears after each part. ModelMissing where a part is missing or damaged."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    source = source_of(path, families)
    towers = _towers(source, place)
    loading()
    unet = _network(UNet2DConditionModel, source, "unet", place, place.dtype)
    loading()
    vae = _network(AutoencoderKL, source, "vae", place, torch.float32)
    loading()
    table, prediction = _noise(source)
    if prediction not in ("epsilon", "v_prediction"):
        raise ModelMissing(f'The model predicts "{prediction}", which this version does not know.', "Choose another model.")
    return Loaded(path, place, towers, unet, vae, table, prediction, _previewer(Path(path)), Adapted(unet, _encoders(towers)))


def _encoders(towers: tuple[TextTower, ...]) -> tuple[Any, Any]:
    """The text encoders by the numbers adapters give them: the XL refiner's only one is the second."""
    first = next((tower.encoder for tower in towers if not tower.pooled), None)
    return first, next((tower.encoder for tower in towers if tower.pooled), None)


def _other_vae(own: Any, path: Path) -> Any:
    """An autoencoder of the same architecture with the weights at `path`."""
    try:
        with torch.device("meta"):
            network = type(own).from_config(dict(own.config))
        weights = {name: tensor.to(own.dtype) for name, tensor in vae_tensors(path, network).items()}
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(f'The VAE "{path.stem}" does not fit this model.', "Choose a VAE of the model's family.") from fault
    return network.to(own.device).eval().requires_grad_(False)


@torch.no_grad()
def blank_picture(model: Loaded, shape: tuple[int, ...]) -> torch.Tensor | None:
    """What an inpainting model is shown for text alone: all is to be painted, over mid-grey; None for other models.

    (1, 5, h, w): the mask, then the latents of the grey picture; (1, 4, h, w) of zeros for instruct models.
    """
    extra = model.unet.config.in_channels - shape[1]
    if extra <= 0:
        return None
    if extra == 4:
        return torch.zeros(1, 4, *shape[2:], device=model.place.device)
    if extra != 5:
        raise ModelMissing(f"The model's denoiser wants {extra} further channels, which text alone cannot give.", "Choose another model.")
    grey = torch.zeros(1, 3, shape[2] * 8, shape[3] * 8, device=model.place.device, dtype=model.vae.dtype)
    latents = model.vae.encode(grey).latent_dist.mean.float() * model.vae.config.scaling_factor
    return torch.cat([torch.ones_like(latents[:, :1]), latents], 1)


@torch.no_grad()
def decode(model: Loaded, latents: torch.Tensor) -> tuple[Pixels, torch.Tensor]:
    """The picture of latents (1, 4, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU."""
    scaled = latents / model.vae.config.scaling_factor
    values = model.vae.decode(scaled.to(model.vae.dtype), return_dict=False)[0].float().clamp(-1, 1).cpu()
    if not torch.isfinite(values).all():
        raise WorldError("The decoder's numbers overflowed and gave no picture.", "Run the job again; if it stays, use --device cpu.")
    rgb = ((values[0] + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous()
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes()), values
