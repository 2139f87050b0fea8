"""Lasso and rectangle: they select what is drawn around."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF

from core.values.editing.document import Box
from desktop.edit.document.differences import common
from desktop.edit.document.mask_steps import Combine, combined
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.pixels.images import pixels_of
from desktop.edit.pixels.mask_shapes import blurred
from desktop.edit.pixels.pyramid import Pixels
from desktop.edit.tools.boxes import outline_of
from desktop.edit.tools.tool import ALT, SHIFT, Pointer, Tool, ToolContext
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import draw_lines

DRAG = 4.0  # pixels of the widget from which a press is a drag
CLOSES = 9.0  # so near the first corner a click closes


def select(
    document: OpenDocument, shape: QPainterPath, *, how: Combine, feather: float, text: str
) -> None:
    """Puts the inside of a shape, in the document's pixels, to the selection."""
    size = document.document
    margin = math.ceil(3 * feather) + 1
    around = shape.boundingRect().toAlignedRect().adjusted(-margin, -margin, margin, margin)
    box = (around.x(), around.y(), around.width(), around.height())
    seen = common(box, (0, 0, size.width, size.height))
    if seen is None and how is not Combine.REPLACE:
        return
    area = seen or (0, 0, 1, 1)
    pixels = blurred(_filled(shape, area), feather)
    read = document.tiles.read
    document.apply(text, lambda before: combined(before, read, pixels, area, how))


def _filled(shape: QPainterPath, box: Box) -> Pixels:
    """(h, w), 255 within, with smooth edges."""
    image = QImage(box[2], box[3], QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-box[0], -box[1])
    painter.fillPath(shape, QColor(255, 255, 255))
    painter.end()
    return np.ascontiguousarray(pixels_of(image))


def how_of(pointer: Pointer, otherwise: Combine) -> Combine:
    """What Shift and Alt say about a selection."""
    shift, alt = bool(pointer.modifiers & SHIFT), bool(pointer.modifiers & ALT)
    match shift, alt:
        case True, True:
            return Combine.INTERSECT
        case True, False:
            return Combine.ADD
        case False, True:
            return Combine.SUBTRACT
        case _:
            return otherwise


class RectangleTool(Tool):
    """From corner to corner. By keyboard: arrows move the corner, Enter sets it."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._first: QPointF | None = None
        self._last = QPointF()
        self._how = Combine.ADD

    def press(self, pointer: Pointer) -> None:
        self._first = self._last = pointer.point
        self._how = how_of(pointer, self.context.options().combine)

    def move(self, pointer: Pointer) -> None:
        if self._first is not None:
            before = self._area()
            self._last = pointer.point
            self.context.update(before.united(self._area()))

    def release(self, pointer: Pointer) -> None:
        if self._first is None:
            return
        self.move(pointer)
        area = self._area()
        self._first = None
        self.context.update(area)
        zoom = self.context.placement().zoom
        if max(area.width(), area.height()) * zoom >= DRAG:
            path = QPainterPath()
            path.addRect(_on_pixels(area))
            select(
                self.context.document,
                path,
                how=self._how,
                feather=self.context.options().feather,
                text=tr("Rectangle selected"),
            )

    def cancel(self) -> bool:
        was = self._first is not None
        self._first = None
        self.context.update(None)
        return was

    def is_busy(self) -> bool:
        return self._first is not None

    def _area(self) -> QRectF:
        return QRectF(self._first or self._last, self._last).normalized()

    def draw(self, painter: QPainter, placement: Placement) -> None:
        if self._first is not None:
            path = outline_of(placement, _on_pixels(self._area()))
            draw_lines(painter, path, dashed=True)


def _on_pixels(area: QRectF) -> QRectF:
    left, top = round(area.left()), round(area.top())
    return QRectF(left, top, round(area.right()) - left, round(area.bottom()) - top)


class LassoTool(Tool):
    """A drag draws freely, clicks set corners; a click on the first one, a double click or Enter
    close them."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._points: list[QPointF] = []
        self._begun: Pointer | None = None
        self._free = False
        self._pointer = QPointF()
        self._how = Combine.ADD

    def press(self, pointer: Pointer) -> None:
        if not self._points:
            self._how = how_of(pointer, self.context.options().combine)
        self._begun = pointer
        self._pointer = pointer.point

    def move(self, pointer: Pointer) -> None:
        if self._begun is None:
            return
        way = pointer.at - self._begun.at
        if not self._free and math.hypot(way.x(), way.y()) < DRAG:
            return
        if not self._free:
            self._free = True
            self._points.append(self._begun.point)
        self._points.append(pointer.point)
        self._pointer = pointer.point
        self.context.update(None)

    def release(self, pointer: Pointer) -> None:
        if self._begun is None:
            return
        self._begun = None
        if self._free:
            self._free = False
            self.confirm()
        elif len(self._points) > 2 and self._is_near(pointer):
            self.confirm()
        else:
            self._points.append(pointer.point)
            self.context.update(None)

    def _is_near(self, pointer: Pointer) -> bool:
        way = self.context.placement().to_widget(self._points[0]) - pointer.at
        return math.hypot(way.x(), way.y()) <= CLOSES

    def hover(self, pointer: Pointer) -> None:
        if self._points:
            self._pointer = pointer.point
            self.context.update(None)

    def double_click(self, pointer: Pointer) -> None:
        self.confirm()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        if key == Qt.Key.Key_Backspace and self._points:
            self._points.pop()
            self.context.update(None)
            return True
        return False

    def confirm(self) -> bool:
        points, self._points = self._points, []
        self.context.update(None)
        if len(points) > 2:
            path = QPainterPath()
            path.setFillRule(Qt.FillRule.WindingFill)
            path.addPolygon(QPolygonF(points))
            path.closeSubpath()
            select(
                self.context.document,
                path,
                how=self._how,
                feather=self.context.options().feather,
                text=tr("Lasso"),
            )
        return bool(points)

    def cancel(self) -> bool:
        was = bool(self._points)
        self._points, self._begun, self._free = [], None, False
        self.context.update(None)
        return was

    def is_busy(self) -> bool:
        return bool(self._points)

    def draw(self, painter: QPainter, placement: Placement) -> None:
        if not self._points:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addPolygon(QPolygonF([*self._points, self._pointer]))
        draw_lines(painter, placement.transform().map(path), dashed=True)
        if not self._free:
            first = QPainterPath()
            first.addEllipse(placement.to_widget(self._points[0]), 4, 4)
            draw_lines(painter, first)
