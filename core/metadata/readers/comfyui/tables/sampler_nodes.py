"""Nodes that are a sampler of their own, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SamplerNode:
    """`sampler` is ComfyUI's name of what it is, `renamed` what it is instead where an input has a
    certain value. `usual` are inputs that have no other value here, but as in one of `forms`, by
    the sampler that it is then; `alike` those that have no other one than the input behind them.
    `takes_eta`: where it is given one, that counts."""

    sampler: str
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    usual: Mapping[str, float | str | bool] = field(default_factory=dict[str, float | str | bool])
    alike: Mapping[str, str] = field(default_factory=dict[str, str])
    takes_eta: bool = True
    forms: Mapping[str, Mapping[str, float | str]] = field(
        default_factory=dict[str, Mapping[str, float | str]]
    )


SAMPLER_NODES = {
    "SamplerEulerAncestral": SamplerNode("euler_ancestral"),
    "SamplerEulerAncestralCFGPP": SamplerNode("euler_ancestral_cfg_pp"),
    "SamplerEulerCFGpp": SamplerNode("euler_cfg_pp", usual={"version": "regular"}, takes_eta=False),
    "SamplerLCM": SamplerNode(
        "lcm", usual={"noise_clip_std": 0.0}, alike={"s_noise_end": "s_noise"}, takes_eta=False
    ),
    "SamplerDPMPP_2M_SDE": SamplerNode(
        "dpmpp_2m_sde", renamed={("solver_type", "heun"): "dpmpp_2m_sde_heun"}
    ),
    "SamplerDPMPP_3M_SDE": SamplerNode("dpmpp_3m_sde"),
    "SamplerDPMPP_SDE": SamplerNode("dpmpp_sde", usual={"r": 0.5}),
    "SamplerDPMPP_2S_Ancestral": SamplerNode("dpmpp_2s_ancestral"),
    "SamplerLMS": SamplerNode("lms", usual={"order": 4.0}),
    "SamplerDPMAdaptative": SamplerNode(
        "dpm_adaptive",
        usual={
            "order": 3.0,
            "rtol": 0.05,
            "atol": 0.0078,
            "h_init": 0.05,
            "pcoeff": 0.0,
            "icoeff": 1.0,
            "dcoeff": 0.0,
            "accept_safety": 0.81,
        },
    ),
    "SamplerER_SDE": SamplerNode(
        "er_sde", usual={"solver_type": "ER-SDE", "max_stage": 3.0}, takes_eta=False
    ),
    "SamplerSASolver": SamplerNode(
        "sa_solver",
        renamed={("use_pece", "True"): "sa_solver_pece"},
        usual={
            "sde_start_percent": 0.2,
            "sde_end_percent": 0.8,
            "predictor_order": 3.0,
            "corrector_order": 4.0,
            "simple_order_2": False,
        },
    ),
    "SamplerSEEDS2": SamplerNode(
        "seeds_2",
        usual={"solver_type": "phi_1", "r": 0.5},
        forms={"exp_heun_2_x0_sde": {"solver_type": "phi_2", "r": 1.0}},
    ),
}
