"""What is drawn over pictures and seen on any of them: lines, and the knob of a slider that
uncovers one picture below another."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

LIGHT = QColor(255, 255, 255, 235)
DARK = QColor(0, 0, 0, 190)
GRIP = 14.0  # pixels of the widget: radius of a slider's knob


def draw_lines(painter: QPainter, path: QPainterPath, *, dashed: bool = False) -> None:
    """A light line along a path, with a dark edge of a device pixel on each side."""
    ratio = painter.device().devicePixelRatioF()
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK, 1 + 2 / ratio))
    painter.drawPath(path)
    pen = QPen(LIGHT, 1)
    if dashed:
        pen.setDashPattern([5, 3])
    painter.setPen(pen)
    painter.drawPath(path)
    painter.restore()


def draw_knob(painter: QPainter, at: QPointF) -> None:
    """The knob of a slider that goes left and right, with its middle there."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(LIGHT, 1.5))
    painter.setBrush(DARK)
    painter.drawEllipse(at, GRIP - 3, GRIP - 3)
    for way in (-1, 1):
        path = QPainterPath(at + QPointF(3 * way, -4))
        path.lineTo(at + QPointF(7 * way, 0))
        path.lineTo(at + QPointF(3 * way, 4))
        painter.strokePath(path, QPen(LIGHT, 1.5, c=Qt.PenCapStyle.RoundCap))
    painter.restore()


def is_on_knob(knob: QPointF, at: QPointF) -> bool:
    """Whether a point is on a knob with its middle there."""
    way = knob - at
    return way.x() ** 2 + way.y() ** 2 <= GRIP**2


def share_of(x: float, left: float, width: float) -> float:
    """How far `x` is from the left edge of what is so wide, 0 to 1."""
    return min(max((x - left) / max(width, 1.0), 0.0), 1.0)
