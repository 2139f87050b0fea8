"""The pictures that stand side by side, as a list: fewer of them, another one first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.pictures.comparing.compared import LETTERS, ComparedPicture
from desktop.widgets import theme
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

ROW = 28  # pixels of a list without pictures


class _List(QListWidget):
    """Delete takes the chosen one away."""

    deleted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit()
        else:
            super().keyPressEvent(event)


class PictureList(QWidget):
    """`removed`, `first_asked` and `turned_to` carry the number of a picture from 0."""

    removed = Signal(int)
    first_asked = Signal(int)
    turned_to = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.list = _List()
        self.list.setAccessibleName(tr("Pictures side by side"))
        self.list.setToolTip(tr("The first one is the one that the others are compared with."))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.remove = QPushButton(tr("Take away"))
        self.remove.setToolTip(tr("Takes the chosen picture out of the comparison. (Delete)"))
        self.first = QPushButton(tr("Make it first"))
        self.first.setToolTip(tr("Compares the others with the chosen picture."))
        for button in (self.first, self.remove):
            button.setAccessibleName(button.text())
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(self.list)
        lines.addWidget(wrap_row(self.first, self.remove))
        self.remove.clicked.connect(self._remove)
        self.list.deleted.connect(self._remove)
        self.first.clicked.connect(lambda: self.first_asked.emit(self.list.currentRow()))
        self.list.currentRowChanged.connect(self._turn_to)
        self.show_pictures(())

    def show_pictures(self, pictures: Sequence[ComparedPicture]) -> None:
        """These, in their order."""
        row = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for letter, picture in zip(LETTERS, pictures, strict=False):
            self.list.addItem(tr("{letter}: {name}", letter=letter, name=picture.name))
            self.list.item(self.list.count() - 1).setToolTip(str(picture.path or picture.name))
        self.list.setCurrentRow(min(max(row, 0), len(pictures) - 1))
        self.list.blockSignals(False)
        height = self.list.sizeHintForRow(0) if pictures else ROW
        self.list.setFixedHeight(height * max(1, len(pictures)) + 2 * self.list.frameWidth())
        self._allow()

    def choose(self, number: int) -> None:
        """Mark this one without telling so."""
        self.list.blockSignals(True)
        self.list.setCurrentRow(number)
        self.list.blockSignals(False)
        self._allow()

    def _allow(self) -> None:
        row = self.list.currentRow()
        self.remove.setEnabled(row >= 0)
        self.first.setEnabled(row > 0)

    def _turn_to(self, row: int) -> None:
        self._allow()
        if row >= 0:
            self.turned_to.emit(row)

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.removed.emit(row)
