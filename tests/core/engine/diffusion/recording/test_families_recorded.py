"""Pictures of other families, with two models, with adapters and long words: recorded, and branched
off from without a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.engine.contract.protocol import EngineSpec
from core.engine.contract.recording_file import RecordingFile
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.picture_making.workplace import NO_WORDS
from core.models.library.library import Library
from core.system.paths import RESOURCES
from core.values.events import PictureNote
from core.values.job import BranchStart, Job, ModelRef, RecordedLook
from core.values.lora import Lora
from core.values.request import Request
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import flow_models, ldm_files

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
STARTER = Library(Path("nowhere")).find("starter").ref()
FEW = ModelRef("few", "few", "", f"{STARTER.path}/loras/starter-4-steps.safetensors")
ASKED = Request("a red house", seed=5, steps=4, width=64, height=64, guidance=3.0)
LONG = "a red house on snow at night with stars, " * 12  # some chunks of 75 tokens
FLOW = replace(ASKED, sampler="euler", schedule="simple")


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


def _flow(family: str, folder: Path) -> Job:
    tokenizer = RESOURCES / "starter" / "tokenizer"
    made = getattr(flow_models, family)(folder / family, tokenizer)
    return Job(resolve(FLOW), Library(folder).find(str(made)).ref())


def _xl(folder: Path) -> Job:
    ldm_files.folder_of("sdxl", folder / "xl", RESOURCES / "starter" / "tokenizer")
    model = Library(folder).find("xl").ref()
    request = replace(ASKED, refiner="xl", refiner_at=0.5, sampler="heun")
    return Job(resolve(request), model, refiner=model)


def _adapted(_: Path) -> Job:
    lora = Lora("x", start=0.3, stop=0.8)
    request = replace(ASKED, prompt=LONG, negative_prompt="blue " * 90, loras=(lora,))
    return Job(resolve(request), STARTER, (FEW,))


@pytest.mark.parametrize(
    "job_in",
    [
        lambda folder: _flow("sd3", folder),
        _xl,
        _adapted,
    ],
    ids=["sd3", "xl with a refiner", "adapter in some steps, long words"],
)
def test_nothing_is_changed_in_any_of_them(
    engine: DiffusionEngine, tmp_path: Path, job_in: Callable[[Path], Job]
) -> None:
    job = job_in(tmp_path)
    plain = engine.run(job, lambda _: None).pixels
    path = tmp_path / "a.recording"
    notes: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, PictureNote):
            notes.append(event.text)

    wanted = replace(job, recording=str(path), words=True)
    assert engine.run(wanted, hear).pixels == plain
    with RecordingFile(path) as tape:
        assert tape.steps == ASKED.steps
        words = tape.words()
    is_flow = job.request.schedule == FLOW.schedule
    assert (NO_WORDS in notes) == (words is None) == is_flow
    assert words is None or [len(step.rows) for step in words.passes[0].steps] == [2] * ASKED.steps
    branch = BranchStart(str(path), 2)
    assert engine.run(replace(job, branch=branch), lambda _: None).pixels == plain
    look = engine.look(job, RecordedLook(str(path), 1), lambda _: None)
    assert (look.width, look.height) == (plain.width, plain.height) and look != plain


def test_a_pipeline_without_a_wrapper_leaves_no_recording(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    job = _flow("chroma", tmp_path)
    path = tmp_path / "a.recording"
    engine.run(replace(job, recording=str(path)), lambda _: None)
    assert not path.exists()
