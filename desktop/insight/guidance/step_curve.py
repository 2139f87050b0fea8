"""One number of each step as a curve over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme
from desktop.widgets.i18n import tr

HEIGHT = 108  # pixels
NUMBERS = 48  # pixels: room for those beside the axis
BELOW = 18  # pixels: room for the steps' numbers
ABOVE = 8  # pixels
DOT = 3.0  # pixels: a point's radius


class StepCurve(QWidget):
    """`asked` carries the step, from 1, that was pressed on. Steps without a number leave a gap.
    `unit` follows a number, `decimals` as it is written."""

    asked = Signal(int)

    def __init__(
        self, name: str, help_text: str, tokens: theme.Tokens, *, unit: str = "", decimals: int = 3
    ) -> None:
        super().__init__()
        self._tokens = tokens
        self._unit = unit
        self._decimals = decimals
        self._values: tuple[float | None, ...] = ()
        self._step = 1
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(280, HEIGHT)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def show_values(self, values: Sequence[float | None]) -> None:
        """Of all steps, from the first on; None where there is none."""
        self._values = tuple(values)
        self.setAccessibleDescription(self.table())
        self.update()

    @property
    def values(self) -> tuple[float | None, ...]:
        """Of all steps."""
        return self._values

    def mark(self, step: int) -> None:
        """The step that is looked at."""
        self._step = step
        self.update()

    def table(self) -> str:
        """The numbers, a line a step."""
        rows = (
            tr("Step {step}: {value}.", step=step, value=self.written(value))
            for step, value in enumerate(self._values, 1)
        )
        return "\n".join(rows)

    def written(self, value: float | None) -> str:
        """A number as people read it."""
        if value is None:
            return tr("none")
        return f"{value:.{self._decimals}f}{self._unit}"

    # --- drawing ---

    def _top(self) -> float:
        """The number at the upper end: 1, 2 or 5 times a power of ten."""
        highest = max((value for value in self._values if value is not None), default=0.0)
        if highest <= 0:
            return 10.0**-self._decimals
        power = 10.0 ** math.floor(math.log10(highest))
        return next(power * one for one in (1, 2, 5, 10) if highest <= power * one * (1 + 1e-9))

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(NUMBERS, ABOVE, -theme.SPACE_2, -BELOW)

    def _x(self, step: int) -> float:
        area = self._area()
        return area.left() + area.width() * (step - 1) / max(len(self._values) - 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self._area()
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        for y in (area.top(), area.bottom()):
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._write_numbers(painter, area)
        if not self._values:
            return
        at = self._x(self._step)
        painter.setPen(QPen(QColor(self._tokens.dim), 1))
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for run in self._runs():
            self._draw(painter, run, area)

    def _write_numbers(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(self._tokens.dim))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        top = f"{self._top():g}{self._unit}" if self._values else ""
        for y, words in ((area.top(), top), (area.bottom(), "0" if self._values else "")):
            painter.drawText(QRectF(0, y - 10, NUMBERS - theme.SPACE_1, 20), side, words)
        steps = len(self._values)
        for step, way in ((1, Qt.AlignmentFlag.AlignLeft), (steps, Qt.AlignmentFlag.AlignRight)):
            words = tr("step {step}", step=step)
            if steps > 1 or step == 1 == steps:
                painter.drawText(
                    QRectF(area.left(), area.bottom(), area.width(), BELOW), way, words
                )

    def _runs(self) -> list[list[int]]:
        """Steps with a number, in pieces without gaps."""
        runs: list[list[int]] = []
        for step, value in enumerate(self._values, 1):
            if value is None:
                continue
            if runs and runs[-1][-1] == step - 1:
                runs[-1].append(step)
            else:
                runs.append([step])
        return runs

    def _draw(self, painter: QPainter, steps: Sequence[int], area: QRectF) -> None:
        top = self._top()
        colour = QColor(self._tokens.weight_up)
        points = [
            QPointF(
                self._x(step), area.bottom() - area.height() * (self._values[step - 1] or 0) / top
            )
            for step in steps
        ]
        painter.setPen(QPen(colour, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour)
        for step, point in zip(steps, points, strict=True):
            if len(steps) == 1 or step == self._step:
                painter.drawEllipse(point, DOT, DOT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        if self._values and event.button() == Qt.MouseButton.LeftButton:
            share = (event.position().x() - area.left()) / max(area.width(), 1.0)
            step = 1 + round(share * (len(self._values) - 1))
            self.asked.emit(min(max(step, 1), len(self._values)))
