"""The edge of what is selected, in light and dark dashes that move along: so it is seen on any
picture, and never taken for a line of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QRegion, qRgba
from PySide6.QtWidgets import QWidget

from desktop.edit.canvas.backing import rects_of
from desktop.edit.canvas.drawing import draw_pixels, exposed_box
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.pixels.images import image_of
from desktop.edit.tools.view import Placement
from desktop.widgets.theme import moves

STEP_MS = 100  # a pixel of the screen further
DASH = 4  # pixels of the screen
_PHASES = 2 * DASH
_BLOCK = 64  # device pixels a side of what is drawn anew where an edge lies in it
_BESIDE = 2  # pixels of the widget: an edge is told from what lies beside it
_CLEAR, _LIGHT, _DARK = qRgba(0, 0, 0, 0), qRgba(255, 255, 255, 255), qRgba(20, 20, 20, 255)
_TABLES = [
    [_CLEAR, *(_LIGHT if (at - phase) % _PHASES < DASH else _DARK for at in range(_PHASES))]
    for phase in range(_PHASES)
]


class Marching:
    """Which pixels of a widget are edges is kept, and told anew only where that is stale; a step of
    the dashes is another table of colours. `rests`: whether nothing is to move just now."""

    def __init__(self, widget: QWidget, rests: Callable[[], bool]) -> None:
        self._widget = widget
        self._rests = rests
        self._ratio = 0.0
        self._size = QSize()
        self._at: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)  # 0, or the place in a dash from 1
        self._stale = QRegion()
        self._edges: QRegion | None = QRegion()  # around all of them; None: to be told anew
        self._phase = 0
        self._timer = QTimer(widget, interval=STEP_MS)
        self._timer.timeout.connect(self._step)

    def spoil(self, area: QRect | None = None) -> None:
        """The mask looks otherwise in an area, or everywhere."""
        self._stale += self._whole() if area is None else area.intersected(self._whole())

    def _whole(self) -> QRect:
        return QRect(0, 0, self._size.width(), self._size.height())

    def paint(
        self, painter: QPainter, exposed: QRect, placement: Placement, document: OpenDocument
    ) -> None:
        """Its part of what is exposed."""
        self._resize(placement)
        due = self._stale.intersected(exposed)
        for area in rects_of(due):
            self._tell(area, placement, document)
        self._stale -= due
        area = self._around().intersected(exposed)
        if area.isEmpty():
            return
        height, width = self._at.shape
        image = QImage(self._at.data, width, height, width, QImage.Format.Format_Indexed8)
        image.setColorTable(_TABLES[self._phase])
        image.setDevicePixelRatio(self._ratio)
        painter.save()
        painter.setClipRegion(area)
        painter.drawImage(QPointF(), image)
        painter.restore()
        self.go()

    def go(self) -> None:
        """Move, where there is anything that does."""
        if not self._timer.isActive() and self._may_move() and not self._around().isEmpty():
            self._timer.start()

    def is_moving(self) -> bool:
        """Whether the dashes move."""
        return self._timer.isActive()

    def _may_move(self) -> bool:
        widget = self._widget
        return widget.isVisible() and widget.isActiveWindow() and moves(widget)

    def _step(self) -> None:
        region = self._around()
        if region.isEmpty() or not self._may_move():
            self._timer.stop()
        elif not self._rests():
            self._phase = (self._phase + 1) % _PHASES
            self._widget.update(region)

    # --- where the edges are ---

    def _resize(self, placement: Placement) -> None:
        size, ratio = placement.widget.toSize(), placement.ratio
        if (size, ratio) != (self._size, self._ratio):
            self._size, self._ratio = size, ratio
            shape = (math.ceil(size.height() * ratio), math.ceil(size.width() * ratio))
            self._at, self._edges = np.zeros(shape, np.uint8), None
            self.spoil()

    def _tell(self, area: QRect, placement: Placement, document: OpenDocument) -> None:
        ratio = self._ratio
        left, top = math.floor(area.left() * ratio), math.floor(area.top() * ratio)
        right = min(math.ceil((area.right() + 1) * ratio), self._at.shape[1])
        bottom = min(math.ceil((area.bottom() + 1) * ratio), self._at.shape[0])
        part = self._at[top:bottom, left:right]
        part[...] = 0
        self._edges = None
        margin = math.ceil(_BESIDE * ratio)
        around = (left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)
        edges = _edges(placement, document, around)
        if edges is None:
            return
        y, x = np.nonzero(edges[margin:-margin, margin:-margin])
        corner = placement.to_widget(QPointF())  # dashes go with the document where it is panned
        way = x + y + (left + top - round(corner.x() * ratio) - round(corner.y() * ratio))
        part[y, x] = np.floor(way / ratio).astype(np.int64) % _PHASES + 1

    def _around(self) -> QRegion:
        """Around all edges, in pixels of the widget."""
        if self._edges is None:
            self._edges = self._region()
        return self._edges

    def _region(self) -> QRegion:
        height = self._at.shape[0]
        region = QRegion()
        for top in range(0, height, _BLOCK):
            columns = np.flatnonzero(self._at[top : top + _BLOCK].any(axis=0)) // _BLOCK
            for begin, end in _runs(np.unique(columns).tolist()):
                block = QRectF(begin * _BLOCK, top, (end - begin) * _BLOCK, _BLOCK)
                region += QRectF(
                    block.x() / self._ratio,
                    block.y() / self._ratio,
                    block.width() / self._ratio,
                    block.height() / self._ratio,
                ).toAlignedRect()
        return region


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Begin and end of those that follow each other."""
    begin = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[begin], numbers[at - 1] + 1
            begin = at


def _edges(
    placement: Placement, document: OpenDocument, around: tuple[int, int, int, int]
) -> NDArray[np.bool_] | None:
    """The outermost pixels of what is more than half selected, (h, w) of a box in device pixels;
    None for none."""
    left, top, width, height = around
    ratio = placement.ratio
    exposed = QRectF(left / ratio, top / ratio, width / ratio, height / ratio)
    box = exposed_box(placement, exposed)
    if box is None or document.shown.mask() is None:
        return None
    grey = document.mask_region(placement.level(), box)
    if not grey.any():
        return None
    drawn = QImage(width, height, QImage.Format.Format_Grayscale8)
    drawn.fill(0)
    painter = QPainter(drawn)
    painter.translate(-left, -top)
    painter.scale(ratio, ratio)
    draw_pixels(painter, placement, image_of(grey), box)
    painter.end()
    lines = np.frombuffer(drawn.constBits(), np.uint8).reshape(height, drawn.bytesPerLine())
    inside = lines[:, :width] >= 128
    inner = inside.copy()
    inner[1:] &= inside[:-1]
    inner[:-1] &= inside[1:]
    inner[:, 1:] &= inside[:, :-1]
    inner[:, :-1] &= inside[:, 1:]
    return inside & ~inner
