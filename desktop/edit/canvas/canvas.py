"""The canvas: shows an open document, large; the wheel zooms at the pointer, Space or the middle
button pans, Shift+Space turns."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.values.editing.record import View
from desktop.edit.canvas.drawing import draw_document, draw_mask
from desktop.edit.canvas.view import Placement
from desktop.edit.document.open_document import OpenDocument
from desktop.widgets.i18n import tr

WHEEL_STEP = 1.0015  # by which each eighth of a degree of the wheel zooms
KEY_STEP = 1.25
TURN = 15.0  # degrees a key


class Canvas(QWidget):
    """`viewed`: zoom, place or angle changed; `view()` says which. `zoomed`: the words for it."""

    viewed = Signal()
    zoomed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._document: OpenDocument | None = None
        self._view = View()
        self._space = False
        self._grabbed: QPointF | None = None
        self._turning = False
        self._mask_shown = True

    def sizeHint(self) -> QSize:
        return QSize(640, 520)

    # --- what is shown ---

    def show_document(self, document: OpenDocument | None, view: View | None = None) -> None:
        """Show another document, or none, as it was looked at last."""
        if self._document is not None:
            self._document.painted.disconnect(self._painted)
            self._document.restructured.disconnect(self._restructured)
        self._document = document
        if document is not None:
            document.painted.connect(self._painted)
            document.restructured.connect(self._restructured)
        self._view = view or View()
        self._announce()

    def document(self) -> OpenDocument | None:
        """The one that is shown."""
        return self._document

    def show_mask(self, shown: bool) -> None:
        """Whether what is selected is tinted."""
        self._mask_shown = shown
        self.update()

    def _painted(self, area: QRect) -> None:
        self.update(self.on_widget(QRectF(area), 3))

    def _restructured(self) -> None:
        self._announce()

    # --- how it lies ---

    def placement(self) -> Placement:
        """How the document lies in the widget now."""
        size = QSizeF(1, 1) if self._document is None else QSizeF(self._document.size)
        return Placement(self._view, QSizeF(self.size()), size, self.devicePixelRatioF())

    def view(self) -> View:
        """How the document is looked at, to be kept."""
        return self._view

    def set_view(self, view: View) -> None:
        """Look at it like this."""
        if view != self._view:
            self._view = view
            self.viewed.emit()
            self._announce()

    def zoom(self) -> float:
        """Device pixels a pixel of the document."""
        return self.placement().zoom

    def set_zoom(self, zoom: float | None, at: QPointF | None = None) -> None:
        """Zoom to a factor (None: fit), the document's point under `at` staying where it is."""
        if zoom is None:
            self.set_view(View(angle=self._view.angle, mirrored=self._view.mirrored))
            return
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self.set_view(self.placement().zoomed(zoom, point))

    def toggle_zoom(self) -> None:
        """All of it, or one of its pixels on one of the screen."""
        self.set_zoom(None if self.zoom() == 1.0 else 1.0)

    def turn(self, by: float) -> None:
        """Turn the view, not the document, by so many degrees; 0 sets it upright."""
        upright = View(self._view.zoom, self._view.centre_x, self._view.centre_y)
        self.set_view(self.placement().turned(by) if by else upright)

    def mirror(self) -> None:
        """Look at it in a mirror: the document stays as it is."""
        self.set_view(self.placement().mirrored())

    def on_widget(self, area: QRectF, margin: int = 0) -> QRect:
        """Around an area of the document, in the widget, with so many pixels more."""
        around = self.placement().transform().mapRect(area).toAlignedRect()
        return around.adjusted(-margin, -margin, margin, margin)

    def _announce(self) -> None:
        if self._document is None:
            self.zoomed.emit("")
        else:
            size = self._document.size
            words = f"{size.width()} x {size.height()} · {self.zoom() * 100:.0f} %"
            if self._view.angle:
                words += f" · {self._view.angle:.0f}°"
            self.zoomed.emit(words)
        self.update()

    # --- events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(event.rect(), palette.color(palette.ColorRole.Dark))
        if self._document is not None:
            placement = self.placement()
            draw_document(painter, placement, self._document, event.rect())
            if self._mask_shown:
                draw_mask(painter, placement, self._document, event.rect())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(palette.color(palette.ColorRole.Highlight)), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)

    def resizeEvent(self, event: object) -> None:
        self._announce()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._document is not None:
            self.set_zoom(self.zoom() * WHEEL_STEP ** event.angleDelta().y(), event.position())
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._grabbed = event.position()
            self._turning = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            return
        if self._turning:
            middle = QPointF(self.width() / 2, self.height() / 2)
            before, now = self._grabbed - middle, event.position() - middle
            self.set_view(self.placement().turned(_angle(now) - _angle(before)))
        else:
            self.set_view(self.placement().panned(event.position() - self._grabbed))
        self._grabbed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Space:
                self._space = True
            case Qt.Key.Key_Z:
                self.toggle_zoom()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.set_zoom(self.zoom() * KEY_STEP)
            case Qt.Key.Key_Minus:
                self.set_zoom(self.zoom() / KEY_STEP)
            case Qt.Key.Key_4:
                self.turn(-TURN)
            case Qt.Key.Key_6:
                self.turn(TURN)
            case Qt.Key.Key_5:
                self.turn(0)
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
        super().keyReleaseEvent(event)


def _angle(point: QPointF) -> float:
    return math.degrees(math.atan2(point.y(), point.x()))
