"""Pictures that nobody keeps: their turn, their steps, and what is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.engine.fake import FakeEngine
from core.service.insight.looking import LookTurns
from core.service.lessons.unkept import UnkeptEnd, UnkeptOrder, UnkeptStep
from core.values.events import Event, StepDone
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.resolved_request import resolve

MODEL = ModelRef("fake", "Fake", "sd1", "fake")


def job(recording: str = "") -> Job:
    request = Request("a cat", seed=1, steps=3, width=64, height=64)
    return Job(resolve(request), MODEL, recording=recording)


def take_turn(turns: LookTurns, engine: FakeEngine, hear: Any = lambda _: None) -> None:
    def tell(then: Callable[[Any], object], told: object) -> None:
        then(told)

    turns.make_next(engine, hear, tell)


def test_each_has_its_turn_and_tells_its_steps_and_a_recording_goes(tmp_path: Path) -> None:
    woken: list[int] = []
    turns = LookTurns(lambda: woken.append(1))
    told: list[UnkeptStep | UnkeptEnd] = []
    recording = tmp_path / "x.recording"
    recording.write_bytes(b"")
    asker = object()
    first, second = UnkeptOrder(job(), asker), UnkeptOrder(job(str(recording)), asker)
    for order in (first, second):
        turns.unkept.put(order, told.append)
    with FakeEngine(EngineSpec(kind="fake")) as engine:
        take_turn(turns, engine)
        assert [one.step for one in told if isinstance(one, UnkeptStep)] == [1, 2, 3]
        end = told[-1]
        assert isinstance(end, UnkeptEnd) and end.order is first and not end.film
        assert end.pixels is not None and end.pixels.width == 64 and turns.waits()
        take_turn(turns, engine)
    end = told[-1]
    assert isinstance(end, UnkeptEnd) and end.order is second and len(end.film) == 3
    assert len(woken) == 2 and not recording.exists() and not turns.waits()
    turns.unkept.put(UnkeptOrder(job(str(tmp_path)), asker), told.append)  # no file to be removed
    with FakeEngine(EngineSpec(kind="fake")) as engine:
        take_turn(turns, engine)
    assert isinstance(told[-1], UnkeptEnd) and told[-1].order.job.recording == str(tmp_path)


def test_what_is_forgotten_while_it_is_made_is_given_up_and_never_told() -> None:
    turns = LookTurns(lambda: None)
    told: list[object] = []
    mine, other = object(), object()
    turns.unkept.put(UnkeptOrder(job(), mine), told.append)
    turns.unkept.put(UnkeptOrder(job(), mine), told.append)
    turns.unkept.put(UnkeptOrder(job(), other), told.append)

    def hear(event: Event) -> None:
        if isinstance(event, StepDone) and event.step == 2:
            turns.unkept.forget(mine)

    with FakeEngine(EngineSpec(kind="fake")) as engine:
        take_turn(turns, engine, hear)
        assert [type(one) for one in told] == [UnkeptStep]
        told.clear()
        take_turn(turns, engine)
        assert isinstance(told[-1], UnkeptEnd) and told[-1].order.asker is other
    failing = EngineSpec(kind="fake", fake=FakeScript(0.0, "sampling", "error", 1))
    turns.unkept.put(UnkeptOrder(job(), mine), told.append)
    with FakeEngine(failing) as engine:
        take_turn(turns, engine)
    assert isinstance(told[-1], UnkeptEnd) and told[-1].fault is not None
