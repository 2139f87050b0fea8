"""The moment when a window has first been painted, before which nothing slow begins: on a slow
machine it comes later than on a quick one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

SOON_MS = 20  # from the first paint; a second one may follow it at once, as layouts settle
LATEST_MS = 1_000  # in which a window is not painted that is shown minimised, or on a locked screen


class FirstPaint(QObject):
    """Calls `then` once: soon after the first paint of the `window` that `show` shows, or where
    that does not come."""

    def __init__(self, window: QWidget, then: Callable[[], object]) -> None:
        super().__init__(window)
        self._window = window
        self._then = then
        self._timer = QTimer(self, singleShot=True, interval=LATEST_MS)
        self._timer.timeout.connect(self._go)
        window.installEventFilter(self)

    def show(self) -> None:
        """Show the window."""
        self._window.show()
        if not self._timer.isActive():  # some systems paint at once
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self._timer.start(SOON_MS)
        return super().eventFilter(watched, event)

    def _go(self) -> None:
        self._window.removeEventFilter(self)
        self._then()
