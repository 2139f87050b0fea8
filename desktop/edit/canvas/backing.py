"""The document as it was drawn last, so that marks above it move without drawing it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

Draw = Callable[[QPainter, QRect], None]


class Backing:
    """A picture of the widget's size; `draw` paints a part of it where that is no longer right."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._pixmap = QPixmap()
        self._size = QSize()
        self._ratio = 0.0
        self._stale = QRegion()

    def resize(self, size: QSize, ratio: float) -> None:
        """Of this size in pixels of the widget, with so many device pixels each."""
        if (size, ratio) == (self._size, self._ratio):
            return
        self._size, self._ratio = size, ratio
        self._pixmap = QPixmap(size * ratio)
        self._pixmap.setDevicePixelRatio(ratio)
        self.spoil()

    def spoil(self, area: QRect | None = None) -> None:
        """What lies in an area, or everywhere, is to be drawn again."""
        whole = QRect(0, 0, self._size.width(), self._size.height())
        self._stale += whole if area is None else area.intersected(whole)

    def scroll(self, right: int, down: int) -> None:
        """All moved by whole device pixels; what comes in is to be drawn."""
        exposed = QRegion()
        self._pixmap.scroll(right, down, self._pixmap.rect(), exposed)
        ratio = self._ratio
        moved = QRegion()
        for area in rects_of(self._stale):
            shifted = QRect(
                int(area.x() + right / ratio) - 1,
                int(area.y() + down / ratio) - 1,
                area.width() + 2,
                area.height() + 2,
            )
            moved += shifted
        self._stale = moved
        for area in rects_of(exposed):
            self.spoil(
                QRect(
                    int(area.x() / ratio),
                    int(area.y() / ratio),
                    int(area.width() / ratio) + 2,
                    int(area.height() / ratio) + 2,
                )
            )

    def paint(self, painter: QPainter, exposed: QRect, background: QColor) -> None:
        """The exposed part, drawn first where it has to be."""
        due = self._stale.intersected(exposed)
        if not due.isEmpty():
            inner = QPainter(self._pixmap)
            for area in rects_of(due):
                inner.setClipRect(area)
                inner.fillRect(area, background)
                self._draw(inner, area)
            inner.end()
            self._stale -= due
        # whole, and clipped: a part of it would be stretched where a pixel is 1.25 of the screen's
        painter.save()
        painter.setClipRect(exposed)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.restore()


def rects_of(region: QRegion) -> Iterable[QRect]:
    """Of which it consists; the binding's types do not know that it can be walked."""
    return cast(Iterable[QRect], region)
