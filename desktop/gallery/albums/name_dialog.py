"""What an album is called."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.values.gallery.album import MOST_OF_NAME
from desktop.widgets import theme
from desktop.widgets.controls import answers
from desktop.widgets.i18n import tr


class NameDialog(QDialog):
    """`named` carries the name; nothing where it is closed."""

    named = Signal(str)

    def __init__(self, title: str, words: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        self.field = QLineEdit(name)
        self.field.setMaxLength(MOST_OF_NAME)
        self.field.selectAll()
        self.field.setAccessibleName(tr("Name of the album"))
        self.field.setWhatsThis(tr("What the album is called in the list beside the pictures."))
        self.keep = QPushButton(tr("Keep"))
        self.keep.setObjectName("primary")
        self.keep.setDefault(True)
        self.keep.setToolTip(tr("Makes the album."))
        cancel = QPushButton(tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.setToolTip(tr("Closes this and changes nothing."))
        label = QLabel(words)
        label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        for part in (label, self.field, answers(self.keep, cancel)):
            column.addWidget(part)
        self.field.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.keep.setEnabled(bool(name.strip()))
        self.keep.clicked.connect(self._keep)
        cancel.clicked.connect(self.reject)

    def _keep(self) -> None:
        self.named.emit(" ".join(self.field.text().split()))
        self.accept()
