"""How a document lies in the widget: zoom, middle, angle, mirrored."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

from core.values.editing.document import Box
from core.values.editing.record import View

MIN_ZOOM = 0.02  # device pixels a pixel of the document
MAX_ZOOM = 64.0
MARGIN = 34.0  # pixels of the widget around a document that fits, for its handles


@dataclass(frozen=True, slots=True)
class Placement:
    """`widget` in its own units, `document` in pixels, `ratio` device pixels a unit; `view` as it
    is kept, whose zoom 0 fits the document with what its `frame` adds to it."""

    view: View
    widget: QSizeF
    document: QSizeF
    ratio: float = 1.0
    frame: Box | None = None

    @property
    def zoom(self) -> float:
        """Device pixels a pixel of the document."""
        return self.view.zoom or self.fitting()

    def fitting(self) -> float:
        """The zoom at which all of that is seen, at most eightfold."""
        turned = QTransform().rotate(self.view.angle).mapRect(self.fitted())
        width = max(self.widget.width() - 2 * MARGIN, 16.0)
        height = max(self.widget.height() - 2 * MARGIN, 16.0)
        share = min(width / max(turned.width(), 1), height / max(turned.height(), 1))
        return min(max(share * self.ratio, MIN_ZOOM), 8.0)

    def fitted(self) -> QRectF:
        """What is seen at zoom 0, in the document's pixels."""
        sheet = QRectF(QPointF(), self.document)
        return sheet if self.frame is None else sheet.united(QRectF(*self.frame))

    def extent(self) -> tuple[QSizeF, QRectF]:
        """The document's size, and what is seen at zoom 0: where these stay, so do its pixels."""
        return self.document, self.fitted()

    def centre(self) -> QPointF:
        """The document's point in the middle of the widget."""
        if not self.view.zoom:
            return self.fitted().center()
        return QPointF(self.view.centre_x, self.view.centre_y)

    def transform(self) -> QTransform:
        """From the document's pixels to the widget."""
        scale = self.zoom / self.ratio
        centre = self.centre()
        result = QTransform()
        result.translate(self.widget.width() / 2, self.widget.height() / 2)
        result.rotate(self.view.angle)
        result.scale(-scale if self.view.mirrored else scale, scale)
        result.translate(-centre.x(), -centre.y())
        if self.view.angle % 90 == 0:
            return self._on_whole_pixels(result)
        return result

    def _on_whole_pixels(self, transform: QTransform) -> QTransform:
        """Begun on a device pixel, so that edges and pixels at 100 % are crisp."""
        corner = transform.map(QPointF(0, 0))
        shift = QTransform.fromTranslate(
            round(corner.x() * self.ratio) / self.ratio - corner.x(),
            round(corner.y() * self.ratio) / self.ratio - corner.y(),
        )
        return transform * shift

    def to_document(self, point: QPointF) -> QPointF:
        """A point of the widget, in the document's pixels."""
        return self.transform().inverted()[0].map(point)

    def to_widget(self, point: QPointF) -> QPointF:
        """A point of the document, in the widget."""
        return self.transform().map(point)

    def level(self) -> int:
        """How often the picture is halved before it is drawn, so that no pixel is skipped."""
        return max(0, min(5, math.floor(-math.log2(self.zoom) + 1e-6)))

    def words(self) -> str:
        """The document's size, and how it is looked at."""
        words = f"{self.document.width():.0f} x {self.document.height():.0f}"
        words += f" · {self.zoom * 100:.0f} %"
        return f"{words} · {self.view.angle:.0f}°" if self.view.angle else words

    # --- other views ---

    def zoomed(self, zoom: float, at: QPointF) -> View:
        """At another zoom, with the document's point under `at` where it is."""
        held = self.to_document(at)
        kept = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        there = replace(self, view=self._exact(kept, self.centre()))
        moved = there.to_document(at)
        return self._exact(kept, self.centre() + held - moved)

    def panned(self, by: QPointF) -> View:
        """Moved by so much of the widget."""
        middle = QPointF(self.widget.width() / 2, self.widget.height() / 2)
        return self._exact(self.zoom, self.to_document(middle - by))

    def turned(self, by: float) -> View:
        """By so many degrees, about the middle of the widget."""
        angle = (self.view.angle + by + 180) % 360 - 180
        if abs(angle) < 1e-6:
            angle = 0.0
        return replace(self.view, angle=angle)

    def mirrored(self) -> View:
        """Left and right changed places."""
        return replace(self.view, mirrored=not self.view.mirrored)

    def _exact(self, zoom: float, centre: QPointF) -> View:
        x = min(max(centre.x(), 0.0), self.document.width())
        y = min(max(centre.y(), 0.0), self.document.height())
        return replace(self.view, zoom=zoom, centre_x=x, centre_y=y)
