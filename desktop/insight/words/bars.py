"""Two bars with figures: the scale of the maps' colours, and how what was looked at is shared out
among start, words, end and padding."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.insight.words.colour_map import colours
from desktop.widgets import theme
from desktop.widgets.i18n import tr

THICK = 12  # pixels of the bar of colours
STRIP = 4  # of that of shares
STOPS = 16  # of the gradient
LEAST = 120  # pixels across


def percent(share: float) -> str:
    """A share of all that was looked at; small ones with as many digits as tell them apart."""
    value = 100 * share
    if value >= 9.95 or value == 0:
        return tr("{n} %", n=f"{value:.0f}")
    return tr("{n} %", n=f"{value:.1f}" if value >= 0.095 else f"{value:.2f}")


class ScaleBar(QWidget):
    """The colours from the least to the most, with what they stand for below them."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(LEAST)
        self.low, self.high = 0.0, 0.0
        self.marks: tuple[str, ...] = ()  # from left to right
        self.setAccessibleName(tr("Scale of the colours"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(2 * LEAST, THICK + theme.SPACE_1 + self.fontMetrics().lineSpacing())

    def show_scale(self, low: float, high: float) -> None:
        """What the ends stand for: shares of what is looked at in a place."""
        self.low, self.high = low, high
        self.show_marks(percent(low), percent((low + high) / 2), percent(high))

    def show_marks(self, *marks: str) -> None:
        """Words below the colours: the first at the left end, the last at the right one."""
        self.marks = marks
        self.setAccessibleDescription(
            tr("From {low}, dark blue, to {high}, pale yellow.", low=marks[0], high=marks[-1])
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = QRectF(0, 0, self.width(), THICK)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        scale = colours()
        for stop in range(STOPS + 1):
            gradient.setColorAt(stop / STOPS, scale[stop * (len(scale) - 1) // STOPS])
        painter.fillRect(bar, gradient)
        painter.setPen(self.palette().placeholderText().color())
        line = QRectF(0, THICK, self.width(), self.height() - THICK)
        sides = (
            Qt.AlignmentFlag.AlignLeft,
            Qt.AlignmentFlag.AlignHCenter,
            Qt.AlignmentFlag.AlignRight,
        )
        for words, side in zip(
            self.marks, sides if len(self.marks) > 2 else sides[::2], strict=True
        ):
            painter.drawText(line, side | Qt.AlignmentFlag.AlignBottom, words)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the whole: its name, and its share."""

    name: str
    share: float


def words_of(parts: Sequence[Part]) -> str:
    """All parts with their shares in a line."""
    return ", ".join(tr("{name} {share}", name=one.name, share=percent(one.share)) for one in parts)


def legend_of(parts: Sequence[Part], tokens: theme.Tokens) -> str:
    """The same as rich text, each behind its colour in the strip."""
    marks = zip(parts, part_colours(tokens), strict=False)
    return " &nbsp; ".join(
        f'<span style="color: {colour}">■</span>&nbsp;'
        + html.escape(words_of([one])).replace(" %", "&nbsp;%")
        for one, colour in marks
    )


def part_colours(tokens: theme.Tokens) -> tuple[str, ...]:
    """Of start, words, end and padding."""
    return tokens.weight_down, tokens.weight_up, tokens.choice, tokens.line


class ShareStrip(QWidget):
    """All parts of one whole side by side, as long as their shares."""

    def __init__(self, name: str, tokens: theme.Tokens) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._tokens = tokens
        self.parts: tuple[Part, ...] = ()
        self.setFixedHeight(STRIP)
        self.setMinimumWidth(LEAST)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """From left to right; their shares together are 1."""
        self.parts = tuple(parts)
        self.setAccessibleDescription(words_of(parts))
        self.update()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        at = 0.0
        for one, colour in zip(self.parts, part_colours(self._tokens), strict=False):
            wide = one.share * self.width()
            painter.fillRect(QRectF(at, 0, max(wide - 1, 0), self.height()), QColor(colour))
            at += wide
