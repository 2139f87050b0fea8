"""Whose question has its turn: the newest of each place, and nobody's who went away."""

from __future__ import annotations

from collections.abc import Callable

from core.engine.contract.protocol import EngineSpec
from core.engine.fake import FakeEngine
from core.service.insight.from_text.asking import QuestionEnd, QuestionOrder
from core.service.insight.looking import LookEnd, LookTurns
from core.system.errors import WorldError
from core.values.events import Event
from core.values.insight.questions import Answer, Question, TextAnswer, TextQuestion
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.resolved_request import resolve

JOB = Job(
    resolve(Request("a house", seed=1, steps=4, width=64, height=64)),
    ModelRef("fake", "Fake", "starter", "fake"),
)


class Asked(FakeEngine):
    """Notes what it is asked; `meanwhile` is done while it answers."""

    def __init__(self) -> None:
        super().__init__(EngineSpec(kind="fake"))
        self.texts: list[str] = []
        self.meanwhile: Callable[[], None] | None = None

    def ask(self, job: Job, question: Question, on_event: object) -> Answer:
        assert isinstance(question, TextQuestion)
        self.texts.append(question.text)
        if question.text == "bad":
            raise WorldError("It cannot be read.", "Take another one.")
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().ask(job, question, on_event)  # type: ignore[arg-type]


def hear(_: Event) -> None:
    """Nothing is stopped."""


def test_the_newest_question_of_each_place_is_answered() -> None:
    turns = LookTurns(lambda: None)
    questions, engine = turns.questions, Asked()
    told: list[LookEnd | QuestionEnd] = []

    def put(text: str, place: str) -> None:
        questions.put(QuestionOrder(JOB, TextQuestion(text), place), lambda _: None)

    def through() -> list[LookEnd | QuestionEnd]:
        told.clear()
        while turns.waits():
            turns.make_next(engine, hear, lambda _, end: told.append(end))
        return told

    put("old", "words")
    put("bad", "other")
    put("new", "words")
    first, second = through()
    assert isinstance(first, QuestionEnd) and isinstance(second, QuestionEnd)
    assert engine.texts == ["new", "bad"] and isinstance(first.answer, TextAnswer)
    assert second.answer is None and second.fault is not None

    engine.texts.clear()
    put("first", "words")
    engine.meanwhile = lambda: put("second", "words")
    (only,) = through()
    assert engine.texts == ["first", "second"] and isinstance(only, QuestionEnd)
    assert only.order.question == TextQuestion("second")

    put("left", "words")
    engine.meanwhile = questions.forget
    assert through() == [] and not turns.waits()
