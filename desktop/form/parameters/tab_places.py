"""Where Tab goes among controls that come late: Qt puts them behind all others of the window."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


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
        for part in self._part.findChildren(QWidget):
            takes_tab = part.focusPolicy() & Qt.FocusPolicy.TabFocus and not part.focusProxy()
            # the list of a box is in a window of its own
            if takes_tab and part not in self._known and part.window() is self._part.window():
                order.append(part)
        for part, other in pairwise(order):
            QWidget.setTabOrder(part, other)
