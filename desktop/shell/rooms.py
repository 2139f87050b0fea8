"""The rail with one button a room, and the rooms behind it, each of which finds its focus again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.widgets import theme
from desktop.widgets.i18n import tr

CREATE, GALLERY, MODELS, SETTINGS = range(4)


class Rail(QWidget):
    """`chosen` carries the number of the room; the last room stands apart, at the bottom."""

    chosen = Signal(int)

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        rooms = (  # name and icon
            (tr("Create"), "create"),
            (tr("Gallery"), "gallery"),
            (tr("Models"), "models"),
            (tr("Settings"), "settings"),
        )
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(theme.RAIL_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, theme.SPACE_3, 6, theme.SPACE_3)
        column.setSpacing(theme.SPACE_1)
        self._buttons: list[QToolButton] = []
        for at, (name, icon) in enumerate(rooms):
            if at == len(rooms) - 1:
                column.addStretch(1)
            button = QToolButton()
            button.setText(name)
            button.setAccessibleName(name)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(22, 22))
            button.setProperty("icon_name", icon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.chosen.emit, at))
            column.addWidget(button)
            self._buttons.append(button)
        self.draw(tokens)

    def draw(self, tokens: theme.Tokens) -> None:
        """The icons in the theme's colour."""
        for button in self._buttons:
            button.setIcon(theme.icon(button.property("icon_name"), tokens.text, 22))

    def show_room(self, room: int) -> None:
        """Mark the room that is shown."""
        self._buttons[room].setChecked(True)


def boxed(layout: QBoxLayout, *parts: QWidget) -> QWidget:
    """Parts beside one another without a gap; the last one takes what room there is."""
    box = QWidget()
    box.setLayout(layout)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part, 1 if part is parts[-1] else 0)
    return box


class Rooms(QStackedWidget):
    """One page a room; `first` are the widgets that get the focus when a room
    is opened the first time."""

    def __init__(self, rooms: Sequence[QWidget], first: Sequence[QWidget]) -> None:
        super().__init__()
        for room in rooms:
            self.addWidget(room)
        self._first = tuple(first)
        self._places: list[QWidget | None] = [None] * len(self._first)

    def go(self, room: int) -> None:
        """Show a room; the focus goes to where it was in it. In the room shown
        already nothing changes."""
        before = self.currentIndex()
        focus = QApplication.focusWidget()
        page = self.currentWidget()
        if room == before:
            return
        if focus is not None and page is not None and page.isAncestorOf(focus):
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
        # an empty gallery: its room has it, where no letter is taken
        page = self.currentWidget()
        if page is not None and not place.isVisibleTo(page):
            page.setFocus()
