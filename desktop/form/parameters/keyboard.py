"""The keyboard among the form's lines: undo and redo are the form's steps, not those that Qt keeps
for each line; and Tab reaches controls that come late in their place, where Qt puts them behind all
others of the window."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt
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


def tab_stops(part: QWidget) -> list[QWidget]:
    """What Tab reaches in a part, in the order in which it was made."""
    return [
        stop
        for stop in part.findChildren(QWidget)
        if stop.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not stop.focusProxy()
        and stop.window() is part.window()  # the list of a box is in a window of its own
    ]


class TabPlaces:
    """Controls that join `part` from now on; at `close_up` they are reached behind `before`, in the
    order in which they came."""

    def __init__(self, part: QWidget, before: QWidget) -> None:
        self._part = part
        self._before = before
        self._known = set(part.findChildren(QWidget))

    def close_up(self) -> None:
        """All are there."""
        order = [self._before]
        order += (stop for stop in tab_stops(self._part) if stop not in self._known)
        for part, other in pairwise(order):
            QWidget.setTabOrder(part, other)
