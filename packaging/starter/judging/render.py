"""Pictures in batches through Calotype's own conditioning, guidance, samplers and decoder (the
engine makes one at a time)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.adapters.lora import Wanted
from core.engine.diffusion.families import sd
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.engine.diffusion.parts.device import choose
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import sigmas

BATCH = 16
Way = tuple[str, str]
USUAL, FAST = ("dpmpp_2m", "discrete"), ("lcm", "sgm_uniform")  # sampler and schedule


def unit_noise(like: torch.Tensor) -> Callable[[float, float], torch.Tensor]:
    """Fresh noise shaped like `like` at every call."""
    return lambda sigma, sigma_next: torch.randn_like(like)


class Renderer:
    """A model folder, loaded once. `size` is the pictures' (width, height) in pixels."""

    def __init__(self, model: Path, size: tuple[int, int] = (256, 256)) -> None:
        self.place = choose("auto")
        self.model = sd.load(str(model), self.place, lambda: None)
        self.size = size

    def wear(self, lora: Path | None) -> None:
        """Put on an adapter, or take it off."""
        self.model.adapted.apply((Wanted(str(lora), lora.stem, 1.0, 1.0),) if lora else ())

    def _text(self, prompts: list[str]) -> Conditioning:
        return Conditioning(
            torch.cat(
                [
                    conditioning.encode(self.model.towers[0], prompt, 1, self.place.device)
                    for prompt in prompts
                ]
            )
        )

    @torch.no_grad()
    def latents(
        self, asked: list[tuple[str, str, int]], steps: int, guidance: float, way: Way = USUAL
    ) -> torch.Tensor:
        """Latents (n, 4, h, w) for (prompt, negative, seed) triples."""
        table = self.model.noise
        levels = sigmas(
            way[1],
            steps,
            alphas_cumprod=[1 / (1 + s * s) for s in table.sigmas],
            sigma_min=table.sigmas[0],
            sigma_max=table.sigmas[-1],
        )
        (width, height), found = self.size, []
        denoiser = Denoiser(
            self.model.unet, table, self.model.prediction, self.place.dtype, lambda: None
        )
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            noise = torch.cat(
                [
                    torch.randn(
                        1, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(seed)
                    )
                    for _, _, seed in part
                ]
            )
            denoise = guided(
                denoiser,
                self._text([p for p, _, _ in part]),
                self._text([n for _, n, _ in part]),
                guidance,
            )
            start_latents = noise.to(self.place.device) * levels[0]
            *_, (x, _) = SAMPLERS[way[0]].sample(
                denoise, start_latents, levels, unit_noise(start_latents)
            )
            found.append(x)
        return torch.cat(found)

    @torch.no_grad()
    def pictures(
        self, asked: list[tuple[str, str, int]], steps: int, guidance: float, way: Way = USUAL
    ) -> torch.Tensor:
        """Pictures (n, 3, height, width) uint8."""
        z = self.latents(asked, steps, guidance, way)
        return torch.cat(
            [
                (
                    (
                        self.model.vae.decode(part / self.model.vae.config.scaling_factor)
                        .sample.float()
                        .clamp(-1, 1)
                        + 1
                    )
                    * 127.5
                )
                .round()
                .byte()
                .cpu()
                for part in z.split(BATCH)
            ]
        )

    def judged(
        self, asked: list[tuple[str, str, int]], steps: int, guidance: float, way: Way = USUAL
    ) -> torch.Tensor:
        """The pictures at the judges' size (n, 3, 256, 256) uint8."""
        shown = self.pictures(asked, steps, guidance, way)
        return (
            shown
            if self.size == (256, 256)
            else F.interpolate(shown.float(), (256, 256), mode="area").round().byte()
        )
