"""Pictures that are made for a lesson and kept nowhere, and when they have their turn in the thread
that makes pictures: between two of the queue."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.engine.contract.protocol import Engine, OnEvent
from core.engine.contract.superseding import until_superseded
from core.system.errors import Cancelled, KnownError, WorldError
from core.values.events import Event, StepDone
from core.values.job import Job, RecordedLook
from core.values.picture import Pixels

if TYPE_CHECKING:
    from core.service.lessons.word_maps import WordMap

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class UnkeptOrder:
    """A picture that `asker` wants to see. Where its job has a recording, that is looked at word by
    word, if it has words, else at its start and, where `steps`, at each step; it goes
    afterwards."""

    job: Job
    asker: object
    steps: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class UnkeptStep:
    """How far an order is."""

    order: UnkeptOrder
    step: int
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class UnkeptEnd:
    """What became of an order: its pixels, with the noise at its start, what the model took the
    picture for at each step, or where each word was looked at, where it was recorded; or a fault.
    """

    order: UnkeptOrder
    pixels: Pixels | None = None
    noise: Pixels | None = None
    film: tuple[Pixels, ...] = ()
    words: tuple[WordMap, ...] = ()
    fault: KnownError | None = None


UnkeptThen = Callable[[UnkeptStep | UnkeptEnd], object]


class UnkeptTurns:
    """`put` and `forget` are called by the window, the others by the thread that makes pictures, in
    the order in which they were asked for."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._line: deque[tuple[UnkeptOrder, UnkeptThen]] = deque()
        self._current: UnkeptOrder | None = None
        self._given_up = False  # nobody waits any more for the one being made

    def put(self, order: UnkeptOrder, then: UnkeptThen) -> None:
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
        tell: Callable[[UnkeptThen, UnkeptStep | UnkeptEnd], None],
    ) -> None:
        """Make what waits, if anything does. `hear` hears the engine and may raise Cancelled, which
        ends the order unheard."""
        with self._lock:
            if not self._line:
                return
            order, then = self._line.popleft()
            self._current, self._given_up = order, False
        heard = until_superseded(hear, lambda: self._given_up)

        def listen(event: Event) -> None:
            heard(event)
            if isinstance(event, StepDone):
                tell(then, UnkeptStep(order, event.step, event.steps))

        try:
            end = _made(engine, order, listen)
        except Cancelled:
            return
        except KnownError as fault:
            end = UnkeptEnd(order, fault=fault)
        finally:
            if order.job.recording:
                with contextlib.suppress(OSError):  # it is swept away with others later
                    Path(order.job.recording).unlink()
            with self._lock:
                self._current = None
        if not self._given_up:
            tell(then, end)


def _made(engine: Engine, order: UnkeptOrder, listen: OnEvent) -> UnkeptEnd:
    """Raises as the engine does, and what `listen` raises."""
    job = order.job
    pixels = engine.run(job, listen).pixels
    if not job.recording:
        return UnkeptEnd(order, pixels)
    if job.words:
        return UnkeptEnd(order, pixels, words=_words_of(job, pixels))
    steps = range(1, job.request.steps + 1) if order.steps else ()
    looks = (RecordedLook(job.recording, step, rough=True) for step in steps)
    film = tuple(engine.look(job, look, listen) for look in looks)
    return UnkeptEnd(order, pixels, _noise_of(job, pixels), film)


def _noise_of(job: Job, pixels: Pixels) -> Pixels | None:
    """None where the recording says nothing of it."""
    from core.service.lessons.start_noise import start_noise  # Pillow

    try:
        return start_noise(Path(job.recording), pixels.width, pixels.height)
    except WorldError as fault:
        _log.info("the noise at the start is not known: %s", fault)
        return None


def _words_of(job: Job, pixels: Pixels) -> tuple[WordMap, ...]:
    """None for a model whose looks at words cannot be recorded: the picture is there all the
    same."""
    from core.service.lessons.word_maps import word_maps  # Pillow

    try:
        return word_maps(Path(job.recording), pixels)
    except WorldError as fault:
        _log.info("where words were looked at is not known: %s", fault)
        return ()
