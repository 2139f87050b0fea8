"""What samplers are made of: the model as a callable, noise as a callable, and the one signature of
all samplers.

x is a float, a numpy array or a tensor of any shape, and is never changed in place. Sigma is the
standard deviation of the noise relative to the data. Nothing here is torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

Array = Any
# `denoise(x, sigma)`: the clean estimate x0, shaped like x
Denoise = Callable[[Array, float], Array]
# `noise(sigma, sigma_next)`: unit noise shaped like x for that interval. Where the seed's numbers
# come from is another thing: `core.values.request.Noise`.
StepNoise = Callable[[float, float], Array]
# (x, x0) after each step, both shaped like x
Steps = Iterator[tuple[Array, Array]]


class GuidedDenoise(Protocol):
    """A `Denoise` that also tells, as `without`, the estimate without the prompt that its last call
    found; its own estimate where there is no guidance."""

    @property
    def without(self) -> Array: ...

    def __call__(self, x: Array, sigma: float, /) -> Array: ...


class Sample(Protocol):
    """The one signature all samplers share.

    Walks x from sigmas[0] to sigmas[-1] and yields (x, x0) once after each of the len(sigmas) - 1
    steps; both have x's shape. `noise` is not called when the next sigma is 0. `eta` scales the
    fresh noise (None: the sampler's own), `s_noise` its deviation.
    """

    def __call__(
        self,
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: StepNoise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
    ) -> Steps: ...
