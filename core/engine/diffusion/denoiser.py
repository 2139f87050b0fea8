"""The network as `predict(x, sigma, cond) -> x0`, and guidance that turns it into `denoise(x, sigma) -> x0`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from core.engine.schedules import NoiseTable


class Denoiser:
    """Wraps a UNet once. x is in the variance-exploding scale: data plus sigma times unit noise.

    `prediction` is "epsilon" or "v_prediction" (Salimans & Ho 2022). `called` hears of each network call.
    """

    def __init__(self, unet: Any, table: NoiseTable, prediction: str, dtype: torch.dtype, called: Callable[[], None]) -> None:
        self._unet, self._table, self._prediction, self._dtype, self._called = unet, table, prediction, dtype, called

    def predict(self, x: torch.Tensor, sigma: float, cond: torch.Tensor) -> torch.Tensor:
        """The clean latents x0 (n, 4, h, w) float32 that the network sees in x, for text states `cond` (n, tokens, width)."""
        self._called()
        variance = sigma * sigma + 1.0
        time = torch.tensor([self._table.timestep(sigma)], device=x.device, dtype=torch.float32)
        scaled = (x * variance**-0.5).to(self._dtype)
        out = self._unet(scaled, time, encoder_hidden_states=cond.to(self._dtype), return_dict=False)[0].float()
        if self._prediction == "v_prediction":
            return x / variance - out * (sigma * variance**-0.5)
        return x - out * sigma


def guided(
    denoiser: Denoiser, positive: torch.Tensor, negative: torch.Tensor, guidance: float
) -> Callable[[torch.Tensor, float], torch.Tensor]:
    """Classifier-free guidance (Ho & Salimans 2022), both branches in one call; guidance 1 needs only one branch."""
    if guidance == 1.0:
        return lambda x, sigma: denoiser.predict(x, sigma, positive)
    both = torch.cat([negative, positive])

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        without, with_prompt = denoiser.predict(torch.cat([x, x]), sigma, both).chunk(2)
        return without + guidance * (with_prompt - without)

    return denoise
