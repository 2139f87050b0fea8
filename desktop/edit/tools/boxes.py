"""A box with handles that is dragged on the canvas: the frame, and what a crop keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from core.values.editing.document import MAX_SIDE, Box
from desktop.edit.tools.view import Placement
from desktop.widgets.over_pictures import DARK, LIGHT, draw_lines

GRIP = 9.0  # pixels of the widget from a handle's middle within which it is grabbed
SIDE = 8.0  # pixels of a handle
BAR = 22.0  # length of the handle in the middle of an edge
INSIDE = (0, 0)
# where handles are: -1 left or upper, 0 middle, 1 right or lower
HANDLES = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != INSIDE)
_SHAPES = {
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What of a box was grabbed, where, and what the box was then."""

    handle: tuple[int, int]
    at: QPointF
    box: Box


def handle_at(box: Box, placement: Placement, at: QPointF) -> tuple[int, int] | None:
    """The handle at a point of the widget, INSIDE for the box itself, None beside it."""
    for handle in HANDLES:
        way = placement.to_widget(_place_of(box, handle)) - at
        if max(abs(way.x()), abs(way.y())) <= GRIP:
            return handle
    return INSIDE if QRectF(*box).contains(placement.to_document(at)) else None


def _place_of(box: Box, handle: tuple[int, int]) -> QPointF:
    left, top, width, height = box
    return QPointF(
        left + width * (handle[0] + 1) / 2,
        top + height * (handle[1] + 1) / 2,
    )


def shape_of(handle: tuple[int, int] | None, otherwise: Qt.CursorShape) -> Qt.CursorShape:
    """The pointer's shape over a handle."""
    if handle is None:
        return otherwise
    if handle == INSIDE:
        return Qt.CursorShape.SizeAllCursor
    x, y = handle
    return _SHAPES[(abs(x), x * y if x and y else abs(y))]


def dragged(held: Held, to: QPointF, *, ratio: float, step: int, least: int) -> Box:
    """The box after its handle was dragged to a point of the document: on multiples of `step`, at
    least `least` a side, in the ratio of width by height where that is not 0."""
    left, top, width, height = held.box
    dx, dy = to.x() - held.at.x(), to.y() - held.at.y()
    if held.handle == INSIDE:
        return _stepped(left + dx, step), _stepped(top + dy, step), width, height
    x, y = held.handle
    right, bottom = left + width, top + height
    if x < 0:
        left = min(_stepped(left + dx, step), right - least)
    elif x > 0:
        right = max(_stepped(right + dx, step), left + least)
    if y < 0:
        top = min(_stepped(top + dy, step), bottom - least)
    elif y > 0:
        bottom = max(_stepped(bottom + dy, step), top + least)
    box = (left, top, min(right - left, MAX_SIDE), min(bottom - top, MAX_SIDE))
    return _in_ratio(box, held.handle, ratio) if ratio > 0 else box


def _stepped(value: float, step: int) -> int:
    return round(value / step) * step


def _in_ratio(box: Box, handle: tuple[int, int], ratio: float) -> Box:
    """The other side follows the one that was dragged; what lies across from the handle stays."""
    left, top, width, height = box
    x, y = handle
    new_width, new_height = width, height
    if x == 0 or (y != 0 and width / height < ratio):
        new_width = max(round(height * ratio), 1)
    else:
        new_height = max(round(width / ratio), 1)
    if x < 0:
        left += width - new_width
    if y < 0:
        top += height - new_height
    return left, top, new_width, new_height


def between(one: QPointF, other: QPointF, *, ratio: float, step: int, least: int) -> Box:
    """The box drawn from one point of the document to another."""
    begin = (_stepped(one.x(), step), _stepped(one.y(), step), 0, 0)
    handle = (1 if other.x() >= one.x() else -1, 1 if other.y() >= one.y() else -1)
    return dragged(Held(handle, one, begin), other, ratio=ratio, step=step, least=least)


# --- how it looks ---


def draw_box(
    painter: QPainter, placement: Placement, box: Box, *, handles: bool, words: str = ""
) -> None:
    """The box in the widget, crisp, with its handles, and words above it."""
    draw_lines(painter, outline_of(placement, QRectF(*box)))
    if handles:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for handle in HANDLES:
            _draw_handle(painter, placement, box, handle)
        painter.restore()
    draw_words(painter, placement.transform().mapRect(QRectF(*box)), words)


def outline_of(placement: Placement, area: QRectF) -> QPainterPath:
    """Around an area of the document, in the widget: through the middles of device pixels where it
    lies straight, so that its lines are crisp."""
    path = QPainterPath()
    if placement.view.angle % 90:
        path.addRect(area)
        return placement.transform().map(path)
    around, ratio = placement.transform().mapRect(area), placement.ratio
    left, top, right, bottom = (
        (math.floor(edge * ratio + 0.01) + 0.5) / ratio
        for edge in (around.left(), around.top(), around.right(), around.bottom())
    )
    path.addRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
    return path


def _draw_handle(
    painter: QPainter, placement: Placement, box: Box, handle: tuple[int, int]
) -> None:
    at = placement.to_widget(_place_of(box, handle))
    painter.save()
    painter.translate(at)
    painter.rotate(placement.view.angle)
    match handle:
        case (0, _):
            wide, high = BAR, SIDE - 2
        case (_, 0):
            wide, high = SIDE - 2, BAR
        case _:
            wide = high = SIDE
    painter.setPen(QPen(DARK, 1.5))
    painter.setBrush(LIGHT)
    painter.drawRoundedRect(QRectF(-wide / 2, -high / 2, wide, high), 2, 2)
    painter.restore()


def draw_words(painter: QPainter, area: QRectF, words: str) -> None:
    """Words on a dark plate above an area, or within it where there is no room; "" for none."""
    if not words:
        return
    painter.save()
    metrics = painter.fontMetrics()
    room = max(painter.device().width() - 24, 1)
    words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
    width, height = metrics.horizontalAdvance(words) + 16, metrics.height() + 6
    left = min(max(area.left(), 4.0), max(painter.device().width() - width - 4.0, 4.0))
    top = area.top() - height - 7
    if top < 4:
        top = max(area.top() + 10, 4.0)
    plate = QRectF(math.floor(left), math.floor(top), width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 20, 21, 215))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor("#e9e7e4"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()


def shade_around(painter: QPainter, placement: Placement, box: Box, share: float) -> None:
    """What of the document lies outside a box, darker."""
    sheet = QRectF(QPointF(), placement.document)
    inner = QRectF(*box).intersected(sheet)
    parts = [sheet]
    if not inner.isEmpty():  # above, below, at the left, at the right
        parts = [
            QRectF(sheet.topLeft(), QPointF(sheet.right(), inner.top())),
            QRectF(QPointF(sheet.left(), inner.bottom()), sheet.bottomRight()),
            QRectF(QPointF(sheet.left(), inner.top()), inner.bottomLeft()),
            QRectF(inner.topRight(), QPointF(sheet.right(), inner.bottom())),
        ]
    painter.save()
    painter.setTransform(placement.transform(), True)
    for part in parts:
        painter.fillRect(part, QColor(0, 0, 0, round(255 * share)))
    painter.restore()


def hatch_beyond(painter: QPainter, placement: Placement, box: Box) -> None:
    """What of a box lies beyond the document, in stripes: there is nothing yet."""
    if QRectF(QPointF(), placement.document).contains(QRectF(*box)):
        return
    beyond = QPainterPath()
    beyond.addRect(QRectF(*box))
    document = QPainterPath()
    document.addRect(QRectF(QPointF(), placement.document))
    area = placement.transform().map(beyond.subtracted(document))
    painter.save()
    painter.fillPath(area, QColor(232, 98, 61, 46))
    painter.setClipPath(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(232, 98, 61, 120), 1))
    around = area.boundingRect()
    for at in range(int(around.left() - around.height()), int(around.right()), 10):
        painter.drawLine(QPointF(at, around.bottom()), QPointF(at + around.height(), around.top()))
    painter.restore()
