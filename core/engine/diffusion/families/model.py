"""What the engine asks of a loaded model, whatever its family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch

from core.engine.diffusion.parts.conditioning import (
    CheckCancelled,
    Conditioning,
    TextTower,
    never_cancelled,
)
from core.engine.diffusion.parts.denoiser import Network
from core.engine.diffusion.parts.device import ComputeDevice, Versions
from core.engine.diffusion.parts.noise import NoiseSource
from core.engine.diffusion.parts.preview import Previewer, learned_previewer
from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane
from core.sampling.schedules import AnyTable
from core.values.job import Job
from core.values.picture import Pixels
from core.values.request import Request


class LoadedNetworks(Protocol):
    """Networks in memory. Its parts are "text" (the encoders), "unet" (the denoiser,
    also a transformer) and "vae"."""

    path: str
    compute: ComputeDevice
    vae_path: str

    @property
    def networks(self) -> Versions:
        """Whose they are, and of which version: as it stands in a picture's fingerprint."""
        ...

    def parts(self, name: str) -> list[Any]:
        """The networks of a part."""
        ...

    def use_vae(self, path: str) -> None:
        """Decode with the autoencoder at `path`; "" means the model's own.
        Raises ModelMissing where it does not fit, InvalidRequest where only its own will do."""
        ...


class Model(LoadedNetworks, Protocol):
    """A model that runs in our own loop."""

    previewer: Previewer | None
    towers: tuple[TextTower, ...]  # CLIP's text encoders

    def shape(self, request: Request) -> tuple[int, ...]:
        """Of its latents, (1, c, h, w). Raises InvalidRequest for a size it cannot make."""
        ...

    def table(self, request: Request) -> AnyTable:
        """The training noise for a picture of this size."""
        ...

    def predict_as(self, prediction: str) -> None:
        """What a person said the network predicts; "" is what the file says."""
        ...

    def apply_adapters(self, job: Job) -> tuple[str, ...]:
        """Put on what the job wants of adapters and FreeU, take off the rest;
        an empty job takes off all.

        Gives a sentence for each adapter and embedding that is used in part or not at all. Raises
        ModelMissing for an adapter that cannot be used, InvalidRequest where FreeU cannot be.
        """
        ...

    def encode_texts(
        self,
        job: Job,
        prompts: Sequence[str],
        negatives: Sequence[str],
        between: CheckCancelled = ...,
    ) -> tuple[list[Conditioning], list[Conditioning]]:
        """What the denoiser is told by each text: states (1, tokens, width), the rest as the family
        has it; each text is read once however often it stands there. Raises InvalidRequest where
        brackets weigh too much, and what `between` raises."""
        ...

    def extra_channels(self, shape: tuple[int, ...]) -> torch.Tensor | None:
        """Further input channels (1, k, h, w) beside latents of `shape` (1, c, h, w); None where
        the denoiser wants none. Raises ModelMissing where text alone cannot give them."""
        ...

    @property
    def picture_channels(self) -> int:
        """How many input channels the denoiser has for a picture beside its latents: 5 with
        inpainting models (`inpainting_channels`), 4 with instruct models (`instruct_channels`),
        else 0."""
        ...

    def encode(
        self, pixels: PixelRows, between: CheckCancelled = ..., draw: NoiseSource | None = None
    ) -> torch.Tensor:
        """The latents (1, c, h / 8, w / 8) of pixels (h, w, 3), at the scale of the denoiser,
        float32 on the compute device: the encoder's mean, or with `draw` one of those it holds
        possible. Raises what `between` raises, which is asked between blocks of layers."""
        ...

    def inpainting_channels(
        self,
        pixels: PixelRows,
        mask: Plane,
        latent_mask: torch.Tensor,
        between: CheckCancelled = ...,
    ) -> torch.Tensor:
        """(1, 5, h / 8, w / 8) of pixels (h, w, 3), their mask (h, w) and the same at latent size
        (1, 1, h / 8, w / 8). Raises what `between` raises."""
        ...

    def instruct_channels(self, pixels: PixelRows, between: CheckCancelled = ...) -> torch.Tensor:
        """(1, 4, h / 8, w / 8) of pixels (h, w, 3). Raises what `between` raises."""
        ...

    @property
    def encoder_name(self) -> str:
        """Whose encoder pictures are brought in by: "own" for the model's, else the name of the
        file that it came from."""
        ...

    def network(
        self, request: Request, extra_channels: torch.Tensor | None, on_call: Callable[[], None]
    ) -> Network:
        """The denoiser as `guided` takes it, beside the channels `extra_channels` (1, k, h, w)."""
        ...

    def join_edges(self, joined: str) -> str:
        """Take opposite edges as joined in these directions ("x", "y", "xy", "" for none), so that
        pictures can be laid side by side. A sentence on what of the model cannot, or ""."""
        ...

    def guidance(self, request: Request) -> float:
        """The classifier-free guidance scale; 1 where the network itself was told it."""
        ...

    def use_decoder(self, job: Job, device: torch.device) -> None:
        """Have at hand what the job is decoded with. Raises InvalidRequest where that is to be a
        tiny decoder and there is none."""
        ...

    def decode(
        self, latents: torch.Tensor, *, cut: bool = False, tiny: bool = False
    ) -> tuple[Pixels, torch.Tensor]:
        """The picture of latents (1, c, h, w), and its values (1, 3, 8h, 8w) in [-1, 1] on the CPU.

        `cut`: fractions of the 256 levels are cut off, as other programs do, instead of rounded.
        `tiny`: by the tiny decoder of `use_decoder`.
        Raises WorldError where the numbers overflow.
        """
        ...


def encode_prompts(
    model: Model, job: Job, between: CheckCancelled = never_cancelled
) -> tuple[Conditioning, Conditioning]:
    """What the denoiser is told with and without the job's own prompt. Raises what `encode_texts`
    raises."""
    request = job.request
    positive, negative = model.encode_texts(
        job, (request.prompt,), (request.negative_prompt,), between
    )
    return positive[0], negative[0]


def learned_for(model: Model, request: Request) -> Previewer:
    """A previewer for a model that brings none: from what its autoencoder makes of noise."""
    return learned_previewer(
        model.shape(request)[1], lambda noise: model.decode(noise.to(model.compute.device))[1]
    )
