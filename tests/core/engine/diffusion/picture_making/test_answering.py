"""What the networks answer when they are asked about the way from a text to a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine.contract.protocol import EngineSpec
from core.engine.contract.recording_file import RecordingFile
from core.engine.diffusion.engine import DiffusionEngine
from core.system.errors import WorldError
from core.values.events import Event
from core.values.insight.questions import (
    Answer,
    DecodedAnswer,
    NoiseAnswer,
    NoiseQuestion,
    NudgeQuestion,
    PartsAnswer,
    PartsQuestion,
    Planes,
    Question,
    TextAnswer,
    TextQuestion,
)
from core.values.job import Job, ModelRef
from core.values.noise import Noise
from core.values.request import Request
from core.values.resolved_request import resolve

SHAPE = (1, 4, 8, 8)


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


@pytest.fixture
def job(smallest: ModelRef) -> Job:
    return Job(resolve(Request("a red house", seed=3, steps=2, width=64, height=64)), smallest)


def hear(_: Event) -> None:
    """Nothing is stopped."""


def values_of(planes: Planes) -> np.ndarray:
    levels = np.frombuffer(planes.levels, np.uint8).astype(float)
    return planes.low + levels / 255 * (planes.high - planes.low)


def noise_at(engine: DiffusionEngine, job: Job, share: float) -> NoiseAnswer:
    noise = Noise(variation_seed=9, variation_strength=share)
    asked = replace(job, request=resolve(replace(job.request, noise=noise)))
    found = engine.ask(asked, NoiseQuestion(SHAPE), hear)
    assert isinstance(found, NoiseAnswer)
    return found


def test_the_start_noise_is_the_recordings_and_between_two_seeds_it_keeps_its_length(
    engine: DiffusionEngine, job: Job, tmp_path: Path
) -> None:
    made = replace(job, recording=str(tmp_path / "one"))
    engine.run(made, hear)
    alone = noise_at(engine, job, 0.0)
    assert (alone.noise.count, alone.angle, alone.straight) == (4, 0.0, alone.length)
    with RecordingFile(tmp_path / "one") as tape:
        began = tape.latents(0).ravel()
    shown = values_of(alone.noise)
    inside = np.abs(shown) < alone.noise.high - 0.1
    scale = float(began[inside] @ shown[inside]) / float(shown[inside] @ shown[inside])
    assert np.abs(began / scale - shown)[inside].max() < 6 / 255, "the same but for its level"
    assert began.std() / scale == pytest.approx(alone.spread, rel=0.01)

    middle, other = noise_at(engine, job, 0.5), noise_at(engine, job, 1.0)
    assert 20 < middle.angle < other.angle < 120
    assert middle.straight < 0.85 * middle.length
    assert middle.length == pytest.approx(math.sqrt(math.prod(SHAPE)), rel=0.15)


def test_a_texts_states_have_a_row_a_token_and_near_tokens_are_others(
    engine: DiffusionEngine, job: Job
) -> None:
    text = "a (red:1.3) house BREAK a cat"
    found: Answer = engine.ask(job, TextQuestion(text), hear)
    assert isinstance(found, TextAnswer)
    assert found.tokens == len(found.norms) == len(found.words) == len(found.near) == 2 * 77
    assert found.words[:4] == ("<start>", "a", "red", "house") and found.words[78:80] == (
        "a",
        "cat",
    )
    assert (found.states.height, found.states.width) == (found.tokens, found.width)
    for words, near in zip(found.words, found.near, strict=True):
        if words.startswith("<"):
            assert near == ()
        else:
            cosines = [one.cosine for one in near]
            assert len(near) == 3, (words, near)
            assert cosines == sorted(cosines, reverse=True) and cosines[0] <= 1


def test_a_nudge_of_nothing_is_the_picture_and_parts_are_counted(
    engine: DiffusionEngine, job: Job, tmp_path: Path
) -> None:
    tape = str(tmp_path / "two")
    result = engine.run(replace(job, recording=tape), hear)

    def decoded(question: Question) -> bytes:
        found = engine.ask(job, question, hear)
        assert isinstance(found, DecodedAnswer)
        return found.pixels.rgb

    assert decoded(NudgeQuestion(tape)) == result.pixels.rgb
    nudged = [decoded(NudgeQuestion(tape, channel, 1.0)) for channel in range(4)]
    assert len({result.pixels.rgb, *nudged}) == 5
    with pytest.raises(WorldError, match="no channel 5"):
        engine.ask(job, NudgeQuestion(tape, 4), hear)

    parts = engine.ask(job, PartsQuestion(), hear)
    assert isinstance(parts, PartsAnswer) and parts.encoder is not None
    assert parts.text.size == 4 * parts.text.parameters > 0
