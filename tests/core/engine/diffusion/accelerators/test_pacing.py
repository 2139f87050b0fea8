"""Steps that are looked at one late are the steps that are looked at at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.accelerators import pacing
from core.engine.diffusion.accelerators.pacing import AtOnce, OneLate, StepSeen, pace_of
from core.engine.diffusion.accelerators.streams import streams_of, to_device
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.picture_making import loop
from core.system.errors import Cancelled, WorldError
from core.values.events import CheckpointReady, Event, NetworkCalled, StepDone
from core.values.job import Job, ModelRef
from core.values.picture import Pixels
from core.values.request import Request
from tests.core.engine.diffusion.accelerators.late_streams import LateStreams


def _steps(count: int, log: list[str]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for step in range(1, count + 1):
        log.append(f"told {step}")
        x = torch.full((1, 4, 2, 2), float(step))
        if step == 3:
            x[0, 0, 0, 0] = float("nan")
        yield x, x.nan_to_num() / 2


def test_each_step_is_seen_after_the_device_was_told_the_next_one() -> None:
    log: list[str] = []
    seen: list[tuple[int, float, bool, float, int]] = []
    streams = LateStreams()
    for step in OneLate(streams).walk(_steps(4, log), 2, lambda: len(log)):
        log.append(f"seen {step.step}")
        estimate = float(step.x0.flatten()[-1])
        seen.append((step.step, estimate, step.finite, step.seconds, step.draws))
    assert log == [
        *("told 1", "told 2", "seen 3", "told 3", "seen 4", "told 4", "seen 5", "seen 6")
    ]
    assert [row[:3] for row in seen] == [
        (3, 0.5, True),
        (4, 1.0, True),
        (5, 1.5, False),
        (6, 2.0, True),
    ]
    assert all(row[3] == 0.001 for row in seen), "the device's own times, in seconds"
    assert [row[4] for row in seen] == [1, 2, 4, 6], "draws as they were when it was told"
    at_once = [step.step for step in AtOnce().walk(_steps(4, []), 2, lambda: 0)]
    assert at_once == [3, 4, 5, 6]


def test_no_steps_are_no_steps() -> None:
    assert list(OneLate(LateStreams()).walk(iter(()), 0, lambda: 0)) == []


def test_a_device_that_cannot_is_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cpu = torch.device("cpu")
    assert isinstance(pace_of(cpu), AtOnce)
    assert streams_of(cpu) is None and streams_of(torch.device("mps")) is None
    monkeypatch.setattr(pacing, "streams_of", lambda device: LateStreams())
    assert isinstance(pace_of(cpu), OneLate)
    monkeypatch.setattr(pacing, "streams_of", lambda device: LateStreams(pins=0))
    with caplog.at_level(logging.WARNING):
        assert isinstance(pace_of(cpu), AtOnce)
    assert "waited for at each step" in caplog.text
    monkeypatch.setattr(pacing, "streams_of", lambda device: LateStreams())
    for named in ("one-step-late", "graphs, one-step-late", "all"):
        monkeypatch.setenv("CALOTYPE_WITHOUT", named)
        assert isinstance(pace_of(cpu), AtOnce)
    monkeypatch.setenv("CALOTYPE_WITHOUT", "graphs")
    assert isinstance(pace_of(cpu), OneLate)


def _made(model: ModelRef, events: list[Event], stop_after: int = 0) -> Pixels:
    """A picture; `stop_after`: cancelled at that step."""
    request = Request(
        prompt="a red house", sampler="euler_ancestral", seed=3, steps=5, width=64, height=64
    )

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, StepDone) and event.step == stop_after:
            raise Cancelled

    spec = EngineSpec(device="cpu", checkpoint_interval=0.0)
    with DiffusionEngine(spec) as engine:
        return engine.run(Job(request, model), hear).pixels


def test_a_picture_and_all_that_is_told_of_it_stay_the_same(
    smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[Event] = []
    late: list[Event] = []
    plain = _made(smallest, at_once)
    monkeypatch.setattr(loop, "pace_of", lambda device: OneLate(LateStreams()))
    assert _made(smallest, late) == plain

    def told(events: list[Event]) -> list[tuple[int, float]]:
        return [(event.step, event.sigma) for event in events if isinstance(event, StepDone)]

    def kept(events: list[Event]) -> list[object]:
        return [event.checkpoint for event in events if isinstance(event, CheckpointReady)]

    assert told(late) == told(at_once) and len(told(late)) == 5
    assert kept(late) == kept(at_once) and kept(late)
    shown = [event.preview for event in late if isinstance(event, StepDone)]
    assert shown[0] == next(e.preview for e in at_once if isinstance(e, StepDone))


def test_cancelling_ends_within_the_step_that_was_begun(
    smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "pace_of", lambda device: OneLate(LateStreams()))
    events: list[Event] = []
    with pytest.raises(Cancelled):
        _made(smallest, events, stop_after=2)
    assert sum(isinstance(event, NetworkCalled) for event in events) == 3


def test_an_overflow_is_told_by_the_step_it_was_in() -> None:
    seen = StepSeen(step=7, x=torch.zeros(1), x0=torch.zeros(1), finite=False, seconds=0.0, draws=0)
    with pytest.raises(WorldError, match="at step 7"):
        loop._check(seen)


def test_what_comes_from_the_processor_is_the_same_there() -> None:
    tensor = torch.ones(3)
    assert to_device(tensor, torch.device("cpu")) is tensor
