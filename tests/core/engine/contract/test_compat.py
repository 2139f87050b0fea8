"""Rendering in the ways of other programs: noise, levels, scales, weights.
Expected numbers come from outside our code."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.cli.shared.options import GenerateOptions
from core.engine.contract.parity import plan_of
from core.engine.diffusion.networks.transformer import TextKeys
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.conditioning import Conditioning, TextTower
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.engine.diffusion.parts.noise import BrownianPath, noise_of, slerp
from core.engine.diffusion.parts.philox import Philox
from core.engine.diffusion.parts.timesteps import told_timestep
from core.prompt.comfyui import parse_comfyui
from core.prompt.expand import expand
from core.sampling.schedules import NoiseTable
from core.system.errors import InvalidRequest
from core.values.noise import Noise
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.emphasis import Emphasis

CPU = torch.device("cpu")
SHAPE = (1, 4, 6, 8)
LEVELS = (14.6, 3.0, 0.5, 0.0)


def _cpu(seed: int, *shapes: tuple[int, ...]) -> list[torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=source) for shape in shapes]


def test_philox_draws_what_cuda_draws() -> None:
    """The first ten numbers of torch.randn on CUDA after manual_seed(0),
    as NVIDIA cards print them."""
    known = [
        -0.9247,
        -0.4253,
        -2.6438,
        0.1452,
        -0.1209,
        -0.5797,
        -0.6229,
        -0.3284,
        -1.0745,
        -0.3631,
    ]
    source = Philox(0)
    assert torch.allclose(source.draw((2, 5)).flatten(), torch.tensor(known), atol=5e-5)
    assert not torch.equal(source.draw((2, 5)), Philox(0).draw((2, 5))), "a second call goes on"
    big = Philox(2**40 + 5).draw((4, 128, 128))
    assert abs(float(big.mean())) < 0.02 and abs(float(big.std()) - 1) < 0.02


def test_brownian_path_is_that_of_torchsde() -> None:
    """Increments recorded from torchsde 0.2.6's BrownianTree, float32 on the CPU,
    divided by the root of the interval."""
    for row in json.loads((Path(__file__).parent / "data" / "brownian.json").read_text()):
        path = BrownianPath(row["seed"], tuple(row["shape"]), row["low"], row["high"], device=CPU)
        got = path(row["sigma"], row["sigma_next"]).flatten()
        assert torch.allclose(got, torch.tensor(row["values"]), atol=5e-6), row["sigma"]


def test_step_noise_of_each_program() -> None:
    first, again = _cpu(7, SHAPE, SHAPE)
    start, step = noise_of(Request(seed=7), SHAPE, LEVELS, False, CPU)
    assert torch.equal(start, first) and torch.equal(step(3.0, 0.5), again), "one stream"
    start, step = noise_of(
        Request(seed=7, compatibility="a1111", noise=Noise(seed_delta=31337)),
        SHAPE,
        LEVELS,
        False,
        CPU,
    )
    assert torch.equal(start, first) and torch.equal(step(3.0, 0.5), _cpu(7 + 31337, SHAPE)[0])
    start, step = noise_of(Request(seed=7, compatibility="comfyui"), SHAPE, LEVELS, False, CPU)
    assert torch.equal(start, first) and torch.equal(step(3.0, 0.5), _cpu(8, SHAPE)[0])
    _, step = noise_of(
        Request(seed=7, compatibility="comfyui", noise=Noise("philox")), SHAPE, LEVELS, False, CPU
    )
    assert torch.equal(step(3.0, 0.5), Philox(7).draw(SHAPE))


def test_a_comfyui_batch_shares_one_noise_tensor() -> None:
    pictures = expand(Request(seed=5, count=3, compatibility="comfyui").check())
    assert [(p.seed, p.noise.batch_index, p.noise.batch_size, p.count) for p in pictures] == [
        (5, i, 3, 1) for i in range(3)
    ]
    whole = _cpu(5, (3, *SHAPE[1:]))[0]
    for i, picture in enumerate(pictures):
        assert torch.equal(noise_of(picture, SHAPE, LEVELS, False, CPU)[0][0], whole[i])
    assert [p.seed for p in expand(Request(seed=5, count=3).check())] == [5, 6, 7]


def test_variation_and_resized_seed() -> None:
    a, b = _cpu(1, SHAPE)[0], _cpu(2, SHAPE)[0]
    request = Request(seed=1, noise=Noise(variation_seed=2, variation_strength=0.3))
    mixed = noise_of(request, SHAPE, LEVELS, False, CPU)[0]
    assert torch.equal(mixed, slerp(0.3, a, b))
    assert torch.allclose(slerp(0.0, a, b), a, atol=1e-5) and torch.allclose(
        slerp(1.0, a, b), b, atol=1e-5
    )
    assert abs(float(mixed.std()) - 1) < 0.15, "the arc keeps the spread"
    inner, frame = _cpu(1, (1, 4, 4, 4))[0], _cpu(1, SHAPE)[0]
    resized = noise_of(
        Request(seed=1, noise=Noise(resized_from=(32, 32))), SHAPE, LEVELS, False, CPU
    )[0]
    assert torch.equal(resized[:, :, 1:5, 2:6], inner) and torch.equal(
        resized[:, :, 0], frame[:, :, 0]
    )
    larger = _cpu(1, (1, 4, 8, 12))[0]
    resized = noise_of(
        Request(seed=1, noise=Noise(resized_from=(96, 64))), SHAPE, LEVELS, False, CPU
    )[0]
    assert torch.equal(resized, larger[:, :, 1:7, 2:10])


def _run(**wish: Any) -> tuple[tuple[float, ...], float, float]:
    plan = plan_of(
        Request(**({"steps": 10, "schedule": "karras", "sampler": "euler"} | wish)),
        NoiseTable(),
        "sd15",
    )
    return plan.levels, plan.start, plan.end


def test_start_scales() -> None:
    top = NoiseTable().sigmas[-1]
    assert math.isclose(_run()[1], top, rel_tol=1e-9)
    assert math.isclose(_run(compatibility="a1111")[1], top, rel_tol=1e-9)
    assert math.isclose(_run(compatibility="comfyui")[1], math.sqrt(1 + top * top), rel_tol=1e-9)
    levels, start, _ = _run(compatibility="comfyui", schedule="ddim_uniform")
    assert start == levels[0] < top, "below the noisiest level ComfyUI scales by sigma"


@pytest.mark.parametrize(
    "ways, sampler",
    [
        ("a1111", "dpm_2"),
        ("a1111", "dpmpp_3m_sde"),
        ("comfyui", "unipc"),
        ("comfyui", "dpm_2_ancestral"),
    ],
)
def test_some_samplers_leave_out_the_last_level_but_one(ways: str, sampler: str) -> None:
    levels, more = (
        _run(compatibility=ways, sampler=sampler)[0],
        _run(compatibility=ways, steps=11)[0],
    )
    assert levels == (*more[:-2], 0.0) and len(levels) == 11


def test_the_web_uis_own_schedules() -> None:
    table = NoiseTable()
    low, high = table.sigmas[0], table.sigmas[-1]
    levels = _run(compatibility="a1111", schedule="kl_optimal", steps=4)[0]
    assert (
        len(levels) == 5
        and math.isclose(levels[-1], low, rel_tol=1e-9)
        and math.isclose(levels[0], high, rel_tol=1e-9)
    )
    levels = _run(compatibility="a1111", schedule="beta", steps=5)[0]
    assert (
        levels[-1] == 0.0
        and math.isclose(levels[0], high)
        and math.isclose(levels[2], (low + high) / 2, rel_tol=1e-6)
    ), "symmetric in sigma"
    levels = _run(compatibility="a1111", schedule="align_your_steps", steps=11)[0]
    assert levels[0] == 14.615 and levels[-2:] == (0.029, 0.0)
    levels = _run(compatibility="a1111", schedule="turbo", steps=4)[0]
    assert [round(table.timestep(sigma)) for sigma in levels[:-1]] == [999, 749, 499, 249]
    levels, start, end = _run(compatibility="a1111", sampler="ddim", steps=20)
    assert len(levels) == 20 and levels[0] == table.sigmas[951] and levels[-1] == table.sigmas[1]
    assert math.isclose(start, math.sqrt(1 + levels[0] ** 2)) and math.isclose(
        end, (1 + levels[-1] ** 2) ** -0.5
    )


def test_timesteps_are_whole_only_for_comfyui() -> None:
    seen: list[float] = []

    class Net:
        def __call__(self, x: torch.Tensor, time: torch.Tensor, *_: Any) -> torch.Tensor:
            seen.append(float(time[0]))
            return torch.zeros_like(x)

    table = NoiseTable()
    sigma = table.sigma(499.4)
    for ways in ("a1111", "comfyui"):
        Denoiser(
            Net(),
            table,
            "epsilon",
            torch.float32,
            lambda: None,
            told=told_timestep(ways, "euler", table),
        ).predict(torch.zeros(SHAPE), sigma, Conditioning(torch.zeros(1, 77, 4)))
    assert seen == [pytest.approx(499.4, abs=1e-3), 499.0]


class _Speaking:
    """A network whose answer depends on the text, to see what guidance does with it."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(
        self, x: torch.Tensor, time: torch.Tensor, text: TextKeys, *_: Any
    ) -> torch.Tensor:
        self.calls += 1
        told = text.states.mean((1, 2)).view(-1, 1, 1, 1)
        return x * 0.5 + told * torch.linspace(-1, 1, x.shape[-1])


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_guidance_rescale_agrees_with_diffusers(prediction: str) -> None:
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

    net, x, sigma = _Speaking(), _cpu(3, SHAPE)[0] * 4, 4.0
    denoiser = Denoiser(net, NoiseTable(), prediction, torch.float32, lambda: None)
    positive, negative = (
        Conditioning(torch.full((1, 77, 4), 2.0)),
        Conditioning(torch.full((1, 77, 4), -1.0)),
    )
    got = guided(denoiser, positive, negative, 6.0, rescale=0.7)(x, sigma)
    cond, uncond = denoiser.raw(x, sigma, positive), denoiser.raw(x, sigma, negative)
    expected = denoiser.x0_from(
        x, sigma, rescale_noise_cfg(uncond + 6 * (cond - uncond), cond, guidance_rescale=0.7)
    )
    assert torch.allclose(got, expected, atol=1e-5)
    assert not torch.allclose(got, guided(denoiser, positive, negative, 6.0)(x, sigma), atol=1e-2)


def test_guidance_holds_only_in_its_interval_and_bears_texts_of_unequal_length() -> None:
    net, x, table = _Speaking(), _cpu(3, SHAPE)[0], NoiseTable()
    denoiser = Denoiser(net, table, "epsilon", torch.float32, lambda: None)
    positive, negative = (
        Conditioning(torch.full((1, 154, 4), 2.0)),
        Conditioning(torch.full((1, 77, 4), -1.0)),
    )
    denoise = guided(denoiser, positive, negative, 6.0, between=(0.2, 0.6))
    for share, guides in ((0.1, False), (0.3, True), (0.59, True), (0.7, False)):
        sigma, net.calls = table.sigma(999 * (1 - share)), 0
        alone = denoiser.predict(x, sigma, positive)
        net.calls = 0
        assert torch.equal(denoise(x, sigma), alone) is not guides
        assert net.calls == (2 if guides else 1)


COMFYUI_PROMPTS = {
    "a (red:1.3) house": [("a ", 1.0), ("red", 1.3), (" house", 1.0)],
    "(a (very) red:1.5) sky": [("a ", 1.5), ("very", 1.5 * 1.1), (" red", 1.5), (" sky", 1.0)],
    "(a (very:1.2) red:1.5)": [("a ", 1.5), ("very", 1.2), (" red", 1.5)],
    "[plain] BREAK \\(bracket\\)": [("[plain] BREAK (bracket)", 1.0)],
    "(never closed": [("(never closed", 1.0)],
    "((twice))": [("twice", 1.1 * 1.1)],
    "": [],
}


@pytest.mark.parametrize("prompt", COMFYUI_PROMPTS)
def test_comfyui_weights(prompt: str) -> None:
    assert [(p.text, pytest.approx(p.weight)) for p in parse_comfyui(prompt)] == COMFYUI_PROMPTS[
        prompt
    ]


def test_comfyui_moves_states_away_from_the_empty_prompt(starter_tower: TextTower) -> None:
    plain, weighted, empty = (
        conditioning.encode(starter_tower, text, 1, CPU, "comfyui")
        for text in ("a red house", "a (red:1.5) house", "")
    )
    at = next(i for i in range(77) if not torch.equal(plain[0, i], weighted[0, i]))
    assert torch.allclose(
        weighted[0, at], (plain[0, at] - empty[0, at]) * 1.5 + empty[0, at], atol=1e-5
    )
    assert torch.equal(weighted[0, :at], plain[0, :at])


@pytest.mark.parametrize("program", ["a1111", "comfyui", "calotype"])
def test_words_are_weighed_as_is_asked_for(starter_tower: TextTower, program: str) -> None:
    """By the web UI's four modes, and by ComfyUI's own, whosever picture it is."""

    def states(text: str, emphasis: Emphasis) -> torch.Tensor:
        tower = replace(starter_tower, emphasis=emphasis)
        return conditioning.encode(tower, text, 1, CPU, Program(program))

    plain = states("a red house", Emphasis.AUTO)
    text = "a (red:1.5) house"
    no_norm = states(text, Emphasis.NO_NORM)
    moved = [at for at in range(77) if not torch.equal(plain[0, at], no_norm[0, at])]
    factors = torch.ones(1, 77, 1)
    factors[0, moved] = 1.5
    assert moved and torch.equal(no_norm, plain * factors)
    original = states(text, Emphasis.ORIGINAL)
    assert torch.allclose(original, no_norm * (plain.mean() / no_norm.mean()), rtol=1e-5)
    assert torch.equal(states(text, Emphasis.IGNORE), plain)
    empty = states("", Emphasis.AUTO)
    comfyui = torch.where(factors == 1, plain, (plain - empty) * factors + empty)
    assert torch.allclose(states(text, Emphasis.COMFYUI), comfyui, atol=1e-5)
    own = Emphasis.COMFYUI if program == "comfyui" else Emphasis.ORIGINAL
    assert torch.equal(states(text, Emphasis.AUTO), states(text, own))
    tower = replace(starter_tower, emphasis=Emphasis.NONE)
    ids = [token for chunk in tower.split(text, Program(program)) for token, _ in chunk]
    assert ids == starter_tower.tokenizer.ids(text), "brackets are signs as any other"


@pytest.fixture(scope="module")
def starter_tower() -> TextTower:
    from core.engine.diffusion.families import sd
    from core.engine.diffusion.parts.device import choose_device
    from core.system.paths import RESOURCES

    return sd.load(str(RESOURCES / "starter"), choose_device("cpu"), lambda: None).towers[0]


@pytest.mark.parametrize(
    "change",
    [
        {"compatibility": "forge"},
        {"noise": Noise("gpu")},
        {"noise": Noise(batch_index=1)},
        {"noise": Noise(variation_strength=2.0)},
        {"guidance_rescale": 1.5},
        {"guidance_from": 0.8, "guidance_until": 0.2},
        {"eta": math.nan},
        {"noise": Noise(variation_seed=-1)},
        {"noise": Noise(resized_from=(8, 8))},
    ],
)
def test_wrong_ways_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        replace(Request(), **change).check()


def test_freeu_changes_the_picture_and_leaves_nothing_behind() -> None:
    from core.engine.contract.protocol import EngineSpec
    from core.engine.diffusion.engine import DiffusionEngine
    from core.models.library.library import Library
    from core.values.job import Job
    from core.values.picture import Pixels

    engine, model = (
        DiffusionEngine(EngineSpec(device="cpu")),
        Library(Path("nowhere")).find("starter").ref(),
    )

    def picture(freeu: tuple[float, float, float, float] | None) -> Pixels:
        request = Request(prompt="a red house", seed=1, steps=2, width=128, height=128, freeu=freeu)
        return engine.run(Job(request, model), lambda event: None).pixels

    plain = picture(None)
    assert picture((1.4, 1.6, 0.9, 0.2)) != plain and picture(None) == plain
    with pytest.raises(InvalidRequest):
        Request(freeu=(1.0, 2.0, -1.0, 1.0)).check()


@pytest.mark.parametrize(
    "ways",
    [
        {"variation": "7"},
        {"variation": "7.5:0.2"},
        {"guidance_interval": "0.1:x"},
        {"freeu": "1:2:3"},
        {"guidance_interval": "nan:1"},
    ],
)
def test_wrong_numbers_on_the_command_line_are_refused(ways: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        GenerateOptions.of(prompt="a house", **ways).values()
