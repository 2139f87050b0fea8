"""The network as `predict(x, sigma, cond) -> x0`, and guidance that turns it
into `denoise(x, sigma) -> x0`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from core.engine.diffusion.networks.attention import AttentionWatch
from core.engine.diffusion.networks.transformer import TextKeys
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.sampling.schedules import NoiseTable

# latents, timestep, text, pooled text and size numbers, as `UNet.forward` takes them
UNetCall = Callable[
    [torch.Tensor, torch.Tensor, TextKeys, torch.Tensor | None, torch.Tensor | None], torch.Tensor
]
TEXTS = 3  # that one picture is told: the prompt, the negative prompt, both together


class Network(Protocol):
    """A wrapped network: what guidance needs of it. x and what is given are (n, c, h, w)."""

    def predict(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        """The clean latents x0 (n, c, h, w) float32 that the network sees in x under `cond`."""
        return self.x0_from(x, sigma, self.raw(x, sigma, cond))

    def raw(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        """What the network itself says of x, (n, c, h, w) float32."""
        ...

    def x0_from(self, x: torch.Tensor, sigma: float, raw: torch.Tensor) -> torch.Tensor:
        """x0 (n, c, h, w) from what the network said of x, of the same shape."""
        ...

    def progress(self, sigma: float) -> float:
        """How much of the noise lies behind at a noise level, from 0 to 1."""
        ...


class Denoiser(Network):
    """Wraps a UNet once. x is in the variance-exploding scale: data plus sigma times unit noise.

    `prediction` is "epsilon" or "v_prediction" (Salimans & Ho 2022). `on_call` hears of each
    network call. `extra_channels` (1, k, h, w) are the further input channels of inpainting and
    instruct models, where a text brings none of its own. `told` gives the timestep the network is
    told for a sigma (None: fractional, as k-diffusion has it). `reuse` says which calls go on from
    kept features, `texts` how many of them are told in one step.
    """

    def __init__(
        self,
        unet: UNet,
        table: NoiseTable,
        prediction: str,
        dtype: torch.dtype,
        on_call: Callable[[], None],
        extra_channels: torch.Tensor | None = None,
        *,
        told: Callable[[float], float] | None = None,
        reuse: FeatureReuse | None = None,
        texts: int = TEXTS,
    ) -> None:
        self.time = told or table.timestep
        self._unet = unet
        self._table = table
        self._prediction = prediction
        self._dtype = dtype
        self._called = on_call
        self._extra_channels = extra_channels
        self._reuse = reuse
        self._most_texts = texts
        self._texts: list[tuple[torch.Tensor, TextKeys]] = []
        self._run: UNetCall = unet
        self._watch: AttentionWatch | None = None

    def call_by(self, run: UNetCall) -> None:
        """From now on the UNet is called by `run`, which gives what it gives;
        not where features are reused."""
        self._run = run

    def watched_by(self, watch: AttentionWatch) -> Callable[[], None]:
        """From now on `watch` hears each layer that attends to a text. Gives what ends it."""
        self._watch = watch
        self._unet.set_attention_watch(watch)
        return lambda: self._unet.set_attention_watch(None)

    def raw(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        """What the network itself says of x (n, 4, h, w): epsilon or v, float32."""
        self._called()
        if self._watch is not None:
            self._watch.told(cond.rows, (x.shape[2], x.shape[3]))
        # filled there: a tensor made here would have to be waited for
        time = torch.full((1,), self.time(sigma), device=x.device, dtype=torch.float32)
        scaled = (x * (sigma * sigma + 1.0) ** -0.5).to(self._dtype)
        beside = self._extra_channels if cond.channels is None else cond.channels
        if beside is not None:
            beside = beside.to(self._dtype).expand(len(x), -1, -1, -1)
            scaled = torch.cat([scaled, beside], 1)
        pooled = None if cond.pooled is None else cond.pooled.to(self._dtype)
        text = self._text_keys(cond.states)
        deep = None if self._reuse is None else self._reuse.features(text, sigma)
        if deep is not None:  # a call of fewer layers, which nobody else knows how to run
            return self._unet(scaled, time, text, pooled, cond.sizes, deep=deep).float()
        return self._run(scaled, time, text, pooled, cond.sizes).float()

    def _text_keys(self, states: torch.Tensor) -> TextKeys:
        """The text's states (n, tokens, width) as the network takes them, with what its layers make
        of them once for all steps."""
        for known, text in self._texts:
            if known is states:
                return text
        text = TextKeys(states.to(self._dtype))
        self._texts = [*self._texts[1 - self._most_texts :], (states, text)]
        return text

    def x0_from(self, x: torch.Tensor, sigma: float, raw: torch.Tensor) -> torch.Tensor:
        """x0 (n, 4, h, w) from epsilon or v."""
        if self._prediction == "v_prediction":
            variance = sigma * sigma + 1.0
            return x / variance - raw * (sigma * variance**-0.5)
        return x - raw * sigma

    def progress(self, sigma: float) -> float:
        """How much of the noise schedule lies behind: 0 at the noisiest training
        timestep, 1 at the last."""
        return 1.0 - self._table.timestep(sigma) / (len(self._table.sigmas) - 1)


Denoise = Callable[[torch.Tensor, float], torch.Tensor]  # x (n, c, h, w) and sigma to x0
# hears of the estimates x0 (n, c, h, w) with the prompt and without it
OnBranches = Callable[[torch.Tensor, torch.Tensor], object]


def guided(
    denoiser: Network,
    positive: Conditioning,
    negative: Conditioning,
    guidance: float,
    *,
    rescale: float = 0.0,
    between: tuple[float, float] = (0.0, 1.0),
    apart: bool = False,
    both: bool = False,
    on_branches: OnBranches | None = None,
) -> Denoise:
    """Classifier-free guidance (Ho & Salimans 2022); guidance 1 needs only the prompt's branch,
    unless `both` are asked for.

    `rescale` brings the guided prediction's spread back to the prompt's own (Lin
    et al. 2023, section 3.4); outside the share of the schedule `between` there is
    no guidance (Kynkäänniemi et al. 2024). Texts of unequal length take two calls,
    as does `apart`, which needs half the memory.
    """

    def plain(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (n, c, h, w) of the prompt's branch alone."""
        return denoiser.predict(x, sigma, positive)

    if guidance == 1.0 and not both:
        return plain
    alike = negative.states.shape == positive.states.shape
    joined = negative.joined(positive) if alike and not apart else None

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (n, c, h, w) of both branches."""
        # a little wider, so that rounding keeps neither end out
        if not between[0] - 1e-9 <= denoiser.progress(sigma) <= between[1] + 1e-9:
            return plain(x, sigma)
        if joined is None:
            without = denoiser.raw(x, sigma, negative)
            with_prompt = denoiser.raw(x, sigma, positive)
        else:
            without, with_prompt = denoiser.raw(torch.cat([x, x]), sigma, joined).chunk(2)
        if on_branches is not None:
            tell_branches(on_branches, denoiser, x, sigma, with_prompt, without)
        mixed = without + guidance * (with_prompt - without)
        if rescale:
            mixed = with_spread_of(with_prompt, mixed, rescale)
        return denoiser.x0_from(x, sigma, mixed)

    return denoise


def composed(
    denoiser: Network,
    positive: Sequence[tuple[Conditioning, float]],
    negative: Conditioning,
    guidance: float,
    *,
    rescale: float = 0.0,
    between: tuple[float, float] = (0.0, 1.0),
    on_branches: OnBranches | None = None,
) -> Denoise:
    """Guidance by several texts at once, each with a weight (Liu et al. 2022, equation 11):
    without + guidance * sum of weight * (with the text - without).

    `rescale` and `between` as in `guided`; where there is no guidance the scale is 1. One call a
    text, since they are mostly of unequal length.
    """

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (n, c, h, w) of all branches."""
        guides = between[0] - 1e-9 <= denoiser.progress(sigma) <= between[1] + 1e-9
        without = denoiser.raw(x, sigma, negative)
        towards = torch.zeros_like(without)
        for cond, weight in positive:
            towards += weight * (denoiser.raw(x, sigma, cond) - without)
        if on_branches is not None:
            tell_branches(on_branches, denoiser, x, sigma, without + towards, without)
        mixed = without + (guidance if guides else 1.0) * towards
        if rescale and guides:
            mixed = with_spread_of(without + towards, mixed, rescale)
        return denoiser.x0_from(x, sigma, mixed)

    return denoise


def tell_branches(
    on_branches: OnBranches,
    network: Network,
    x: torch.Tensor,
    sigma: float,
    with_prompt: torch.Tensor,
    without: torch.Tensor,
) -> None:
    """Of what a network said of x (n, c, h, w) in both branches, to whoever wants to hear."""
    on_branches(network.x0_from(x, sigma, with_prompt), network.x0_from(x, sigma, without))


def with_spread_of(with_prompt: torch.Tensor, mixed: torch.Tensor, rescale: float) -> torch.Tensor:
    """A guided prediction (n, c, h, w) whose spread is brought back to that of the prompt's own, to
    the share `rescale` (Lin et al. 2023, section 3.4)."""
    own = with_prompt.std(dim=(1, 2, 3), keepdim=True)
    spread = own / mixed.std(dim=(1, 2, 3), keepdim=True)
    return mixed * (rescale * spread + 1 - rescale)


class RefinerSwitch:
    """One denoiser down to noise level `at`, from there on another one,
    which `second` fetches when it is first needed."""

    def __init__(self, first: Denoise, at: float, second: Callable[[], Denoise]) -> None:
        self._now = first
        self._at = at
        self._second = second
        self._done = False

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """The clean latents (n, c, h, w) in x of that shape."""
        if not self._done and sigma <= self._at * (1 + 1e-6):
            self._now = self._second()
            self._done = True
        return self._now(x, sigma)
