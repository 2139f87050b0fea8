"""How much fresh noise a sampler is told to add, as a request and its program's ways have it. No
torch."""

from __future__ import annotations

import math
from functools import partial
from typing import cast

from core.engine.contract.parity import sample_of
from core.sampling.samplers import SAMPLERS
from core.sampling.steps import Churn, gamma_of
from core.sampling.types import ChurnedSample, Sample
from core.values.program import Program
from core.values.request import Request

# the only ones that the web UI tells its "sigma noise"
A1111_S_NOISE = frozenset(
    {
        "euler",
        "heun",
        "dpm_2",
        "dpm_fast",
        "dpm_2_ancestral",
        "dpmpp_2s_ancestral",
        "dpmpp_sde",
        "dpmpp_2m_sde",
        "dpmpp_2m_sde_heun",
        "dpmpp_3m_sde",
    }
)


def walk_of(request: Request, steps: int, *, flow: bool) -> Sample:
    """The sampler as the program has it whose ways are asked for, which takes its numbers for fresh
    noise from a request that is run in so many steps. Of flow models it is their own form's: churn,
    and eta where it is none of the sampler's own, would put noise in where the picture must shrink.
    """
    row = SAMPLERS[request.sampler]
    walk = sample_of(request, flow=flow)
    asked = request.fresh_noise
    if row.churn and not flow and asked.s_churn > 0:
        churn = Churn(
            gamma=gamma_of(asked.s_churn, steps),
            least=asked.s_tmin,
            most=math.inf if asked.s_tmax is None else asked.s_tmax,
            always_draws=request.program == Program.A1111
            or (request.program == Program.COMFYUI and request.sampler == "heunpp2"),
        )
        walk = partial(cast("ChurnedSample", walk), churn=churn)
    return partial(walk, eta=_eta_of(request, flow=flow), s_noise=_s_noise_of(request))


def _eta_of(request: Request, *, flow: bool) -> float | None:
    """The web UI runs DPM fast and adaptive with its ancestral noise; elsewhere they have none of
    their own."""
    row = SAMPLERS[request.sampler]
    if flow and row.eta_besides:
        return None
    unbounded = request.sampler in ("dpm_fast", "dpm_adaptive")
    if request.eta is None and request.program == Program.A1111 and unbounded:
        return 1.0
    return request.eta


def _s_noise_of(request: Request) -> float:
    if request.program == Program.A1111 and request.sampler not in A1111_S_NOISE:
        return 1.0
    return request.fresh_noise.s_noise
