"""The table of rooms; the rail with one button for each, and the rooms behind it, which find their
focus again. They are built while the window goes on: what they import in a thread, then a slice in
each turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
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

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.create.room import CREATE
from desktop.edit.room import EDIT
from desktop.gallery.room import GALLERY
from desktop.insight.room import INSIGHT
from desktop.models.room import MODELS
from desktop.settings.room import SETTINGS
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.shell.window_commands import all_commands
from desktop.state.commands import Commands
from desktop.state.services import Services
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.i18n import tr_data

# From the top of the rail to its bottom, where the last one stands apart.
ROOMS: tuple[Room, ...] = (CREATE, EDIT, INSIGHT, GALLERY, MODELS, SETTINGS)


def commands_of(rows: Iterable[Room]) -> Commands:
    """All commands of a window with these rooms."""
    return all_commands(command for row in rows for command in row.all_commands())


Act = Callable[[], object]
_WHOLE = object()  # what is left of a room that is built
COMMANDS: Commands = commands_of(ROOMS)
EDGE = 6  # pixels between the edges of the rail and its buttons


def room_numbered(number: int, rows: Sequence[Room] = ROOMS) -> Room:
    """The room of this number of the session file; the first where there is none."""
    return next((row for row in rows if row.number == number), rows[0])


class RailButton(QToolButton):
    """`approached` before it is pressed, by a pointer."""

    approached = Signal()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.approached.emit()
        super().enterEvent(event)


class Rail(QWidget):
    """`chosen` carries the id of a room, `approached` that of one that may be chosen next."""

    chosen = Signal(str)
    approached = Signal(str)

    def __init__(self, rows: Sequence[Room], tokens: theme.Tokens) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, theme.SPACE_3, EDGE, theme.SPACE_3)
        column.setSpacing(theme.SPACE_1)
        column.addStrut(theme.RAIL_WIDTH - 2 * EDGE)  # at least; and as wide as the names
        self._buttons: dict[str, QToolButton] = {}
        for row in rows:
            if row is rows[-1]:
                column.addStretch(1)
            button = self._buttons[row.id] = self._button(row)
            column.addWidget(button)
        self.draw(tokens)

    def _button(self, row: Room) -> QToolButton:
        name = tr_data(row.name)
        button = RailButton()
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
        button.approached.connect(partial(self.approached.emit, row.id))
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


class RoomBuilder(QObject):
    """One room after another, until `end`."""

    def __init__(self, rooms: Rooms, failed: Callable[[KnownError], None], parent: QObject) -> None:
        super().__init__(parent)
        self._rooms = rooms
        self._imports = SerialTasks(failed, self)
        self._waiting: dict[str, list[Act]] = {}  # by room, what is done once it is whole
        self._current = ""  # the room that is being built
        self._ended = False

    def ask(self, room_id: str, act: Act) -> None:
        """Do this as soon as the room is whole: now where it is."""
        if room_id in self._rooms.built:
            act()
        else:
            self._waiting.setdefault(room_id, []).append(act)
            self._go_on()

    def start(self, services: Services) -> None:
        """The window has been painted: build what is built ahead."""
        look = partial(rooms_ahead, self._rooms.unbuilt(), services.stores)
        services.database_tasks.submit(look, lambda room_ids: self.expect(*room_ids))

    def expect(self, *room_ids: str) -> None:
        """Build these, where they are not, though nobody waits for them yet."""
        for room_id in room_ids:
            if room_id not in self._rooms.built:
                self._waiting.setdefault(room_id, [])
        self._go_on()

    def end(self) -> None:
        """Build nothing more."""
        self._ended = True
        if self._imports.is_running():
            self._imports.finish()

    def _go_on(self) -> None:
        if self._current or self._ended:
            return
        row = next((row for row in self._rooms.rows if row.id in self._waiting), None)
        if row is not None:
            self._current = row.id
            if not self._imports.is_running():
                self._imports.start()
            self._imports.submit(partial(import_modules, row), partial(self._build, row.id))

    def _build(self, room_id: str, _: None = None) -> None:
        if self._ended:
            return
        acts = self._waiting.pop(room_id, [])
        self._current = ""  # should it fail, the next one asked for is built all the same
        if self._rooms.build_slice(room_id):
            self._current = room_id
            self._waiting[room_id] = acts + self._waiting.get(room_id, [])
            QTimer.singleShot(0, self, partial(self._build, room_id))
            return
        for act in acts:
            QTimer.singleShot(0, self, act)
        self._go_on()


def import_modules(row: Room) -> None:
    """What building a room needs; in any thread."""
    for name in row.modules:
        import_module(name)


def rooms_ahead(rows: Iterable[Room], stores: Stores) -> tuple[str, ...]:
    """The ids of those that are to be built before anybody opens them. Not in the GUI thread;
    raises WorldError where the disk refuses."""
    return tuple(row.id for row in rows if row.ahead(stores))
