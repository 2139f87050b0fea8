"""Help: all commands, the focused control's words, folders, version and licences."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip, QWidget

from core.system.paths import Places
from core.system.version import program_version
from desktop.shell.help_texts import sentence_of
from desktop.widgets.i18n import tr


class Help(QObject):
    """One method a command; `actions` are all commands of the window by id,
    `about_to_list` comes before they are listed."""

    about_to_list = Signal()

    def __init__(self, places: Places, parent: QWidget) -> None:
        super().__init__(parent)
        self._places = places
        self._window = parent
        self.actions: dict[str, QAction] = {}

    def show_palette(self) -> None:
        from desktop.widgets.filter_dialog import CommandPalette

        self.about_to_list.emit()
        CommandPalette(list(self.actions.values()), self._window).exec()

    def explain(self) -> None:
        """Show the focused control's help beside it."""
        focus = QApplication.focusWidget()
        if focus is not None:
            below = focus.mapToGlobal(QPoint(0, focus.height()))
            QToolTip.showText(below, sentence_of(focus), focus)

    def show_pictures_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.pictures)))

    def open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.logs)))

    def about(self) -> None:
        """Version and licences."""
        words = tr(
            (
                "Calotype {version}: a desktop darkroom for Stable Diffusion. "
                "Nothing leaves this machine."
            ),
            version=program_version(),
        )
        licences = tr(
            "Calotype and its starter model: Apache-2.0. Qt and PySide6: LGPL-3.0. PyTorch, "
            "msgspec: BSD-3-Clause. diffusers, transformers, safetensors, tokenizers: "
            "Apache-2.0. Pillow: MIT-CMU."
        )
        QMessageBox.about(self._window, tr("About Calotype"), f"{words}\n\n{licences}")
