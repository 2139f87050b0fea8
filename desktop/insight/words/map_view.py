"""The picture with a map over it, and a cross that says at which place somebody looks."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath
from PySide6.QtWidgets import QApplication

from desktop.insight.words.colour_map import greyed
from desktop.pictures.viewer import Viewer
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import draw_lines

SMALLEST = (220, 180)  # pixels
ARM = 9.0  # pixels of the cross, from the middle
WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class MapViewer(Viewer):
    """Zooms and pans as the viewer does. `pointed` when the cross went elsewhere, or away: `place`
    says where it is, as shares of the picture's sides; `cell` in which of the map's cells."""

    pointed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Picture with a map of a word"))
        self.setToolTip(
            tr("Click, or move the cross with the arrow keys: what was looked at there is listed.")
        )
        self.setMinimumSize(*SMALLEST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.map = QImage()
        self.opacity = 0.6
        self.cells = QSize()
        self.cross: QPointF | None = None
        self._grey, self._grey_of = QImage(), 0  # and the cache key of what it is made of
        self._began: QPointF | None = None  # where the button went down

    def show_map(self, image: QImage) -> None:
        """A pixel for each cell of the map; a null image leaves the picture alone."""
        self.map = image
        self.update()

    def set_cells(self, cells: QSize) -> None:
        """How many cells lie across and down, of whatever map; the cross stays in its place."""
        if cells != self.cells:
            self.cells = cells
            self.update()
            if self.cross is not None:
                self.pointed.emit()

    def set_opacity(self, opacity: float) -> None:
        """Of the map, 0 to 1."""
        self.opacity = opacity
        self.update()

    def cell(self) -> tuple[int, int] | None:
        """The column and the row of the cell with the cross, from 0."""
        if self.cross is None or self.cells.isEmpty():
            return None
        across, down = self.cells.width(), self.cells.height()
        column, row = int(self.cross.x() * across), int(self.cross.y() * down)
        return min(column, across - 1), min(row, down - 1)

    def point(self, place: QPointF | None) -> None:
        """Put the cross there, as shares of the picture's sides; None: away."""
        before = self.cell()
        self.cross = place
        self.update()
        if self.cell() != before:
            self.pointed.emit()

    # --- drawing ---

    def _draw_picture(self, painter: QPainter, area: QRectF) -> None:
        if self._comparing:  # the picture alone, as long as the key is held
            painter.drawImage(area, self._image)
            return
        if self.map.isNull() or self.opacity <= 0:
            painter.drawImage(area, self._image)
        else:
            painter.drawImage(area, self._grey_image())
            painter.save()
            painter.setOpacity(self.opacity)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(area, self.map)
            painter.restore()
        if self.cross is not None:
            self._draw_cross(painter, area, self.cross)

    def _grey_image(self) -> QImage:
        """The picture without its colours, so that all colours are the map's."""
        if self._grey_of != self._image.cacheKey():
            self._grey, self._grey_of = greyed(self._image), self._image.cacheKey()
        return self._grey

    def _draw_cross(self, painter: QPainter, area: QRectF, cross: QPointF) -> None:
        path = QPainterPath()
        cell = self.cell()
        if cell is not None:
            wide, high = area.width() / self.cells.width(), area.height() / self.cells.height()
            left, top = area.left() + cell[0] * wide, area.top() + cell[1] * high
            path.addRect(QRectF(left, top, wide, high))
        middle = area.topLeft() + QPointF(cross.x() * area.width(), cross.y() * area.height())
        for way in (QPointF(ARM, 0), QPointF(0, ARM)):
            path.moveTo(middle - way)
            path.lineTo(middle + way)
        draw_lines(painter, path)

    # --- events ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_left = event.button() == Qt.MouseButton.LeftButton and not self._space
        self._began = event.position() if is_left else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        began, self._began = self._began, None
        area = self._target()
        if began is None or not self.has_image() or not area.contains(event.position()):
            return
        if (event.position() - began).manhattanLength() < QApplication.startDragDistance():
            self.point(_share_of(event.position(), area))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in WAYS and self.has_image() and not self.cells.isEmpty():
            self._move(*WAYS[key])
        elif key == Qt.Key.Key_Escape and self.cross is not None:
            self.point(None)
        else:
            super().keyPressEvent(event)

    def _move(self, right: int, down: int) -> None:
        """To the middle of a neighbouring cell; the first time to that of the picture."""
        cell = self.cell()
        if cell is None:
            self.point(QPointF(0.5, 0.5))
            return
        column = min(max(cell[0] + right, 0), self.cells.width() - 1)
        row = min(max(cell[1] + down, 0), self.cells.height() - 1)
        self.point(QPointF((column + 0.5) / self.cells.width(), (row + 0.5) / self.cells.height()))


def _share_of(at: QPointF, area: QRectF) -> QPointF:
    """A point within `area` as shares of its sides, below 1."""
    most = math.nextafter(1.0, 0.0)
    across = (at.x() - area.left()) / max(area.width(), 1e-9)
    down = (at.y() - area.top()) / max(area.height(), 1e-9)
    return QPointF(min(max(across, 0.0), most), min(max(down, 0.0), most))
