"""Questions to the networks about a picture, and when they have their turn in the thread that makes
pictures."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from core.engine.contract.protocol import Engine
from core.engine.contract.superseding import until_superseded
from core.system.errors import Cancelled, KnownError
from core.values.events import Event
from core.values.insight.questions import Answer, Question
from core.values.job import Job


@dataclass(frozen=True, slots=True, eq=False)
class QuestionOrder:
    """What is asked of the model of `job`. Of the same `place` on a page only the newest question
    is answered."""

    job: Job
    question: Question
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class QuestionEnd:
    """What became of an order: its answer, or a fault."""

    order: QuestionOrder
    answer: Answer | None = None
    fault: KnownError | None = None


QuestionThen = Callable[[QuestionEnd], object]


class QuestionTurns:
    """`put` and `forget` are called by the window, the others by the thread that makes pictures.
    Questions have their turn in the order in which their places were first asked for."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[QuestionOrder, QuestionThen]] = OrderedDict()
        self._answering = ""  # the place of the question that has its turn
        self._given_up = False  # nobody waits for its answer any more

    def put(self, order: QuestionOrder, then: QuestionThen) -> None:
        """`then` hears its end, unless a newer one comes in its place."""
        with self._lock:
            self._waiting[order.place] = order, then
            if order.place == self._answering:
                self._given_up = True
        self._wake()

    def forget(self) -> None:
        """Nobody waits any more for what was asked."""
        with self._lock:
            self._waiting.clear()
            self._given_up = True

    def waits(self) -> bool:
        """Whether something is to be answered."""
        return bool(self._waiting)

    def make_next(
        self,
        engine: Engine,
        hear: Callable[[Event], None],
        tell: Callable[[QuestionThen, QuestionEnd], None],
    ) -> None:
        """Have the next question answered, if one waits. `hear` hears the engine and may raise
        Cancelled, which ends the order unheard."""
        with self._lock:
            if not self._waiting:
                return
            place, (order, then) = self._waiting.popitem(last=False)
            self._answering, self._given_up = place, False
        listen = until_superseded(hear, lambda: self._given_up)
        try:
            end = QuestionEnd(order, answer=engine.ask(order.job, order.question, listen))
        except Cancelled:
            return
        except KnownError as fault:
            end = QuestionEnd(order, fault=fault)
        finally:
            with self._lock:
                self._answering = ""
        if not self._given_up:
            tell(then, end)
