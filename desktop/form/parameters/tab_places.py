"""Where Tab goes among controls that come late: Qt puts them behind all others of the window."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


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
