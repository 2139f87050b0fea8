"""Flow families and pipelines without a wrapper: recognised, loaded offline, the same as diffusers'
own, refused with reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.cli.main import run
from core.engine.contract.parity import plan_of
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import rows
from core.engine.diffusion.families.flow import FlowModel, pack_latents, unpack_latents
from core.engine.diffusion.families.model import encode_prompts
from core.engine.diffusion.parts.denoiser import guided
from core.engine.diffusion.parts.device import choose_device
from core.models.files.inspection import inspect
from core.models.library.library import Library
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import FlowTable, sigmas
from core.sampling.types import Sample
from core.system.errors import Cancelled, InvalidRequest, ModelMissing
from core.system.paths import RESOURCES
from core.values.events import Event, StepDone
from core.values.insight.questions import (
    Answer,
    DecodedAnswer,
    NoiseAnswer,
    NoiseQuestion,
    NudgeQuestion,
    PartsAnswer,
    PartsQuestion,
    Question,
    RoundTripAnswer,
    RoundTripQuestion,
    TextAnswer,
    TextQuestion,
)
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.model import ModelState
from core.values.picture import Result
from core.values.request import Request
from core.values.request_parts.levels import Levels
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import flow_models

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
TOKENIZER = RESOURCES / "starter" / "tokenizer"
PROMPT = "a red house on snow"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("flow")
    return {
        "sd3": flow_models.sd3(root / "sd3", TOKENIZER),
        "sd3-clip": flow_models.sd3(root / "sd3-clip", TOKENIZER, t5=False),
        "dev": flow_models.flux(root / "dev", TOKENIZER),
        "schnell": flow_models.flux(root / "schnell", TOKENIZER, dev=False),
        "chroma": flow_models.chroma(root / "chroma", TOKENIZER),
    }


def ref_of(path: Path) -> ModelRef:
    return Library(Path("nowhere")).find(str(path)).ref()


def asked(**values: Any) -> Request:
    return Request(
        **(
            {
                "prompt": PROMPT,
                "seed": 5,
                "steps": 3,
                "width": 64,
                "height": 96,
                "sampler": "euler",
                "schedule": "simple",
                "guidance": 3.0,
            }
            | values
        )
    )


def made(path: Path, on_event: Any = lambda event: None, **values: Any) -> Result:
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        return engine.run(Job(asked(**values), ref_of(path)), on_event)


@pytest.fixture(scope="module")
def warm() -> Iterator[DiffusionEngine]:
    """An engine that has made other pictures before, and reads each model once."""
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        yield engine


def warmly(engine: DiffusionEngine, path: Path, **values: Any) -> Result:
    return engine.run(Job(asked(**values), ref_of(path)), lambda event: None)


def test_families_are_recognised_with_their_defaults(models: dict[str, Path]) -> None:
    library = Library(Path("nowhere"))
    found = {name: library.find(str(path)) for name, path in models.items()}
    assert [entry.family for entry in found.values()] == ["sd3", "sd3", "flux", "flux", "generic"]
    assert {entry.state for entry in found.values()} == {ModelState.READY}
    assert (
        found["dev"].family_row.guidance,
        found["schnell"].family_row.steps,
        found["schnell"].family_row.guidance,
    ) == (3.5, 4, 1.0)
    assert {inspect(path).prediction for path in models.values()} == {"flow"}


def pipeline_latents(
    path: Path, model: FlowModel, levels: tuple[float, ...], guidance: float, **more: Any
) -> torch.Tensor:
    """diffusers' own pipeline from our start noise and our levels."""
    import diffusers

    name = json.loads((path / "model_index.json").read_text())["_class_name"]
    absent = (
        {}
        if name == "FluxPipeline" or (path / "text_encoder_3").is_dir()
        else {"text_encoder_3": None, "tokenizer_3": None}
    )
    pipeline = getattr(diffusers, name).from_pretrained(path, local_files_only=True, **absent)
    pipeline.set_progress_bar_config(disable=True)
    # no shift of its own: the levels are given
    pipeline.scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    x = start(model)
    flux = name == "FluxPipeline"
    found = pipeline(
        prompt=PROMPT,
        latents=pack_latents(x) if flux else x,
        sigmas=list(levels[:-1]),
        guidance_scale=guidance,
        width=64,
        height=96,
        output_type="latent",
        **more,
    ).images
    return unpack_latents(found, 12, 8) if flux else found


def start(model: FlowModel) -> torch.Tensor:
    return torch.randn(
        model.shape(Request(width=64, height=96)), generator=torch.Generator().manual_seed(9)
    )


@pytest.mark.parametrize(
    ("name", "guidance", "more"),
    [
        ("sd3", 4.0, {}),
        ("sd3-clip", 4.0, {}),
        ("dev", 3.5, {"max_sequence_length": 512}),
        ("schnell", 1.0, {"max_sequence_length": 256}),
    ],
)
def test_our_loop_gives_the_latents_of_diffusers(
    models: dict[str, Path], name: str, guidance: float, more: dict[str, Any]
) -> None:
    model = rows.load(str(models[name]), choose_device("cpu"), lambda: None)
    assert isinstance(model, FlowModel)
    request = Request(
        prompt=PROMPT,
        width=64,
        height=96,
        steps=4,
        sampler="euler",
        schedule="simple",
        guidance=guidance,
    )
    job = Job(request, ref_of(models[name]))
    way = plan_of(request, model.table(request), "sd3")
    with torch.no_grad():
        denoise = guided(
            model.network(request, None, lambda: None),
            *encode_prompts(model, job),
            model.guidance(request),
        )
        ours = [
            x
            for x, _ in SAMPLERS["euler"].sample(
                denoise, start(model) * way.start, way.levels, lambda a, b: 0.0
            )
        ][-1]
    theirs = pipeline_latents(models[name], model, way.levels, guidance, **more)
    assert float((ours - theirs).abs().max()) <= 1e-4 * max(1.0, float(theirs.abs().max()))


def test_fresh_noise_keeps_every_level_as_noisy_as_it_should_be() -> None:
    """For one clean point, exactly: x at a level is (1 - sigma) x0 with sigma of spread."""
    random, point, many = np.random.default_rng(3), 2.5, 200_000
    levels = (1.0, 0.9, 0.7, 0.4, 0.1, 0.0)
    for sampler in ("euler_ancestral", "dpmpp_2s_ancestral", "lcm"):
        for eta in (1.0, 0.4):
            walk = SAMPLERS[sampler].flow_form
            assert walk is not None
            steps = walk(
                lambda x, sigma: np.full_like(x, point),
                random.standard_normal(many),
                levels,
                lambda a, b: random.standard_normal(many),
                eta=eta,
            )
            for sigma, (x, _) in zip(levels[1:], steps, strict=True):
                assert abs(x.mean() - (1 - sigma) * point) < 0.02 and abs(x.std() - sigma) < 0.01, (
                    sampler,
                    eta,
                    sigma,
                )


def test_without_fresh_noise_they_follow_the_flow() -> None:
    """x0 of spread s around m: the flow ends where its straight ODE does,
    the second-order method nearer than Euler's."""
    mean, spread = 0.7, 0.5

    def denoise(x: np.ndarray, sigma: float) -> np.ndarray:
        share = (1 - sigma) * spread**2 / ((1 - sigma) ** 2 * spread**2 + sigma**2)
        return mean + share * (x - (1 - sigma) * mean)

    start = np.linspace(-2, 2, 9)

    def end(walk: Sample, count: int, eta: float | None = None) -> np.ndarray:
        levels = [1 - k / count for k in range(count + 1)]
        return [x for x, _ in walk(denoise, start, levels, lambda a, b: 0.0, eta=eta)][-1]

    exact, plain = end(SAMPLERS["euler"].sample, 4000), end(SAMPLERS["euler"].sample, 20)
    for sampler in ("euler_ancestral", "dpmpp_2s_ancestral"):
        walk = SAMPLERS[sampler].flow_form
        assert walk is not None
        if sampler == "euler_ancestral":
            assert np.allclose(end(walk, 20, 0.0), plain)
        else:
            assert abs(end(walk, 20, 0.0) - exact).max() < 0.2 * abs(plain - exact).max()


@pytest.mark.parametrize("sampler", [row.id for row in SAMPLERS.values() if row.suits_flow])
def test_every_sampler_for_flow_models_runs(
    models: dict[str, Path], warm: DiffusionEngine, sampler: str
) -> None:
    first, other, again = (
        warmly(warm, models["sd3"], sampler=sampler, seed=seed).pixels for seed in (5, 6, 5)
    )
    assert first == again != other


@pytest.mark.parametrize("sampler", ["euler", "euler_ancestral", "dpmpp_2m"])
def test_a_new_engine_makes_the_same_picture(
    models: dict[str, Path], warm: DiffusionEngine, sampler: str
) -> None:
    again = warmly(warm, models["sd3"], sampler=sampler)
    assert made(models["sd3"], sampler=sampler).pixels == again.pixels


@pytest.mark.parametrize("name", ["sd3", "dev", "schnell"])
def test_pictures_are_made_and_repeat(
    models: dict[str, Path], warm: DiffusionEngine, name: str
) -> None:
    events: list[Event] = []
    first, second = made(models[name], events.append), made(models[name])
    assert first.pixels == second.pixels and (first.pixels.width, first.pixels.height) == (64, 96)
    assert first.pixels != warmly(warm, models[name], seed=6).pixels
    assert sum(isinstance(event, StepDone) for event in events) == 3


def test_prompt_weights_and_negative_prompts_count(
    models: dict[str, Path], warm: DiffusionEngine
) -> None:
    weighted = "a (red:1.8) house on snow"
    plain = warmly(warm, models["sd3"]).pixels
    assert warmly(warm, models["sd3"], prompt=weighted).pixels != plain
    assert warmly(warm, models["sd3"], negative_prompt="a blue cat").pixels != plain
    dev = warmly(warm, models["dev"]).pixels
    assert warmly(warm, models["dev"], prompt=weighted).pixels != dev


def test_what_does_not_suit_a_flow_model_is_said(
    models: dict[str, Path], warm: DiffusionEngine
) -> None:
    for values, field in (
        ({"sampler": "dpmpp_sde"}, "sampler"),
        ({"schedule": "align_your_steps"}, "schedule"),
        ({"width": 72}, "width"),
        ({"freeu": (1.1, 1.2, 0.9, 0.2)}, "freeu"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            warmly(warm, models["sd3"], **values)
        assert caught.value.field == field and caught.value.hint
    lora = ModelRef("x", "x", "", "x")
    with pytest.raises(InvalidRequest, match="LoRAs for this family"):
        warm.run(
            Job(
                Request(
                    width=64, height=64, sampler="euler", schedule="simple", loras=(Lora("x"),)
                ),
                ref_of(models["chroma"]),
                (lora,),
            ),
            lambda event: None,
        )


def test_a_class_without_wrapper_runs_through_its_pipeline_and_can_be_cancelled(
    models: dict[str, Path],
) -> None:
    events: list[Event] = []
    first, second = made(models["chroma"], events.append), made(models["chroma"])
    assert first.pixels == second.pixels and [
        event.step for event in events if isinstance(event, StepDone)
    ] == [1, 2, 3]

    def stop(event: Event) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        made(models["chroma"], stop)


def test_only_allowed_pipelines_and_no_code_of_a_folder(
    models: dict[str, Path], tmp_path: Path
) -> None:
    import shutil

    for change, words in (
        ({"_class_name": "EvilPipeline"}, "does not run"),
        ({"transformer": ["evil_module", "X"]}, "code of its own"),
    ):
        folder = tmp_path / words[:4].strip()
        shutil.copytree(models["chroma"], folder)
        index = json.loads((folder / "model_index.json").read_text()) | change
        (folder / "model_index.json").write_text(json.dumps(index))
        with pytest.raises(ModelMissing, match=words):
            ref_of(folder)
    shutil.rmtree(folder / "vae")
    assert "vae is missing" in Library(Path("nowhere")).find(str(folder)).sentence


def test_shifted_levels() -> None:
    """Stability's shift of 3, by hand: u = 1/2 becomes 3/4."""
    table = FlowTable(3.0)
    assert table.sigma(499) == pytest.approx(0.75) and table.sigmas[-1] == 1.0
    assert table.timestep(0.75) == pytest.approx(499)
    levels = sigmas("simple", 4, table=table)
    assert levels == pytest.approx((1.0, 0.9, 0.75, 0.5, 0.0))


def test_large_pictures_of_flux_dev_start_noisier(models: dict[str, Path]) -> None:
    model = rows.load(str(models["dev"]), choose_device("cpu"), lambda: None)
    assert isinstance(model, FlowModel)
    shifts = [model.table(Request(width=side, height=side)).shift for side in (256, 1024)]
    assert shifts == pytest.approx([2.718281828**0.5, 2.718281828**1.15])
    assert model.table(Request(levels=Levels(shift=2.5))).shift == 2.5


def test_the_schedule_of_a_flow_model_over_the_command_line(
    models: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(
            [
                "schedule",
                "--model",
                str(models["sd3"]),
                "--schedule",
                "simple",
                "--sampler",
                "euler",
                "--steps",
                "4",
                "--json",
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (
        told["sigmas"] == pytest.approx([1.0, 0.9, 0.75, 0.5, 0.0])
        and told["log_snr"][0] is None
        and told["log_snr"][2] < 0
    )
    dev = Library(Path("nowhere")).find(str(models["dev"]))
    assert dev.noise(1024, 1024).sigmas[499] > dev.noise(256, 256).sigmas[499]


def test_what_a_pipeline_of_its_own_does_not_know_is_said(models: dict[str, Path]) -> None:
    with pytest.raises(InvalidRequest, match="neither refiner nor FreeU"):
        made(models["chroma"], freeu=(1.1, 1.2, 0.9, 0.2))


@pytest.mark.parametrize("kind", ["sd3", "dev"])
def test_what_flow_models_make_of_text_noise_and_pictures_can_be_asked(
    models: dict[str, Path], warm: DiffusionEngine, kind: str, tmp_path: Path
) -> None:
    job = Job(resolve(asked()), ref_of(models[kind]), recording=str(tmp_path / "one"))
    result = warm.run(job, lambda event: None)

    def answer(question: Question) -> Answer:
        return warm.ask(job, question, lambda event: None)

    text = answer(TextQuestion(PROMPT))
    assert isinstance(text, TextAnswer) and text.width == 96 and text.tokens == text.states.height
    assert text.words == text.near == (), "rows of several encoders have no names"
    noise = answer(NoiseQuestion((1, 16, 12, 8)))
    assert isinstance(noise, NoiseAnswer) and noise.noise.count == 16
    plain = answer(NudgeQuestion(job.recording))
    assert isinstance(plain, DecodedAnswer) and plain.pixels == result.pixels
    back = answer(RoundTripQuestion(result.pixels))
    assert isinstance(back, RoundTripAnswer) and back.latents.count == 16
    parts = answer(PartsQuestion())
    assert isinstance(parts, PartsAnswer) and parts.denoiser.parameters > 0


def test_a_pipeline_of_its_own_cannot_be_asked(
    models: dict[str, Path], warm: DiffusionEngine
) -> None:
    job = Job(resolve(asked()), ref_of(models["chroma"]))
    with pytest.raises(InvalidRequest, match="cannot be looked into"):
        warm.ask(job, PartsQuestion(), lambda event: None)
