"""Pictures in batches through Calotype's own conditioning, guidance, samplers and decoder (the
engine makes one at a time)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.adapters.lora import WantedAdapter
from core.engine.diffusion.families import sd
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.models.files.families import FAMILIES
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import sigmas

BATCH = 16
Way = tuple[str, str]
# sampler and schedule: what the form begins with, and the few-step companion's
_STARTER = FAMILIES["starter"]
USUAL = (_STARTER.sampler, _STARTER.schedule)
FAST = ("lcm", "sgm_uniform")
FEW = 4  # steps of the fast way


def unit_noise(like: torch.Tensor) -> Callable[[float, float], torch.Tensor]:
    """Fresh noise shaped like `like` at every call."""
    return lambda sigma, sigma_next: torch.randn_like(like)


class Renderer:
    """A model folder, loaded once. `size` is the pictures' (width, height) in pixels."""

    def __init__(self, model: Path, size: tuple[int, int] = (256, 256)) -> None:
        self.place = choose_device("auto")
        self.model = sd.load(str(model), self.place, lambda: None)
        self.size = size

    def wear(self, lora: Path | None) -> None:
        """Put on an adapter, or take it off."""
        self.model.adapted.apply((WantedAdapter(str(lora), lora.stem, 1.0, 1.0),) if lora else ())

    def _text(self, prompts: list[str]) -> Conditioning:
        tower = self.model.towers[0]
        states = [conditioning.encode(tower, prompt, 1, self.place.device) for prompt in prompts]
        return Conditioning(torch.cat(states))

    def _noise(self, seed: int) -> torch.Tensor:
        """Unit noise (1, 4, h, w) of a picture."""
        width, height = self.size
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(1, 4, height // 8, width // 8, generator=generator)

    @torch.no_grad()
    def latents(
        self,
        asked: list[tuple[str, str, int]],
        steps: int,
        guidance: float,
        sampling: Way = USUAL,
        *,
        reuse: int = 1,
        between: tuple[float, float] = (0.0, 1.0),
    ) -> torch.Tensor:
        """Latents (n, 4, h, w) for (prompt, negative, seed) triples; `reuse` is the interval of
        whole steps, guidance works in the share `between` of the schedule."""
        table = self.model.noise
        levels = sigmas(
            sampling[1],
            steps,
            alphas_cumprod=[1 / (1 + s * s) for s in table.sigmas],
            sigma_min=table.sigmas[0],
            sigma_max=table.sigmas[-1],
        )
        batches: list[torch.Tensor] = []
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            noise = torch.cat([self._noise(seed) for _, _, seed in part])
            denoiser = Denoiser(
                unet=self.model.unet,
                table=table,
                prediction=self.model.prediction,
                dtype=self.place.dtype,
                on_call=lambda: None,
                reuse=FeatureReuse(reuse),
            )
            denoise = guided(
                denoiser,
                self._text([p for p, _, _ in part]),
                self._text([n for _, n, _ in part]),
                guidance,
                between=between,
            )
            start_latents = noise.to(self.place.device) * levels[0]
            *_, (x, _) = SAMPLERS[sampling[0]].sample(
                denoise, start_latents, levels, unit_noise(start_latents)
            )
            batches.append(x)
        return torch.cat(batches)

    @torch.no_grad()
    def pictures(
        self, asked: list[tuple[str, str, int]], steps: int, guidance: float, sampling: Way = USUAL
    ) -> torch.Tensor:
        """Pictures (n, 3, height, width) uint8."""
        z = self.latents(asked, steps, guidance, sampling)
        return torch.cat([self.decoded(part) for part in z.split(BATCH)])

    def decoded(self, z: torch.Tensor) -> torch.Tensor:
        """Latents (n, 4, h, w) as pictures (n, 3, 8h, 8w) uint8."""
        vae = self.model.vae
        values = vae.decode(z / vae.config.scaling_factor).float().clamp(-1, 1)
        return ((values + 1) * 127.5).round().byte().cpu()

    def judged(
        self, asked: list[tuple[str, str, int]], steps: int, guidance: float, sampling: Way = USUAL
    ) -> torch.Tensor:
        """The pictures at the judges' size (n, 3, 256, 256) uint8."""
        shown = self.pictures(asked, steps, guidance, sampling)
        if self.size == (256, 256):
            return shown
        return F.interpolate(shown.float(), (256, 256), mode="area").round().byte()
