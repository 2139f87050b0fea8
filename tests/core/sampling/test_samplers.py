"""Samplers against end states computed elsewhere in float64, against theory,
and on every kind of number."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import NoiseTable, sigmas

FILES = Path(__file__).parent / "data"
DATA = json.loads((FILES / "samplers.json").read_text())
MORE = [
    case
    for name in ("samplers_more", "samplers_newer")
    for case in json.loads((FILES / f"{name}.json").read_text())["cases"]
]


def posterior_mean(x: np.ndarray, sigma: float, turned: bool = False) -> np.ndarray:
    """The ideal denoiser of the reference's mixture of Gaussians; `turned`: of one whose weights
    stand in the other order."""
    means, stds, weights = (np.array(DATA[key]) for key in ("means", "std", "weights"))
    weights = weights[::-1] if turned else weights
    v = stds**2 + sigma**2
    logs = np.stack(
        [
            math.log(weights[k])
            - ((x - means[k]) ** 2).sum(-1) / (2 * v[k])
            - x.shape[-1] / 2 * math.log(v[k])
            for k in range(len(v))
        ],
        -1,
    )
    r = np.exp(logs - logs.max(-1, keepdims=True))
    r /= r.sum(-1, keepdims=True)
    return sum(
        r[:, k : k + 1] * (means[k] * sigma**2 + x * stds[k] ** 2) / v[k] for k in range(len(v))
    )


class Guided:
    """A denoiser led away from what it sees without the prompt, which is kept."""

    def __init__(self, guidance: float, with_prompt: Any, without: Any) -> None:
        self._guidance = guidance
        self._seen = with_prompt, without
        self.without: Any = None

    def __call__(self, x: Any, sigma: float) -> Any:
        with_prompt, self.without = (see(x, sigma) for see in self._seen)
        return self.without + (with_prompt - self.without) * self._guidance


def told_as_needed(sampler: str, denoise: Any) -> Any:
    """A denoiser as the sampler wants it, which sees the same without a prompt."""
    return Guided(1.0, denoise, denoise) if SAMPLERS[sampler].both_branches else denoise


def walk(sampler: str, denoise: Any, x: Any, levels: Any, noise: Any = None, **options: Any) -> Any:
    steps = list(
        SAMPLERS[sampler].sample(denoise, x, levels, noise or (lambda a, b: 0.0), **options)
    )
    assert len(steps) == len(levels) - 1
    return steps[-1][0]


@pytest.mark.parametrize(
    "case", DATA["cases"], ids=lambda c: f"{c['sampler']}-{c['schedule']}-{c['steps']}"
)
def test_agrees_with_the_reference(case: dict[str, Any]) -> None:
    draws = iter(DATA["noises"])
    x = walk(
        case["sampler"],
        posterior_mean,
        np.array(DATA["start"]) * case["sigmas"][0],
        case["sigmas"],
        lambda a, b: np.array(next(draws)),
    )
    expected = np.array(case["x"])
    assert np.abs(x - expected).max() / np.abs(expected).max() <= 1e-9


@pytest.mark.parametrize("case", MORE, ids=lambda c: f"{c['sampler']}-{c['schedule']}-{c['steps']}")
def test_agrees_with_the_further_references(case: dict[str, Any]) -> None:
    """The one rule of ER-SDE's integrals is in 32 bits there."""
    draws, calls = iter(DATA["noises"]), 0

    def see(x: np.ndarray, sigma: float) -> np.ndarray:
        nonlocal calls
        calls += 1
        return posterior_mean(x, sigma)

    denoise: Any = see
    if SAMPLERS[case["sampler"]].both_branches:
        denoise = Guided(case["guidance"], see, lambda x, s: posterior_mean(x, s, turned=True))
    x = walk(
        case["sampler"],
        denoise,
        np.array(DATA["start"]) * case["sigmas"][0],
        case["sigmas"],
        lambda a, b: np.array(next(draws)),
    )
    expected = np.array(case["x"])
    near = 1e-7 if case["sampler"] == "er_sde" else 1e-12
    assert np.abs(x - expected).max() / np.abs(expected).max() <= near
    assert calls == case["denoiser_calls"]


def closed_form_error(sampler: str, steps: int) -> float:
    """Error at sigma 0.1 for data N(0, 1), whose probability flow is
    x(s) = x(S) sqrt((1 + s^2) / (1 + S^2))."""
    levels = [
        math.exp(math.log(10) + (math.log(0.1) - math.log(10)) * i / steps)
        for i in range(steps + 1)
    ]
    x = walk(sampler, told_as_needed(sampler, lambda x, s: x / (1 + s * s)), 10.0, levels)
    return abs(x - 10.0 * math.sqrt((1 + 0.01) / (1 + 100)))


ORDERS = {
    "euler": 1,
    "ddim": 1,
    "heun": 2,
    "dpm_2": 2,
    "dpmpp_2m": 2,
    "lms": 2.8,
    "unipc": 2,
    "unipc_bh1": 2,
    "euler_cfg_pp": 1,
    "dpmpp_2m_cfg_pp": 1,
    "heunpp2": 1,
    "ipndm": 2,
    "ipndm_v": 2,
    "deis": 2,
    "res_multistep": 2,
    "res_multistep_cfg_pp": 2,
    "gradient_estimation": 1,
    "gradient_estimation_cfg_pp": 1,
    "exp_heun_2_x0": 2,
    "plms": 2,
}
# as ComfyUI has it, it mixes what two points see without the prompt: its figures are those above
MIXED = {"dpmpp_2s_ancestral_cfg_pp"}
OF_NO_ORDER = {"dpm_fast", "dpm_adaptive"}  # they choose levels of their own


def test_every_deterministic_sampler_has_its_order_here() -> None:
    deterministic = {row.id for row in SAMPLERS.values() if not row.stochastic}
    assert deterministic == ORDERS.keys() | OF_NO_ORDER


@pytest.mark.parametrize(("sampler", "order"), ORDERS.items())
def test_order_of_convergence(sampler: str, order: float) -> None:
    measured = math.log2(closed_form_error(sampler, 80) / closed_form_error(sampler, 160))
    assert measured >= order - 0.12, measured


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_floats_arrays_and_tensors_agree_and_x_is_not_touched(sampler: str) -> None:
    levels = sigmas("karras", 9)

    denoise = told_as_needed(sampler, lambda x, s: x * (0.7 / (0.7 + s * s)))

    def draw(a: float, b: float) -> float:
        assert b > 0
        return math.sin(100 * a + b)

    as_float = walk(sampler, denoise, 14.0, levels, draw)
    array, tensor = np.full(3, 14.0), torch.full((3,), 14.0, dtype=torch.float64)
    as_array, as_tensor = (
        walk(sampler, denoise, array, levels, draw),
        walk(sampler, denoise, tensor, levels, draw),
    )
    assert np.allclose(as_array, as_float, rtol=1e-12) and np.allclose(
        as_tensor.numpy(), as_float, rtol=1e-12
    )
    assert (array == 14.0).all() and bool((tensor == 14.0).all())


@pytest.mark.parametrize("sampler", [row.id for row in SAMPLERS.values() if row.stochastic])
def test_eta_zero_draws_no_effect_from_noise(sampler: str) -> None:
    levels = sigmas("karras", 6)
    ends = [
        walk(
            sampler,
            told_as_needed(sampler, lambda x, s: x / (1 + s * s)),
            9.0,
            levels,
            lambda a, b, k=k: k,
            eta=0.0,
        )
        for k in (1.0, -5.0)
    ]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "sampler",
    [
        row.id
        for row in SAMPLERS.values()
        if row.stochastic and not row.biased and row.id not in MIXED
    ],
)
def test_stochastic_samplers_reach_the_data_distribution(sampler: str) -> None:
    rng = np.random.default_rng(4)
    x = walk(
        sampler,
        told_as_needed(sampler, lambda x, s: x * (0.25 / (0.25 + s * s))),
        rng.normal(size=20_000) * 14.6,
        sigmas("karras", 40),
        lambda a, b: rng.normal(size=20_000),
    )
    assert abs(float(np.std(x)) - 0.5) < 0.06 and abs(float(np.mean(x))) < 0.03


def test_lcm_jumps_to_the_estimate_and_noises_it_again() -> None:
    steps = list(
        SAMPLERS["lcm"].sample(lambda x, s: x * 0 + s, 8.0, (4.0, 2.0, 0.0), lambda a, b: 0.5)
    )
    assert steps == [(5.0, 4.0), (2.0, 2.0)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_unipc_agrees_with_diffusers() -> None:
    """diffusers' own UniPC (bh2, order 3) on its own timesteps, an epsilon model that is a
    fixed function of x and t."""
    from diffusers import UniPCMultistepScheduler

    scheduler = UniPCMultistepScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        solver_order=3,
        solver_type="bh2",
        final_sigmas_type="zero",
    )
    scheduler.set_timesteps(8)
    levels = [float(s) for s in scheduler.sigmas]
    x = torch.linspace(-1.5, 1.5, 7, dtype=torch.float64).view(1, 1, 1, 7)
    start = x * math.sqrt(levels[0] ** 2 + 1)
    for t, sigma in zip(scheduler.timesteps, levels[:-1], strict=True):
        clean = x * math.sqrt(sigma**2 + 1)
        epsilon = (clean - torch.tanh(clean) * 0.5) / sigma
        x = scheduler.step(epsilon, t, x).prev_sample
    ours = walk("unipc", lambda z, s: torch.tanh(z) * 0.5, start, [*levels[:-1], 0.0])
    assert float((ours - x).abs().max()) < 2e-3


def test_ddim_with_eta_one_is_euler_ancestral() -> None:
    levels = sigmas("discrete", 7)
    ends = [
        walk(s, lambda x, s: x / (1 + s * s), 9.0, levels, lambda a, b: 0.3, eta=1.0)
        for s in ("ddim", "euler_ancestral")
    ]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (4, 0.27619177093834946),
        (5, 0.595102473615635),
        (6, 0.3870136096827653),
        (13, 0.3574679096998937),
    ],
)
def test_dpm_fast_agrees_with_k_diffusion(steps: int, expected: float) -> None:
    """Recorded from k-diffusion 0.1.1's sample_dpm_fast (eta 0) with this denoiser, float64."""
    from core.sampling.schedules import sigmas

    levels, calls = sigmas("karras", steps)[:-1], list[float]()
    levels = (*levels, levels[-1])  # k-diffusion's ends there, without the step to zero

    def denoise(x: float, sigma: float) -> float:
        calls.append(sigma)
        return x / (1 + sigma * sigma) + math.sin(3 * x) * 0.1 / (1 + sigma)

    states = list(
        SAMPLERS["dpm_fast"].sample(
            denoise, 2.5 * levels[0] / 14.614641657, levels, lambda a, b: 0.0
        )
    )
    assert len(states) == len(calls) == steps and states[-1][0] == pytest.approx(expected, abs=1e-9)


def test_dpm_adaptive_agrees_with_k_diffusion() -> None:
    """Recorded from k-diffusion 0.1.1's sample_dpm_adaptive (eta 0; 7 steps, 21 calls)
    with this denoiser, float64."""
    levels, calls = sigmas("karras", 10)[:-1], list[float]()
    levels = (*levels, levels[-1])

    def denoise(x: float, sigma: float) -> float:
        calls.append(sigma)
        return x / (1 + sigma * sigma) + math.sin(3 * x) * 0.1 / (1 + sigma)

    x = walk("dpm_adaptive", denoise, 2.5 * levels[0] / 14.614641657, levels)
    assert len(calls) == 21 and x == pytest.approx(0.4175634110329015, abs=1e-7)


def test_tcd_goes_below_the_next_level_and_back_up() -> None:
    levels, drawn = sigmas("sgm_uniform", 4), list[tuple[float, float]]()

    def draw(a: float, b: float) -> float:
        drawn.append((a, b))
        return 1.0

    states = list(SAMPLERS["tcd"].sample(lambda x, s: 0.0, levels[0], levels, draw))
    below = 0.7 * NoiseTable().timestep(levels[1])
    down = NoiseTable().sigmas[int(below)]
    assert states[0][0] == pytest.approx(down + math.sqrt(levels[1] ** 2 - down**2))
    assert len(drawn) == 3 and states[-1][0] == 0.0
    plain = [walk(s, lambda x, s: x / (1 + s * s), 9.0, levels, eta=0.0) for s in ("tcd", "euler")]
    assert plain[0] == pytest.approx(plain[1])
