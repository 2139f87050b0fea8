"""Pictures and models that a person opens: chosen in a dialog, dropped, or given at a start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from desktop.form.model.choice import SUFFIXES, is_folder
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets.drop_target import (
    EDIT,
    IMPORT,
    LAYER,
    LAYERED,
    LESSONS,
    PATTERNS,
    START,
    WORDS,
)
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


class FileOpening(QObject):
    """What a file is shows by its name and backstage, never in the window's own thread."""

    def __init__(self, library: LibraryState, records: SerialTasks, window: MainWindow) -> None:
        super().__init__(window)
        self._library = library
        self._records = records
        self._window = window

    def open_picture(self) -> None:
        """Show a picture of any program and take its recipe."""
        kinds = tr("Pictures") + f" ({PATTERNS} *.ora)"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open picture"), "", kinds)
        if name:
            self.open_path(Path(name))

    def come_forward(self, files: list[str]) -> None:
        """A second start: show this window, and open what it was given."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        for name in files[:1]:
            self.open_path(Path(name))

    def take_dropped(self, does: str, path: Path) -> None:
        """What a file was dropped for, by desktop.widgets.drop_target's words."""
        signals = self._window.signals
        asked = {
            START: signals.start_from,
            EDIT: signals.edit_file,
            LAYER: signals.add_layer,
            IMPORT: signals.import_folder,
        }
        if does in asked:
            asked[does].emit(path)
        else:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """A picture file, or a model's file or folder."""
        self._records.submit(
            lambda: is_folder(path), lambda folder: self._open_as(path, model=folder)
        )

    def _open_as(self, path: Path, *, model: bool) -> None:
        if model or path.suffix.lower() in SUFFIXES:
            self._library.open(path)
        elif path.suffix.lower() in LAYERED:
            self._window.signals.edit_file.emit(path)
        elif path.suffix.lower() in WORDS:
            self._window.signals.take_words.emit(path)
        elif path.suffix.lower() in LESSONS:
            self._window.signals.lesson_file.emit(path)
        else:
            self._window.signals.open_file.emit(path)
