"""Pictures of the steps of a recording, and when they have their turn in the thread that makes
pictures: between two of the queue."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.engine.contract.protocol import Engine
from core.engine.contract.superseding import until_superseded
from core.service.insight.from_text.asking import QuestionEnd, QuestionTurns
from core.service.lessons.unkept import UnkeptEnd, UnkeptStep, UnkeptTurns
from core.system.errors import Cancelled, KnownError
from core.values.events import Event
from core.values.job import Job, RecordedLook
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class LookOrder:
    """What is to be looked at, of the picture that `job` makes. `asker` is whoever wants to see it;
    `patient`: a whole decode that waits for its turn, and that no newer one replaces."""

    job: Job
    look: RecordedLook
    asker: object = None
    patient: bool = False

    @property
    def in_line(self) -> bool:
        """Whether it waits in the order of all."""
        return self.look.rough or self.patient


@dataclass(frozen=True, slots=True, eq=False)
class LookEnd:
    """What became of an order: its pixels, or a fault."""

    order: LookOrder
    pixels: Pixels | None = None
    fault: KnownError | None = None


LookThen = Callable[[LookEnd], object]


class LookTurns:
    """`put` and `forget` are called by the window, the others by the thread that makes pictures. Of
    whole decodes one of each asker waits at most, the newest; they go first, the newest of all
    before the others. `questions` follow, then `unkept`, then rough and patient ones in order."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.questions = QuestionTurns(wake)
        self.unkept = UnkeptTurns(wake)
        self._wake = wake
        self._lock = threading.Lock()
        self._whole: dict[object, tuple[LookOrder, LookThen]] = {}  # by asker
        self._line: deque[tuple[LookOrder, LookThen]] = deque()
        self._current: LookOrder | None = None  # the last one that was begun
        self._turn = 0  # counts what made earlier whole decodes needless

    def put(self, order: LookOrder, then: LookThen) -> None:
        """`then` hears its end, unless a newer one of its asker comes in its place."""
        with self._lock:
            if order.in_line:
                self._line.append((order, then))
            else:
                self._whole.pop(order.asker, None)
                self._whole[order.asker] = order, then
                self._end_current(order.asker)
        self._wake()

    def forget(self, asker: object = None) -> None:
        """This one waits no more for what it asked for."""
        with self._lock:
            self._whole.pop(asker, None)
            others = [one for one in self._line if one[0].asker is not asker]
            self._line = deque(others)
            self._end_current(asker)

    def _end_current(self, asker: object) -> None:
        if self._current is not None and self._current.asker is asker:
            self._turn += 1

    def waits(self) -> bool:
        """Whether something is to be looked at."""
        asked = self.questions.waits() or self.unkept.waits()
        return bool(self._whole) or bool(self._line) or asked

    def make_next(
        self,
        engine: Engine,
        hear: Callable[[Event], None],
        tell: Callable[
            [Callable[[Any], object], LookEnd | QuestionEnd | UnkeptStep | UnkeptEnd], None
        ],
    ) -> None:
        """Look at what waits, if anything does. `hear` hears the engine and may raise Cancelled,
        which ends the order unheard."""
        if not self._whole and self.questions.waits():
            self.questions.make_next(engine, hear, tell)
            return
        if not self._whole and self.unkept.waits():
            self.unkept.make_next(engine, hear, tell)
            return
        with self._lock:
            if self._whole:
                _, (order, then) = self._whole.popitem()
            elif self._line:
                order, then = self._line.popleft()
            else:
                return
            turn = self._turn
            self._current = order
        listen = until_superseded(hear, lambda: turn != self._turn and not order.in_line)
        try:
            end = LookEnd(order, engine.look(order.job, order.look, listen))
        except Cancelled:
            return
        except KnownError as fault:
            end = LookEnd(order, fault=fault)
        tell(then, end)
