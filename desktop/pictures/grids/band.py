"""A rubber band that is drawn from the empty space of a grid: what it touches is chosen."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from desktop.pictures.grids.layout.plan import Plan
from desktop.pictures.grids.layout.rows import selection_of

BEGINS = 4  # pixels that the pointer moves before there is a band
FILL = 40  # of 255: how much of the band's colour lies over the pictures


class Band:
    """From a point of the content; with Ctrl it turns over what was chosen, with Shift it adds to
    that."""

    def __init__(
        self, start: QPoint, selection: QItemSelectionModel, modifiers: Qt.KeyboardModifier
    ) -> None:
        keys = Qt.KeyboardModifier
        flags = QItemSelectionModel.SelectionFlag
        self._start = start
        self._selection = selection
        self._before = QItemSelection()
        self._how = flags.Select
        if modifiers & keys.ControlModifier:
            self._how = flags.Toggle
        if modifiers & (keys.ControlModifier | keys.ShiftModifier):
            self._before = QItemSelection(selection.selection())
        else:
            selection.clearSelection()
        self._rows: list[range] = []
        self.area = QRect()  # pixels of the content; empty where the pointer did not move

    def stretch(self, point: QPoint, plan: Plan) -> None:
        """The pointer is here now, in the content."""
        moved = point - self._start
        if self.area.isNull() and moved.manhattanLength() < BEGINS:
            return
        self.area = QRect(self._start, point).normalized()
        rows = plan.rows_touching(self.area)
        if rows != self._rows:
            self._rows = rows
            chosen = QItemSelection(self._before)
            chosen.merge(selection_of(self._selection.model(), rows), self._how)
            self._selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def first_row(self) -> int:
        """The first that it touches; -1 for none."""
        return self._rows[0].start if self._rows else -1

    def draw(self, painter: QPainter, offset: int, palette: QPalette) -> None:
        """Over what lies below it."""
        if self.area.isNull():
            return
        colour = palette.color(QPalette.ColorRole.Highlight)
        painter.setPen(QPen(colour, 1))
        fill = QColor(colour)
        fill.setAlpha(FILL)
        painter.setBrush(fill)
        painter.drawRect(self.area.translated(0, -offset))
        painter.setBrush(Qt.BrushStyle.NoBrush)
