"""The rooms behind the rail. The focus goes where the hand expects it, and each room finds its own again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from shiboken6 import isValid

CREATE, GALLERY, MODELS, SETTINGS = range(4)


class Rooms(QStackedWidget):
    """One page a room; `first` are the widgets that get the focus when a room is opened the first time."""

    def __init__(self, rooms: Sequence[QWidget], first: Sequence[QWidget]) -> None:
        super().__init__()
        for room in rooms:
            self.addWidget(room)
        self._first = tuple(first)
        self._places: list[QWidget | None] = [None] * len(self._first)

    def go(self, room: int) -> None:
        """Show a room; the focus goes to where it was in it. In the room shown already nothing changes."""
        before, focus = self.currentIndex(), QApplication.focusWidget()
        if room == before:
            return
        if focus is not None and self.currentWidget().isAncestorOf(focus):
            self._places[before] = focus
        self.setCurrentIndex(room)
        self.focus_in()

    def focus_in(self) -> None:
        """Give the focus to the room that is shown."""
        room = self.currentIndex()
        place = self._places[room]
        if place is None or not isValid(place):
            place = self._first[room]
        place.setFocus()
        if not place.isVisibleTo(self.currentWidget()):  # an empty gallery: its room has it, where no letter is taken
            self.currentWidget().setFocus()
