"""The picture, large: the wheel zooms at the pointer, Space or the middle button pans, the left one
drags the file out or pans where it does not fit; arrows go through History, Z changes between all
of it and 100 %, \\ holds the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QMimeData,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

MIN_ZOOM = 0.05  # device pixels per picture pixel
MAX_ZOOM = 32.0
SQUARES = 8.0  # from this zoom on a picture's pixels are drawn as squares
KEY_STEP = 1.25  # by which a key zooms
WHEEL_STEP = 1.0015  # by which each eighth of a degree of the wheel zooms
FAR = 1_000_000_000  # steps that lead to the end of any history
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Home: -FAR,
    Qt.Key.Key_End: FAR,
}


@dataclass(frozen=True, slots=True)
class Place:
    """What is seen of a picture: how wide all of it would be in device pixels, None where it fits,
    and which point of it, as shares of its sides, lies in the middle."""

    width: float | None
    x: float
    y: float


class Viewer(QWidget):
    """Shows one QImage on neutral grey. `zoom` is device pixels per picture pixel; None means fit.

    `stepped`: so many pictures on or back. `moved`: somebody zoomed or panned. `file` tells the
    path of the file that can be dragged out, or "".
    """

    zoomed = Signal(str)
    stepped = Signal(int)
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Picture"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.file: Callable[[], str] = str
        self.is_alone = False  # nothing else is seen that could have the focus
        self._image = QImage()
        self._finished = QImage()
        self._before = QImage()
        self._developing = False
        self._words = ""
        self._space = False
        self._pressed: QPoint | None = None
        self._zoom: float | None = None
        self._centre = QPointF(0.5, 0.5)
        self._grabbed: QPointF | None = None
        self._comparing = False
        self._message = ""

    def sizeHint(self) -> QSize:
        return QSize(640, 520)

    def show_image(self, image: QImage, *, developing: bool = False, again: bool = False) -> None:
        """Show a picture; the finished one before it is kept for comparison. `again`:
        it is the one that was shown last."""
        if not developing:
            same_size = image.size() == self._finished.size()  # whatever previews came between
            if not self._finished.isNull() and not again:
                self._before = self._finished
            self._finished = image
            if not same_size:
                self._zoom = None
                self._centre = QPointF(0.5, 0.5)
        self._developing = developing
        self._image = image
        self._message = ""
        self._announce()

    def describe(self, words: str) -> None:
        """What the picture is, for a screen reader; said at once where it has the focus."""
        if words != self._words and self.hasFocus():
            announce(self, words)
        self._words = words
        self._announce()

    def show_message(self, text: str) -> None:
        """Words in place of a picture."""
        self._message = text
        self.setAccessibleDescription(text)
        self.update()

    def has_image(self) -> bool:
        """Whether a picture is shown."""
        return not self._image.isNull() and not self._message

    def is_developing(self) -> bool:
        """Whether what is shown is a preview of a picture that is not finished."""
        return self.has_image() and self._developing

    def expect_finished(self) -> None:
        """The finished picture is on its way: what is done here from now on is meant for it."""
        self._developing = False

    def clear(self) -> None:
        """Show nothing."""
        self._image = QImage()
        self._finished = QImage()
        self._before = QImage()
        self._words = ""
        self._announce()

    # --- geometry: everything in device pixels ---

    def _size(self) -> QSize:
        """The picture's, in its own pixels; what is drawn may be a smaller copy."""
        return self._image.size()

    def _fit_zoom(self) -> float:
        ratio = self.devicePixelRatioF()
        margin = 24 * ratio
        width = max(16.0, self.width() * ratio - margin)
        height = max(16.0, self.height() * ratio - margin)
        size = self._size()
        return min(width / max(1, size.width()), height / max(1, size.height()))

    def zoom(self) -> float:
        """Device pixels per picture pixel now."""
        return self._fit_zoom() if self._zoom is None else self._zoom

    def _shown_size(self) -> QSizeF:
        """The picture's size, in widget coordinates."""
        return self._size().toSizeF() * (self.zoom() / self.devicePixelRatioF())

    def _target(self) -> QRectF:
        """Where the picture lies, in widget coordinates."""
        size = self._shown_size()
        left = self.width() / 2 - self._centre.x() * size.width()
        top = self.height() / 2 - self._centre.y() * size.height()
        return QRectF(QPointF(left, top), size)

    def toggle_zoom(self) -> None:
        """The whole picture, or one of its pixels on one of the screen."""
        self.set_zoom(None if self.zoom() == 1.0 else 1.0)

    def set_zoom(self, zoom: float | None, at: QPointF | None = None) -> None:
        """Zoom to a factor (None: fit), keeping the picture's point under `at` where it is."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        before = self._target()
        share = QPointF(
            (point.x() - before.x()) / max(1e-9, before.width()),
            (point.y() - before.y()) / max(1e-9, before.height()),
        )
        self._zoom = None if zoom is None else min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        if self._zoom is None:
            self._centre = QPointF(0.5, 0.5)
        else:
            size = self._shown_size()
            self._centre = QPointF(
                share.x() - (point.x() - self.width() / 2) / max(1e-9, size.width()),
                share.y() - (point.y() - self.height() / 2) / max(1e-9, size.height()),
            )
            self._clamp()
        self._announce()
        self.moved.emit()

    def place(self) -> Place:
        """What is seen of the picture now."""
        width = None if self._zoom is None else self._zoom * self._size().width()
        return Place(width, self._centre.x(), self._centre.y())

    def take_place(self, place: Place) -> None:
        """Show what another viewer shows of its picture; not told by `moved`."""
        wide = max(1, self._size().width())
        self._zoom = None if place.width is None else place.width / wide
        self._centre = QPointF(place.x, place.y)
        self._announce()

    def _clamp(self) -> None:
        self._centre = QPointF(
            min(max(self._centre.x(), 0.0), 1.0), min(max(self._centre.y(), 0.0), 1.0)
        )

    def _announce(self) -> None:
        if self.has_image():
            w, h = self._size().toTuple()  # type: ignore[misc]
            size = tr("{w} by {h} pixels", w=w, h=h)
            words = f"{self._words}, {size}" if self._words else size
            if self.accessibleDescription() != words:
                self.setAccessibleDescription(words)
        self.zoomed.emit(self.scale_words())
        self.update()

    def scale_words(self) -> str:
        """The picture's size and the zoom; "" where none is shown."""
        if not self.has_image():
            return ""
        size = self._size()
        return f"{size.width()} x {size.height()} · {self.zoom() * 100:.0f} %"

    # --- events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(palette.ColorRole.Dark))
        if self.has_image():
            smooth = self._zoom is None or self._zoom < SQUARES
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            self._draw_picture(painter, self._target())
        if self._message:
            font = painter.font()
            font.setPixelSize(15)
            painter.setFont(font)
            painter.setPen(QColor(palette.color(palette.ColorRole.PlaceholderText)))
            painter.drawText(
                self.rect().adjusted(40, 40, -40, -40),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self._message,
            )

        if self.hasFocus() and not self.is_alone:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(palette.color(palette.ColorRole.Highlight), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)

    def _draw_picture(self, painter: QPainter, area: QRectF) -> None:
        painter.drawImage(area, self._other() if self._comparing else self._image)

    def _other(self) -> QImage:
        """What \\ shows: while one develops the last finished one, else the one before it."""
        is_finished = self._image.cacheKey() == self._finished.cacheKey()
        other = self._before if is_finished else self._finished
        return self._image if other.isNull() else other

    def resizeEvent(self, event: object) -> None:
        self._announce()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.has_image():
            self.set_zoom(self.zoom() * WHEEL_STEP ** event.angleDelta().y(), event.position())
            event.accept()

    def _larger(self) -> bool:
        """Whether there is more of the picture than the room shows."""
        size = self._shown_size()
        is_larger = size.width() > self.width() + 1 or size.height() > self.height() + 1
        return self._zoom is not None and is_larger

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() == Qt.MouseButton.LeftButton
        pans = left and (self._space or self._larger())
        if pans or event.button() == Qt.MouseButton.MiddleButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif left and self._target().contains(event.position()):
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and self._zoom is not None:
            area = self._target()
            moved = event.position() - self._grabbed
            self._centre -= QPointF(moved.x() / area.width(), moved.y() / area.height())
            self._clamp()
            self._grabbed = event.position()
            self.update()
            self.moved.emit()
        elif self._pressed is not None:
            way = event.position().toPoint() - self._pressed
            if way.manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                if (data := self.dragged()) is not None:
                    self.start_drag(data)

    def dragged(self) -> QMimeData | None:
        """What dragging the picture out carries: its file."""
        path = self.file() if self.has_image() else ""
        if not path:
            return None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path)])
        return data

    def start_drag(self, data: QMimeData) -> None:
        """Until it is let go."""
        from desktop.pictures.grids.dragging import drag_out

        drag_out(self, data, QPixmap.fromImage(self._drag_image()))

    def _drag_image(self) -> QImage:
        return self._image

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = self._pressed = None
        self.unsetCursor()

    def menu_place(self, asked: QPoint) -> QPoint:
        """Where a menu opens: under the pointer, or within the picture where a key asked for it."""
        area: QRect = self._target().toRect().intersected(self.rect())
        return asked if self.rect().contains(asked) else area.center()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.set_zoom(1.0 if self._zoom is None else None, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _STEPS and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            self.stepped.emit(_STEPS[Qt.Key(key)])
        elif key == Qt.Key.Key_Space:
            self._hold_space(True)
        elif key == Qt.Key.Key_Z and not event.modifiers():
            self.toggle_zoom()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self.zoom() * KEY_STEP)
        elif key == Qt.Key.Key_Minus:
            self.set_zoom(self.zoom() / KEY_STEP)
        elif key == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self._compare(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self._compare(False)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._compare(False)  # the key may be let go elsewhere
        self._hold_space(False)

    def _hold_space(self, on: bool) -> None:
        self._space = on
        if on:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _compare(self, on: bool) -> None:
        self._comparing = on
        self.update()
