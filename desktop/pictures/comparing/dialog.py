"""A window of its own for pictures that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.pictures.comparing.compared import ComparedPicture
from desktop.pictures.comparing.panel import ComparingPanel
from desktop.state.tasks import SerialTasks

SIZE = (900, 680)  # pixels


@dataclass(frozen=True, slots=True)
class Compared:
    """What the window shows. `words` are said of the pictures, "" for how far they are apart."""

    title: str
    pictures: tuple[ComparedPicture, ...]
    words: Sequence[str] = ()


class ComparingDialog(QDialog):
    """Not modal, and gone once it is closed. Differences are reckoned by `tasks`."""

    def __init__(self, compared: Compared, tasks: SerialTasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(compared.title)
        self.resize(*SIZE)
        self.panel = ComparingPanel(tasks)
        self.panel.show_pictures(compared.pictures, compared.words)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.panel)
        self.panel.first_focus().setFocus()

    def done(self, result: int) -> None:
        """It closes: what is still reckoned is for nobody."""
        self.panel.halt()
        super().done(result)
