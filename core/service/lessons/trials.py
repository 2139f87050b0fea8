"""Pictures that are made for a lesson and kept nowhere, and when they have their turn in the thread
that makes pictures: between two of the queue."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.engine.contract.protocol import Engine
from core.system.errors import Cancelled, KnownError, Superseded
from core.values.events import Event, StepDone
from core.values.job import Job
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class TrialOrder:
    """A picture that `asker` wants to see; `film`: with the looks on the way to it."""

    job: Job
    asker: object
    film: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TrialStep:
    """How far an order is."""

    order: TrialOrder
    step: int
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class TrialEnd:
    """What became of an order: its pixels with the looks on the way to it, one a step as far as
    the engine gave any; or a fault."""

    order: TrialOrder
    pixels: Pixels | None = None
    film: tuple[Pixels, ...] = ()
    fault: KnownError | None = None


TrialThen = Callable[[TrialStep | TrialEnd], object]


class TrialTurns:
    """`put` and `forget` are called by the window, the others by the thread that makes pictures, in
    the order in which they were asked for."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._line: deque[tuple[TrialOrder, TrialThen]] = deque()
        self._current: TrialOrder | None = None
        self._given_up = False  # nobody waits any more for the one being made

    def put(self, order: TrialOrder, then: TrialThen) -> None:
        """`then` hears its steps and its end, unless it is forgotten."""
        with self._lock:
            self._line.append((order, then))
        self._wake()

    def forget(self, asker: object) -> None:
        """This one waits no more for what it asked for."""
        with self._lock:
            self._line = deque(one for one in self._line if one[0].asker is not asker)
            if self._current is not None and self._current.asker is asker:
                self._given_up = True

    def waits(self) -> bool:
        """Whether something is to be made."""
        return bool(self._line)

    def make_next(
        self,
        engine: Engine,
        hear: Callable[[Event], None],
        tell: Callable[[TrialThen, TrialStep | TrialEnd], None],
    ) -> None:
        """Make what waits, if anything does. `hear` hears the engine and may raise Cancelled, which
        ends the order unheard."""
        with self._lock:
            if not self._line:
                return
            order, then = self._line.popleft()
            self._current, self._given_up = order, False
        film: list[Pixels] = []
        has_said = False

        def listen(event: Event) -> None:
            nonlocal has_said
            hear(event)
            if self._given_up and not has_said:
                has_said = True
                raise Superseded
            if isinstance(event, StepDone):
                tell(then, TrialStep(order, event.step, event.steps))
                if order.film and event.preview is not None:
                    preview = event.preview
                    film.append(Pixels(preview.width, preview.height, preview.rgb))

        try:
            result = engine.run(order.job, listen)
            end = TrialEnd(order, result.pixels, tuple(film))
        except Cancelled:
            return
        except KnownError as fault:
            end = TrialEnd(order, fault=fault)
        finally:
            with self._lock:
                self._current = None
        if not self._given_up:
            tell(then, end)
