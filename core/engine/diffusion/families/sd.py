"""Stable Diffusion 1.x, 2.x, XL, their fine-tunes, and the starter: builds the networks of a folder
or file, and says what they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from core.engine.diffusion.adapters.lora import AdaptedNetworks, wanted_adapters
from core.engine.diffusion.families.building import network_of
from core.engine.diffusion.families.clip import clip_towers
from core.engine.diffusion.families.decoding import Decoding
from core.engine.diffusion.families.source import FAMILY_FILES, ModelSource, source_of
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts import conditioning, embeddings
from core.engine.diffusion.parts.conditioning import (
    CheckCancelled,
    Conditioning,
    TextTower,
    never_cancelled,
)
from core.engine.diffusion.parts.denoiser import TEXTS, Denoiser
from core.engine.diffusion.parts.device import OWN_NETWORKS, ComputeDevice, Versions
from core.engine.diffusion.parts.embeddings import with_blank, with_embeddings
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.parts.timesteps import told_timestep
from core.engine.diffusion.parts.tiny import load_tiny
from core.engine.diffusion.time_saving.int8_matrices import set_int8_matrices, why_no_int8
from core.engine.diffusion.time_saving.token_merging import set_token_merging
from core.prompt.grammar.plan import plan_prompts
from core.sampling.levels.training_noise import training_alphas_cumprod, zero_terminal_snr
from core.sampling.schedules import NoiseTable
from core.system.errors import ModelMissing
from core.values.job import Job
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.emphasis import Emphasis
from core.values.request_parts.time_saving import INT8

SPATIAL = 8
# the refiner's scores for the prompt and the negative prompt, as Stability's own pipeline sets them
AESTHETIC = (6.0, 2.5)
_COMPLETE = "Get a complete copy of the model."


@dataclass(slots=True, kw_only=True)
class StableDiffusion(Decoding):
    """A model in memory, ready to run on `compute`. XL has two towers,
    its refiner only the second one. See `model.Model`."""

    path: str
    towers: tuple[TextTower, ...]
    unet: UNet
    noise: NoiseTable
    prediction: str
    previewer: Previewer | None
    adapted: AdaptedNetworks
    stated_prediction: str = ""

    @property
    def networks(self) -> Versions:
        """All are ours."""
        return OWN_NETWORKS

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
        """Adapters, FreeU, token merging and int8 of the job, and no others; sentences on what is
        used in part. Raises ModelMissing for an adapter that cannot be used."""
        notes = self.adapted.apply(wanted_adapters(job))
        if job.request.freeu is None:
            self.unet.disable_freeu()
        else:
            b1, b2, s1, s2 = job.request.freeu
            self.unet.enable_freeu(s1, s2, b1, b2)
        set_token_merging(self.unet, job.request.token_merging)
        asked = job.request.matrices == INT8
        refused = why_no_int8(self.compute) if asked else ""
        set_int8_matrices(self.unet, asked and not refused)
        said = (refused,) if refused else ()
        return (*notes, *said, *embeddings.notes(job, self.towers))

    def encode_texts(
        self,
        job: Job,
        prompts: Sequence[str],
        negatives: Sequence[str],
        between: CheckCancelled = never_cancelled,
    ) -> tuple[list[Conditioning], list[Conditioning]]:
        """Each states (1, 77 * chunks, width); for XL with the picture's size, for its refiner
        with a score. A text that stands there twice is read once. In AUTOMATIC1111's way the
        prompts are one batch, and so are the negative ones (`encode_rows`). Raises what `between`
        raises."""
        request = job.request
        emphasis = Emphasis(request.emphasis)
        towers = with_embeddings(self.towers, job.embeddings, request.program, emphasis=emphasis)
        if job.blanks:
            towers = with_blank(towers)
        texts = tuple(dict.fromkeys((*prompts, *negatives)))
        how = request.clip_skip, self.compute.device, request.program, between
        known = None
        if len(texts) > 2:  # as in every picture whose words stay the same, one by one
            known = conditioning.read_together(towers, texts, *how)

        def read(rows: Sequence[str]) -> dict[str, Conditioning]:
            """The texts of a batch."""
            return conditioning.encode_rows(towers, rows, *how, known=known)

        if request.program == Program.A1111:
            with_prompt, without = read(prompts), read(negatives)
        else:
            with_prompt = without = {text: read((text,))[text] for text in texts}
        positive = [with_prompt[text] for text in prompts]
        negative = [without[text] for text in negatives]
        if not self.sized:
            return positive, negative
        scores = AESTHETIC if self._aesthetic else (None, None)
        size = request.width, request.height
        return (
            [conditioning.with_size_numbers(one, *size, scores[0]) for one in positive],
            [conditioning.with_size_numbers(one, *size, scores[1]) for one in negative],
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

    @property
    def picture_channels(self) -> int:
        """How many input channels the UNet has for a picture: 5 with inpainting models, 4 with
        instruct models, else 0."""
        return self.unet.config.in_channels - self.unet.config.out_channels

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
            reuse=FeatureReuse(request.feature_reuse),
            texts=_texts_at_once(request),
        )

    def join_edges(self, joined: str) -> str:
        """All networks that make the picture can; so there is nothing to say."""
        self.unet.set_joined(joined)
        self.join_autoencoders(joined)
        if self.previewer is not None:
            self.previewer.join(joined)
        return ""

    def guidance(self, request: Request) -> float:
        """As asked."""
        return request.guidance


def _texts_at_once(request: Request) -> int:
    """How many texts the denoiser is told in one step, and a joined one between two steps."""
    plan = plan_prompts(request.prompt, "", request.program, request.steps)
    return max(TEXTS, len(plan.positive) + 1)


def _towers(source: ModelSource, compute: ComputeDevice) -> tuple[TextTower, ...]:
    """One of CLIP's encoders, or XL's two, of which the second is projected."""
    parts = tuple(part for part in ("text_encoder", "text_encoder_2") if source.has(part))
    if not parts:
        raise ModelMissing(f"{source.name} has no text encoder.", _COMPLETE)
    return clip_towers(source, compute, parts, projected=False)


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
    source = source_of(path, families)
    towers = _towers(source, compute)
    loading()
    unet = network_of(UNet.from_config, source, "unet", compute, compute.dtype)
    loading()
    vae = network_of(AutoencoderKL.from_config, source, "vae", compute, torch.float32)
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
    vae = model.its_own_vae  # another one may be tiny and without an encoder
    grey = torch.zeros(1, 3, shape[2] * 8, shape[3] * 8, device=vae.device, dtype=vae.dtype)
    means = vae.encode(grey).mean.float().to(model.compute.device)
    latents = means * vae.config.scaling_factor
    return torch.cat([torch.ones_like(latents[:, :1]), latents], 1)
