"""A result over the document, with a slider that uncovers what is below it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from desktop.edit.tools.boxes import draw_words, outline_of
from desktop.edit.tools.view import Placement
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import draw_knob, draw_lines, is_on_knob, share_of


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
        draw_knob(painter, self.knob(placement))

    def knob(self, placement: Placement) -> QPointF:
        """Where the slider is grabbed, in the widget."""
        area = QRectF(self.box)
        return placement.to_widget(
            QPointF(area.left() + area.width() * self.split, area.center().y())
        )

    def is_grabbed(self, placement: Placement, at: QPointF) -> bool:
        """Whether a point of the widget is on the slider."""
        return is_on_knob(self.knob(placement), at)

    def split_at(self, point: QPointF) -> Candidate:
        """With the slider at a point of the document."""
        return replace(self, split=share_of(point.x(), self.box.x(), self.box.width()))
