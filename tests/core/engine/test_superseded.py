"""A picture that is not wanted any more costs no engine, however long its step takes."""

from __future__ import annotations

import pytest

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.engine.process import ProcessEngine
from core.system.errors import Cancelled, Superseded
from core.values.events import Event, StepDone, Tick
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.resolved_request import resolve

SLOW = EngineSpec(
    kind="fake", runs_in="process", cancel_timeout=0.0, fake=FakeScript(step_seconds=0.4)
)
JOB = Job(
    resolve(Request("x", seed=1, steps=3, width=64, height=64)), ModelRef("m", "m", "fake", "")
)


def test_a_superseded_picture_leaves_the_child_alone() -> None:
    heard: list[Event] = []

    def not_wanted(event: Event) -> None:
        heard.append(event)
        if len(heard) == 8:  # its first step is on its way
            raise Superseded

    with ProcessEngine(SLOW) as engine:
        engine.prepare()
        first = engine.pid
        with pytest.raises(Superseded):
            engine.run(JOB, not_wanted)
        assert sum(isinstance(event, StepDone) for event in heard) < 3
        assert engine.run(JOB, lambda _: None).pixels.width == 64
        assert engine.pid == first


def test_it_can_still_be_cancelled_while_it_stops() -> None:
    given_up = False

    def end(event: Event) -> None:
        nonlocal given_up
        if given_up:
            raise Cancelled
        if isinstance(event, Tick):
            given_up = True
            raise Superseded

    with ProcessEngine(SLOW) as engine:
        engine.prepare()
        first = engine.pid
        with pytest.raises(Cancelled) as raised:
            engine.run(JOB, end)
        assert not isinstance(raised.value, Superseded)
        assert engine.run(JOB, lambda _: None).pixels.width == 64
        assert engine.pid != first, "it was given no time, and was ended"
