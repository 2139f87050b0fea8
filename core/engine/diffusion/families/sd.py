"""Stable Diffusion 1.x, 2.x, XL, their fine-tunes, and the starter: builds the networks of a folder
or file, and says what they are told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.engine.diffusion.adapters.lora import AdaptedNetworks, wanted_adapters
from core.engine.diffusion.families.decoding import Decoding
from core.engine.diffusion.families.source import FAMILY_FILES, FolderSource, ModelSource, source_of
from core.engine.diffusion.parts import conditioning, eight_bit, embeddings
from core.engine.diffusion.parts.conditioning import (
    CheckCancelled,
    Conditioning,
    TextTower,
    never_cancelled,
)
from core.engine.diffusion.parts.denoiser import Denoiser
from core.engine.diffusion.parts.device import ComputeDevice, ready
from core.engine.diffusion.parts.embeddings import with_embeddings
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.parts.timesteps import told_timestep
from core.engine.diffusion.parts.tiny import load_tiny
from core.sampling.schedules import NoiseTable, training_alphas_cumprod, zero_terminal_snr
from core.system.errors import ModelMissing
from core.values.job import Job
from core.values.request import Request

os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
SPATIAL = 8
# the refiner's scores for the prompt and the negative prompt, as Stability's own pipeline sets them
AESTHETIC = (6.0, 2.5)
_COMPLETE = "Get a complete copy of the model."


@dataclass(slots=True, kw_only=True)
class StableDiffusion(Decoding):
    """A model in memory, ready to run on `compute`. XL has two towers,
    its refiner only the second one. See `model.Model`."""

    path: str
    compute: ComputeDevice
    towers: tuple[TextTower, ...]
    unet: Any
    noise: NoiseTable
    prediction: str
    previewer: Previewer | None
    adapted: AdaptedNetworks
    stated_prediction: str = ""

    def parts(self, name: str) -> list[Any]:
        """The networks of a part."""
        return [tower.encoder for tower in self.towers] if name == "text" else [getattr(self, name)]

    def shape(self, request: Request) -> tuple[int, ...]:
        """Of its latents, (1, 4, h / 8, w / 8)."""
        return (1, 4, request.height // SPATIAL, request.width // SPATIAL)

    def table(self, request: Request) -> NoiseTable:
        """The training noise, the same for all sizes."""
        return self.noise

    def apply_adapters(self, job: Job) -> tuple[str, ...]:
        """Adapters and FreeU of the job, and no others; sentences on what is used in part. Raises
        ModelMissing for an adapter that cannot be used."""
        notes = self.adapted.apply(wanted_adapters(job))
        if job.request.freeu is None:
            self.unet.disable_freeu()
        else:
            b1, b2, s1, s2 = job.request.freeu
            self.unet.enable_freeu(s1, s2, b1, b2)
        return (*notes, *embeddings.notes(job, self.towers))

    def encode_prompts(
        self, job: Job, between: CheckCancelled = never_cancelled
    ) -> tuple[Conditioning, Conditioning]:
        """Positive and negative, states (1, 77 * chunks, width); for XL with the picture's size,
        for its refiner with a score. Raises what `between` raises."""
        request = job.request
        towers = with_embeddings(self.towers, job.embeddings, request.program)
        positive, negative = (
            conditioning.encode_all(
                towers, text, request.clip_skip, self.compute.device, request.program, between
            )
            for text in (request.prompt, request.negative_prompt)
        )
        if not self.sized:
            return positive, negative
        scores = AESTHETIC if self._aesthetic else (None, None)
        return (
            conditioning.with_size_numbers(positive, request.width, request.height, scores[0]),
            conditioning.with_size_numbers(negative, request.width, request.height, scores[1]),
        )

    @property
    def sized(self) -> bool:
        """Whether the denoiser is told the picture's size (XL)."""
        return self.unet.config.get("addition_embed_type") == "text_time"

    @property
    def _aesthetic(self) -> bool:
        """Whether the last of the size numbers is an aesthetic score (the XL refiner):
        five numbers instead of six."""
        config = self.unet.config
        return (
            config.projection_class_embeddings_input_dim
            == 5 * config.addition_time_embed_dim + 1280
        )

    def predict_as(self, prediction: str) -> None:
        """Take the network to predict "v" or "epsilon", whatever its file says;
        "" is what the file says."""
        self.stated_prediction = {"v": "v_prediction"}.get(prediction, prediction)

    def extra_channels(self, shape: tuple[int, ...]) -> torch.Tensor | None:
        """What an inpainting or instruct model is shown for text alone, (1, 5, h, w) or
        (1, 4, h, w), beside latents of `shape` (1, 4, h, w). Raises ModelMissing for a denoiser
        that wants something else."""
        return blank_picture(self, shape)

    def network(
        self, request: Request, extra_channels: torch.Tensor | None, on_call: Callable[[], None]
    ) -> Denoiser:
        """The UNet with this model's prediction, and `extra_channels` (1, k,
        h, w) beside the latents."""
        return Denoiser(
            unet=self.unet,
            table=self.noise,
            prediction=self.stated_prediction or self.prediction,
            dtype=self.compute.dtype,
            on_call=on_call,
            extra_channels=extra_channels,
            told=told_timestep(request.program, request.sampler, self.noise),
        )

    def guidance(self, request: Request) -> float:
        """As asked."""
        return request.guidance


def network_of(
    kind: Any, source: ModelSource, part: str, compute: ComputeDevice, dtype: torch.dtype
) -> Any:
    """A diffusers network built without initialising it, its weights put in place; a denoiser in
    eight bits where `compute` says so. Raises ModelMissing where they do not fit its configuration,
    or a file is missing or damaged."""
    try:
        with torch.device("meta"):
            network = kind.from_config(source.config(part))
        weights_read = source.weights(part)
        layers = eight_bit.prepare(network) if compute.eight_bit and part != "vae" else {}
        weights = eight_bit.with_factors(weights_read, layers, dtype)
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError) as fault:
        raise ModelMissing(
            f"The weights of {part} in {source.name} do not fit its configuration.", _COMPLETE
        ) from fault
    return ready(network, compute.device)


def _spelt_otherwise(weights: dict[str, torch.Tensor], name: str) -> torch.Tensor | None:
    """A tensor by its name, or by the same with or without "text_model." before it."""
    for spelling in (name, name.removeprefix("text_model."), f"text_model.{name}"):
        if spelling in weights:
            return weights[spelling]
    return None


def _text_network(kind: Any, source: ModelSource, part: str) -> Any:
    """A CLIP text encoder in float32; names with and without "text_model." are the same."""
    from transformers.models.clip.configuration_clip import CLIPTextConfig

    try:
        with torch.device("meta"):
            network = kind(CLIPTextConfig(**source.config(part)))
        wanted = network.state_dict().keys()
        read_weights = source.weights(part)
        weights: dict[str, torch.Tensor] = {}
        for name in wanted:
            tensor = _spelt_otherwise(read_weights, name)
            if tensor is None:
                raise ModelMissing(f"{source.name} lacks {name} of its text encoder.", _COMPLETE)
            weights[name] = tensor.float()
        network.load_state_dict(weights, assign=True, strict=True)
    except (RuntimeError, TypeError, ValueError) as fault:
        raise ModelMissing(
            f"The text encoder of {source.name} cannot be loaded.", _COMPLETE
        ) from fault
    for module in network.modules():
        if "position_ids" in module._buffers:
            count = network.config.max_position_embeddings
            module.register_buffer(
                "position_ids", torch.arange(count).expand(1, -1), persistent=False
            )
    return network


def _towers(source: ModelSource, compute: ComputeDevice) -> tuple[TextTower, ...]:
    """One of CLIP's encoders, or XL's two, of which the second is projected."""
    parts = tuple(part for part in ("text_encoder", "text_encoder_2") if source.has(part))
    if not parts:
        raise ModelMissing(f"{source.name} has no text encoder.", _COMPLETE)
    return clip_towers(source, compute, parts, projected=False)


def clip_towers(
    source: ModelSource, compute: ComputeDevice, parts: tuple[str, ...], *, projected: bool
) -> tuple[TextTower, ...]:
    """CLIP's encoders with their tokenizers; `projected` where even the first has a
    projection (Stable Diffusion 3). Raises ModelMissing where one is missing or damaged."""
    from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPTextModelWithProjection
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    towers: list[TextTower] = []
    paired = "text_encoder_2" in parts
    for part in parts:
        kind = (
            CLIPTextModelWithProjection if projected or part == "text_encoder_2" else CLIPTextModel
        )
        tokenizer = _tokenizer(source, part)
        if isinstance(source, FolderSource):
            encoder = _pretrained(kind, source, part)
            pad = tokenizer.pad_token_id
        else:
            encoder = _text_network(kind, source, part)
            pad = encoder.config.pad_token_id
        towers.append(
            TextTower(
                tokenizer=tokenizer,
                encoder=ready(encoder, compute.device),
                pad=tokenizer.eos_token_id if pad is None else pad,
                paired=paired,
                pooled=part == "text_encoder_2",
            )
        )
    return tuple(towers)


def _pretrained(kind: Any, source: FolderSource, part: str) -> Any:
    try:
        return kind.from_pretrained(
            source.folder / part, local_files_only=True, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, SafetensorError) as fault:
        raise ModelMissing(
            f"The text encoder of {source.name} cannot be loaded.", _COMPLETE
        ) from fault


def _tokenizer(source: ModelSource, part: str) -> Any:
    from transformers.models.clip.tokenization_clip import CLIPTokenizer

    try:
        return CLIPTokenizer.from_pretrained(source.tokenizer(part), local_files_only=True)
    except (OSError, ValueError) as fault:
        raise ModelMissing(
            f"The tokenizer of {source.name} cannot be loaded.", _COMPLETE
        ) from fault


def _noise(source: ModelSource) -> tuple[NoiseTable, str]:
    """The training noise and what the network predicts, from the scheduler's configuration."""
    config = source.config("scheduler")
    alphas = training_alphas_cumprod(
        float(config.get("beta_start", 0.00085)),
        float(config.get("beta_end", 0.012)),
        int(config.get("num_train_timesteps", 1000)),
    )
    if config.get("rescale_betas_zero_snr"):
        alphas = zero_terminal_snr(alphas)
    return NoiseTable(alphas), str(config.get("prediction_type", "epsilon"))


def _previewer(folder: Path) -> Previewer | None:
    path = folder / "preview.safetensors"
    if not path.is_file():
        return None
    tensors = load_file(path)
    return Previewer(tensors["weight"], tensors["bias"], load_tiny(folder))


def load(
    path: str, compute: ComputeDevice, loading: Callable[[], None], families: Path = FAMILY_FILES
) -> StableDiffusion:
    """Load a diffusers folder or a single file; `loading` hears after each part.

    Raises ModelMissing where a part is missing or damaged, or predicts what is not known here.
    """
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    source = source_of(path, families)
    towers = _towers(source, compute)
    loading()
    unet = network_of(UNet2DConditionModel, source, "unet", compute, compute.dtype)
    loading()
    vae = network_of(AutoencoderKL, source, "vae", compute, torch.float32)
    loading()
    table, prediction = _noise(source)
    if prediction not in ("epsilon", "v_prediction"):
        raise ModelMissing(
            f'The model predicts "{prediction}", which this version does not know.',
            "Choose another model.",
        )
    return StableDiffusion(
        path=path,
        compute=compute,
        towers=towers,
        unet=unet,
        vae=vae,
        noise=table,
        prediction=prediction,
        previewer=_previewer(Path(path)),
        adapted=AdaptedNetworks(unet, _encoders(towers)),
    )


def _encoders(towers: tuple[TextTower, ...]) -> tuple[Any, Any]:
    """The text encoders by the numbers adapters give them: the XL
    refiner's only one is the second."""
    first = next((tower.encoder for tower in towers if not tower.pooled), None)
    return first, next((tower.encoder for tower in towers if tower.pooled), None)


@torch.no_grad()
def blank_picture(model: StableDiffusion, shape: tuple[int, ...]) -> torch.Tensor | None:
    """What an inpainting model is shown for text alone: all is to be painted,
    over mid-grey; None for other models.

    (1, 5, h, w): the mask, then the latents of the grey picture; (1, 4, h, w)
    of zeros for instruct models. Raises ModelMissing for any other count of channels.
    """
    extra = model.unet.config.in_channels - shape[1]
    if extra <= 0:
        return None
    if extra == 4:
        return torch.zeros(1, 4, *shape[2:], device=model.compute.device)
    if extra != 5:
        raise ModelMissing(
            f"The model's denoiser wants {extra} further channels, which text alone cannot give.",
            "Choose another model.",
        )
    vae = model.own_vae or model.vae  # another one may be tiny and without an encoder
    grey = torch.zeros(1, 3, shape[2] * 8, shape[3] * 8, device=vae.device, dtype=vae.dtype)
    means = vae.encode(grey).latent_dist.mean.float().to(model.compute.device)
    latents = means * vae.config.scaling_factor
    return torch.cat([torch.ones_like(latents[:, :1]), latents], 1)
