"""Help: all commands, the focused control's words, folders, version and licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip, QWidget

from core.system.version import program_version
from desktop.shell.help_texts import sentence_of
from desktop.state.services import Services
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.shell.dialogs.machine_speed import MachineSpeedDialog
    from desktop.shell.pages.help_page import HelpPage


class Help(QObject):
    """One method a command; `actions` are all commands of the window by id,
    `about_to_list` comes before they are listed."""

    about_to_list = Signal()

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._places = services.stores.places
        self._window = parent
        self.actions: dict[str, QAction] = {}
        self.machine_speed: MachineSpeedDialog | None = None
        self.pages: dict[str, HelpPage] = {}  # those that were opened, by their file's name

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

    def show_machine_speed(self) -> None:
        """The one table of it, measuring; in front where it is open."""
        from desktop.shell.dialogs.machine_speed import MachineSpeedDialog

        if self.machine_speed is None:
            self.machine_speed = MachineSpeedDialog(self._services, self._window)
        self.machine_speed.show()
        self.machine_speed.raise_()
        self.machine_speed.activateWindow()
        self.machine_speed.begin()

    def show_page(self, name: str, title: str) -> None:
        """The page of this file of resources/help, in front."""
        from desktop.shell.pages.help_page import HelpPage

        if name not in self.pages:
            tasks = self._services.database_tasks
            self.pages[name] = HelpPage(name, title, tasks, self._window)
        page = self.pages[name]
        page.show()
        page.raise_()
        page.activateWindow()

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
