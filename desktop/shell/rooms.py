"""The table of rooms; the rail with one button for each, and the rooms behind it, which find their
focus again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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

from desktop.create.room import CREATE
from desktop.edit.room import EDIT
from desktop.gallery.room import GALLERY
from desktop.models.room import MODELS
from desktop.settings.room import SETTINGS
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.shell.window_commands import all_commands
from desktop.state.commands import Commands
from desktop.widgets import theme
from desktop.widgets.i18n import tr_data

# From the top of the rail to its bottom, where the last one stands apart.
ROOMS: tuple[Room, ...] = (CREATE, EDIT, GALLERY, MODELS, SETTINGS)


def commands_of(rows: Iterable[Room]) -> Commands:
    """All commands of a window with these rooms."""
    return all_commands(command for row in rows for command in row.all_commands())


_WHOLE = object()  # what is left of a room that is built
COMMANDS: Commands = commands_of(ROOMS)


def room_numbered(number: int, rows: Sequence[Room] = ROOMS) -> Room:
    """The room of this number of the session file; the first where there is none."""
    return next((row for row in rows if row.number == number), rows[0])


class Rail(QWidget):
    """`chosen` carries the id of a room."""

    chosen = Signal(str)

    def __init__(self, rows: Sequence[Room], tokens: theme.Tokens) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(theme.RAIL_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, theme.SPACE_3, 6, theme.SPACE_3)
        column.setSpacing(theme.SPACE_1)
        self._buttons: dict[str, QToolButton] = {}
        for row in rows:
            if row is rows[-1]:
                column.addStretch(1)
            button = self._buttons[row.id] = self._button(row)
            column.addWidget(button)
        self.draw(tokens)

    def _button(self, row: Room) -> QToolButton:
        name = tr_data(row.name)
        button = QToolButton()
        button.setText(name)
        button.setAccessibleName(name)
        button.setWhatsThis(tr_data(row.help))
        button.setToolTip(tr_data(row.help))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(22, 22))
        button.setProperty("icon_name", row.icon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(partial(self.chosen.emit, row.id))
        return button

    def draw(self, tokens: theme.Tokens) -> None:
        """The icons in the theme's colour."""
        for button in self._buttons.values():
            button.setIcon(theme.icon(button.property("icon_name"), tokens.text, 22))

    def show_room(self, room: str) -> None:
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
    """The rooms of these rows, one page each. Only the first and the one of number `front` are
    built at once, so that the window is painted soon; any other when it is asked for, or by
    `build_slice` bit by bit. `built` are those that are whole, by their ids; `joined` carries each
    that comes late."""

    joined = Signal(BuiltRoom)

    def __init__(self, rows: Sequence[Room], context: RoomContext, front: int = 0) -> None:
        super().__init__()
        self.rows = tuple(rows)
        self._context = context
        self.built: dict[str, BuiltRoom] = {}
        self._focus: dict[str, QWidget] = {}
        self._growing: dict[str, Iterator[None]] = {}  # of those that were begun, what is left
        for row in (self.rows[0], room_numbered(front, self.rows)):
            self._complete(row)

    def __getitem__(self, room_id: str) -> BuiltRoom:
        """A room, built now where it was not."""
        if room_id not in self.built:
            self._complete(next(row for row in self.rows if row.id == room_id))
        return self.built[room_id]

    def _complete(self, row: Room) -> None:
        while row.id not in self.built:
            self._build_slice(row)

    def _build_slice(self, row: Room) -> None:
        slices = self._growing.setdefault(row.id, self._slices(row))
        if next(slices, _WHOLE) is _WHOLE:
            del self._growing[row.id]

    def _slices(self, row: Room) -> Iterator[None]:
        room = row.build(self._context)
        self.addWidget(room.page)
        yield
        yield from room.slices()
        self.built[row.id] = room
        self._focus[row.id] = room.first_focus
        self.joined.emit(room)

    def unbuilt(self) -> tuple[Room, ...]:
        """The rows of those that nobody has asked for yet."""
        return tuple(row for row in self.rows if row.id not in self.built)

    def build_slice(self, room_id: str) -> bool:
        """Build one slice more of a room; False where it is whole."""
        for row in self.unbuilt():
            if row.id == room_id:
                self._build_slice(row)
                return True
        return False

    @property
    def shown(self) -> str:
        """The id of the room that is shown."""
        page = self.currentWidget()
        return next(room_id for room_id, room in self.built.items() if room.page is page)

    def front(self) -> BuiltRoom:
        """The room that is shown."""
        return self.built[self.shown]

    def go(self, room_id: str) -> None:
        """Show a room; the focus goes to where it was in it. In the room shown
        already nothing changes."""
        room = self[room_id]
        before = self.front()
        if before is room:
            return
        focus = QApplication.focusWidget()
        if focus is not None and before.page.isAncestorOf(focus):
            self._focus[self.shown] = focus
        self.setCurrentWidget(room.page)
        self.focus_in()

    def focus_in(self) -> None:
        """Give the focus to the room that is shown."""
        room = self.front()
        place = self._focus[self.shown]
        if not isValid(place):
            place = room.first_focus
        place.setFocus()
        # an empty gallery: its room has it, where no letter is taken
        if not place.isVisibleTo(room.page):
            room.page.setFocus()
