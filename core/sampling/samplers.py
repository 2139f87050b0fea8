"""The table of samplers: each by its id, its label and what it is good for.

A row's `sample` is a small generator with the paper's symbols in a module below this one; all have
the signature of `types.Sample` and know nothing of torch, models or guidance.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.sampling import dpm_solver, dpmpp, euler, few_step, multistep, second_order
from core.sampling import flow as flow_samplers
from core.sampling.types import Sample


@dataclass(frozen=True, slots=True)
class Sampler:
    """One row. `brownian`: its noise follows one Brownian path over sigma.
    `evaluations`: denoiser calls a step.

    `flow`: also right for flow models, where x = (1 - sigma) x0 + sigma noise follows the same
    equation; `flow_form`: what takes its place there, where fresh noise has to be added otherwise.
    `biased`: right only for denoisers distilled for it, not for ideal ones.
    `one_step`: a step needs nothing from the ones before but x, so that a run can be
    taken up after any of them.
    """

    id: str
    label: str
    sample: Sample
    help: str
    default_eta: float = 0.0
    brownian: bool = False
    evaluations: int = 1
    flow: bool = False
    flow_form: Sample | None = None
    biased: bool = False
    recommended: bool = False
    one_step: bool = False

    @property
    def suits_flow(self) -> bool:
        """Whether it can be taken for flow models."""
        return self.flow or self.flow_form is not None

    @property
    def stochastic(self) -> bool:
        """Whether fresh noise enters at every step, so that more steps give another picture."""
        return self.default_eta > 0


SAMPLERS: dict[str, Sampler] = {
    row.id: row
    for row in (
        Sampler(
            id="dpmpp_2m",
            label="DPM++ 2M",
            sample=dpmpp.dpmpp_2m,
            help="Sharp in few steps; the usual first choice.",
            flow=True,
            recommended=True,
        ),
        Sampler(
            id="euler",
            label="Euler",
            sample=euler.euler,
            help="The simplest sampler; smooth and predictable.",
            flow=True,
            recommended=True,
            one_step=True,
        ),
        Sampler(
            id="euler_ancestral",
            label="Euler a",
            sample=euler.euler_ancestral,
            help="Fresh noise each step: lively, changes with steps.",
            default_eta=1.0,
            flow_form=flow_samplers.euler_ancestral,
            recommended=True,
            one_step=True,
        ),
        Sampler(
            id="dpmpp_2m_sde",
            label="DPM++ 2M SDE",
            sample=dpmpp.dpmpp_2m_sde,
            help="Like DPM++ 2M with fresh noise: fine texture.",
            default_eta=1.0,
            brownian=True,
            recommended=True,
        ),
        Sampler(
            id="heun",
            label="Heun",
            sample=second_order.heun,
            help="Euler corrected at each step: twice the time, more exact.",
            evaluations=2,
            flow=True,
            one_step=True,
        ),
        Sampler(
            id="dpm_2",
            label="DPM2",
            sample=second_order.dpm_2,
            help="A midpoint method: twice the time, more exact.",
            evaluations=2,
            flow=True,
            one_step=True,
        ),
        Sampler(
            id="dpm_2_ancestral",
            label="DPM2 a",
            sample=second_order.dpm_2_ancestral,
            help="DPM2 with fresh noise each step.",
            default_eta=1.0,
            evaluations=2,
            one_step=True,
        ),
        Sampler(
            id="lms",
            label="LMS",
            sample=multistep.lms,
            help="Looks back over four steps.",
            flow=True,
        ),
        Sampler(
            id="dpmpp_2s_ancestral",
            label="DPM++ 2S a",
            sample=dpmpp.dpmpp_2s_ancestral,
            help="Two evaluations and fresh noise each step.",
            default_eta=1.0,
            evaluations=2,
            flow_form=flow_samplers.dpmpp_2s_ancestral,
            one_step=True,
        ),
        Sampler(
            id="dpmpp_sde",
            label="DPM++ SDE",
            sample=dpmpp.dpmpp_sde,
            help="Two evaluations and two noises a step: rich detail, slow.",
            default_eta=1.0,
            brownian=True,
            evaluations=2,
            one_step=True,
        ),
        Sampler(
            id="dpmpp_3m_sde",
            label="DPM++ 3M SDE",
            sample=dpmpp.dpmpp_3m_sde,
            help="Third order with fresh noise; for 25 steps and more.",
            default_eta=1.0,
            brownian=True,
        ),
        Sampler(
            id="ddim",
            label="DDIM",
            sample=euler.ddim,
            help="The classic deterministic sampler.",
            flow_form=euler.euler,
            one_step=True,
        ),
        Sampler(
            id="unipc",
            label="UniPC",
            sample=multistep.unipc,
            help="Predicts and corrects, up to third order; good in few steps.",
        ),
        Sampler(
            id="unipc_bh1",
            label="UniPC bh1",
            sample=multistep.unipc_bh1,
            help="UniPC with its other step function; for very few steps.",
        ),
        Sampler(
            id="restart",
            label="Restart",
            sample=second_order.restart,
            help="Goes back up part of the way, from 20 steps on.",
            default_eta=1.0,
            evaluations=2,
        ),
        Sampler(
            id="dpm_fast",
            label="DPM fast",
            sample=dpm_solver.dpm_fast,
            help="Third-order steps of its own spacing; the schedule only sets the ends.",
        ),
        Sampler(
            id="dpm_adaptive",
            label="DPM adaptive",
            sample=dpm_solver.dpm_adaptive,
            help="As many steps as its exactness needs, whatever is asked; slow.",
            evaluations=3,
        ),
        Sampler(
            id="lcm",
            label="LCM",
            sample=few_step.lcm,
            help="For models and LoRAs distilled to a few steps.",
            default_eta=1.0,
            flow_form=flow_samplers.lcm,
            biased=True,
            one_step=True,
        ),
        Sampler(
            id="tcd",
            label="TCD",
            sample=few_step.tcd,
            help="For models and LoRAs distilled by trajectory consistency.",
            default_eta=0.3,
            biased=True,
            one_step=True,
        ),
    )
}
