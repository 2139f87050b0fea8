"""Undo and redo in the form's number fields and lines: the form's steps,
not those that Qt keeps for each line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QLineEdit, QWidget

from desktop.state.draft import Draft


class UndoKeys(QObject):
    """Takes the keys from the fields it watches."""

    def __init__(self, draft: Draft, parent: QObject) -> None:
        super().__init__(parent)
        self._draft = draft

    def watch(self, part: QWidget) -> None:
        """All lines and number fields within `part`."""
        for kind in (QLineEdit, QAbstractSpinBox):
            for field in part.findChildren(kind):
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() not in (
            QEvent.Type.ShortcutOverride,
            QEvent.Type.KeyPress,
        ):
            return super().eventFilter(watched, event)
        if event.matches(QKeySequence.StandardKey.Undo):
            step = self._draft.undo
        elif event.matches(QKeySequence.StandardKey.Redo):
            step = self._draft.redo
        else:
            return super().eventFilter(watched, event)
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            if isinstance(watched, QAbstractSpinBox):
                watched.interpretText()  # what was typed and not yet taken is a step too
            step()
        return True


def group_slider_steps(slider: QAbstractSlider, draft: Draft) -> None:
    """All changes from pressing a slider to letting it go are one step."""
    slider.sliderPressed.connect(lambda: draft.history.hold(True))
    slider.sliderReleased.connect(lambda: draft.history.hold(False))
