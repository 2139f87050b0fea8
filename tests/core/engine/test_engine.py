"""One contract for every place an engine runs, and the real engine against plain diffusers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec, FakeScript
from core.engine.diffusion.measuring import parts as measured_parts
from core.engine.diffusion.measuring import rates
from core.engine.diffusion.parts.noise import BrownianPath
from core.engine.process import ProcessEngine
from core.models.library.library import Library
from core.system.errors import (
    Cancelled,
    EngineCrashed,
    EngineResting,
    InvalidRequest,
    ModelMissing,
    WorldError,
)
from core.values.events import (
    Event,
    NetworkCalled,
    NotResponding,
    PartMeasured,
    Phase,
    PhaseStarted,
    Preview,
    StepDone,
    Tick,
)
from core.values.insight.questions import (
    NoiseAnswer,
    NoiseQuestion,
    PartsAnswer,
    PartsQuestion,
    RoundTripAnswer,
    RoundTripQuestion,
    TextAnswer,
    TextQuestion,
)
from core.values.job import Job, ModelRef
from core.values.measurement import Measurement, Part
from core.values.picture import Pixels
from core.values.request import Request

ROOT = Path(__file__).parents[3]
FAKE = ModelRef("fake", "Fake", "starter", "")
STARTER = Library(Path("nowhere")).find("starter").ref()
KINDS = {"fake": FAKE, "diffusion": STARTER}
PLACES = [("fake", "here"), ("fake", "process"), ("diffusion", "here"), ("diffusion", "process")]


@pytest.fixture(params=PLACES, ids=lambda p: "-".join(p), scope="module")
def opened(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, ModelRef]]:
    kind, place = request.param
    with open_engine(EngineSpec(kind=kind, runs_in=place, device="cpu")) as engine:
        yield engine, KINDS[kind]


WIDTH, HEIGHT = 96, 64  # two sizes, so that neither is taken for the other


def job_for(model: ModelRef) -> Job:
    request = Request(
        prompt="a red house on snow",
        seed=5,
        steps=4,
        schedule="discrete",
        width=WIDTH,
        height=HEIGHT,
    )
    return Job(request, model)


def test_events_come_in_order(opened: tuple[Engine, ModelRef]) -> None:
    engine, model = opened
    heard: list[Event] = []
    result = engine.run(job_for(model), heard.append)
    phases = [e.phase for e in heard if isinstance(e, PhaseStarted)]
    assert phases == [p for p in Phase if p in phases] and phases[-3:] == [
        Phase.ENCODING,
        Phase.SAMPLING,
        Phase.DECODING,
    ]
    assert [e.step for e in heard if isinstance(e, StepDone)] == [1, 2, 3, 4]
    assert sum(isinstance(e, NetworkCalled) for e in heard) == 4
    assert any(e.preview for e in heard if isinstance(e, StepDone))
    assert (result.pixels.width, result.pixels.height, len(result.pixels.rgb)) == (
        WIDTH,
        HEIGHT,
        WIDTH * HEIGHT * 3,
    )


def test_same_seed_same_bytes_and_jobs_do_not_disturb_each_other(
    opened: tuple[Engine, ModelRef],
) -> None:
    engine, model = opened
    first = engine.run(job_for(model), lambda e: None).pixels
    other = engine.run(
        Job(Request(prompt="a blue boat", seed=6, steps=3, width=64, height=64), model),
        lambda e: None,
    ).pixels
    assert engine.run(job_for(model), lambda e: None).pixels == first != other


def test_a_model_that_was_let_go_is_loaded_again(opened: tuple[Engine, ModelRef]) -> None:
    engine, model = opened
    first = engine.run(job_for(model), lambda event: None)
    assert first.outcome is None or first.outcome.warm == (model.path,)
    for path in (model.path, "", "no such model"):
        engine.unload(path)
        heard: list[Event] = []
        assert engine.run(job_for(model), heard.append).pixels == first.pixels
        loaded = any(
            isinstance(event, PhaseStarted) and event.phase is Phase.LOADING for event in heard
        )
        assert loaded or path == "no such model"


def test_parts_are_measured_one_by_one_and_it_can_be_broken_off(
    opened: tuple[Engine, ModelRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, model = opened
    if isinstance(engine, ProcessEngine) and model is STARTER:
        pytest.skip("the pipe is proven by the fake one, the parts by the one that runs here")
    monkeypatch.setattr(measured_parts, "PART_SECONDS", 0.0)  # one pair of each
    monkeypatch.setattr(rates, "_TRIES", 1)
    heard: list[Measurement] = []

    def note(event: Event) -> None:
        if isinstance(event, PartMeasured):
            heard.append(event.measurement)

    engine.measure(job_for(model), note)
    parts = [found.part for found in heard]
    known = [part for part in Part if part is not Part.SAVE]
    assert parts == (known if isinstance(engine, ProcessEngine) else known[1:])
    for found in heard:
        assert found.ours > 0 and 0 <= found.share <= 1
        assert found.plain is None if found.part is Part.START else found.plain
    assert heard[-1].steps == 4

    def stop(event: Event) -> None:
        if isinstance(event, PartMeasured):
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.measure(job_for(model), stop)
    assert engine.run(job_for(model), lambda event: None).pixels.width == WIDTH


def test_devices_are_listed_and_asking_can_be_broken_off(opened: tuple[Engine, ModelRef]) -> None:
    engine, model = opened
    devices = engine.devices(lambda event: None)
    assert devices and all(isinstance(device.memory, int) and device.id for device in devices)

    def stop(event: object) -> None:
        raise Cancelled

    with suppress(Cancelled):
        engine.devices(stop)
    assert engine.run(job_for(model), lambda event: None).pixels.width > 0
    assert [device.id for device in engine.devices(lambda event: None)] == [
        device.id for device in devices
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a cat \udcff\udcfe",
        "a \ud83d\ude00 cat\0",
        "\u202ea cat\u200f",
        "e" + "\u0301" * 1_500,
        "\x01\x1b[31m",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 80,
    ],
)
def test_any_text_makes_a_picture(opened: tuple[Engine, ModelRef], text: str) -> None:
    engine, model = opened
    # how a text is read is the affair of the engine inside, wherever it runs
    programs = ("calotype",) if isinstance(engine, ProcessEngine) else ("calotype", "comfyui")
    for request in (
        Request(text, text, seed=5, steps=1, width=64, height=64),
        Request("x", text, seed=5, steps=1, width=64, height=64),
    ):
        for ways in programs:
            assert (
                engine.run(
                    Job(replace(request, compatibility=ways), model), lambda event: None
                ).pixels.width
                == 64
            )


@pytest.fixture(scope="module")
def starter_engine() -> Iterator[Engine]:
    """Here, with the starter loaded once for all that only make pictures with it."""
    with open_engine(EngineSpec(device="cpu")) as engine:
        yield engine


@pytest.mark.parametrize("ways", ["calotype", "a1111", "comfyui"])
def test_brackets_too_deep_for_any_picture_are_named(starter_engine: Engine, ways: str) -> None:
    request = Request(
        "(" * 3_000 + "a cat" + ")" * 3_000,
        seed=5,
        steps=1,
        width=64,
        height=64,
        compatibility=ways,
    )
    with pytest.raises(InvalidRequest, match="brackets"):
        starter_engine.run(Job(request, STARTER), lambda event: None)


def test_a_cancel_is_heard_between_the_chunks_of_a_long_prompt(starter_engine: Engine) -> None:
    heard: list[Event] = []

    def stop(event: Event) -> None:
        heard.append(event)
        if (
            len(heard) >= 3
            and isinstance(heard[-3], PhaseStarted)
            and heard[-3].phase is Phase.ENCODING
        ):
            raise Cancelled

    with pytest.raises(Cancelled):
        starter_engine.run(
            Job(Request("a cat " * 2_000, seed=5, steps=1, width=64, height=64), STARTER), stop
        )
    assert isinstance(heard[-1], Tick) and Phase.SAMPLING not in [
        one.phase for one in heard if isinstance(one, PhaseStarted)
    ]


@pytest.mark.parametrize("phase", [Phase.ENCODING, Phase.SAMPLING, Phase.DECODING])
def test_cancel_in_every_phase(opened: tuple[Engine, ModelRef], phase: Phase) -> None:
    engine, model = opened

    def stop(event: Event) -> None:
        if isinstance(event, PhaseStarted) and event.phase is phase:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run(job_for(model), stop)
    assert engine.run(job_for(model), lambda e: None).pixels.width == WIDTH


@pytest.mark.parametrize("phase", [Phase.LOADING, Phase.ENCODING, Phase.SAMPLING, Phase.DECODING])
def test_a_crashed_child_is_replaced(phase: Phase) -> None:
    spec = EngineSpec(
        kind="fake",
        runs_in="process",
        fake=FakeScript(fail_phase=phase, fail_how="crash", fail_times=1),
    )
    with open_engine(spec) as engine:
        with pytest.raises(EngineCrashed, match="86"):
            engine.run(job_for(FAKE), lambda e: None)
        assert engine.run(job_for(FAKE), lambda e: None).pixels.width == WIDTH


def test_a_child_that_ends_again_and_again_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.engine import process

    spec = EngineSpec(
        kind="fake",
        runs_in="process",
        fake=FakeScript(fail_phase=Phase.SAMPLING, fail_how="crash", fail_times=4),
    )
    with open_engine(spec) as engine:
        for _ in range(process.RESTARTS + 1):
            with pytest.raises(EngineCrashed, match="86"):
                engine.run(job_for(FAKE), lambda e: None)
        with pytest.raises(EngineResting, match="4 times within a minute"):
            engine.run(job_for(FAKE), lambda e: None)
        monkeypatch.setattr(process, "MINUTE", 0.0)
        assert engine.run(job_for(FAKE), lambda e: None).pixels.width == WIDTH


def test_a_child_killed_by_the_system_is_explained() -> None:
    with open_engine(
        EngineSpec(kind="fake", runs_in="process", fake=FakeScript(step_seconds=0.05))
    ) as engine:
        assert isinstance(engine, ProcessEngine)

        def kill(event: Event) -> None:
            if isinstance(event, StepDone) and event.step == 2:
                os.kill(engine.pid or 0, signal.SIGKILL)

        with pytest.raises(EngineCrashed, match="memory"):
            engine.run(job_for(FAKE), kill)


def test_a_hung_child_is_killed_after_the_grace_time() -> None:
    spec = EngineSpec(
        kind="fake",
        runs_in="process",
        cancel_timeout=0.5,
        fake=FakeScript(fail_phase="sampling", fail_how="hang", fail_times=1),
    )
    with open_engine(spec) as engine:
        assert isinstance(engine, ProcessEngine)
        heard: list[Event] = []

        def stop(event: Event) -> None:
            heard.append(event)
            if any(
                isinstance(one, PhaseStarted) and one.phase is Phase.SAMPLING for one in heard[:-3]
            ):
                raise Cancelled

        engine.prepare()
        hung = engine.pid
        with pytest.raises(Cancelled):
            engine.run(job_for(FAKE), stop)
        assert engine.pid is None and hung is not None and not psutil.pid_exists(hung)
        assert engine.run(job_for(FAKE), lambda e: None).pixels.width == WIDTH


LARGE = "\U0001f600 " * 49_000  # as a job: several times what a pipe holds


def test_a_job_larger_than_the_pipe_to_a_stopped_child_can_be_cancelled() -> None:
    with open_engine(EngineSpec(kind="fake", runs_in="process", cancel_timeout=0.5)) as engine:
        assert isinstance(engine, ProcessEngine)
        engine.devices(lambda event: None)
        stopped = engine.pid or 0
        os.kill(stopped, signal.SIGSTOP)
        heard: list[Event] = []

        def stop(event: Event) -> None:
            heard.append(event)
            if len(heard) == 5:
                raise Cancelled

        with pytest.raises(Cancelled):
            engine.run(Job(Request(LARGE, LARGE, seed=5, steps=4), FAKE), stop)
        assert engine.pid is None and not psutil.pid_exists(stopped)
        later = Request(LARGE, seed=5, steps=4, width=WIDTH, height=HEIGHT)
        assert engine.run(Job(later, FAKE), lambda event: None).pixels.width == WIDTH


def test_whatever_is_asked_of_a_stopped_child_can_be_given_up() -> None:
    model = ModelRef(LARGE, LARGE, "starter", LARGE)
    with open_engine(
        EngineSpec(
            kind="fake",
            runs_in="process",
            cancel_timeout=0.5,
            heartbeat_timeout=0.5,
            kill_after=1e9,
        )
    ) as engine:
        assert isinstance(engine, ProcessEngine)
        asks = (
            lambda tell: engine.devices(tell),
            lambda tell: engine.unload(LARGE, tell),
            lambda tell: engine.run(job_for(FAKE), tell),
        )
        for ask in asks:
            engine.devices(lambda event: None)
            os.kill(engine.pid or 0, signal.SIGSTOP)
            engine.prepare(model)

            def give_up(event: Event) -> None:
                if isinstance(event, NotResponding):
                    raise Cancelled

            with pytest.raises(Cancelled):
                ask(give_up)
        engine.devices(lambda event: None)
        os.kill(engine.pid or 0, signal.SIGSTOP)
        engine.prepare(model)


def test_a_silent_child_is_noticed() -> None:
    with open_engine(
        EngineSpec(
            kind="fake",
            runs_in="process",
            heartbeat_timeout=2.5,
            fake=FakeScript(step_seconds=0.05),
        )
    ) as engine:
        assert isinstance(engine, ProcessEngine)

        def freeze(event: Event) -> None:
            if isinstance(event, StepDone) and event.step == 1:
                os.kill(engine.pid or 0, signal.SIGSTOP)

        with pytest.raises(EngineCrashed, match="did not answer"):
            engine.run(job_for(FAKE), freeze)


ORPHAN = """
import sys, time
sys.path.insert(0, {root!r})
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
if __name__ == "__main__":
    engine = open_engine(EngineSpec(kind="fake", runs_in="process")).__enter__()
    engine.prepare()
    print(engine.pid, flush=True)
    time.sleep(60)
"""


def test_a_child_never_outlives_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHAN.format(root=str(ROOT)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _gone_within(child, 10)


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]:
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_the_parent_of_an_engine_process_never_loads_torch() -> None:
    code = (
        "import sys\nfrom core.engine import open_engine\n"
        "from core.engine.contract.protocol import EngineSpec\nfrom core.values.job import Job\n"
        "from core.models.library.library import Library\nfrom core.values.request import Request\n"
        "from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        "  with open_engine(EngineSpec(runs_in='process', device='cpu')) as e:\n"
        "    r = e.run(Job(Request('a red house', seed=1, steps=1, width=64, height=64), "
        "Library(Path('x')).find('starter').ref()), lambda e: None)\n"
        "  print([m for m in ('torch', 'diffusers', 'transformers') if m in "
        "sys.modules], len(r.pixels.rgb))\n"
    )
    script = ROOT / ".work" / "no_torch.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == f"[] {64 * 64 * 3}", done.stderr


def test_damaged_and_incomplete_models_are_explained(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(STARTER.path, tmp_path / "m")
    weights = next((tmp_path / "m" / "unet").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:10_000])
    with (
        open_engine(EngineSpec(device="cpu")) as engine,
        pytest.raises(ModelMissing, match="damaged"),
    ):
        engine.run(job_for(ModelRef("m", "M", "starter", str(tmp_path / "m"))), lambda e: None)


def test_a_missing_device_is_explained() -> None:
    missing = next(
        kind
        for kind in ("mps", "xpu", "cuda")
        if not (kind == "cuda" and torch.cuda.is_available())
    )
    with (
        open_engine(EngineSpec(device=missing)) as engine,
        pytest.raises(WorldError, match=missing),
    ):
        engine.run(job_for(STARTER), lambda e: None)


def test_brownian_noise_belongs_to_the_interval() -> None:
    def path() -> BrownianPath:
        return BrownianPath(9, (1, 4, 8, 8), 0.03, 14.6, device=torch.device("cpu"))

    first, second = path(), path()
    a = first(10.0, 5.0)
    second(3.0, 1.0)
    assert torch.equal(a, second(10.0, 5.0))
    whole = first(10.0, 2.0) * (8.0**0.5)
    parts = first(10.0, 5.0) * (5.0**0.5) + first(5.0, 2.0) * (3.0**0.5)
    assert torch.allclose(whole, parts, atol=1e-5)
    draws = torch.stack(
        [
            BrownianPath(s, (1, 4, 8, 8), 0.03, 14.6, device=torch.device("cpu"))(10.0, 5.0)
            for s in range(40)
        ]
    )
    assert abs(float(draws.std()) - 1) < 0.03 and abs(float(draws.mean())) < 0.03


def test_agrees_with_plain_diffusers(starter_engine: Engine) -> None:
    """The starter through diffusers' own pipeline and scheduler gives the
    same picture as our loop."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline

    request = Request(
        prompt="a red house on snow at night",
        negative_prompt="stars",
        seed=3,
        steps=6,
        width=96,
        height=64,
        sampler="euler",
        schedule="discrete",
        guidance=5.0,
    )
    with open_engine(EngineSpec(device="cpu")) as engine:  # which quiets diffusers' warnings
        ours = engine.run(Job(request, STARTER), lambda e: None).pixels
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="linspace",
    )
    pipe = StableDiffusionPipeline.from_pretrained(
        STARTER.path,
        scheduler=scheduler,
        safety_checker=None,
        local_files_only=True,
        torch_dtype=torch.float32,
    )
    pipe.set_progress_bar_config(disable=True)
    noise = torch.randn((1, 4, 8, 12), generator=torch.Generator("cpu").manual_seed(3))
    scheduler.set_timesteps(6)
    image = pipe(
        request.prompt,
        negative_prompt=request.negative_prompt,
        num_inference_steps=6,
        guidance_scale=5.0,
        width=96,
        height=64,
        latents=noise * float(scheduler.sigmas[0]) / float(scheduler.init_noise_sigma),
    ).images[0]
    difference = np.abs(
        np.asarray(image).astype(int)
        - np.frombuffer(ours.rgb, np.uint8).reshape(64, 96, 3).astype(int)
    )
    assert difference.max() <= 3, difference.max()


def tiny_model(folder: Path) -> ModelRef:
    """A Stable Diffusion 1.x shaped folder with random weights: epsilon prediction,
    as diffusers itself saves it."""
    from diffusers import (
        AutoencoderKL,
        PNDMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(Path(STARTER.path) / "tokenizer")
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=2,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        cross_attention_dim=32,
        norm_num_groups=8,
        attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        layers_per_block=1,
    )
    scheduler = PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        steps_offset=1,
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return Library(folder.parent).find(folder.name).ref()


def test_the_first_picture_of_an_unknown_model_is_seen_developing(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(
        STARTER.path,
        tmp_path / "plain",
        ignore=shutil.ignore_patterns("preview.safetensors", "tiny_decoder.safetensors"),
    )
    ref, seen = Library(tmp_path).find("plain").ref(), list[Preview]()

    def picture(engine: Engine, seed: int) -> float:
        """How near the last preview came to the picture, in decibel."""
        seen.clear()
        result = engine.run(
            Job(Request("a red house on snow", seed=seed, steps=8, width=128, height=128), ref),
            lambda event: (
                seen.append(event.preview)
                if isinstance(event, StepDone) and event.preview
                else None
            ),
        )
        shown, made = (
            np.frombuffer(rgb, np.uint8).astype(float) for rgb in (seen[-1].rgb, result.pixels.rgb)
        )
        return float(10 * np.log10(255**2 / ((shown - made) ** 2).mean()))

    with open_engine(EngineSpec(device="cpu")) as engine:
        first, later = picture(engine, 1), [picture(engine, seed) for seed in (2, 3)]
    assert first > 17 and np.mean(later) > 17, (first, later)
    with open_engine(EngineSpec(device="cpu", previews=False)) as engine:
        request = Request("a red house", seed=1, steps=1, width=64, height=64)
        engine.run(Job(request, ref), lambda event: None)
        # nothing is decoded for nobody
        assert engine._model_cache().current().previewer is None  # type: ignore[attr-defined]


def test_any_diffusers_folder_loads(tmp_path: Path) -> None:
    ref = tiny_model(tmp_path / "tiny")
    assert ref.family == "sd-unknown"
    with open_engine(EngineSpec(device="cpu")) as engine:

        def run(**values: object) -> object:
            request = Request(
                prompt="a (red:1.3) house", seed=3, width=64, height=128, steps=3, **values
            )  # type: ignore[arg-type]
            return engine.run(Job(request, ref), lambda e: None).pixels

        assert run() == run()
        variants = [
            run(),
            run(clip_skip=2),
            run(guidance=1.0),
            run(negative_prompt="a blue boat " * 40),
            run(schedule="sgm_uniform"),
        ]
    assert len(set(variants)) == len(variants)


def test_clip_skip_and_long_prompts_agree_with_the_encoder_called_by_hand(tmp_path: Path) -> None:
    from transformers import CLIPTextModel, CLIPTokenizer

    from core.engine.diffusion.families import sd
    from core.engine.diffusion.parts.conditioning import encode
    from core.engine.diffusion.parts.device import choose_device

    tower = sd.load(STARTER.path, choose_device("cpu"), lambda: None).towers[0]
    tokenizer = CLIPTokenizer.from_pretrained(Path(STARTER.path) / "tokenizer")
    model = CLIPTextModel.from_pretrained(
        Path(STARTER.path) / "text_encoder", dtype=torch.float32
    ).eval()
    ids = tokenizer(
        "a red house", padding="max_length", max_length=77, return_tensors="pt"
    ).input_ids
    with torch.no_grad():
        plain = model(ids, output_hidden_states=True)
        last = encode(tower, "a red house", 1, torch.device("cpu"))
        torch.testing.assert_close(last, plain.last_hidden_state, rtol=0, atol=1e-5)
        skipped = model.final_layer_norm(plain.hidden_states[-2])
        last = encode(tower, "a red house", 2, torch.device("cpu"))
        torch.testing.assert_close(last, skipped, rtol=0, atol=1e-5)
        assert encode(tower, "a red house, " * 30, 1, torch.device("cpu")).shape == (
            1,
            154,
            model.config.hidden_size,
        )
        heavy = encode(tower, "a (red:1.5) house", 1, torch.device("cpu"))
        assert heavy.mean() == pytest.approx(
            plain.last_hidden_state.mean().item(), abs=1e-5
        ) and not torch.equal(heavy, plain.last_hidden_state)


def test_questions_are_answered_wherever_it_runs(opened: tuple[Engine, ModelRef]) -> None:
    engine, model = opened
    job = job_for(model)
    heard: list[object] = []
    noise = engine.ask(job, NoiseQuestion((1, 4, HEIGHT // 8, WIDTH // 8)), heard.append)
    assert isinstance(noise, NoiseAnswer) and heard
    assert (noise.noise.count, noise.noise.height, noise.noise.width) == (4, 8, 12)
    text = engine.ask(job, TextQuestion("a red house"), heard.append)
    assert isinstance(text, TextAnswer) and text.words.count("house") == 1
    assert len(text.norms) == len(text.words) == text.states.height == text.tokens
    parts = engine.ask(job, PartsQuestion(), heard.append)
    assert isinstance(parts, PartsAnswer) and parts.denoiser.parameters > 0
    grey = Pixels(32, 16, bytes([128]) * (3 * 32 * 16))
    back = engine.ask(job, RoundTripQuestion(grey), heard.append)
    assert isinstance(back, RoundTripAnswer)
    assert (back.pixels.width, back.pixels.height, back.latents.width) == (32, 16, 4)
    assert np.abs(np.frombuffer(back.pixels.rgb, np.uint8).astype(int) - 128).mean() < 12
