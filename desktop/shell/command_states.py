"""What can be done now: one answer for each command that cannot always do something, cheap
enough to be asked for after every change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from desktop.shell.command_handlers import grid_in_use, undo_is_of_marks
from desktop.state import commands

if TYPE_CHECKING:
    from desktop.pictures.grid import PictureGrid
    from desktop.shared.room import BuiltRoom
    from desktop.shell.main_window import MainWindow


class CommandStates(QObject):
    """Keeps the window's commands enabled where they can do something."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._warm = False
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self.refresh)

    def follow(self) -> None:
        """Look again whenever something changes that a command asks for."""
        window = self._window
        service = window.service
        for signal in (
            window.draft.history.stepped,
            window.rooms.currentChanged,
            window.signals.possible_changed,
            window.signals.model_used,
            window.marks.stepped,
            service.started,
            service.finished,
            service.again_begun,
            service.made_again,
        ):
            signal.connect(self._now)  # a key may be waiting already
        for signal in (window.draft.changed, window.viewer.zoomed):
            signal.connect(self.soon)
        self.follow_grids(window.grids())
        service.warm_changed.connect(self._note_warm)
        # told once the engine is warm
        service.found_devices.connect(lambda _: self._note_warm((window.draft.request.model,)))
        QApplication.instance().focusChanged.connect(self._now)  # type: ignore[union-attr]
        for action in window.menuBar().actions():
            menu = action.menu()
            menu.aboutToShow.connect(self.refresh)  # type: ignore[union-attr]
        window.help.about_to_list.connect(self.refresh)
        self.refresh()

    def follow_grids(self, grids: Iterable[PictureGrid]) -> None:
        """What is chosen in them counts from now on."""
        for grid in grids:
            grid.selectionModel().selectionChanged.connect(self._now)
            grid.model().modelReset.connect(self.soon)

    def soon(self, *_: object) -> None:
        """Once what is going on now is over."""
        if not self._timer.isActive():
            self._timer.start()

    def _now(self, *_: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Look at all commands now."""
        window = self._window
        if not (isValid(window.rooms) and isValid(window.draft)):  # the window is being taken down
            return
        commands.refresh_actions(window.actions_by_id, window.commands, self.now())
        details: dict[str, str] = {}
        for room in self._front_last():
            details |= room.details()
        details |= self._steps_of_marks()
        for command_id, what in details.items():
            label = window.commands[command_id].label
            commands.name_step(window.actions_by_id[command_id], label, what)

    def _front_last(self) -> list[BuiltRoom]:
        """The rooms that are built; of several that answer one command the one in front counts,
        else the first."""
        rooms = self._window.rooms
        built = [rooms.built[row.id] for row in reversed(rooms.rows) if row.id in rooms.built]
        return sorted(built, key=lambda room: room is rooms.front())

    def _note_warm(self, paths: tuple[str, ...]) -> None:
        self._warm = bool(paths)
        self.soon()

    def now(self) -> dict[str, bool]:
        """By id, of each command that cannot always do something: whether it can now."""
        window = self._window
        chosen = window.picture_commands.any()
        possible = {row.id: chosen for row in window.commands.values() if row.needs_picture}
        for command_id in (
            "use-start",
            "edit-picture",
            "insight-picture",
            "what-went-wrong",
            "compare",
            "vary",
            "vary-by",
            "upscale",
            "make-again",
        ):
            possible[command_id] = window.picture_commands.any_to_begin_with()
        possible["draw-again"] = window.picture_commands.can_draw_again()
        possible["compare-before"] = window.picture_commands.can_compare_before()
        possible["export"] = window.exports.any()
        possible["fold-stack"] = window.picture_commands.can_fold()
        current = window.current.picture
        possible["restore"] = current is not None and current.trashed is not None
        for command_id in ("full-screen", "second-window", "slide-show"):
            possible[command_id] = window.viewing.any()
        grid = grid_in_use(window)
        any_here = grid is not None and grid.model() is not None and grid.model().rowCount() > 0
        possible |= dict.fromkeys(("choose-all", "choose-others"), any_here)
        possible["sort-out"] = window.viewing.any_to_sort()
        possible["free-memory"] = self._warm
        for row in window.rooms.unbuilt():
            asked = (command.id for command in row.commands if command.why)
            possible |= {command_id: command_id in row.unasked for command_id in asked}
        for room in self._front_last():
            possible |= room.possible()
        return possible | dict.fromkeys(self._steps_of_marks(), True)

    def _steps_of_marks(self) -> dict[str, str]:
        """Undo and Redo with what they are about, where that was noted on pictures."""
        marks = self._window.marks
        if not undo_is_of_marks(self._window):
            return {}
        steps = {"undo": marks.name_of_undo(), "redo": marks.name_of_redo()}
        return {command_id: name for command_id, name in steps.items() if name}
