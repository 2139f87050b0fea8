"""Flow models in our own loop: Stable Diffusion 3.x and FLUX.1,
from folders that bring their own tokenizers.

The network says v = noise - x0 of x = (1 - sigma) x0 + sigma noise (Esser et al. 2024),
so that x0 = x - sigma v.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import torch
import torch.nn.functional as F

from core.engine.diffusion.adapters.lora import AdaptedNetworks, wanted_adapters
from core.engine.diffusion.families.building import network_of
from core.engine.diffusion.families.clip import clip_towers
from core.engine.diffusion.families.decoding import Decoding
from core.engine.diffusion.families.source import FolderSource, weight_bytes
from core.engine.diffusion.families.t5 import T5Tower, t5_tower
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.parts import conditioning, embeddings
from core.engine.diffusion.parts.conditioning import (
    CheckCancelled,
    Conditioning,
    TextTower,
    never_cancelled,
)
from core.engine.diffusion.parts.denoiser import Network
from core.engine.diffusion.parts.device import (
    OWN_NETWORKS,
    ComputeDevice,
    Versions,
    library_versions,
)
from core.engine.diffusion.parts.preview import Previewer
from core.sampling.schedules import FlowTable, flow_table
from core.system.errors import InvalidRequest, ModelMissing
from core.values.job import Job
from core.values.request import Request
from core.values.request_parts.emphasis import Emphasis

# before either library is imported
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
STRIDE = 16  # pixels: the transformers see latents in patches of 2 x 2
_COMPLETE = "Get a complete copy of the model."


class FlowNetwork(Network):
    """A flow transformer as `guided` takes it. `say(x, sigma, cond)` is the family's own call
    and gives v (n, c, h, w)."""

    def __init__(
        self,
        say: Callable[[torch.Tensor, float, Conditioning], torch.Tensor],
        on_call: Callable[[], None],
    ) -> None:
        self._say = say
        self._called = on_call

    def raw(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        """v (n, c, h, w), float32."""
        self._called()
        return self._say(x, sigma, cond).float()

    def x0_from(self, x: torch.Tensor, sigma: float, raw: torch.Tensor) -> torch.Tensor:
        """x0 (n, c, h, w) from v."""
        return x - raw * sigma

    def progress(self, sigma: float) -> float:
        """How much of the noise lies behind, from 0 to 1."""
        return 1.0 - sigma


def _call_sd3(transformer: Any, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
    dtype = transformer.dtype
    assert cond.pooled is not None
    time = torch.full((len(x),), sigma * 1000, device=x.device)
    return transformer(
        hidden_states=x.to(dtype),
        timestep=time,
        encoder_hidden_states=cond.states.to(dtype),
        pooled_projections=cond.pooled.to(dtype),
        return_dict=False,
    )[0]


def pack_latents(x: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) as FLUX takes it: each 2 x 2 patch one token, (n, h/2 * w/2, 4c)."""
    n, c, h, w = x.shape
    return (
        x.view(n, c, h // 2, 2, w // 2, 2)
        .permute(0, 2, 4, 1, 3, 5)
        .reshape(n, h // 2 * (w // 2), c * 4)
    )


def unpack_latents(tokens: torch.Tensor, h: int, w: int) -> torch.Tensor:
    """The reverse of `pack_latents`: (n, h/2 * w/2, 4c) to (n, c, h, w)."""
    n, _, c = tokens.shape
    return (
        tokens.view(n, h // 2, w // 2, c // 4, 2, 2)
        .permute(0, 3, 1, 4, 2, 5)
        .reshape(n, c // 4, h, w)
    )


def token_positions(h: int, w: int) -> torch.Tensor:
    """Where each token stands: (h * w, 3) of 0, row, column."""
    rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return torch.stack([torch.zeros_like(rows), rows, columns], -1).reshape(-1, 3).float()


def _call_flux(
    transformer: Any, guidance: float, x: torch.Tensor, sigma: float, cond: Conditioning
) -> torch.Tensor:
    dtype = transformer.dtype
    n, _, h, w = x.shape
    assert cond.pooled is not None
    told: dict[str, torch.Tensor] = {}
    if transformer.config.guidance_embeds:
        told["guidance"] = torch.full((n,), guidance, device=x.device)
    tokens = transformer(
        hidden_states=pack_latents(x).to(dtype),
        timestep=torch.full((n,), sigma, device=x.device),
        **told,
        pooled_projections=cond.pooled.to(dtype),
        encoder_hidden_states=cond.states.to(dtype),
        txt_ids=torch.zeros(cond.states.shape[1], 3, device=x.device),
        img_ids=token_positions(h // 2, w // 2).to(x.device),
        return_dict=False,
    )[0]
    return unpack_latents(tokens, h, w)


@dataclass(slots=True, kw_only=True)
class FlowModel(Decoding):
    """A flow model in memory; see `model.Model`. Without its T5, SD 3 is told by CLIP
    alone, as its authors allow."""

    path: str
    towers: tuple[TextTower, ...]
    t5: T5Tower | None
    unet: Any
    scheduler: dict[str, Any]
    flux: bool
    adapted: AdaptedNetworks
    previewer: Previewer | None = None

    @property
    def networks(self) -> Versions:
        """Ours, but for the transformer and T5."""
        return OWN_NETWORKS + library_versions()

    def parts(self, name: str) -> list[Any]:
        """The networks of a part."""
        if name == "text":
            clip = [tower.encoder for tower in self.towers]
            return [*clip, self.t5.encoder] if self.t5 else clip
        return [getattr(self, name)]

    def shape(self, request: Request) -> tuple[int, ...]:
        """(1, c, h / 8, w / 8). Raises InvalidRequest where a side is no multiple of 16 pixels."""
        for name, side in (("width", request.width), ("height", request.height)):
            if side % STRIDE:
                raise InvalidRequest(
                    name,
                    (
                        f"{name.capitalize()} {side} is not a multiple of {STRIDE}, "
                        "which this model needs."
                    ),
                    f"Use {round(side / STRIDE) * STRIDE}.",
                )
        return (1, self.vae.config.latent_channels, request.height // 8, request.width // 8)

    def table(self, request: Request) -> FlowTable:
        """The request's shift, the scheduler's, or one that grows with the picture (FLUX dev)."""
        asked = request.levels.shift
        return flow_table(self.scheduler, request.width, request.height, asked)

    def predict_as(self, prediction: str) -> None:
        """Flow models predict the flow, whatever is said."""

    def apply_adapters(self, job: Job) -> tuple[str, ...]:
        """The job's adapters, and no others; sentences on what is used in part.

        Raises InvalidRequest for FreeU, ModelMissing for an adapter that cannot be used.
        """
        notes = self.adapted.apply(wanted_adapters(job))
        if job.request.freeu is not None:
            raise InvalidRequest(
                "freeu", "FreeU is for UNets; this model has none.", "Leave it out."
            )
        return (*notes, *embeddings.notes(job, self.towers, self._long))

    @property
    def _long(self) -> int:
        """How wide T5's states are, 0 without one."""
        return self.t5.encoder.config.d_model if self.t5 else 0

    def encode_texts(
        self,
        job: Job,
        prompts: Sequence[str],
        negatives: Sequence[str],
        between: CheckCancelled = never_cancelled,
    ) -> tuple[list[Conditioning], list[Conditioning]]:
        """Each states (1, tokens, width) and pooled text (1, width of CLIP's), a text that stands
        there twice read once. Raises what `between` raises."""
        program = job.request.program
        emphasis = Emphasis(job.request.emphasis)
        towers = embeddings.with_embeddings(
            self.towers, job.embeddings, program, self._long, emphasis=emphasis
        )
        long = embeddings.long_vectors(job.embeddings, self.towers, program, self._long)
        t5 = self.t5
        if t5 is not None:
            t5 = replace(t5, program=program, vectors=long, emphasis=emphasis)
        read = {
            text: self._text(text, job.request, between, towers, t5)
            for text in dict.fromkeys((*prompts, *negatives))
        }
        return [read[text] for text in prompts], [read[text] for text in negatives]

    def _text(
        self,
        text: str,
        request: Request,
        between: CheckCancelled,
        towers: tuple[TextTower, ...],
        t5: T5Tower | None,
    ) -> Conditioning:
        place = self.compute.device
        program = request.program
        if self.flux:
            assert t5 is not None
            first = towers[0]
            pooled = conditioning.pooled(first, first.split(text, program)[0], place)
            return Conditioning(t5.encode(text, place), pooled)
        read = [
            conditioning.encode_with_pooled(tower, text, request.clip_skip, place, program, between)
            for tower in towers
        ]
        pooled = torch.cat([first for _, first in read], -1)
        clip = torch.cat([states for states, _ in read], -1)
        width = self.unet.config.joint_attention_dim
        clip = F.pad(clip, (0, width - clip.shape[-1]))
        # as many tokens as T5 would give
        long = t5.encode(text, place) if t5 else torch.zeros(1, 256, width, device=place)
        return Conditioning(torch.cat([clip, long], 1), pooled)

    def extra_channels(self, shape: tuple[int, ...]) -> torch.Tensor | None:
        """Nothing, whatever the latents' shape: variants that want more channels are not taken."""
        return None

    @property
    def picture_channels(self) -> int:
        """None: variants that want more channels are not taken."""
        return 0

    def network(
        self, request: Request, extra_channels: torch.Tensor | None, on_call: Callable[[], None]
    ) -> FlowNetwork:
        """The transformer with its family's call; `extra_channels` is None,
        as `extra_channels()` says."""
        if self.flux:
            return FlowNetwork(partial(_call_flux, self.unet, request.guidance), on_call)
        return FlowNetwork(partial(_call_sd3, self.unet), on_call)

    def join_edges(self, joined: str) -> str:
        """The autoencoder can; the transformer knows where in the picture each place is."""
        self.join_autoencoders(joined)
        if self.previewer is not None:
            self.previewer.join(joined)
        return (
            f"{Path(self.path).name} joins edges in its autoencoder only, not in its transformer: "
            "a seam may be seen."
        )

    def guidance(self, request: Request) -> float:
        """FLUX dev is told the scale itself."""
        return 1.0 if self.flux and self.unet.config.guidance_embeds else request.guidance


def number_format(compute: ComputeDevice, bytes_on_disk: int) -> torch.dtype:
    """float16 overflows in these networks: bfloat16 on a GPU or where it was asked for; float32 on
    the CPU as far as that leaves half of the memory."""
    if compute.device.type != "cpu" or compute.dtype is torch.bfloat16:
        return torch.bfloat16
    # in float32 the weights are twice as large as in the files
    fits = compute.eight_bit or bytes_on_disk * 2 < psutil.virtual_memory().total / 2
    return torch.float32 if fits else torch.bfloat16


def load(path: str, compute: ComputeDevice, loading: Callable[[], None]) -> FlowModel:
    """An SD 3.x or FLUX.1 folder in memory. Raises ModelMissing where a part is missing or damaged,
    or where the denoiser wants more than text."""
    import diffusers

    source = FolderSource(Path(path))
    dtype = number_format(compute, weight_bytes(Path(path)))
    name = source.name_of("transformer")
    flux = name.startswith("Flux")
    clip = ("text_encoder",) if flux else ("text_encoder", "text_encoder_2")
    towers = clip_towers(source, compute, clip, projected=not flux)
    loading()
    t5 = _t5(source, compute, dtype, flux=flux)
    loading()
    build = getattr(diffusers, name).from_config
    transformer = network_of(build, source, "transformer", compute, dtype)
    loading()
    vae = network_of(AutoencoderKL.from_config, source, "vae", compute, torch.float32)
    loading()
    wanted = vae.config.latent_channels * (4 if flux else 1)
    if transformer.config.in_channels != wanted:
        raise ModelMissing(
            f"{source.name} wants further pictures beside the text, which is not supported yet.",
            "Choose its text-to-image model.",
        )
    return FlowModel(
        path=path,
        compute=compute,
        towers=towers,
        t5=t5,
        unet=transformer,
        vae=vae,
        scheduler=source.config("scheduler"),
        flux=flux,
        adapted=AdaptedNetworks(transformer, _encoders(towers, t5)),
    )


def _t5(
    source: FolderSource, compute: ComputeDevice, dtype: torch.dtype, *, flux: bool
) -> T5Tower | None:
    """The T5 of a folder, None where Stable Diffusion 3 goes without; FLUX cannot."""
    part = "text_encoder_2" if flux else "text_encoder_3"
    if source.has(part):
        # tokens, as diffusers' own pipelines have it
        dev = flux and source.config("transformer").get("guidance_embeds")
        return t5_tower(source, part, compute, dtype, 512 if dev else 256)
    if flux:
        raise ModelMissing(
            f"{source.name} has no T5 text encoder ({part}), which FLUX needs.", _COMPLETE
        )
    return None


def _encoders(towers: tuple[TextTower, ...], t5: T5Tower | None) -> tuple[Any, Any, Any]:
    """The text encoders by the numbers adapters give them: T5 is the third,
    also where there is but one CLIP."""
    first, *others = (tower.encoder for tower in towers)
    return first, others[0] if others else None, t5.encoder if t5 else None
