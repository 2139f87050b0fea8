"""What can be done now: one question for each command that cannot always do something, cheap
enough to be asked after every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from desktop.shell.rooms import COMMANDS
from desktop.state import commands

if TYPE_CHECKING:
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
        grids = (window.history.grid, window.gallery.grid)
        for signal in (
            window.draft.history.stepped,
            window.rooms.currentChanged,
            window.gallery.trash.toggled,
            window.model_choice.model_used,
            service.started,
            service.finished,
            *(grid.selectionModel().selectionChanged for grid in grids),
        ):
            signal.connect(self._now)  # a key may be waiting already
        for signal in (
            window.draft.changed,
            window.stage.viewer.zoomed,
            *(grid.model().modelReset for grid in grids),
        ):
            signal.connect(self.soon)
        service.warm_changed.connect(self._note_warm)
        # told once the engine is warm
        service.found_devices.connect(lambda _: self._note_warm((window.draft.request.model,)))
        QApplication.instance().focusChanged.connect(self._now)  # type: ignore[union-attr]
        for action in window.menuBar().actions():
            menu = action.menu()
            menu.aboutToShow.connect(self.refresh)  # type: ignore[union-attr]
        window.help.about_to_list.connect(self.refresh)
        self.refresh()

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
        commands.refresh_actions(window.actions_by_id, COMMANDS, self.now())
        for command_id, back in (("undo", True), ("redo", False)):
            commands.name_step(
                window.actions_by_id[command_id],
                COMMANDS[command_id].label,
                window.form.step_words(back=back)[1],
            )

    def _note_warm(self, paths: tuple[str, ...]) -> None:
        self._warm = bool(paths)
        self.soon()

    def now(self) -> dict[str, bool]:
        """By id, of each command that cannot always do something: whether it can now."""
        picture = self.picture()
        return {row.id: picture for row in COMMANDS.values() if row.needs_picture} | {
            "restore": self.trashed(),
            "stop": self.running(),
            "undo": self.undo(),
            "redo": self.redo(),
            "reset": self.reset(),
            "prediction": self.prediction(),
            "history": self.in_create(),
            "fit": self.shown(),
            "zoom": self.shown(),
            "free-memory": self.warm(),
        }

    # --- the questions ---

    def picture(self) -> bool:
        """Whether a picture is chosen."""
        return self._window.picture_commands.any()

    def trashed(self) -> bool:
        """Whether pictures in the trash are chosen."""
        window = self._window
        if window.rooms.shown != "gallery":
            current = window.current.picture
            return current is not None and current.trashed is not None
        return window.gallery.trash.isChecked() and self.picture()

    def running(self) -> bool:
        """Whether a picture is being made."""
        return self._window.service.current is not None

    def undo(self) -> bool:
        """Whether there is something to take back, in the form or the field with the focus."""
        return self._window.form.step_words(back=True)[0]

    def redo(self) -> bool:
        """Whether there is something to make again."""
        return self._window.form.step_words(back=False)[0]

    def reset(self) -> bool:
        """Whether a parameter is away from its default."""
        return self._window.draft.differs()

    def prediction(self) -> bool:
        """Whether the model in the form can predict noise or velocity."""
        return self._window.model_choice.may_predict_otherwise()

    def in_create(self) -> bool:
        """Whether Create is shown."""
        return self._window.rooms.shown == "create"

    def shown(self) -> bool:
        """Whether Create shows a picture."""
        return self.in_create() and self._window.stage.viewer.has_image()

    def warm(self) -> bool:
        """Whether a model is in memory."""
        return self._warm
