"""A strip of small pictures with words below each, which the arrow keys go along."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from desktop.widgets import theme

SIDE = 120  # pixels of a picture
BAR = 14  # pixels of the scroll bar


class Film(QListWidget):
    """Pictures in one line, each under its number."""

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        high = SIDE + self.fontMetrics().lineSpacing() + theme.SPACE_3
        self.setGridSize(QSize(SIDE + theme.SPACE_4, high))
        self.setFixedHeight(high + BAR + theme.SPACE_2)
        self._items: dict[int, QListWidgetItem] = {}

    def restart(self) -> None:
        """Empty it."""
        self.clear()
        self._items.clear()

    def place(self, key: int, words: str, help_text: str = "") -> None:
        """Room for a picture at the end, with words below it."""
        item = QListWidgetItem(words)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        item.setToolTip(help_text or words)
        blank = QPixmap(SIDE, SIDE)
        blank.fill(self.palette().alternateBase().color())
        item.setIcon(QIcon(blank))
        self.addItem(item)
        self._items[key] = item

    def put(self, key: int, image: QImage) -> None:
        """The picture for a place."""
        if item := self._items.get(key):
            smooth = Qt.TransformationMode.SmoothTransformation
            kept = Qt.AspectRatioMode.KeepAspectRatio
            item.setIcon(QIcon(QPixmap.fromImage(image.scaled(SIDE, SIDE, kept, smooth))))
            item.setData(Qt.ItemDataRole.UserRole, True)

    def filled(self) -> int:
        """How many of the places have their picture."""
        return sum(bool(item.data(Qt.ItemDataRole.UserRole)) for item in self._items.values())
