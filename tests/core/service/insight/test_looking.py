"""When looks at steps have their turn: the newest whole one first, and what nobody waits for any
more not at all."""

from __future__ import annotations

from core.engine.contract.protocol import EngineSpec
from core.engine.fake import FakeEngine
from core.service.insight.looking import LookEnd, LookOrder, LookTurns
from core.system.errors import WorldError
from core.values.events import Event
from core.values.job import Job, ModelRef, RecordedLook
from core.values.picture import Pixels
from core.values.request import Request
from core.values.resolved_request import resolve

JOB = Job(
    resolve(Request("a house", seed=1, steps=4, width=64, height=64)),
    ModelRef("fake", "Fake", "starter", "fake"),
)


class Looker(FakeEngine):
    """Notes at what it looks; a `newer` order comes while it does."""

    def __init__(self, turns: LookTurns) -> None:
        super().__init__(EngineSpec(kind="fake"))
        self.turns = turns
        self.seen: list[int] = []
        self.newer: LookOrder | None = None

    def look(self, job: Job, look: RecordedLook, on_event: object) -> Pixels:
        self.seen.append(look.step)
        if look.step > job.request.steps:
            raise WorldError("The recording has no such step.", "Choose another one.")
        if self.newer is not None:
            newer, self.newer = self.newer, None
            self.turns.put(newer, lambda _: None)
        return super().look(job, look, on_event)  # type: ignore[arg-type]


def order(
    step: int, *, rough: bool = False, asker: object = None, patient: bool = False
) -> LookOrder:
    return LookOrder(JOB, RecordedLook("x", step, rough=rough), asker, patient)


def hear(_: Event) -> None:
    """Nothing is to be stopped."""


def through(turns: LookTurns, engine: Looker) -> list[LookEnd]:
    told: list[LookEnd] = []
    while turns.waits():
        turns.make_next(engine, hear, lambda _, end: told.append(end))
    return told


def test_the_newest_whole_look_goes_first_and_alone() -> None:
    turns = LookTurns(lambda: None)
    engine = Looker(turns)
    for step in (1, 2):
        turns.put(order(step, rough=True), lambda _: None)
    for step in (3, 4):
        turns.put(order(step), lambda _: None)
    ends = through(turns, engine)
    assert engine.seen == [4, 1, 2]
    assert all(end.pixels is not None and end.fault is None for end in ends) and len(ends) == 3


def test_a_whole_look_gives_way_to_a_newer_one_and_faults_are_told() -> None:
    turns = LookTurns(lambda: None)
    engine = Looker(turns)
    engine.newer = order(2)
    turns.put(order(1), lambda _: None)
    (end,) = through(turns, engine)
    assert engine.seen == [1, 2] and end.order.look.step == 2
    turns.put(order(9), lambda _: None)
    (end,) = through(turns, engine)
    assert end.pixels is None and end.fault is not None
    turns.put(order(1), lambda _: None)
    turns.put(order(1, rough=True), lambda _: None)
    turns.put(order(2, asker="another", patient=True), lambda _: None)
    turns.put(order(3, asker="another"), lambda _: None)
    turns.forget()
    ends = through(turns, engine)
    assert [end.order.look.step for end in ends] == [3, 2], "what others wait for stays"


def test_whole_looks_of_two_askers_are_both_made() -> None:
    turns = LookTurns(lambda: None)
    engine = Looker(turns)
    engine.newer = order(4, asker="strip")
    for step, asker in ((1, "rewind"), (2, "strip"), (3, "rewind")):
        turns.put(order(step, asker=asker), lambda _: None)
    assert [end.order.look.step for end in through(turns, engine)] == [3, 4]
    turns.put(order(1, asker="rewind"), lambda _: None)
    engine.newer = order(2, asker="strip")
    assert [end.order.look.step for end in through(turns, engine)] == [1, 2], "none gives way"
    turns.put(order(1, asker="rewind"), lambda _: None)
    turns.put(order(2, asker="strip"), lambda _: None)
    turns.forget("strip")
    assert [end.order.look.step for end in through(turns, engine)] == [1]


def test_patient_looks_are_all_made_and_given_up_by_who_asked() -> None:
    turns = LookTurns(lambda: None)
    engine = Looker(turns)
    for step in (1, 2, 3):
        turns.put(order(step, asker="a", patient=True), lambda _: None)
    turns.put(order(4), lambda _: None)
    engine.newer = order(2)
    assert [end.order.look.step for end in through(turns, engine)] == [2, 1, 2, 3]
    turns.put(order(1, asker="a", patient=True), lambda _: None)
    turns.forget("a")
    assert not turns.waits()
