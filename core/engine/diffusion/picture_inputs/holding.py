"""Latents to start from in place of pure noise, and how they are held outside of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.engine.contract.start_levels import StartLevels
from core.engine.diffusion.parts.denoiser import Denoise
from core.engine.diffusion.picture_inputs.masks import soft_threshold

NOISE = "noise"  # masked contents, by the names of `StartPicture.mask_content`
NOTHING = "nothing"
_ROUNDING = 1e-6  # by which two levels, or greys, may differ and be one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StartLatents:
    """What one run starts from. All tensors are float32 on the device that samples.

    `source` (1, c, h, w) is the picture at the denoiser's scale. `mask` (1, 1, h, w) is 1 where it
    is made anew and 0 where it stays; None: all is made anew. `is_soft`: its greys are strengths
    (Levin & Fried 2023), not shares of both. `content` is what stands in the mask at the start,
    "noise" as `content_noise` (1, c, h, w) or, where that is None, as the start noise once more.
    `is_shown`: the model sees the picture beside its latents, and nothing is held for it.
    """

    source: torch.Tensor
    levels: StartLevels
    mask: torch.Tensor | None = None
    is_soft: bool = False
    content: str = "original"
    content_noise: torch.Tensor | None = None
    is_shown: bool = False

    @property
    def is_held(self) -> bool:
        """Whether places outside the mask are held to the source."""
        return self.mask is not None and not self.is_shown

    @property
    def _is_pure(self) -> bool:
        """Whether the start has nothing of the picture: at full strength, where there are other
        ways to see it."""
        return self.levels.is_pure and (self.mask is not None or self.is_shown)

    def standing(self, noise: torch.Tensor) -> torch.Tensor:
        """The source with the masked content put in, before any noise, (1, c, h, w); `noise` is the
        start noise of that shape. It is the result where no step is run."""
        if self.mask is None or self.content not in (NOISE, NOTHING):
            return self.source
        kept = self.source * (1 - self.mask)
        if self.content == NOTHING:
            return kept
        put_in = noise if self.content_noise is None else self.content_noise
        return kept + put_in * self.mask

    def begun(self, noise: torch.Tensor) -> torch.Tensor:
        """The latents of the first step, of unit start noise (1, c, h, w)."""
        levels = self.levels
        if self._is_pure:
            return noise * levels.plan.start
        return self.standing(noise) * levels.source_scale + noise * levels.plan.start

    def noised(self, noise: torch.Tensor, sigma: float) -> torch.Tensor:
        """The source as it is at a noise level, (1, c, h, w)."""
        plan = self.levels.plan
        if self._is_pure and sigma >= plan.levels[0] * (1 - _ROUNDING):
            return noise * plan.start
        if plan.flow:
            return self.source * (1 - sigma) + noise * sigma
        return self.source + noise * sigma

    def held(self, denoise: Denoise, noise: torch.Tensor) -> Denoise:
        """`denoise` as a sampler calls it: outside the mask the network sees the noised source, of
        the start noise (1, c, h, w) at each level, and its estimate there is the source."""
        if not self.is_held:
            return denoise

        def held(x: torch.Tensor, sigma: float) -> torch.Tensor:
            """x0 (1, c, h, w) of x of that shape."""
            mask = self._mask_at(sigma)
            outside = 1 - mask
            x0 = denoise(x * mask + self.noised(noise, sigma) * outside, sigma)
            return x0 * mask + self.source * outside

        return held

    def finished(self, x: torch.Tensor) -> torch.Tensor:
        """The result's latents: the last ones (1, c, h, w), and the source where it was held to the
        end."""
        if not self.is_held:
            return x
        mask = self._mask_at(0.0)
        return x * mask + self.source * (1 - mask)

    def _mask_at(self, sigma: float) -> torch.Tensor:
        """The mask (1, 1, h, w) of the step that begins at a level or has it on its way; below all
        levels that of the last one."""
        assert self.mask is not None
        if not self.is_soft:
            return self.mask
        reached = sum(level >= sigma * (1 - _ROUNDING) for level in self.levels.plan.levels)
        step = min(max(reached - 1, 0), self.levels.steps - 1)
        threshold = soft_threshold(step, self.levels.steps)
        return (self.mask >= threshold - _ROUNDING).to(self.mask.dtype)
