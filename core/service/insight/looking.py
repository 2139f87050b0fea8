"""Pictures of the steps of a recording, and when they have their turn in the thread that makes
pictures: between two of the queue."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.engine.contract.protocol import Engine
from core.service.insight.asking import QuestionEnd, QuestionTurns
from core.system.errors import Cancelled, KnownError, Superseded
from core.values.events import Event
from core.values.job import Job, RecordedLook
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class LookOrder:
    """What is to be looked at, of the picture that `job` makes."""

    job: Job
    look: RecordedLook


@dataclass(frozen=True, slots=True, eq=False)
class LookEnd:
    """What became of an order: its pixels, or a fault."""

    order: LookOrder
    pixels: Pixels | None = None
    fault: KnownError | None = None


LookThen = Callable[[LookEnd], object]


class LookTurns:
    """`put` and `forget` are called by the window, the others by the thread that makes pictures. Of
    whole decodes one waits at most, the newest, and goes first; `questions` follow, then rough ones
    in order."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.questions = QuestionTurns(wake)
        self._wake = wake
        self._lock = threading.Lock()
        self._whole: tuple[LookOrder, LookThen] | None = None
        self._rough: deque[tuple[LookOrder, LookThen]] = deque()
        self._turn = 0  # counts what made earlier whole decodes needless

    def put(self, order: LookOrder, then: LookThen) -> None:
        """`then` hears its end, unless a newer one comes in its place."""
        with self._lock:
            if order.look.rough:
                self._rough.append((order, then))
            else:
                self._whole = order, then
                self._turn += 1
        self._wake()

    def forget(self) -> None:
        """Nobody waits any more for what was asked for."""
        with self._lock:
            self._whole = None
            self._rough.clear()
            self._turn += 1

    def waits(self) -> bool:
        """Whether something is to be looked at."""
        return self._whole is not None or bool(self._rough) or self.questions.waits()

    def make_next(
        self,
        engine: Engine,
        hear: Callable[[Event], None],
        tell: Callable[[Callable[[Any], object], LookEnd | QuestionEnd], None],
    ) -> None:
        """Look at what waits, if anything does. `hear` hears the engine and may raise Cancelled,
        which ends the order unheard."""
        if self._whole is None and self.questions.waits():
            self.questions.make_next(engine, hear, tell)
            return
        with self._lock:
            if self._whole is not None:
                (order, then), self._whole = self._whole, None
            elif self._rough:
                order, then = self._rough.popleft()
            else:
                return
            turn = self._turn
        given_up = False

        def listen(event: Event) -> None:
            nonlocal given_up
            hear(event)
            if turn != self._turn and not order.look.rough and not given_up:
                given_up = True
                raise Superseded

        try:
            end = LookEnd(order, engine.look(order.job, order.look, listen))
        except Cancelled:
            return
        except KnownError as fault:
            end = LookEnd(order, fault=fault)
        tell(then, end)
