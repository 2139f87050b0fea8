"""The question before a folder is imported: whether its pictures stay where they lie."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from desktop.pictures.importing.progress import folder_name
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

WIDTH = 520  # pixels
INDENT = 26  # pixels of the sentence below a choice


class ImportQuestion(QDialog):
    """`answered` carries whether the pictures are to be copied."""

    answered = Signal(bool)

    def __init__(self, folder: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import folder"))
        self.setMinimumWidth(WIDTH)
        self.finished.connect(self.deleteLater)
        title = QLabel(tr("Import the pictures of {name}", name=folder_name(folder)))
        title.setObjectName("heading")
        title.setWordWrap(True)
        path = ElidedLabel(str(folder))
        path.setObjectName("dim")
        path.setToolTip(str(folder))
        self.in_place = QRadioButton(tr("Show them where they lie"))
        self.in_place.setChecked(True)
        self.copies = QRadioButton(tr("Copy them into Calotype's pictures folder"))
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = answers.addButton(tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setObjectName("primary")
        answers.accepted.connect(self._accepted)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_2)
        column.addWidget(title)
        column.addWidget(path)
        column.addSpacing(theme.SPACE_3)
        self._add_choice(
            column,
            self.in_place,
            tr(
                "No file is touched. The folder is watched: new pictures come by themselves, and "
                "ratings, tags and albums stay with files that you move within it."
            ),
        )
        column.addSpacing(theme.SPACE_2)
        self._add_choice(
            column,
            self.copies,
            tr("Each keeps its name, and what is in the gallery already is not copied again."),
        )
        column.addSpacing(theme.SPACE_3)
        column.addWidget(answers)
        self.go.setDefault(True)  # only now: before it had no dialog to be the default of
        self.in_place.setFocus()

    def _add_choice(self, column: QVBoxLayout, choice: QRadioButton, words: str) -> None:
        choice.setAccessibleDescription(words)
        choice.setToolTip(words)
        about = QLabel(words)
        about.setObjectName("dim")
        about.setWordWrap(True)
        about.setContentsMargins(INDENT, 0, 0, 0)
        column.addWidget(choice)
        column.addWidget(about)

    def _accepted(self) -> None:
        self.accept()
        self.answered.emit(self.copies.isChecked())
