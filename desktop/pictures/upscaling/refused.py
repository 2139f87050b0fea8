"""The pictures of many that cannot be made larger, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QVBoxLayout, QWidget

from core.service.upscaling.wishes import Refusal
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIZE = (620, 360)  # pixels


class RefusedDialog(QDialog):
    """Not modal work: it only tells, and is gone once it is closed."""

    def __init__(self, refused: Sequence[Refusal], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Pictures that cannot be made larger"))
        self.resize(*SIZE)
        self.finished.connect(self.deleteLater)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Pictures that cannot be made larger"))
        self.list.setToolTip(tr("Each with the reason; the others are in the queue."))
        for refusal in refused:
            self.list.addItem(f"{refusal.path.name}: {refusal.error}")
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.list)
        column.addWidget(answers)
