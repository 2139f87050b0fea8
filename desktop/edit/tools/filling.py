"""Fill and gradient, by pointer."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPainterPath

from desktop.edit.document.filling import Fill, filled, gradient
from desktop.edit.tools.picking import pick
from desktop.edit.tools.tool import ALT, SHIFT, Pointer, Tool, ToolContext
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import draw_lines

EIGHTH = math.pi / 4  # Shift keeps a gradient to eighths of a circle
SHORTEST = 2.0  # pixels of the document


class FillTool(Tool):
    """One click."""

    def press(self, pointer: Pointer) -> None:
        if pointer.modifiers & ALT:
            pick(self.context, pointer.point)
            return
        x, y = math.floor(pointer.point.x()), math.floor(pointer.point.y())
        size = self.context.document.size
        if not (0 <= x < size.width() and 0 <= y < size.height()):
            return
        options, target = self.context.options(), self.context.target()
        fill = Fill(
            options.colour,
            options.tolerance,
            contiguous=options.contiguous,
            merged=options.merged,
            opacity=options.opacity,
        )
        read = self.context.document.tiles.read
        self.context.document.apply(
            tr("Fill"),
            lambda before: filled(
                before, read, (x, y), target=target, fill=fill, within=options.within_mask
            ),
        )


class GradientTool(Tool):
    """From where the button goes down to where it goes up; Shift keeps to eighths of a circle."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._line: tuple[QPointF, QPointF] | None = None

    def press(self, pointer: Pointer) -> None:
        if pointer.modifiers & ALT:
            pick(self.context, pointer.point)
        else:
            self._line = pointer.point, pointer.point

    def move(self, pointer: Pointer) -> None:
        if self._line is not None:
            end = pointer.point
            if pointer.modifiers & SHIFT:
                end = _straight(self._line[0], end)
            self._line = self._line[0], end
            self.context.update(None)

    def release(self, pointer: Pointer) -> None:
        if self._line is None:
            return
        self.move(pointer)
        (begin, end), self._line = self._line, None
        self.context.update(None)
        way = end - begin
        if math.hypot(way.x(), way.y()) < SHORTEST:
            return
        options, target = self.context.options(), self.context.target()
        read = self.context.document.tiles.read
        self.context.document.apply(
            tr("Gradient"),
            lambda before: gradient(
                before,
                read,
                ((begin.x(), begin.y()), (end.x(), end.y())),
                target=target,
                colours=(options.colour, None if options.to_clear else options.second),
                opacity=options.opacity,
                within=options.within_mask,
            ),
        )

    def cancel(self) -> bool:
        was = self._line is not None
        self._line = None
        self.context.update(None)
        return was

    def is_busy(self) -> bool:
        return self._line is not None

    def draw(self, painter: QPainter, placement: Placement) -> None:
        if self._line is None:
            return
        begin, end = (placement.to_widget(point) for point in self._line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath(begin)
        path.lineTo(end)
        path.addEllipse(begin, 4, 4)
        path.addEllipse(end, 2.5, 2.5)
        draw_lines(painter, path)


def _straight(begin: QPointF, end: QPointF) -> QPointF:
    way = end - begin
    angle = round(math.atan2(way.y(), way.x()) / EIGHTH) * EIGHTH
    length = math.hypot(way.x(), way.y())
    return begin + QPointF(math.cos(angle), math.sin(angle)) * length
