"""Rooms that are built while the window goes on: what they import in a thread, then a slice in each
turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.shared.room import Room
from desktop.shell.rooms import Rooms
from desktop.state.tasks import SerialTasks

Act = Callable[[], object]


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

    def expect(self, room_ids: Iterable[str]) -> None:
        """Build these, for which nobody waits yet."""
        for room_id in room_ids:
            self._waiting.setdefault(room_id, [])
        self._go_on()

    def end(self) -> None:
        """Build nothing more."""
        self._ended = True
        if self._imports.isRunning():
            self._imports.finish()

    def _go_on(self) -> None:
        if self._current or self._ended:
            return
        row = next((row for row in self._rooms.rows if row.id in self._waiting), None)
        if row is not None:
            self._current = row.id
            if not self._imports.isRunning():
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
