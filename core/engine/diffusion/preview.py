"""Cheap looks at unfinished latents within 2 % of the time: one fitted 3x3 convolution, or a tiny decoder where time allows."""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F

from core.engine.diffusion.tiny import TinyDecoder
from core.events import Preview

BUDGET = 0.02
TINY_SHARE = 0.06  # the tiny decoder is used where it could be shown at least every third step
FACTOR = 8


class Previewer:
    """`weight` (3 * 64, c, 3, 3) and `bias` (3 * 64): the 8x8 pixels of a latent from its 3x3 neighbourhood, in [-1, 1]."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, tiny: TinyDecoder | None = None) -> None:
        self.weight, self.bias, self.tiny = weight.float().cpu(), bias.float().cpu(), tiny
        self._spent = 0.0
        self._worked = 0.0
        self._steps = 0
        self._tiny_seconds = self._measure() if tiny else 0.0

    @torch.no_grad()
    def _measure(self) -> float:
        """Seconds the tiny decoder takes for one place of the latents, warm."""
        latents, times = torch.zeros(1, 4, 32, 32), list[float]()
        for _ in range(3):
            began = time.monotonic()
            self._decode(latents, fine=True)
            times.append(time.monotonic() - began)
        return min(times) / 32**2

    def restart(self) -> None:
        """Forget the time accounts: a new picture begins."""
        self._spent = self._worked = 0.0
        self._steps = 0

    def _decode(self, x0: torch.Tensor, *, fine: bool) -> torch.Tensor:
        """(3, 8h, 8w) in about [-1, 1]."""
        if fine and self.tiny is not None:
            return self.tiny(x0)[0]
        padded = F.pad(x0, (1, 1, 1, 1), mode="replicate")
        return F.pixel_shuffle(F.conv2d(padded, self.weight, self.bias), FACTOR)[0]

    @torch.no_grad()
    def look(self, x0: torch.Tensor, *, fine: bool = False) -> Preview:
        """The picture that latents x0 (1, c, h, w) roughly stand for, 8h x 8w pixels; `fine` by the tiny decoder."""
        pixels = self._decode(x0.float().cpu(), fine=fine)
        rgb = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous()
        return Preview(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes())

    def after_step(self, x0: torch.Tensor, seconds: float) -> Preview | None:
        """A preview, if the previews so far cost less than 2 % of the steps so far."""
        self._worked += seconds
        self._steps += 1
        if self._spent > BUDGET * self._worked:
            return None
        began = time.monotonic()
        cost = self._tiny_seconds * x0.shape[-1] * x0.shape[-2]
        shown = self.look(x0, fine=self.tiny is not None and cost <= TINY_SHARE * self._worked / self._steps)
        self._spent += time.monotonic() - began
        return shown


@torch.no_grad()
def fit(latents: torch.Tensor, pixels: torch.Tensor, ridge: float = 1e-2) -> Previewer:
    """The best linear map from latents (n, c, h, w) to pixels (n, 3, 8h, 8w) in [-1, 1]."""
    width = latents.shape[1] * 9
    padded = F.pad(latents.float(), (1, 1, 1, 1), mode="replicate")
    rows = F.unfold(padded, 3).permute(0, 2, 1).reshape(-1, width).double()
    rows = torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], 1)
    answers = F.pixel_unshuffle(pixels.float(), FACTOR).permute(0, 2, 3, 1).reshape(-1, 3 * FACTOR**2).double()
    gram = rows.T @ rows + ridge * torch.eye(width + 1, dtype=torch.float64)
    solution = torch.linalg.solve(gram, rows.T @ answers).float()
    return Previewer(solution[:width].T.reshape(-1, latents.shape[1], 3, 3).contiguous(), solution[width])
