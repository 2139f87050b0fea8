"""Pictures that are recorded, and pictures that go on from a step of a recorded one."""

from __future__ import annotations

import math
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.contract.recording_file import RecordingFile
from core.engine.diffusion.engine import DiffusionEngine
from core.sampling.samplers import SAMPLERS
from core.system.errors import WorldError
from core.values.events import Event, NetworkCalled, PictureNote
from core.values.job import BranchStart, Job, ModelRef
from core.values.noise import Noise
from core.values.picture import Result
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.resolved_request import resolve
from tests.core.engine.diffusion.picture_making.pictures_in import boxed, drawn, kept
from tests.core.engine.diffusion.picture_making.pictures_in import job as starting

STEPS = 4


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


class Darkroom:
    """Makes pictures and counts calls of the network."""

    def __init__(self, engine: DiffusionEngine, model: ModelRef, folder: Path) -> None:
        self._engine = engine
        self._model = model
        self._folder = folder
        self.calls = 0
        self.notes: list[str] = []

    def job(self, **values: object) -> Job:
        usual = {"prompt": "a red house", "seed": 3, "steps": STEPS, "width": 64, "height": 64}
        return Job(resolve(Request(**(usual | values))), self._model)  # type: ignore[arg-type]

    def made(self, job: Job) -> Result:
        self.calls = 0
        return self._engine.run(job, self._hear)

    def _hear(self, event: Event) -> None:
        self.calls += isinstance(event, NetworkCalled)
        if isinstance(event, PictureNote):
            self.notes.append(event.text)

    def recorded(self, name: str, job: Job) -> tuple[Result, str]:
        path = str(self._folder / f"{name}.recording")
        return self.made(replace(job, recording=path)), path


@pytest.fixture
def room(engine: DiffusionEngine, smallest: ModelRef, tmp_path: Path) -> Darkroom:
    return Darkroom(engine, smallest, tmp_path)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_nothing_is_changed_by_recording_nor_by_going_on_from_a_step(
    room: Darkroom, sampler: str
) -> None:
    job = room.job(sampler=sampler)
    plain = room.made(job).pixels
    all_calls = room.calls
    made, path = room.recorded("first", job)
    assert made.pixels == plain
    with RecordingFile(Path(path)) as tape:
        steps = tape.steps
        assert steps == STEPS and tape.head.pixels == plain.sha256
        left = [all_calls - tape.calls_before(step) for step in (0, 1, steps // 2, steps)]
    assert left[-1] == 0 < left[1] < left[0]
    for step, calls in zip((0, 1, steps // 2, steps), left, strict=True):
        again = room.made(replace(job, branch=BranchStart(path, step)))
        assert (again.pixels, room.calls) == (plain, calls), step


def test_each_step_is_kept_with_both_branches_of_guidance(room: Darkroom) -> None:
    job = room.job(guidance=5.0)
    _, path = room.recorded("first", job)
    with RecordingFile(Path(path)) as tape:
        (whole,) = tape.head.passes
        assert [step.step for step in whole.steps] == [1, 2, 3, 4]
        assert whole.steps[-1].sigma_next == 0 and tape.latents(0).shape == (1, 4, 8, 8)
        ends = [(step.sigma, step.sigma_next) for step in whole.steps]
        assert all(before[1] == after[0] for before, after in zip(ends, ends[1:], strict=False))
        assert all(step.timestep > 0 and step.seconds > 0 and step.guided for step in whole.steps)
        for step in range(1, 5):
            towards = tape.estimate(step, "with") - tape.estimate(step, "without")
            guided = tape.estimate(step, "without") + 5.0 * towards
            scale = float(np.abs(guided).max())
            assert np.abs(guided - tape.estimate(step)).max() <= 0.01 * scale
        assert np.allclose(tape.latents(4), tape.estimate(4), atol=1e-2, rtol=1e-2)


def test_guidance_1_has_one_branch(room: Darkroom) -> None:
    _, path = room.recorded("first", room.job(guidance=1.0))
    with RecordingFile(Path(path)) as tape:
        assert not tape.is_guided(1)
        with pytest.raises(WorldError, match="missing or damaged"):
            tape.estimate(1, "with")


def test_another_prompt_from_a_step_on(room: Darkroom) -> None:
    job = room.job(sampler="dpmpp_2m")
    plain, path = room.recorded("first", job)
    other = replace(job, request=resolve(replace(job.request, prompt="a blue cat", guidance=9.0)))
    late = room.made(replace(other, branch=BranchStart(path, 3))).pixels
    early = room.made(replace(other, branch=BranchStart(path, 1))).pixels
    whole = room.made(other).pixels
    assert len({plain.pixels.rgb, late.rgb, early.rgb, whole.rgb}) == 4
    start = replace(other, branch=BranchStart(path, 0))
    from_the_start, recording = room.recorded("from the start", start)
    assert from_the_start.pixels == whole
    with RecordingFile(Path(recording)) as tape, RecordingFile(Path(path)) as before:
        assert np.array_equal(tape.latents(0), before.latents(0))


def test_a_branch_is_recorded_as_a_whole_and_branched_again(room: Darkroom) -> None:
    job = room.job(sampler="dpmpp_3m_sde", steps=6)
    plain, path = room.recorded("first", job)
    words = replace(job.request, prompt="a blue cat", sampler="euler_ancestral")
    other = replace(job, request=resolve(words), branch=BranchStart(path, 2, same_walk=False))
    branched, second = room.recorded("second", other)
    assert branched.pixels != plain.pixels
    with RecordingFile(Path(second)) as tape, RecordingFile(Path(path)) as before:
        assert tape.head.passes[0].entered == (0, 2)
        assert tape.steps == 6 and np.array_equal(tape.latents(2), before.latents(2))
        assert np.array_equal(tape.estimate(1, "with"), before.estimate(1, "with"))
    for step in (2, 4, 6):
        again = replace(other, branch=BranchStart(second, step))
        assert room.made(again).pixels == branched.pixels, step
    back = room.made(replace(job, branch=BranchStart(second, 1))).pixels
    assert back == plain.pixels


def test_other_noise_from_a_step_on(room: Darkroom) -> None:
    job = room.job(sampler="euler_ancestral")
    plain, path = room.recorded("first", job)
    noise = replace(job.request, noise=Noise(seed_delta=7))
    other = replace(job, request=resolve(noise), branch=BranchStart(path, 2, same_walk=False))
    assert room.made(other).pixels != plain.pixels
    unchanged = replace(job, branch=BranchStart(path, 2, same_walk=False))
    assert room.made(unchanged).pixels == plain.pixels


def test_another_model_of_the_family_goes_on(room: Darkroom, tmp_path: Path) -> None:
    job = room.job(sampler="dpmpp_2m")
    plain, path = room.recorded("first", job)
    folder = Path(shutil.copytree(job.model.path, tmp_path / "twin"))
    file = next((folder / "unet").glob("*.safetensors"))
    tensors = load_file(file)
    save_file(tensors | {"conv_out.bias": tensors["conv_out.bias"] + 0.4}, file)
    twin = replace(job, model=replace(job.model, id="twin", path=str(folder)))
    made = [room.made(replace(twin, branch=BranchStart(path, step))).pixels for step in (1, 3)]
    assert len({plain.pixels.rgb, room.made(twin).pixels.rgb, *(one.rgb for one in made)}) == 4


def test_both_passes_of_hires_fix(room: Darkroom) -> None:
    hires = Hires(mode="by_hand", scale=1.5, steps=3, strength=0.7)
    job = room.job(sampler="dpmpp_2m", width=128, height=128, hires=hires)
    plain, path = room.recorded("first", job)
    assert plain.pixels == room.made(job).pixels
    with RecordingFile(Path(path)) as tape:
        assert len(tape.head.passes) == 2
        steps = tape.steps
    for step in (1, STEPS, STEPS + 1, steps):
        again, other = room.recorded("again", replace(job, branch=BranchStart(path, step)))
        assert again.pixels == plain.pixels, step
        with RecordingFile(Path(other)) as tape, RecordingFile(Path(path)) as first:
            for call in range(first.calls_before(steps)):
                assert np.array_equal(tape.call(call), first.call(call))
            for one in range(steps + 1):
                assert np.array_equal(tape.latents(one), first.latents(one))


def test_a_masked_start_picture(room: Darkroom, tmp_path: Path) -> None:
    files = kept(tmp_path, drawn(96, 64), boxed(96, 64, (16, 16, 64, 48)))
    job = replace(starting(files), model=room.job().model)
    plain, path = room.recorded("first", job)
    assert plain.pixels == room.made(job).pixels
    for step in (0, 1, 2):
        assert room.made(replace(job, branch=BranchStart(path, step))).pixels == plain.pixels, step


def test_features_that_are_reused(room: Darkroom) -> None:
    job = room.job(sampler="euler", steps=6, feature_reuse=3)
    plain, path = room.recorded("first", job)
    for step in (1, 3, 5):
        assert room.made(replace(job, branch=BranchStart(path, step))).pixels == plain.pixels, step


def test_words_that_change_on_the_way(room: Darkroom) -> None:
    job = room.job(prompt="a [red:blue:0.5] house [cat|dog] AND sky :0.4", sampler="heun")
    plain, path = room.recorded("first", job)
    assert plain.pixels == room.made(job).pixels
    for step in (1, 2, 3):
        assert room.made(replace(job, branch=BranchStart(path, step))).pixels == plain.pixels, step


def test_a_disk_that_refuses_costs_the_recording_alone(room: Darkroom, tmp_path: Path) -> None:
    job = room.job()
    nowhere = tmp_path / "no folder" / "a.recording"
    made = room.made(replace(job, recording=str(nowhere)))
    assert made.pixels == room.made(job).pixels
    assert any("was not recorded" in note for note in room.notes)


def test_a_picture_that_fails_leaves_no_recording(room: Darkroom, tmp_path: Path) -> None:
    path = tmp_path / "a.recording"
    job = room.job(guidance=math.nextafter(100, 0), sampler="euler")
    model = replace(job.model, path=str(tmp_path / "not there"))
    with pytest.raises(WorldError):
        room.made(replace(job, model=model, recording=str(path)))
    assert not path.exists()


def test_damaged_recordings_get_a_sentence(room: Darkroom, tmp_path: Path) -> None:
    _, path = room.recorded("first", room.job())
    whole = Path(path).read_bytes()
    bad = tmp_path / "bad.recording"
    for data in (b"", whole[:-30], whole[:100] + b"\0" * 50 + whole[150:], b"PK" + bytes(200)):
        bad.write_bytes(data)
        with pytest.raises(WorldError), RecordingFile(bad) as tape:
            for step in range(1, tape.steps + 1):
                tape.estimate(step)
                tape.latents(step - 1)
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("recording.json", "{}" + " " * 2**20)
    with pytest.raises(WorldError, match="none of ours"):
        RecordingFile(bad)


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_cfg_pp_is_told_the_branch_without_the_prompt(room: Darkroom, guidance: float) -> None:
    """At guidance 1 the negative prompt counts all the same, as nowhere else."""
    texts = ({"negative_prompt": words} for words in ("", "a blue fog over the sea"))
    pictures = [
        room.made(room.job(sampler="euler_cfg_pp", guidance=guidance, **text)).pixels
        for text in texts
    ]
    assert pictures[0] != pictures[1]
