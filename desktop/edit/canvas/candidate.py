"""A result over the document, with a slider that uncovers what is below it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from desktop.edit.tools.boxes import draw_words, outline_of
from desktop.edit.tools.tool import DARK, LIGHT, draw_lines
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr

GRIP = 14.0  # pixels of the widget: radius of the slider's knob


@dataclass(frozen=True, slots=True)
class Candidate:
    """`image` lies at `box`, in the document's pixels; of it the part right of `split` (0 to 1) is
    shown, and none while `before`."""

    image: QImage
    box: QRect
    split: float = 0.0
    before: bool = False

    def draw(self, painter: QPainter, placement: Placement) -> None:
        """The picture, a line around it, and the slider."""
        if self.before:
            draw_words(painter, placement.transform().mapRect(QRectF(self.box)), tr("Before"))
            return
        area = QRectF(self.box)
        seen = area.adjusted(area.width() * self.split, 0, 0, 0)
        painter.save()
        painter.setTransform(placement.transform(), True)
        painter.setClipRect(seen)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, placement.zoom < 2)
        painter.drawImage(area, self.image)
        painter.restore()
        draw_lines(painter, outline_of(placement, area))
        if 0 < self.split < 1:
            draw_lines(painter, outline_of(placement, QRectF(seen.topLeft(), seen.bottomLeft())))
        self._draw_knob(painter, self.knob(placement))

    def _draw_knob(self, painter: QPainter, at: QPointF) -> None:
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

    def knob(self, placement: Placement) -> QPointF:
        """Where the slider is grabbed, in the widget."""
        area = QRectF(self.box)
        return placement.to_widget(
            QPointF(area.left() + area.width() * self.split, area.center().y())
        )

    def is_grabbed(self, placement: Placement, at: QPointF) -> bool:
        """Whether a point of the widget is on the slider."""
        way = self.knob(placement) - at
        return way.x() ** 2 + way.y() ** 2 <= GRIP**2

    def split_at(self, point: QPointF) -> Candidate:
        """With the slider at a point of the document."""
        share = (point.x() - self.box.x()) / max(self.box.width(), 1)
        return replace(self, split=min(max(share, 0.0), 1.0))
