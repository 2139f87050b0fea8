"""A few words at the end of the status line that say what was just done, and go by themselves."""

from __future__ import annotations

from PySide6.QtCore import QTimer, SignalInstance
from PySide6.QtWidgets import QLabel, QStatusBar

from desktop.widgets import theme
from desktop.widgets.announce import announce

MESSAGE_MS = 5000


class StatusMessage(QLabel):
    """Beside the other items of the line, none of which it hides."""

    def __init__(self, bar: QStatusBar, signal: SignalInstance) -> None:
        """`signal` carries the words."""
        super().__init__()
        self.setContentsMargins(0, 0, theme.SPACE_3, 0)
        bar.addPermanentWidget(self)
        self._timer = QTimer(self, interval=MESSAGE_MS, singleShot=True)
        self._timer.timeout.connect(self.clear)
        signal.connect(self.say)

    def say(self, words: str) -> None:
        """Say this for a few seconds."""
        self.setText(words)
        self.setAccessibleName(words)
        announce(self, words)
        self._timer.start()
