"""Where randomness comes from: start latents and step noise, the same on every
device and in every batch.

Each program draws its noise its own way; `noise_of` gives the tensors a recipe of that program had.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch

from core.engine.diffusion.accelerators.streams import to_device
from core.engine.diffusion.parts.philox import Philox
from core.values.noise import Noise
from core.values.program import Program
from core.values.resolved_request import ResolvedRequest

StepNoise = Callable[[float, float], torch.Tensor]
Shape = tuple[int, ...]


class NoiseSource(Protocol):
    """A stream of unit noise, float32 on the CPU."""

    def draw(self, shape: Shape) -> torch.Tensor:
        """The stream's next numbers, of `shape`."""
        ...


class CpuNoise:
    """torch's CPU generator (Mersenne Twister); seeds are taken modulo 2^64."""

    def __init__(self, seed: int) -> None:
        self._generator = cpu_generator(seed % 2**64)

    def draw(self, shape: Shape) -> torch.Tensor:
        """The stream's next numbers, of `shape`."""
        return torch.randn(shape, generator=self._generator)


_SOURCES: dict[str, Callable[[int], NoiseSource]] = {"cpu": CpuNoise, "philox": Philox}


def cpu_generator(seed: int) -> torch.Generator:
    """A CPU generator; seeds are taken modulo 2^64."""
    return torch.Generator("cpu").manual_seed(seed if seed < 2**63 else seed - 2**64)


def noise_of(
    request: ResolvedRequest,
    shape: Shape,
    levels: tuple[float, ...],
    brownian: bool,
    device: torch.device,
) -> tuple[torch.Tensor, StepNoise]:
    """Unit start noise of `shape` (1, 4, h, w), and what a sampler calls for each step's noise."""
    seed = request.seed
    asked = request.noise
    if request.program == Program.COMFYUI:
        first, then = _comfyui(seed, asked, shape)
    else:
        source = _SOURCES[asked.source](seed)
        first = _varied(seed, asked, shape, source)
        then = _SOURCES[asked.source](seed + asked.seed_delta) if asked.seed_delta else source
    if brownian:
        return first.to(device), _brownian(request, shape, levels, device)
    return first.to(device), lambda sigma, sigma_next: to_device(then.draw(shape), device)


def _brownian(
    request: ResolvedRequest, shape: Shape, levels: tuple[float, ...], device: torch.device
) -> StepNoise:
    """Step noise along one path for the whole batch, of which the request is one picture."""
    asked = request.noise
    ends = [level for level in levels if level > 0]
    # ComfyUI draws it on the processor
    source = asked.source if request.program != Program.COMFYUI else "cpu"
    path = BrownianPath(
        seed=request.seed,
        shape=(asked.batch_size, *shape[1:]),
        low=min(ends),
        high=max(ends),
        device=torch.device("cpu"),
        source=source,
    )
    own = slice(asked.batch_index, asked.batch_index + 1)
    return lambda sigma, sigma_next: to_device(path(sigma, sigma_next)[own], device)


class _Slice:
    """One picture of a batch whose noise is drawn as one tensor."""

    def __init__(self, source: NoiseSource, index: int, size: int) -> None:
        self._source = source
        self._index = index
        self._size = size

    def draw(self, shape: Shape) -> torch.Tensor:
        """The picture's part (1, ...) of the batch's next noise, where `shape` is one picture's."""
        return self._source.draw((self._size, *shape[1:]))[self._index : self._index + 1]


def _comfyui(seed: int, asked: Noise, shape: Shape) -> tuple[torch.Tensor, NoiseSource]:
    """Start noise always from the CPU; step noise from the device:
    seed on a GPU, seed + 1 on the CPU."""
    first = _Slice(CpuNoise(seed), asked.batch_index, asked.batch_size).draw(shape)
    step = Philox(seed) if asked.source == "philox" else CpuNoise(seed + 1)
    return first, _Slice(step, asked.batch_index, asked.batch_size)


def _varied(seed: int, asked: Noise, shape: Shape, source: NoiseSource) -> torch.Tensor:
    """AUTOMATIC1111's start noise: a variation seed mixed in on the sphere, a smaller or larger
    picture's noise in the middle."""
    inner = shape
    if asked.resized_from is not None:
        width, height = asked.resized_from
        inner = (*shape[:2], height // 8, width // 8)
    # a smaller or larger picture's noise is its own: the stream itself then gives the frame
    own = source if inner == shape else _SOURCES[asked.source](seed)
    noise = own.draw(inner)
    if asked.variation_strength:
        other = _SOURCES[asked.source](asked.variation_seed or 0).draw(inner)
        noise = slerp(asked.variation_strength, noise, other)
    return noise if inner == shape else _centred(noise, source.draw(shape))


def slerp(share: float, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """From `low` to `high` (1, c, h, w) along the arc (Shoemake 1985); as in A1111 an angle for
    each channel and column."""
    low_unit = low / low.norm(dim=2, keepdim=True)
    high_unit = high / high.norm(dim=2, keepdim=True)
    angle_cos = (low_unit * high_unit).sum(2, keepdim=True)
    if angle_cos.mean() > 0.9995:
        return low * share + high * (1 - share)
    omega = torch.acos(angle_cos)
    return (
        torch.sin((1 - share) * omega) / torch.sin(omega) * low
        + torch.sin(share * omega) / torch.sin(omega) * high
    )


def _centred(noise: torch.Tensor, frame: torch.Tensor) -> torch.Tensor:
    """`noise` laid over the middle of `frame`, cut where it is larger."""
    result = frame.clone()
    spans: list[tuple[slice, slice]] = []
    for axis in (2, 3):
        gap = (frame.shape[axis] - noise.shape[axis]) // 2
        length = noise.shape[axis] if gap >= 0 else noise.shape[axis] + 2 * gap
        to, start = max(gap, 0), max(-gap, 0)
        spans.append((slice(to, to + length), slice(start, start + length)))
    (to_y, from_y), (to_x, from_x) = spans
    result[:, :, to_y, to_x] = noise[:, :, from_y, from_x]
    return result


class BrownianPath:
    """One Brownian path over sigma, fixed by the seed: the increment of an interval does not depend
    on who asks for it when.

    A dyadic tree of Brownian bridges (Li et al. 2020) in the very form of torchsde's
    `BrownianTree`, which k-diffusion, AUTOMATIC1111 and ComfyUI use: points rounded to six digits,
    node (number, depth) seeded by numpy's SeedSequence.
    """

    DIGITS = 6  # behind the point, to which places on the path are rounded
    POOL = 24  # 32-bit words of a SeedSequence's pool

    def __init__(
        self,
        seed: int,
        shape: Shape,
        low: float,
        high: float,
        *,
        device: torch.device,
        source: str = "cpu",
    ) -> None:
        self._seed = seed
        self._shape = shape
        self._device = device
        self._source = _SOURCES[source]
        self._low = round(_single(low), self.DIGITS)
        self._high = round(_single(high), self.DIGITS)
        self._known: dict[float, torch.Tensor] = {self._low: torch.zeros(shape)}
        self._whole = self._draw(()) * math.sqrt(max(_single(high) - _single(low), 0.0))

    def _draw(self, node: tuple[int, ...]) -> torch.Tensor:
        seeds = np.random.SeedSequence(self._seed, spawn_key=node, pool_size=self.POOL)
        state = seeds.generate_state(1)
        return self._source(int(state[0])).draw(self._shape)

    def value(self, sigma: float) -> torch.Tensor:
        """W(sigma) of the path's shape, W(low) being 0; float32 on the CPU."""
        at = min(max(round(_single(sigma), self.DIGITS), self._low), self._high)
        if at not in self._known:
            self._known[at] = self._bridge(at)
        return self._known[at]

    def _bridge(self, at: float) -> torch.Tensor:
        start, end = self._low, self._high
        whole = self._whole  # the increment over (start, end)
        total = torch.zeros(self._shape)  # W(start)
        number = 0
        depth = 0
        while at < end:
            middle = round((start + end) / 2, self.DIGITS)
            if not start < middle < end:
                return total + whole * ((at - start) / (end - start))
            spread = math.sqrt((middle - start) * (end - middle) / (end - start))
            left = whole * ((middle - start) / (end - start)) + self._draw((number, depth)) * spread
            if at < middle:
                end = middle
                whole = left
                number = 2 * number
            else:
                start = middle
                whole = whole - left
                total = total + left
                number = 2 * number + 1
                if at == middle:
                    return total
            depth += 1
        return total + whole

    def __call__(self, sigma: float, sigma_next: float) -> torch.Tensor:
        """Unit noise of the path's shape for the interval: (W(sigma_next) - W(sigma)) /
        sqrt(|interval|), signed by the direction."""
        increment = self.value(sigma_next) - self.value(sigma)
        length = max(abs(_single(sigma_next) - _single(sigma)), 1e-12)
        return (increment / math.sqrt(length)).to(self._device)


def _single(value: float) -> float:
    """The value as the float32 tensors of other programs hold it."""
    return float(np.float32(value))
