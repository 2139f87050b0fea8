"""A figure of curves over one pair of axes, whose points can be picked and moved by mouse and by
keyboard. What it shows it says in words too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.service.insight.plot import Axis
from desktop.insight.opened.figure import Figure, Mark
from desktop.widgets import theme
from desktop.widgets.announce import announce

HEIGHT = 240  # pixels
LEFT, RIGHT = 72, 14  # pixels beside the curves
TOP, BOTTOM = 10, 42  # above and below
LINE = 20  # pixels of a line of the legend
SAMPLE = 28  # pixels of a curve's line in it, with the gap behind
NEAR = 14.0  # pixels from a point that still hit it
BINS = 36  # of what is drawn behind
WIDEST_BIN = 0.3  # of the width
STROKE, FINE_STROKE = 0.01, 0.002  # shares of the height that an arrow key moves a point
LINES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


class PlotView(QWidget):
    """`picked` carries the number of the point of the first curve that is looked at, `moved` it and
    the value upwards that it is dragged to, `released` that a drag has ended. `spoken` is what
    is said of a picked point."""

    picked = Signal(int)
    moved = Signal(int, float)
    released = Signal()

    def __init__(self, tokens: theme.Tokens, name: str, help_text: str, *, movable: bool) -> None:
        super().__init__()
        self._tokens = tokens
        self._figure = Figure(across="", up="")
        self._movable = movable
        self._dragged = False
        self.point = 0
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self.setMinimumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(480, HEIGHT)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def show_figure(self, figure: Figure) -> None:
        """This from now on; the point that is looked at stays where there is one."""
        self._figure = figure
        self.point = min(self.point, max(self._count() - 1, 0))
        self.setAccessibleDescription(figure.table)
        self.update()

    def pick(self, point: int) -> None:
        """Look at a point of the first curve."""
        if 0 <= point < self._count() and self._figure.series[0].points[point][1] is not None:
            self.point = point
            self.update()
            self.picked.emit(point)

    def speak(self, words: str) -> None:
        """What is to be said of the point that was picked, to who has the figure's focus."""
        if self.hasFocus():
            announce(self, words)

    def _count(self) -> int:
        return len(self._figure.series[0].points) if self._figure.series else 0

    # --- places ---

    def _area(self) -> QRectF:
        rows = self._legend()
        lines = rows[-1].line + 1 if rows else 0
        return QRectF(self.rect()).adjusted(LEFT, TOP + lines * LINE, -RIGHT, -BOTTOM)

    def _axes(self) -> tuple[Axis, Axis]:
        figure, area = self._figure, self._area()
        points = [point for one in figure.series for point in one.points]
        across = [x for x, _ in points] or [0.0, 1.0]
        up = [y for _, y in points if y is not None and (y > 0 or not figure.is_logarithmic)]
        low, high = _span([*up, *(figure.span or ())], is_logarithmic=figure.is_logarithmic)
        right = max(across)
        return (
            Axis(
                min(across),
                right if right > min(across) else min(across) + 1,
                area.left(),
                area.right(),
            ),
            Axis(low, high, area.bottom(), area.top(), figure.is_logarithmic),
        )

    def place_of(self, point: int) -> QPointF | None:
        """Where a point of the first curve is drawn; None where it is not."""
        if not 0 <= point < self._count():
            return None
        x, y = self._figure.series[0].points[point]
        across, up = self._axes()
        is_drawn = y is not None and (y > 0 or not self._figure.is_logarithmic)
        return QPointF(across.at(x), up.at(y)) if is_drawn and y is not None else None

    def _nearest(self, place: QPointF) -> int | None:
        """The point within reach; of a figure whose points do not move the nearest across."""
        found: list[tuple[float, int]] = []
        for number in range(self._count()):
            at = self.place_of(number)
            if at is not None:
                off = at - place
                distance = (off.x() ** 2 + off.y() ** 2) ** 0.5 if self._movable else abs(off.x())
                found.append((distance, number))
        if not found:
            return None
        distance, number = min(found)
        return number if distance <= NEAR or not self._movable else None

    # --- mouse and keys ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._nearest(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.pick(number)
            self._dragged = self._movable

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            _, up = self._axes()
            self.moved.emit(self.point, up.value_at(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            self._dragged = False
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: self.point - 1,
            Qt.Key.Key_Right: self.point + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._last(),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.pick(steps[key])
        elif self._movable and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            share = FINE_STROKE if is_fine else STROKE
            self._stroke(share if key == Qt.Key.Key_Up else -share)
        else:
            super().keyPressEvent(event)

    def _last(self) -> int:
        """The last one that is drawn."""
        numbers = range(self._count() - 1, -1, -1)
        return next((one for one in numbers if self.place_of(one) is not None), 0)

    def _stroke(self, share: float) -> None:
        place = self.place_of(self.point)
        if place is not None:
            _, up = self._axes()
            value = up.value_at(place.y() - share * self._area().height())
            self.moved.emit(self.point, value)
            self.released.emit()

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, up = self._axes()
        self._draw_behind(painter, up)
        self._draw_grid(painter, across, up)
        for number, mark in enumerate(self._figure.marks):
            self._draw_mark(painter, mark, number, across)
        for number in range(len(self._figure.series) - 1, -1, -1):
            self._draw_series(painter, number, across, up)
        self._draw_point(painter)
        self._draw_legend(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS
            )

    def _colour(self, number: int) -> QColor:
        tokens = self._tokens
        colours = (tokens.weight_up, tokens.weight_down, tokens.choice, tokens.change, tokens.name)
        return QColor(colours[number % len(colours)])

    def _pen(self, number: int) -> QPen:
        return QPen(self._colour(number), 2, LINES[number % len(LINES)])

    def _draw_behind(self, painter: QPainter, up: Axis) -> None:
        """How close the values lie, as bars from the left."""
        area = self._area()
        counts = [0] * BINS
        height = area.height() / BINS
        for value in self._figure.behind:
            if value > 0 or not up.is_logarithmic:
                at = int((area.bottom() - up.at(value)) / height)
                if 0 <= at < BINS:
                    counts[at] += 1
        most = max(counts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._tokens.raised))
        for at, count in enumerate(counts):
            if count:
                width = area.width() * WIDEST_BIN * count / most
                top = area.bottom() - (at + 1) * height
                painter.drawRect(QRectF(area.left(), top, width, height))

    def _draw_grid(self, painter: QPainter, across: Axis, up: Axis) -> None:
        area, metrics = self._area(), painter.fontMetrics()
        line, words = QPen(QColor(self._tokens.line), 1), QColor(self._tokens.dim)
        for value in up.ticks():
            y = up.at(value)
            painter.setPen(line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(words)
            box = QRectF(LINE, y - 10, LEFT - LINE - theme.SPACE_2, 20)
            painter.drawText(box, _RIGHT, f"{value:.4g}")
        for value in across.ticks():
            if self._figure.counts_across and value != round(value):
                continue
            x = across.at(value)
            painter.setPen(line)
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + theme.SPACE_1))
            painter.setPen(words)
            painter.drawText(QRectF(x - 30, area.bottom() + 4, 60, 18), _MIDDLE, f"{value:.4g}")
        painter.setPen(words)
        foot = QRectF(area.left(), self.height() - metrics.height() - 2, area.width(), 18)
        painter.drawText(foot, _RIGHT, self._figure.across)
        painter.save()
        painter.translate(0, self.height())
        painter.rotate(-90)
        room = QRectF(0, 0, self.height(), LINE)
        up_words = metrics.elidedText(
            self._figure.up, Qt.TextElideMode.ElideRight, round(room.width())
        )
        painter.drawText(room, _MIDDLE, up_words)
        painter.restore()

    def _draw_mark(self, painter: QPainter, mark: Mark, number: int, across: Axis) -> None:
        """In the colour of the curve of its number; words of neighbours stand in lines of their
        own."""
        area = self._area()
        x = across.at(mark.at)
        painter.setPen(QPen(self._colour(number), 1, LINES[number % len(LINES)]))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(mark.words)
        left = x + theme.SPACE_1 if x + width < area.right() else x - width - theme.SPACE_1
        top = area.bottom() - (number + 1) * metrics.lineSpacing() - theme.SPACE_1
        painter.setPen(QColor(self._tokens.text))
        painter.drawText(QRectF(left, top, width + 2, metrics.lineSpacing()), _LEFT, mark.words)

    def _draw_series(self, painter: QPainter, number: int, across: Axis, up: Axis) -> None:
        places = [
            QPointF(across.at(x), up.at(y))
            for x, y in self._figure.series[number].points
            if y is not None and (y > 0 or not up.is_logarithmic)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen(number))
        painter.drawPolyline(QPolygonF(places))
        if number == 0 or len(places) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(number))
            size = 4.0 if self._movable else 2.5
            for place in places:
                painter.drawEllipse(place, size, size)

    def _draw_point(self, painter: QPainter) -> None:
        """The one that is looked at."""
        place = self.place_of(self.point)
        if place is not None:
            painter.setPen(QPen(QColor(self._tokens.text), 2))
            painter.setBrush(self._colour(0))
            painter.drawEllipse(place, 6.0, 6.0)

    def _legend(self) -> list[_Word]:
        """Where each name stands: in as many lines as it takes."""
        metrics = self.fontMetrics()
        names = [(one.name, number) for number, one in enumerate(self._figure.series)]
        if self._figure.behind:
            names.append((self._figure.behind_name, -1))
        found: list[_Word] = []
        at, line = float(LEFT), 0
        for name, number in names:
            width = SAMPLE + metrics.horizontalAdvance(name) + theme.SPACE_4
            if at > LEFT and at + width > self.width() - RIGHT:
                at, line = float(LEFT), line + 1
            found.append(_Word(name, number, at, line))
            at += width
        return found

    def _draw_legend(self, painter: QPainter) -> None:
        metrics = painter.fontMetrics()
        for word in self._legend():
            middle = LINE * word.line + LINE / 2 + 3
            if word.number < 0:
                bar = QRectF(word.at, middle - 5, SAMPLE - 6, 10)
                painter.fillRect(bar, QColor(self._tokens.raised))
            else:
                painter.setPen(self._pen(word.number))
                end = QPointF(word.at + SAMPLE - 6, middle)
                painter.drawLine(QPointF(word.at, middle), end)
            painter.setPen(QColor(self._tokens.dim))
            room = self.width() - word.at - SAMPLE - RIGHT
            short = metrics.elidedText(word.name, Qt.TextElideMode.ElideRight, round(max(room, 0)))
            painter.drawText(QRectF(word.at + SAMPLE, middle - 10, room, 20), _LEFT, short)


@dataclass(frozen=True, slots=True)
class _Word:
    """A name of the legend. `number` is the curve's, -1 for what lies behind."""

    name: str
    number: int
    at: float
    line: int


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_MIDDLE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)


def _span(values: Sequence[float], *, is_logarithmic: bool) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    if low < high:
        return low, high
    return (low / 2, low * 2) if is_logarithmic else (low - 0.5, low + 0.5)
