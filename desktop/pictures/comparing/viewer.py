"""Two pictures in one place: a line that a person moves uncovers the one below the other, or what
differs is shown."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath

from desktop.pictures.viewer import Viewer
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr
from desktop.widgets.over_pictures import GRIP, draw_knob, draw_lines, share_of

KEY_STEP = 0.05  # of the width, by which a key moves the line
_WAYS = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}


class Shown(StrEnum):
    """What is seen of pictures that are compared."""

    SIDES = "sides"  # all of them, each in a place of its own: not in this viewer
    BOTH = "both"  # the first left of the line, the second right of it
    FIRST = "first"
    SECOND = "second"
    DIFFERENCE = "difference"


class ComparingViewer(Viewer):
    """Zooms and pans as the viewer does; the line is dragged, or moved by the arrow keys. The
    second picture decides the size at which both are seen."""

    def __init__(self, first: QImage | None = None, second: QImage | None = None) -> None:
        super().__init__()
        self.setAccessibleName(tr("Two pictures, compared"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._first = QImage()
        self._second = QImage()
        self._difference = QImage()
        self._seen = Shown.BOTH
        self._split = 0.5
        self._sliding = False
        if first is not None and second is not None:
            self.set_pictures(first, second)

    def set_pictures(self, first: QImage, second: QImage) -> None:
        """Compare these; there is no difference of them yet."""
        self._first = first
        self._second = second
        self._difference = QImage()
        self.show_image(second)

    @property
    def split(self) -> float:
        """Where the line stands, as a share of the width."""
        return self._split

    @property
    def seen(self) -> Shown:
        """What is seen."""
        return self._seen

    def show_second(self, image: QImage) -> None:
        """Another second picture, of the same size: the same one as it develops."""
        self._second = image
        self.show_image(image, again=True)

    def set_difference(self, image: QImage) -> None:
        """What is shown as the difference."""
        self._difference = image
        self.update()

    def see(self, shown: Shown) -> None:
        """Show this of the two."""
        self._seen = shown
        self.update()

    def move_line(self, share: float) -> None:
        """Put the line there."""
        self._split = min(max(share, 0.0), 1.0)
        self.update()

    def _line_at(self) -> float:
        """In widget coordinates; within what is seen of the pictures."""
        area = self._target()
        return area.left() + self._split * area.width()

    def _knob(self) -> QPointF:
        seen = self._target().intersected(QRectF(self.rect()))
        return QPointF(self._line_at(), seen.center().y())

    # --- drawing ---

    def _draw_picture(self, painter: QPainter, area: QRectF) -> None:
        shown = Shown.FIRST if self._comparing else self._seen
        if shown is Shown.BOTH:
            self._draw_both(painter, area)
        else:
            images = {Shown.FIRST: self._first, Shown.DIFFERENCE: self._difference}
            image = images.get(shown, self._second)
            painter.drawImage(_within(area, image), image)

    def _draw_both(self, painter: QPainter, area: QRectF) -> None:
        at = self._line_at()
        left = QRectF(area.left(), area.top(), at - area.left(), area.height())
        right = QRectF(at, area.top(), area.right() - at, area.height())
        painter.save()
        for image, side in ((self._first, left), (self._second, right)):
            painter.setClipRect(side)
            painter.drawImage(_within(area, image), image)
        painter.restore()
        path = QPainterPath(QPointF(at, max(area.top(), 0.0)))
        path.lineTo(QPointF(at, min(area.bottom(), float(self.height()))))
        draw_lines(painter, path)
        draw_knob(painter, self._knob())

    # --- events ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = abs(event.position().x() - self._line_at()) <= GRIP
        left = event.button() == Qt.MouseButton.LeftButton
        if left and near and self._seen is Shown.BOTH and not self._space:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._sliding = True
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._sliding:
            area = self._target()
            self.move_line(share_of(event.position().x(), area.left(), area.width()))
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._sliding = False
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        ends = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0}
        goal = ends.get(key, self._split + _WAYS.get(key, 0.0))
        if self._seen is Shown.BOTH and key in (*_WAYS, *ends):
            self.move_line(goal)
            words = tr("The first picture up to {n} percent", n=round(100 * self._split))
            announce(self, words)
        else:
            super().keyPressEvent(event)


def _within(area: QRectF, image: QImage) -> QRectF:
    """Where a picture of another shape lies: as large as it can be, in the middle."""
    size = image.size().toSizeF().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    box = QRectF(0.0, 0.0, size.width(), size.height())
    box.moveCenter(area.center())
    return box
