"""List and grid beside one another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.widgets.drop_target import accept_copy


class Sides(QSplitter):
    """Pictures dragged from the one to the other are its own affair all the way, so
    that the window's targets do not come between."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        source = event.source()
        if isinstance(source, QWidget) and self.isAncestorOf(source):
            accept_copy(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.ignore()  # nothing is dropped here
