"""Letters that nobody beside the canvas has a use for are keys of its tools."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

_WITH = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class LettersToCanvas(QObject):
    """What reaches one of `around` was left by all that is in it: no text, and no key of a list."""

    def __init__(self, canvas: QWidget, *around: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        for part in around:
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and is_letter(event)
        ):
            return QApplication.sendEvent(self._canvas, event)
        return False


def is_letter(event: QKeyEvent) -> bool:
    """Whether a key alone, or with Shift, stands for a sign: Space, which presses buttons, not."""
    text = event.text()
    return len(text) == 1 and text.isprintable() and text != " " and not event.modifiers() & _WITH
