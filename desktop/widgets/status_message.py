"""A few words at the end of the status line that say what was just done, and go by themselves."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, SignalInstance
from PySide6.QtWidgets import QLabel, QStatusBar

from desktop.widgets.announce import announce

MESSAGE_MS = 5000
WIDEST = 440  # pixels; the tooltip has the rest


class StatusMessage(QLabel):
    """Beside the other items of the line, none of which it hides."""

    def __init__(self, bar: QStatusBar, signal: SignalInstance) -> None:
        """`signal` carries the words."""
        super().__init__()
        self.setObjectName("statusMessage")
        self.setMinimumWidth(1)  # no sentence makes the window wider
        bar.addPermanentWidget(self)
        self._timer = QTimer(self, interval=MESSAGE_MS, singleShot=True)
        self._timer.timeout.connect(self.clear)
        signal.connect(self.say)

    def say(self, words: str) -> None:
        """Say this for a few seconds."""
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, WIDEST)
        self.setText(shown)
        self.setToolTip("" if shown == words else words)
        self.setAccessibleName(words)
        announce(self, words)
        self._timer.start()
