"""Pictures that go by by themselves: when the next one is due, and which that is."""

from __future__ import annotations

from collections.abc import Callable
from random import randrange

from PySide6.QtCore import QObject, QTimer, Signal

FASTEST, SLOWEST = 1, 60  # seconds a picture
USUAL = 5


class Draw:
    """Rows in the order of chance, each once before any comes again; asked for one at a time, so
    that 100,000 cost no more than ten (Fisher and Yates' shuffle, of which only what was moved is
    kept)."""

    def __init__(self, below: Callable[[int, int], int] = randrange) -> None:
        self._random = below
        self._count = 0
        self._drawn = 0
        self._moved: dict[int, int] = {}

    def next(self, count: int, current: int) -> int:
        """A row of `count`, not `current` where there is another one; -1 where there is none."""
        if count < 1:
            return -1
        if count != self._count or self._drawn == count:
            self._count, self._drawn, self._moved = count, 0, {}
        row = self._one()
        if row == current and count > 1:
            if self._drawn == count:  # the last of a round: a new one begins
                return self.next(count, current)
            row = self._one()
        return row

    def _one(self) -> int:
        place = self._random(self._drawn, self._count)
        row = self._moved.get(place, place)
        self._moved[place] = self._moved.pop(self._drawn, self._drawn)
        self._drawn += 1
        return row


class SlideShow(QObject):
    """`due`: the next picture is to be shown. `runs` tells whether it does, once that changes. The
    time of a picture begins when it is `seen`."""

    due = Signal()
    runs = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shuffled = False
        self._draw = Draw()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.due)
        self._running = False
        self.use_seconds(USUAL)

    @property
    def seconds(self) -> int:
        """How long each picture is seen."""
        return self._timer.interval() // 1000

    def use_seconds(self, seconds: int) -> None:
        """From this picture on."""
        self._timer.setInterval(1000 * min(max(seconds, FASTEST), SLOWEST))

    @property
    def is_running(self) -> bool:
        """Whether pictures go by."""
        return self._running

    def start(self) -> None:
        """With the picture that is seen."""
        if not self._running:
            self._running = True
            self._draw = Draw()
            self._timer.start()
            self.runs.emit(True)

    def stop(self) -> None:
        """At the picture that is seen."""
        if self._running:
            self._running = False
            self._timer.stop()
            self.runs.emit(False)

    def seen(self) -> None:
        """Another picture is there: its time begins."""
        if self._running:
            self._timer.start()

    def next_row(self, count: int, current: int) -> int:
        """Of `count` pictures the one behind `current`, behind the last one the first; -1 where
        there is none."""
        if self.shuffled:
            return self._draw.next(count, current)
        return (current + 1) % count if count else -1
