"""Where Tab goes among controls that come late: Qt puts them behind all others of the window."""

from __future__ import annotations

from collections.abc import Iterator
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
        late = [part for part in self._chain() if part not in self._known]
        for part, other in pairwise([self._before, *late]):
            QWidget.setTabOrder(part, other)

    def _chain(self) -> Iterator[QWidget]:
        """What Tab reaches within the part, in its order."""
        other = self._part.nextInFocusChain()
        while other is not None and other is not self._part:
            takes_tab = other.focusPolicy() & Qt.FocusPolicy.TabFocus and not other.focusProxy()
            if takes_tab and self._part.isAncestorOf(other):
                yield other
            other = other.nextInFocusChain()
