"""The rail: one button a room, at the window's left edge."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop import theme


class Rail(QWidget):
    """`chosen` carries the number of the room; the last room stands apart, at the bottom."""

    chosen = Signal(int)

    def __init__(self, rooms: tuple[tuple[str, str], ...], tokens: theme.Tokens) -> None:
        """`rooms` are pairs of name and icon."""
        super().__init__()
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
