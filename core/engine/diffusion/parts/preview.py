"""Cheap looks at unfinished latents within 2 % of the time: one fitted 3x3 convolution, or a tiny
decoder where time allows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

from core.engine.diffusion.networks.layers import set_joined
from core.engine.diffusion.parts.tiny import TinyAutoencoder, TinyDecoder, network_in
from core.system.errors import ModelMissing
from core.values.events import Preview

_log = logging.getLogger(__name__)

BUDGET = 0.02  # of the time of sampling
# of a step: the tiny decoder is used where it could be shown at least every third step,
TINY_SHARE = 0.06
TINY_SECONDS = 0.012  # or every 0.6 seconds
FACTOR = 8  # pixels of a side that a latent stands for
PRIMER = 16  # latents a side of the noise that a map is begun with
ENOUGH = 20  # pictures after which the map stays as it is


class Previewer:
    """`weight` (3 * 64, c, 3, 3) and `bias` (3 * 64): the 8x8 pixels of a latent from its 3x3
    neighbourhood, in [-1, 1]."""

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        tiny: TinyDecoder | None = None,
        learned: LinearFit | None = None,
    ) -> None:
        self._learned = learned
        self.weight = weight.float().cpu()
        self.bias = bias.float().cpu()
        self._own = tiny
        self._spent = 0.0
        self._worked = 0.0
        self._steps = 0
        self.tiny: TinyDecoder | TinyAutoencoder | None = tiny
        self._asked = ""
        self._joined = ""
        self._tiny_seconds = self._measure() if tiny else 0.0

    def join(self, joined: str) -> None:
        """In which directions ("x", "y", "xy", "") the edges of what is looked at, and learnt from,
        are joined from now on."""
        self._joined = joined
        for tiny in (self._own, self.tiny):
            if tiny is not None:
                set_joined(network_in(tiny), joined)

    @torch.no_grad()
    def use(self, path: str, device: torch.device) -> None:
        """Decode with the tiny autoencoder at `path` where time allows; "" is what the model
        brings. One that does not fit is left out."""
        if path == self._asked:
            return
        self._asked = path
        self.tiny = self._own
        try:
            if path:
                self.tiny = TinyAutoencoder(path, self.weight.shape[1], device)
        except ModelMissing as error:
            _log.warning("previews stay as they are: %s", error.message)
        self._tiny_seconds = self._measure() if self.tiny else 0.0

    @torch.no_grad()
    def _measure(self) -> float:
        """Seconds the tiny decoder takes for one place of the latents, warm."""
        latents = torch.zeros(1, self.weight.shape[1], 32, 32)
        times: list[float] = []
        for _ in range(3):
            began = time.monotonic()
            self._decode(latents, fine=True)
            times.append(time.monotonic() - began)
        return min(times) / 32**2

    def restart(self) -> None:
        """Forget the time accounts: a new picture begins."""
        self._spent = self._worked = 0.0
        self._steps = 0

    def learn(self, latents: torch.Tensor, pixels: torch.Tensor) -> None:
        """A finished picture: latents (1, c, h, w) and pixels (1, 3, 8h, 8w). Does nothing where a
        model brings its own map."""
        if self._learned is not None and self._learned.pictures < ENOUGH:
            self._learned.add(latents, pixels, self._joined)
            self.weight, self.bias = self._learned.solved()

    def _decode(self, x0: torch.Tensor, *, fine: bool) -> torch.Tensor:
        """(3, 8h, 8w) in about [-1, 1]."""
        if fine and self.tiny is not None:
            return self.tiny(x0)[0]
        padded = _with_neighbours(x0, self._joined)
        return F.pixel_shuffle(F.conv2d(padded, self.weight, self.bias), FACTOR)[0]

    @torch.no_grad()
    def look(self, x0: torch.Tensor, *, fine: bool = False) -> Preview:
        """The picture that latents x0 (1, c, h, w) roughly stand for, 8h x 8w pixels;
        `fine` by the tiny decoder."""
        pixels = self._decode(x0.float().cpu(), fine=fine)
        rgb = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous()
        return Preview(rgb.shape[1], rgb.shape[0], rgb.numpy().tobytes())

    def after_step(self, x0: torch.Tensor, seconds: float) -> Preview | None:
        """A preview of the estimate x0 (1, c, h, w), if the previews so far cost less than 2 % of
        the steps so far; `seconds` is what this step took."""
        self._worked += seconds
        self._steps += 1
        if self._spent > BUDGET * self._worked:
            return None
        began = time.monotonic()
        cost = self._tiny_seconds * x0.shape[-1] * x0.shape[-2]
        affordable = max(TINY_SECONDS, TINY_SHARE * self._worked / self._steps)
        shown = self.look(x0, fine=self.tiny is not None and cost <= affordable)
        self._spent += time.monotonic() - began
        return shown


def _with_neighbours(latents: torch.Tensor, joined: str) -> torch.Tensor:
    """(n, c, h, w) with one more place around it: of the other side where edges are joined, else
    the same again."""
    if not joined:
        return F.pad(latents, (1, 1, 1, 1), mode="replicate")
    for direction, sides in (("x", (1, 1, 0, 0)), ("y", (0, 0, 1, 1))):
        latents = F.pad(latents, sides, "circular" if direction in joined else "replicate")
    return latents


class LinearFit:
    """Least squares from latents to pixels over all that is added:
    their 3x3 neighbourhoods to 8x8 pixels."""

    def __init__(self, channels: int, ridge: float = 1.0) -> None:
        self._width = channels * 9
        self._gram = ridge * torch.eye(self._width + 1, dtype=torch.float64)
        self._answers = torch.zeros(self._width + 1, 3 * FACTOR**2, dtype=torch.float64)
        self.pictures = 0

    @torch.no_grad()
    def add(self, latents: torch.Tensor, pixels: torch.Tensor, joined: str = "") -> None:
        """Latents (n, c, h, w) and their pixels (n, 3, 8h, 8w) in [-1, 1], of a picture whose edges
        are `joined` in these directions."""
        padded = _with_neighbours(latents.float().cpu(), joined)
        rows = F.unfold(padded, 3).permute(0, 2, 1).reshape(-1, self._width).double()
        rows = torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], 1)
        self._gram += rows.T @ rows
        blocks = F.pixel_unshuffle(pixels.float().cpu(), FACTOR).permute(0, 2, 3, 1)
        self._answers += rows.T @ blocks.reshape(len(rows), -1).double()
        self.pictures += 1

    def solved(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The weight (192, c, 3, 3) and bias (192,) of a `Previewer`."""
        solution = torch.linalg.solve(self._gram, self._answers).float()
        weight = solution[: self._width].T.reshape(3 * FACTOR**2, -1, 3, 3).contiguous()
        return weight, solution[self._width]


def learned_previewer(channels: int, decode: Callable[[torch.Tensor], torch.Tensor]) -> Previewer:
    """A previewer for a decoder nothing is known of: `decode` makes pixels (1, 3, 8h, 8w) of noise
    (1, channels, h, w), and later pictures add to it.

    Noise of unit spread is what latents are like on the whole; on the starter it
    gives 23.3 dB against the full decoder, one finished picture besides 23.7 to 25.7,
    that picture alone 16.2 to 24.3.
    """
    noise = torch.randn(1, channels, PRIMER, PRIMER, generator=torch.Generator().manual_seed(0))
    known = LinearFit(channels)
    known.add(noise, decode(noise))
    return Previewer(*known.solved(), learned=known)


def fit(latents: torch.Tensor, pixels: torch.Tensor) -> Previewer:
    """The best linear map from latents (n, c, h, w) to pixels (n, 3, 8h, 8w) in [-1, 1]."""
    known = LinearFit(latents.shape[1], ridge=1e-2)
    known.add(latents, pixels)
    return Previewer(*known.solved())
