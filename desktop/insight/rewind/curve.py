"""How far the estimate moved in each step, as two curves over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme
from desktop.widgets.i18n import tr

HEIGHT = 116  # pixels
LEGEND = 20  # pixels, above the curves
MARGIN = 6  # pixels around the curves
LEAST, MOST = 0.001, 1.0  # shares, at the bottom and at the top


@dataclass(frozen=True, slots=True)
class Moved:
    """How far the estimate moved in one step: shares of the finished picture's own spread, in
    coarse waves and in fine ones."""

    coarse: float
    fine: float


class ChangeCurve(QWidget):
    """`asked` carries the step, from 1, that was pressed on. The fine curve is dashed."""

    asked = Signal(int)

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._steps: tuple[Moved, ...] = ()
        self._step = 1
        self.setAccessibleName(tr("What each step changed"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            tr(
                "How far each step moved the guess, coarse forms and fine detail, on a "
                "logarithmic scale from 0.1 to 100 %."
            )
        )

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def show_steps(self, steps: Sequence[Moved]) -> None:
        """Of all steps, from the first on."""
        self._steps = tuple(steps)
        self.setAccessibleDescription(self.table())
        self.update()

    def table(self) -> str:
        """The numbers, a line a step."""
        rows = (
            tr(
                "Step {step}: coarse {coarse} %, fine {fine} %.",
                step=number,
                coarse=f"{100 * one.coarse:.1f}",
                fine=f"{100 * one.fine:.1f}",
            )
            for number, one in enumerate(self._steps, 1)
        )
        return "\n".join(rows)

    def mark(self, step: int) -> None:
        """The step that is looked at."""
        self._step = step
        self.update()

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, LEGEND + MARGIN, -MARGIN, -MARGIN)

    def _x(self, step: int) -> float:
        area = self._area()
        return area.left() + area.width() * (step - 1) / max(len(self._steps) - 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if self._steps:
            at = self._x(self._step)
            painter.setPen(QPen(QColor(self._tokens.text), 1))
            painter.drawLine(QPointF(at, area.top() - MARGIN), QPointF(at, area.bottom()))
            for values, pen in self._curves():
                self._draw(painter, values, pen)
        self._draw_legend(painter)

    def _curves(self) -> tuple[tuple[list[float], QPen], ...]:
        coarse = QPen(QColor(self._tokens.weight_up), 2)
        fine = QPen(QColor(self._tokens.weight_down), 2, Qt.PenStyle.DashLine)
        return (
            ([one.coarse for one in self._steps], coarse),
            ([one.fine for one in self._steps], fine),
        )

    def _draw(self, painter: QPainter, values: Sequence[float], pen: QPen) -> None:
        area = self._area()
        line = QPolygonF(
            [
                QPointF(self._x(step), area.bottom() - area.height() * _height(value))
                for step, value in enumerate(values, 1)
            ]
        )
        painter.setPen(pen)
        painter.drawPolyline(line)

    def _draw_legend(self, painter: QPainter) -> None:
        at = float(MARGIN)
        middle = LEGEND / 2
        for words, (_, pen) in zip((tr("coarse"), tr("fine")), self._curves(), strict=True):
            painter.setPen(pen)
            painter.drawLine(QPointF(at, middle), QPointF(at + 22, middle))
            painter.setPen(QColor(self._tokens.dim))
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(
                QRectF(at + 28, 0, width + 4, LEGEND), Qt.AlignmentFlag.AlignVCenter, words
            )
            at += 28 + width + theme.SPACE_4

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        if self._steps and event.button() == Qt.MouseButton.LeftButton:
            share = (event.position().x() - area.left()) / max(area.width(), 1.0)
            step = 1 + round(share * (len(self._steps) - 1))
            self.asked.emit(min(max(step, 1), len(self._steps)))


def _height(share: float) -> float:
    """Where a share lies on the logarithmic scale, 0 to 1."""
    inside = min(max(share, LEAST), MOST)
    return math.log(inside / LEAST) / math.log(MOST / LEAST)
