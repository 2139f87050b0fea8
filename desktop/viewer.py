"""The picture, large: wheel zooms at the pointer, dragging pans, keys 0 and 1 fit and show 100 %, \\ holds the one before."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.strings import tr

MIN_ZOOM, MAX_ZOOM = 0.05, 32.0


class Viewer(QWidget):
    """Shows one QImage on neutral grey. `zoom` is device pixels per picture pixel; None means fit."""

    zoomed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Picture"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self._image = QImage()
        self._before = QImage()
        self._zoom: float | None = None
        self._centre = QPointF(0.5, 0.5)
        self._grabbed: QPointF | None = None
        self._comparing = False
        self._message = ""

    def sizeHint(self) -> QSize:
        return QSize(640, 520)

    def show_image(self, image: QImage, *, developing: bool = False) -> None:
        """Show a picture; a developing one keeps the finished one before it for comparison."""
        if not developing and not self._image.isNull():
            self._before = self._image
        same = image.size() == self._image.size()
        self._image, self._message = image, ""
        if not same and not developing:
            self._zoom, self._centre = None, QPointF(0.5, 0.5)
        self._announce()

    def show_message(self, text: str) -> None:
        """Words in place of a picture."""
        self._message = text
        self.setAccessibleDescription(text)
        self.update()

    def has_image(self) -> bool:
        """Whether a picture is shown."""
        return not self._image.isNull() and not self._message

    def clear(self) -> None:
        """Show nothing."""
        self._image = QImage()
        self._announce()

    # --- geometry: everything in device pixels ---

    def _fit_zoom(self) -> float:
        ratio = self.devicePixelRatioF()
        margin = 24 * ratio
        room = max(16.0, self.width() * ratio - margin), max(16.0, self.height() * ratio - margin)
        return min(room[0] / max(1, self._image.width()), room[1] / max(1, self._image.height()))

    def zoom(self) -> float:
        """Device pixels per picture pixel now."""
        return self._fit_zoom() if self._zoom is None else self._zoom

    def _target(self) -> QRectF:
        """Where the picture lies, in widget coordinates."""
        scale = self.zoom() / self.devicePixelRatioF()
        w, h = self._image.width() * scale, self._image.height() * scale
        return QRectF(self.width() / 2 - self._centre.x() * w, self.height() / 2 - self._centre.y() * h, w, h)

    def set_zoom(self, zoom: float | None, at: QPointF | None = None) -> None:
        """Zoom to a factor (None: fit), keeping the picture's point under `at` where it is."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        before = self._target()
        share = QPointF((point.x() - before.x()) / max(1e-9, before.width()), (point.y() - before.y()) / max(1e-9, before.height()))
        self._zoom = None if zoom is None else min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        if self._zoom is None:
            self._centre = QPointF(0.5, 0.5)
        else:
            scale = self._zoom / self.devicePixelRatioF()
            w, h = self._image.width() * scale, self._image.height() * scale
            self._centre = QPointF(share.x() - (point.x() - self.width() / 2) / max(1e-9, w),
                                   share.y() - (point.y() - self.height() / 2) / max(1e-9, h))
            self._clamp()
        self._announce()

    def _clamp(self) -> None:
        self._centre = QPointF(min(max(self._centre.x(), 0.0), 1.0), min(max(self._centre.y(), 0.0), 1.0))

    def _announce(self) -> None:
        if self.has_image():
            self.setAccessibleDescription(tr("{w} by {h} pixels", w=self._image.width(), h=self._image.height()))
            self.zoomed.emit(f"{self._image.width()} x {self._image.height()} · {self.zoom() * 100:.0f} %")
        else:
            self.zoomed.emit("")
        self.update()

    # --- events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(palette.ColorRole.Dark))
        if self.has_image():
            image = self._before if self._comparing and not self._before.isNull() else self._image
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom is None or self._zoom < 8)
            painter.drawImage(self._target(), image)
        if self._message:
            font = painter.font()
            font.setPixelSize(15)
            painter.setFont(font)
            painter.setPen(QColor(palette.color(palette.ColorRole.PlaceholderText)))
            painter.drawText(self.rect().adjusted(40, 40, -40, -40), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)

    def resizeEvent(self, event: object) -> None:
        self._announce()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.has_image():
            self.set_zoom(self.zoom() * 1.0015 ** event.angleDelta().y(), event.position())
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and self._zoom is not None:
            area, moved = self._target(), event.position() - self._grabbed
            self._centre -= QPointF(moved.x() / area.width(), moved.y() / area.height())
            self._clamp()
            self._grabbed = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.set_zoom(1.0 if self._zoom is None else None, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_0:
            self.set_zoom(None)
        elif key == Qt.Key.Key_1:
            self.set_zoom(1.0)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self.zoom() * 1.25)
        elif key == Qt.Key.Key_Minus:
            self.set_zoom(self.zoom() / 1.25)
        elif key == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self._compare(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self._compare(False)
        else:
            super().keyReleaseEvent(event)

    def _compare(self, on: bool) -> None:
        self._comparing = on
        self.update()
