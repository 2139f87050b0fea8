"""Pictures from pictures, through the whole engine: sizes, what stays bit for bit, honest steps,
what is said, cancelling, and every kind of model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.system.errors import Cancelled, InvalidRequest, WorldError
from core.system.paths import RESOURCES
from core.values.events import CheckpointReady, Event, Phase, PhaseStarted, PictureNote, StepDone
from core.values.job import Job, ModelRef, StartFiles
from core.values.request_parts.hires import BY_HAND, Hires
from tests.core.engine.diffusion import flow_models, ldm_files
from tests.core.engine.diffusion.picture_making.pictures_in import (
    SMALL,
    STARTER,
    boxed,
    drawn,
    job,
    kept,
    rows,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
TOKENIZER = RESOURCES / "starter" / "tokenizer"
ODD = 101, 70  # a size that is no multiple of 8
BOX = 30, 20, 70, 50
UP_TO_8 = replace(SMALL, width=104, height=72)


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    spec = EngineSpec(device="cpu", previews=False, checkpoint_interval=0.0)
    with DiffusionEngine(spec) as engine:
        yield engine


@pytest.fixture
def masked(tmp_path: Path) -> StartFiles:
    return kept(tmp_path, drawn(*ODD), boxed(*ODD, BOX))


def heard_of(engine: DiffusionEngine, asked: Job) -> tuple[np.ndarray, list[Event]]:
    heard: list[Event] = []
    return rows(engine.run(asked, heard.append).pixels), heard


def steps_of(heard: list[Event]) -> list[tuple[int, int]]:
    return [(event.step, event.steps) for event in heard if isinstance(event, StepDone)]


def notes_of(heard: list[Event]) -> list[str]:
    return [event.text for event in heard if isinstance(event, PictureNote)]


@pytest.mark.parametrize("sampler", ["euler_ancestral", "dpmpp_2m"])
def test_image_to_image_is_nearer_to_its_source_the_weaker_it_is(
    engine: DiffusionEngine, tmp_path: Path, sampler: str
) -> None:
    source = drawn(96, 64)
    files = kept(tmp_path, source)
    request = replace(SMALL, sampler=sampler)
    apart: list[float] = []
    for strength in (0.0, 0.5, 1.0):
        made, heard = heard_of(engine, job(files, request, strength=strength))
        assert made.shape == source.shape
        run = int(4 * strength)
        assert steps_of(heard) == [(step, run) for step in range(1, run + 1)]
        apart.append(float(np.abs(made.astype(float) - source).mean()))
    assert apart[0] == 0 and apart == sorted(apart)


def test_the_result_has_the_size_of_a_source_that_is_no_multiple_of_8(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    files = kept(tmp_path, drawn(*ODD))
    made, _ = heard_of(engine, job(files, UP_TO_8, fit="source"))
    assert made.shape[:2] == (70, 101)
    fitted, _ = heard_of(engine, job(files, fit="pad"))
    assert fitted.shape[:2] == (64, 96)


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("content", ["original", "noise"])
def test_outside_the_mask_nothing_changes(
    engine: DiffusionEngine, masked: StartFiles, area: str, content: str
) -> None:
    asked = job(masked, UP_TO_8, fit="source", area=area, mask_content=content, strength=0.8)
    made, heard = heard_of(engine, asked)
    source = drawn(*ODD)
    changed = (made != source).any(-1)
    reach = 5  # pixels: the feather of a blur of 2
    outside = boxed(*ODD, (BOX[0] - reach, BOX[1] - reach, BOX[2] + reach, BOX[3] + reach)) == 0
    assert made.shape == source.shape
    assert not changed[outside].any()
    assert changed[BOX[1] : BOX[3], BOX[0] : BOX[2]].mean() > 0.9
    assert steps_of(heard)[-1] == (3, 3)


def test_a_soft_mask_is_a_strength_per_place(engine: DiffusionEngine, tmp_path: Path) -> None:
    source = drawn(96, 64)
    mask = np.repeat(np.linspace(0, 255, 96).astype(np.uint8)[None], 64, 0)
    asked = job(kept(tmp_path, source, mask), mask_soft=True, strength=1.0)
    made, _ = heard_of(engine, asked)
    apart = np.abs(made.astype(float) - source).mean((0, 2))
    assert apart[:8].mean() < apart[32:48].mean() < apart[-16:].mean()


def test_an_empty_mask_and_one_too_small_for_latents_say_so(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    for box, words in (((0, 0, 0, 0), "is empty"), ((9, 9, 12, 12), "8 x 8 pixels")):
        files = kept(tmp_path, drawn(96, 64), boxed(96, 64, box))
        made, heard = heard_of(engine, job(files))
        assert np.array_equal(made, drawn(96, 64))
        assert len(notes_of(heard)) == 1 and words in notes_of(heard)[0]
        assert not steps_of(heard)


def test_at_strength_0_the_masked_content_is_what_changes(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    files = kept(tmp_path, drawn(96, 64), boxed(96, 64, (32, 16, 64, 48)))
    unchanged, heard = heard_of(engine, job(files, strength=0.0))
    assert np.array_equal(unchanged, drawn(96, 64))
    assert not any(isinstance(event, PhaseStarted) for event in heard)
    filled, heard = heard_of(engine, job(files, strength=0.0, mask_content="fill"))
    assert not steps_of(heard)
    assert np.array_equal(filled[:8], unchanged[:8])
    assert (filled[24:40, 40:56] != unchanged[24:40, 40:56]).any(-1).mean() > 0.9


def test_three_sides_are_added_in_passes_that_count_as_one_picture(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    source = drawn(96, 64)
    small = replace(STARTER, family="")  # of no size that is known: passes have the request's
    asked = job(kept(tmp_path, source), model=small, extend=(40, 0, 32, 24), strength=0.9)
    made, heard = heard_of(engine, asked)
    assert made.shape == (64 + 24, 96 + 72, 3)
    steps = steps_of(heard)
    passes = sum(
        isinstance(event, PhaseStarted) and event.phase is Phase.SAMPLING for event in heard
    )
    assert passes > 1
    assert steps == [(step, 3 * passes) for step in range(1, 3 * passes + 1)]
    inner = made[: 64 - 16, 40 + 16 : 40 + 96 - 16]
    assert np.array_equal(inner, source[: 64 - 16, 16:-16])
    # what goes on from latents of a later pass would lack the passes before
    checkpoints = [event.checkpoint for event in heard if isinstance(event, CheckpointReady)]
    assert [checkpoint.step for checkpoint in checkpoints] == [1, 2]
    again, _ = heard_of(engine, replace(asked, resume=checkpoints[-1]))
    assert np.array_equal(again, made)


def test_what_is_gone_on_with_is_the_same_picture(engine: DiffusionEngine, tmp_path: Path) -> None:
    files = kept(tmp_path, drawn(64, 64), boxed(64, 64, (16, 16, 48, 48)))
    small = replace(SMALL, sampler="heun", width=64, height=64, steps=6)
    asked = job(files, small, strength=0.8)
    made, heard = heard_of(engine, asked)
    checkpoints = [event.checkpoint for event in heard if isinstance(event, CheckpointReady)]
    assert [checkpoint.step for checkpoint in checkpoints] == [1, 2, 3]
    again, _ = heard_of(engine, replace(asked, resume=checkpoints[0]))
    assert np.array_equal(again, made)


def test_a_frame_is_made_anew_and_the_rest_is_as_it_was(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    source = drawn(160, 128)
    asked = job(kept(tmp_path, source), area="frame", frame=(16, 24, 96, 64), strength=0.8)
    made, _ = heard_of(engine, asked)
    changed = (made != source).any(-1)
    assert changed[24:88, 16:112].mean() > 0.8
    changed[24:88, 16:112] = False
    assert not changed.any()


def test_cancel_is_heard_in_every_phase_and_the_next_picture_is_as_ever(
    engine: DiffusionEngine, masked: StartFiles
) -> None:
    asked = job(masked, UP_TO_8, fit="source")
    made, _ = heard_of(engine, asked)
    for phase in (Phase.ENCODING, Phase.SAMPLING, Phase.DECODING):
        now: list[Phase] = []

        def stop(event: Event, last: Phase = phase, now: list[Phase] = now) -> None:
            if isinstance(event, PhaseStarted):
                now.append(event.phase)
            elif now and now[-1] is last:
                raise Cancelled

        with pytest.raises(Cancelled):
            engine.run(asked, stop)
        assert now[-1] is phase
    assert np.array_equal(heard_of(engine, asked)[0], made)


def test_who_encoded_stands_in_the_fingerprint_and_nothing_is_learnt_of_times(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    asked = job(kept(tmp_path, drawn(96, 64)))
    result = engine.run(asked, lambda _: None)
    assert dict(result.fingerprint)["encoder"] == "mean of own"
    assert result.outcome is not None
    assert result.outcome.seconds == result.outcome.peak == 0
    plain = engine.run(
        replace(asked, request=replace(asked.request, start=type(SMALL.start)())), lambda _: None
    )
    assert "encoder" not in dict(plain.fingerprint)
    assert plain.outcome is not None and plain.outcome.seconds > 0


def test_a_kept_file_that_is_gone_is_one_sentence(engine: DiffusionEngine, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="no longer kept"):
        engine.run(job(StartFiles(str(tmp_path / "gone.png"))), lambda _: None)
    files = kept(tmp_path, drawn(96, 64), boxed(90, 64, BOX))
    with pytest.raises(InvalidRequest, match="The mask is 90 x 64"):
        engine.run(job(files), lambda _: None)


def test_hires_fix_is_left_out_and_said(engine: DiffusionEngine, tmp_path: Path) -> None:
    request = replace(SMALL, hires=Hires(mode=BY_HAND))
    _, heard = heard_of(engine, job(kept(tmp_path, drawn(96, 64)), request))
    assert len(notes_of(heard)) == 1 and "Hires fix" in notes_of(heard)[0]


def of_channels(folder: Path, channels: int) -> ModelRef:
    """A tiny model whose denoiser sees so many channels."""
    parts = dict(ldm_files.FOLDERS)
    try:
        ldm_files.FOLDERS["shown"] = ldm_files.SMALLEST | {
            "unet": ldm_files.SMALLEST["unet"] | {"in_channels": channels}
        }
        path = ldm_files.folder_of("shown", folder / f"shown-{channels}", TOKENIZER)
    finally:
        ldm_files.FOLDERS.clear()
        ldm_files.FOLDERS.update(parts)
    return ModelRef("shown", "Shown", "sd15", str(path))


@pytest.mark.parametrize("channels", [8, 9])
def test_models_that_look_at_the_picture(
    engine: DiffusionEngine, tmp_path: Path, channels: int
) -> None:
    model = of_channels(tmp_path, channels)
    plain = kept(tmp_path, drawn(96, 64))
    made, heard = heard_of(engine, job(plain, model=model, strength=1.0))
    assert made.shape == (64, 96, 3) and steps_of(heard)[-1] == (4, 4)
    (tmp_path / "other").mkdir()
    other = kept(tmp_path / "other", 255 - drawn(96, 64))
    different, _ = heard_of(engine, job(other, model=model, strength=1.0))
    # an instruct model sees the picture where it starts from noise; nothing of it is left for
    # an inpainting model that is to make all anew
    assert np.array_equal(made, different) == (channels == 9)
    box = 32, 16, 64, 48
    files = kept(tmp_path, drawn(96, 64), boxed(96, 64, box))
    inside, _ = heard_of(engine, job(files, model=model, strength=1.0))
    changed = (inside != drawn(96, 64)).any(-1)
    assert not changed[:, :24].any() and changed[20:44, 36:60].mean() > 0.9
    if channels == 8:
        weaker, _ = heard_of(engine, job(plain, model=model, strength=1.0, image_guidance=3.0))
        assert not np.array_equal(weaker, made)


def test_a_flow_model(engine: DiffusionEngine, tmp_path: Path) -> None:
    path = flow_models.sd3(tmp_path / "sd3", TOKENIZER)
    model = ModelRef("flow", "Flow", "sd3", str(path))
    files = kept(tmp_path, drawn(*ODD), boxed(*ODD, BOX))
    asked = job(files, replace(SMALL, width=112, height=80), model, fit="source")
    made, heard = heard_of(engine, asked)
    changed = (made != drawn(*ODD)).any(-1)
    assert made.shape[:2] == (70, 101) and steps_of(heard)[-1] == (2, 2)
    assert not changed[:, :20].any() and changed[24:46, 34:66].mean() > 0.9


def test_a_model_of_diffusers_own_pipeline_says_that_it_takes_none(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    path = flow_models.chroma(tmp_path / "chroma", TOKENIZER)
    model = ModelRef("chroma", "Chroma", "generic", str(path))
    asked = job(kept(tmp_path, drawn(96, 64)), model=model)
    with pytest.raises(InvalidRequest, match="starts from no picture"):
        engine.run(asked, lambda _: None)


def test_where_memory_ran_out_the_picture_is_encoded_in_tiles(
    engine: DiffusionEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.diffusion.loaded import memory_modes
    from core.values.job import MemoryOutcome

    asked = job(kept(tmp_path, drawn(160, 64)), replace(SMALL, width=160))
    monkeypatch.setattr(memory_modes, "TILE", 12)
    short = MemoryOutcome(device="cpu", mode="sliced", pixels=1, free=2**60)
    whole, heard = heard_of(engine, asked)
    in_tiles, heard_in_tiles = heard_of(engine, replace(asked, outcomes=(short,)))
    assert len(heard_in_tiles) > len(heard)  # each tile is a chance to cancel
    assert 0 < np.abs(whole.astype(float) - in_tiles).mean() < 12
