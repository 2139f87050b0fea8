"""The network as `predict(x, sigma, cond) -> x0`, and guidance that turns it into `denoise(x, sigma) -> x0`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from core.engine.diffusion.conditioning import Conditioning
from core.engine.schedules import NoiseTable


class Denoiser:
    """Wraps a UNet once. x is in the variance-exploding scale: data plus sigma times unit noise.

    `prediction` is "epsilon" or "v_prediction" (Salimans & Ho 2022). `called` hears of each network call.
    `shown` (1, k, h, w) are the further input channels of inpainting and instruct models.
    """

    def __init__(self, unet: Any, table: NoiseTable, prediction: str, dtype: torch.dtype, called: Callable[[], None],
                 shown: torch.Tensor | None = None) -> None:
        self._shown = shown
        self._unet, self._table, self._prediction, self._dtype, self._called = unet, table, prediction, dtype, called

    def predict(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        """The clean latents x0 (n, 4, h, w) float32 that the network sees in x under `cond`."""
        self._called()
        variance = sigma * sigma + 1.0
        time = torch.tensor([self._table.timestep(sigma)], device=x.device, dtype=torch.float32)
        scaled = (x * variance**-0.5).to(self._dtype)
        if self._shown is not None:
            scaled = torch.cat([scaled, self._shown.to(self._dtype).expand(len(x), -1, -1, -1)], 1)
        more = {} if cond.pooled is None or cond.sizes is None else {
            "added_cond_kwargs": {"text_embeds": cond.pooled.to(self._dtype), "time_ids": cond.sizes}}
        out = self._unet(scaled, time, encoder_hidden_states=cond.states.to(self._dtype), return_dict=False, **more)[0].float()
        if self._prediction == "v_prediction":
            return x / variance - out * (sigma * variance**-0.5)
        return x - out * sigma


def guided(
    denoiser: Denoiser, positive: Conditioning, negative: Conditioning, guidance: float
) -> Callable[[torch.Tensor, float], torch.Tensor]:
    """Classifier-free guidance (Ho & Salimans 2022), both branches in one call; guidance 1 needs only one branch."""
    if guidance == 1.0:
        return lambda x, sigma: denoiser.predict(x, sigma, positive)
    both = negative.joined(positive)

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        without, with_prompt = denoiser.predict(torch.cat([x, x]), sigma, both).chunk(2)
        return without + guidance * (with_prompt - without)

    return denoise
