"""One run from a picture twice: in our loop, and in the pipeline of diffusers for it, with the same
network object, noise, timesteps and encoder output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
)
from diffusers.configuration_utils import FrozenDict

from core.engine.contract.start_levels import start_levels
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_inputs.instruct import guided_by_picture
from core.engine.diffusion.picture_making import loop
from core.sampling.schedules import NoiseTable
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from tests.core.engine.diffusion import ldm_files

CPU = torch.device("cpu")
NO_MODEL = ModelRef("none", "None", "", "")
SEED = 3
STEPS = 20
GUIDANCE = 5.0
IMAGE_GUIDANCE = 1.5
POOLED = 1280  # width of XL's pooled text
TOKENS = 8
# our schedules that are spacings of diffusers' on whole timesteps
SPACINGS = {"ddim_uniform": "leading", "simple": "trailing"}
IMAGE_TO_IMAGE = "image to image"
INPAINT = "inpaint"
INSTRUCT = "instruct"
PIPELINES: dict[tuple[str, bool], Any] = {
    (IMAGE_TO_IMAGE, False): StableDiffusionImg2ImgPipeline,
    (IMAGE_TO_IMAGE, True): StableDiffusionXLImg2ImgPipeline,
    (INPAINT, False): StableDiffusionInpaintPipeline,
    (INPAINT, True): StableDiffusionXLInpaintPipeline,
    (INSTRUCT, False): StableDiffusionInstructPix2PixPipeline,
}


@dataclass(frozen=True)
class Given:
    """What both are handed. Latents are (1, 4, side, side), the mask (1, 1, side, side)."""

    kind: str
    unet: UNet
    texts: tuple[Conditioning, Conditioning]
    source: torch.Tensor
    mask: torch.Tensor
    shown: torch.Tensor
    sampler: str
    schedule: str
    strength: float
    prediction: str = "epsilon"

    @property
    def is_xl(self) -> bool:
        return self.unet.config.addition_embed_type is not None

    @property
    def side(self) -> int:
        return self.source.shape[-1]


def random_unet(family: str, channels: int) -> UNet:
    """Of a tiny family ("smallest", "sdxl"), with random weights and so many input channels."""
    torch.manual_seed(7)
    unet = UNet.from_config(ldm_files.FOLDERS[family]["unet"] | {"in_channels": channels})
    return unet.eval().requires_grad_(False)


def given(
    kind: str,
    unet: UNet,
    *,
    sampler: str = "euler",
    schedule: str = "ddim_uniform",
    strength: float = 0.75,
    side: int = 8,
    prediction: str = "epsilon",
) -> Given:
    """Random texts and latents; the mask is a rectangle."""
    source = torch.Generator().manual_seed(5)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=source)

    def text() -> Conditioning:
        states = drawn(1, TOKENS, unet.config.cross_attention_dim)
        if unet.config.addition_embed_type is None:
            return Conditioning(states)
        pixels = float(side * 8)
        sizes = torch.tensor([[pixels, pixels, 0, 0, pixels, pixels]])
        return Conditioning(states, drawn(1, POOLED), sizes)

    mask = torch.zeros(1, 1, side, side)
    mask[..., side // 4 : side // 2 + 1, side // 8 : side // 2] = 1
    return Given(
        kind=kind,
        unet=unet,
        texts=(text(), text()),
        source=drawn(1, 4, side, side),
        mask=mask,
        shown=drawn(1, 4, side, side),
        sampler=sampler,
        schedule=schedule,
        strength=strength,
        prediction=prediction,
    )


@torch.no_grad()
def ours(case: Given) -> torch.Tensor:
    """The last latents of our loop."""
    request = Request(
        seed=SEED,
        steps=STEPS,
        sampler=case.sampler,
        schedule=case.schedule,
        start=StartPicture(strength=case.strength),
    )
    table = NoiseTable()
    is_inpainting = case.kind == INPAINT
    is_shown = case.unet.config.in_channels > 4
    extra = torch.cat([case.mask, case.shown], 1) if is_inpainting and is_shown else None
    network = Denoiser(case.unet, table, case.prediction, torch.float32, lambda: None, extra)
    if case.kind == INSTRUCT:
        denoise = guided_by_picture(
            network,
            *case.texts,
            case.shown,
            guidance=GUIDANCE,
            image_guidance=IMAGE_GUIDANCE,
        )
    else:
        denoise = guided(network, *case.texts, GUIDANCE)
    start = StartLatents(
        source=case.source,
        levels=start_levels(request, table, "sd15"),
        mask=case.mask if is_inpainting else None,
        is_shown=is_shown,
    )
    return loop.sample(
        Job(request, NO_MODEL),
        start.levels.plan,
        denoise,
        tuple(case.source.shape),
        device=CPU,
        previewer=None,
        on_event=lambda event: None,
        start=start,
    )


class AsDiffusers(torch.nn.Module):
    """Our UNet as diffusers' pipelines call theirs."""

    def __init__(self, unet: UNet) -> None:
        super().__init__()
        self.unet = unet
        self.config = FrozenDict(
            {"sample_size": 64, "time_cond_proj_dim": None} | dict(unet.config)
        )

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    @property
    def device(self) -> torch.device:
        return CPU

    @property
    def add_embedding(self) -> Any:
        return self.unet.add_embedding

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        added_cond_kwargs: dict[str, torch.Tensor] | None = None,
        **_: object,
    ) -> tuple[torch.Tensor]:
        told = added_cond_kwargs or {}
        time = timestep.reshape(1).float()
        pooled, sizes = told.get("text_embeds"), told.get("time_ids")
        return (self.unet(sample, time, encoder_hidden_states, pooled, sizes),)


def _pipeline(case: Given) -> Any:
    kind: Callable[..., Any] = DDIMScheduler if case.sampler == "ddim" else EulerDiscreteScheduler
    own = {"clip_sample": False, "set_alpha_to_one": True} if case.sampler == "ddim" else {}
    scheduler = kind(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing=SPACINGS[case.schedule],
        steps_offset=1,
        prediction_type=case.prediction,
        **own,
    )
    parts: dict[str, Any] = {
        "vae": AutoencoderKL.from_config(ldm_files.SMALLEST["vae"]),
        "text_encoder": None,
        "tokenizer": None,
        "unet": AsDiffusers(case.unet),
        "scheduler": scheduler,
    }
    if case.is_xl:
        parts |= {"text_encoder_2": None, "tokenizer_2": None, "add_watermarker": False}
    else:
        parts |= {"safety_checker": None, "feature_extractor": None}
        parts |= {"requires_safety_checker": False}
    pipe = PIPELINES[case.kind, case.is_xl](**parts)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.no_grad()
def theirs(case: Given) -> torch.Tensor:
    """The last latents of diffusers' pipeline."""
    pipe = _pipeline(case)
    positive, negative = case.texts
    told: dict[str, Any] = {
        "prompt_embeds": positive.states,
        "negative_prompt_embeds": negative.states,
    }
    if case.is_xl:
        told["pooled_prompt_embeds"] = positive.pooled
        told["negative_pooled_prompt_embeds"] = negative.pooled
    pixels = case.side * 8
    match case.kind:
        case "inpaint":
            told |= {
                "image": case.source,
                "mask_image": case.mask.repeat_interleave(8, 2).repeat_interleave(8, 3),
                "masked_image_latents": case.shown,
                "strength": case.strength,
                "width": pixels,
                "height": pixels,
            }
        case "instruct":
            # it scales unit noise, by the noise of all levels and not of the first
            noise = torch.randn(case.source.shape, generator=torch.Generator().manual_seed(SEED))
            pipe.scheduler.set_timesteps(STEPS)
            first = NoiseTable().sigmas[int(pipe.scheduler.timesteps[0])]
            scale = first / float(pipe.scheduler.init_noise_sigma)
            if case.sampler == "ddim":
                scale = first / (1 + first * first) ** 0.5
            told |= {"image": case.shown, "image_guidance_scale": IMAGE_GUIDANCE}
            told["latents"] = noise * scale
        case _:
            told |= {"image": case.source, "strength": case.strength}
    return pipe(
        **told,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(SEED),
        output_type="latent",
    ).images


def apart(case: Given) -> float:
    """The largest difference of both, by the largest latent where that is above 1."""
    expected = theirs(case)
    return float((ours(case) - expected).abs().max() / max(1.0, float(expected.abs().max())))


def other(case: Given, **changes: Any) -> Given:
    """The same with something else."""
    return replace(case, **changes)
