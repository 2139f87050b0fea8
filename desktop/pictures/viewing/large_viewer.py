"""The viewer of a window for pictures alone: the place that one looks at stays from picture to
picture, very large ones too are drawn at once, and one fades into the next where it is asked to."""

from __future__ import annotations

from PySide6.QtCore import (
    QEasingCurve,
    QMargins,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
)

from desktop.pictures.viewer import Viewer
from desktop.pictures.viewing.decoding import Decoded
from desktop.widgets.i18n import tr
from desktop.widgets.theme import moves

FADE_MS = 600
NOTE_EDGE = 8  # pixels around the words of a note


class LargeViewer(Viewer):
    """`tapped`: the Space key was pressed and let go, and nothing panned with it. `more_wanted`:
    more pixels are looked at than are here."""

    tapped = Signal()
    more_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWhatsThis(
            tr(
                "Shows one picture after another: arrow keys go on, the wheel zooms, dragging "
                "moves it, Z changes between fit and 100 %."
            )
        )
        self._decoded: Decoded | None = None
        self._earlier: Decoded | None = None  # what \\ shows
        self._panned = False  # while Space is held
        self._note = ""
        self._old = QPixmap()  # what is faded out
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.valueChanged.connect(lambda _: self.update())
        self._fade.finished.connect(self._faded)

    def show_decoded(self, decoded: Decoded, *, again: bool = False, fade: bool = False) -> None:
        """Show a picture, at the zoom and place of the one before. `again`: more or less pixels of
        the same one."""
        zoom, centre = self._zoom, QPointF(self._centre)
        if fade and not again and self.has_image() and moves(self):
            self._old = self.grab()
            self._fade.start()
        elif not again:
            self._fade.stop()
            self._faded()
        if not again:
            self._earlier = None if self._decoded is None else self._decoded.lighter()
        self._decoded = decoded
        self.show_image(QImage(), again=again)  # what is drawn is `decoded`, which keeps its bytes
        self._zoom, self._centre = zoom, centre
        self._announce()
        self._look_for_pixels()

    def show_note(self, words: str) -> None:
        """A sentence over the lower edge of the picture, for as long as that is shown; "" for
        none."""
        if words != self._note:
            self._note = words
            self.update()

    def is_fading(self) -> bool:
        """Whether one picture fades into another just now."""
        return self._fade.state() == QVariantAnimation.State.Running

    def clear(self) -> None:
        self._decoded = self._earlier = None
        self._note = ""
        self._faded()
        super().clear()

    def has_image(self) -> bool:
        return self._decoded is not None and not self._message

    def _size(self) -> QSize:
        return QSize() if self._decoded is None else self._decoded.size

    def set_zoom(self, zoom: float | None, at: QPointF | None = None) -> None:
        super().set_zoom(zoom, at)
        self._look_for_pixels()

    def _look_for_pixels(self) -> None:
        decoded = self._decoded
        if decoded is None or decoded.is_whole:
            return
        if self._target().width() * self.devicePixelRatioF() > decoded.levels[-1].width():
            self.more_wanted.emit()

    def _faded(self) -> None:
        self._old = QPixmap()

    def _draw_picture(self, painter: QPainter, area: QRectF) -> None:
        decoded = self._decoded
        if self._comparing and self._earlier is not None:
            decoded = self._earlier
        if decoded is not None:
            width = area.width() * self.devicePixelRatioF()
            painter.drawImage(area, decoded.level(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._note and self.has_image():
            self._draw_note()
        if not self._old.isNull():
            painter = QPainter(self)
            painter.setOpacity(1.0 - float(self._fade.currentValue() or 0.0))
            painter.drawPixmap(0, 0, self._old)

    def _draw_note(self) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = self.rect().adjusted(4 * NOTE_EDGE, 0, -4 * NOTE_EDGE, -2 * NOTE_EDGE)
        text = painter.boundingRect(room, flags, self._note)
        text.moveBottom(room.bottom())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.ToolTipBase))
        edge = QMargins(NOTE_EDGE, NOTE_EDGE, NOTE_EDGE, NOTE_EDGE)
        painter.drawRoundedRect(text.marginsAdded(edge), NOTE_EDGE, NOTE_EDGE)
        painter.setPen(self.palette().color(QPalette.ColorRole.ToolTipText))
        painter.drawText(text, flags, self._note)

    def _drag_image(self) -> QImage:
        return QImage() if self._decoded is None else self._decoded.levels[0]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._panned = self._panned or self._space
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._panned = False
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        is_tap = self._space and not self._panned and event.key() == Qt.Key.Key_Space
        super().keyReleaseEvent(event)
        if is_tap and not event.isAutoRepeat():
            self.tapped.emit()
