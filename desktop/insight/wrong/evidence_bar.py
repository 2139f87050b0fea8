"""A measured figure as a small bar: where it lies, what is usual, and from where on it counts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.widgets import theme

_TRACK = 6  # pixels high
_MARK = 7  # pixels: half the side of the mark of the value
_ROOM = 1.5  # the bar goes so many times as far as the threshold and what is usual


@dataclass(frozen=True, slots=True)
class BarFigures:
    """`value` with its words; `usual` the span in which the good ones lie, None where there is
    none; `threshold` from where on it counts, None where it was no matter of one. `beyond`: the
    value lies on the bad side of it. `words` are those of usual span and threshold."""

    name: str
    value: float
    value_words: str
    usual: tuple[float, float] | None
    threshold: float | None
    beyond: bool
    words: str

    def span(self) -> tuple[float, float]:
        """The ends of the bar: so that what is usual and the threshold can be told apart, however
        far off the value is."""
        known = [*(self.usual or ()), self.threshold]
        ends = [value for value in known if value is not None] or [self.value]
        low, high = min(0.0, *ends), max(0.0, *ends)
        if low == high:
            return low, low + 1.0
        return low * _ROOM, high * _ROOM

    def place_of(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one; beyond them at the end."""
        low, high = self.span()
        return min(max((value - low) / (high - low), 0.0), 1.0)


class EvidenceBar(QWidget):
    """The name and the value above the bar, what is usual and the threshold below it."""

    def __init__(self, figures: BarFigures) -> None:
        super().__init__()
        self.figures = figures
        said = f"{figures.name}: {figures.value_words}. {figures.words}"
        self.setAccessibleName(said)
        self.setToolTip(said)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_2)
        head.addWidget(_label(figures.name), 1)
        value = _label(figures.value_words, "strong")
        value.setWordWrap(False)
        head.addWidget(value)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addLayout(head)
        lines.addWidget(_Track(figures))
        lines.addWidget(_label(figures.words, "dim"))


class _Track(QWidget):
    """The bar. The value is a diamond where it lies beyond the threshold, else a disc."""

    def __init__(self, figures: BarFigures) -> None:
        super().__init__()
        self._figures = figures
        self.setFixedHeight(2 * _MARK)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        figures, middle = self._figures, self.height() / 2
        track = QRectF(_MARK, middle - _TRACK / 2, self.width() - 2 * _MARK, _TRACK)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        if figures.usual is not None:
            first, last = sorted(self._across(track, one) for one in figures.usual)
            painter.setBrush(self._colour(QPalette.ColorRole.PlaceholderText))
            usual = QRectF(first, track.top(), max(last - first, 3.0), _TRACK)
            painter.drawRoundedRect(usual, 2, 2)
        if figures.threshold is not None:
            x = self._across(track, figures.threshold)
            painter.setPen(QPen(self._colour(QPalette.ColorRole.WindowText), 2))
            painter.drawLine(QPointF(x, middle - _MARK), QPointF(x, middle + _MARK))
        self._draw_value(painter, QPointF(self._across(track, figures.value), middle))

    def _across(self, track: QRectF, value: float) -> float:
        """From the left, which is the far end where text runs from the right."""
        place = self._figures.place_of(value)
        return track.left() + track.width() * (1 - place if self.isRightToLeft() else place)

    def _colour(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)

    def _draw_value(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(self._colour(QPalette.ColorRole.Window), 1.5))
        if not self._figures.beyond:
            painter.setBrush(self._colour(QPalette.ColorRole.WindowText))
            painter.drawEllipse(at, _MARK - 2, _MARK - 2)
            return
        painter.setBrush(self._colour(QPalette.ColorRole.Accent))
        corners = QPointF(0, -_MARK), QPointF(_MARK, 0), QPointF(0, _MARK), QPointF(-_MARK, 0)
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))


def _label(words: str, name: str = "") -> QLabel:
    label = QLabel(words)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
