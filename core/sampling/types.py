"""What samplers are made of: the model as a callable, noise as a callable, the one signature of all
samplers, and what the table of samplers says of each.

x is a float, a numpy array or a tensor of any shape, and is never changed in place. Sigma is the
standard deviation of the noise relative to the data. Nothing here is torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
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


class ChurnedSample(Sample, Protocol):
    """And with what each step may begin: `core.sampling.steps.Churn`. That noise is drawn whatever
    the next sigma is."""

    def __call__(
        self,
        denoise: Denoise,
        x: Array,
        sigmas: Sequence[float],
        noise: StepNoise,
        *,
        eta: float | None = None,
        s_noise: float = 1.0,
        churn: Any = ...,
    ) -> Steps: ...


@dataclass(frozen=True, slots=True)
class Sampler:
    """One row. `method` is its function below core.sampling, as module.function: imported only once
    somebody samples, since the table is read before the window is painted. `brownian`: its noise
    follows one Brownian path over sigma. `evaluations`: denoiser calls a step.

    `flow`: also right for flow models, where x = (1 - sigma) x0 + sigma noise follows the same
    equation; `flow_method`: what takes its place there, where fresh noise has to be added
    otherwise. `both_branches`: its denoiser is a `types.GuidedDenoise`. `source`: the paper or the
    program that it is from.
    `churn`: a `ChurnedSample`. `eta_besides`: it takes eta though its own is 0; `own_noise`: its
    fresh noise is what its way needs, so that eta has no say.
    `biased`: right only for denoisers distilled for it, not for ideal ones.
    `one_step`: a step needs nothing from the ones before but x, so that a run can be
    taken up after any of them.
    """

    id: str
    label: str
    method: str
    help: str
    source: str
    default_eta: float = 0.0
    brownian: bool = False
    evaluations: int = 1
    flow: bool = False
    flow_method: str = ""
    biased: bool = False
    recommended: bool = False
    one_step: bool = False
    both_branches: bool = False
    churn: bool = False
    eta_besides: bool = False
    own_noise: bool = False

    @property
    def suits_flow(self) -> bool:
        """Whether it can be taken for flow models."""
        return self.flow or bool(self.flow_method)

    @property
    def takes_eta(self) -> bool:
        """Whether eta changes anything."""
        return self.eta_besides or (self.stochastic and not self.own_noise)

    @property
    def takes_s_noise(self) -> bool:
        """Whether it adds fresh noise, or can be made to."""
        return self.stochastic or self.churn or self.eta_besides

    @property
    def sample(self) -> Sample:
        """The method itself."""
        return _function(self.method)

    @property
    def flow_form(self) -> Sample | None:
        """What takes its place for flow models; None where it is right there itself, or not at
        all."""
        return _function(self.flow_method) if self.flow_method else None

    @property
    def stochastic(self) -> bool:
        """Whether fresh noise enters at every step, so that more steps give another picture."""
        return self.default_eta > 0


def _function(name: str) -> Sample:
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"core.sampling.{module}"), function)
