"""The files of an import that were not taken, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QVBoxLayout, QWidget

from core.service.importing.told import FileTold
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIZE = (680, 400)  # pixels


class NotTakenDialog(QDialog):
    """It only tells, and is gone once it is closed."""

    def __init__(self, refused: Sequence[FileTold], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Files that were not taken"))
        self.resize(*SIZE)
        self.finished.connect(self.deleteLater)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Files that were not taken"))
        self.list.setToolTip(tr("Each with the reason. No file was touched."))
        for said in refused:
            self.list.addItem(f"{said.path}\n{said.reason}")
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.list)
        column.addWidget(answers)
