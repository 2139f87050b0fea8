"""When live pictures have their turn in the thread that makes pictures: one waits at most, the
newest; a queued picture that has begun is never stopped for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.system.errors import Cancelled, KnownError, Superseded
from core.values.events import Event

if TYPE_CHECKING:
    from core.service.live.maker import LiveMaker
    from core.service.live.order import LiveOrder, LivePicture

HOLD_SECONDS = 10.0  # without a stroke, after which the queue goes on
# A stroke that waits for longer than this is answered, though newer ones came: else somebody who
# never rests would see nothing
MOST_UNANSWERED = 2.0
# Pictures that take no longer come to their end, whatever comes meanwhile: who paints on sees them,
# and the last stroke is answered soon all the same
QUICK = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class LiveEnd:
    """What became of an order: `picture`, None where it would be the one made last; or `fault`.
    `begun`: nothing yet, its turn has come."""

    order: LiveOrder
    picture: LivePicture | None = None
    fault: KnownError | None = None
    begun: bool = False


LiveThen = Callable[[LiveEnd], object]


class LiveTurns:
    """`hold`, `put`, `rest` and `stop` are called by the window, the others by the thread that
    makes pictures."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: tuple[LiveOrder, LiveThen] | None = None
        self._stroke = 0.0  # when the last order came; 0: live holds nothing
        self._unanswered = 0.0  # when the first one came of those that nobody saw the answer of
        self._took = float("inf")  # seconds, the last one that came to its end
        self._given_up = False  # the picture being made
        self._stopped = threading.Event()
        self._hold_seconds = HOLD_SECONDS

    def hold(self, seconds: float) -> None:
        """How long the queue waits after the last stroke; 0: not at all, and live pictures are made
        between those of the queue."""
        self._hold_seconds = seconds
        self._wake()

    def put(self, order: LiveOrder, then: LiveThen) -> None:
        """In place of the one that waits. `then` hears its turn and its end, unless a newer one
        comes first."""
        with self._lock:
            now = time.monotonic()
            if self._waiting is None:
                self._unanswered = now
            self._waiting = order, then
            self._stroke = now
            self._stopped.clear()
        self._wake()

    def rest(self) -> None:
        """Nobody paints just now: the queue goes on until the next stroke."""
        self._stroke = 0.0
        self._wake()

    def stop(self) -> None:
        """Live was switched off: nothing waits any more, nor does the queue."""
        with self._lock:
            self._waiting = None
            self._stroke = 0.0
            self._stopped.set()
        self._wake()

    def waits(self) -> bool:
        """Whether an order waits for its turn."""
        return self._waiting is not None

    def hold_left(self) -> float | None:
        """Seconds for which the queue still waits; None where it does not."""
        stroke = self._stroke
        left = stroke + self._hold_seconds - time.monotonic()
        return left if stroke and left > 0 else None

    def make_next(
        self,
        maker: LiveMaker,
        hear: Callable[[Event], None],
        tell: Callable[[LiveThen, LiveEnd], None],
    ) -> None:
        """Make the picture of the order that waits, if one does. `hear` hears the engine and may
        raise Cancelled, which ends the order unheard."""
        with self._lock:
            if self._waiting is None:
                return
            (order, then), self._waiting = self._waiting, None
            since = self._unanswered
            self._given_up = False
        tell(then, LiveEnd(order, begun=True))

        def listen(event: Event) -> None:
            hear(event)
            self._give_up_for_newer(since)

        began = time.monotonic()
        try:
            if picture := maker.make(order, listen):
                self._took = time.monotonic() - began
            end = LiveEnd(order, picture)
        except Superseded:
            with self._lock:
                self._unanswered = since
            return
        except Cancelled:
            return
        except KnownError as fault:
            end = LiveEnd(order, fault=fault)
            with self._lock:
                if self._waiting is None:  # nobody waits for what cannot be made
                    self._stroke = 0.0
        if not self._stopped.is_set():
            tell(then, end)

    def _give_up_for_newer(self, since: float) -> None:
        """Raises Superseded, once, where the picture being made is not to be seen any more."""
        if self._given_up:
            return
        is_late = time.monotonic() - since > MOST_UNANSWERED
        ends_soon = self._took <= QUICK or is_late
        if self._stopped.is_set() or (self.waits() and not ends_soon):
            self._given_up = True
            raise Superseded
