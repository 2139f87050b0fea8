"""Bars for what is lost in waves of each length, with the numbers as a table of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.from_text.losses import Band

LINE = 22  # pixels of a bar with its gap
THICK = 8  # pixels of a bar
WIDEST = 620  # pixels


class BandBars(QWidget):
    """One bar for each band; the whole length is all of what is there."""

    def __init__(self, name: str, tokens: theme.Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._bands: tuple[Band, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(WIDEST)

    def sizeHint(self) -> QSize:
        return QSize(400, LINE * max(len(self._bands), 6))

    def show_bands(self, bands: Sequence[Band]) -> None:
        """These, from the finest waves to the coarsest."""
        self._bands = tuple(bands)
        lines = (f"{band_words(one)}: {share_words(one.lost)}" for one in self._bands)
        self.setAccessibleDescription("\n".join(lines))
        self.updateGeometry()
        self.update()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        names = [band_words(one) for one in self._bands]
        shares = [share_words(one.lost) for one in self._bands]
        left = max((metrics.horizontalAdvance(name) for name in names), default=0) + theme.SPACE_3
        right = max((metrics.horizontalAdvance(one) for one in shares), default=0) + theme.SPACE_3
        room = max(self.width() - left - right, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        for at, (band, name, share) in enumerate(zip(self._bands, names, shares, strict=True)):
            top = at * LINE
            painter.setPen(QColor(self._tokens.dim))
            painter.drawText(QRectF(0, top, left, LINE), middle, name)
            painter.setPen(QColor(self._tokens.text))
            line = QRectF(left + room, top, right, LINE)
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, share)
            bar = QRectF(left, top + (LINE - THICK) / 2, room, THICK)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._tokens.line))
            painter.drawRoundedRect(bar, THICK / 2, THICK / 2)
            bar.setWidth(room * min(band.lost, 1.0))
            painter.setBrush(QColor(self._tokens.weight_down))
            painter.drawRoundedRect(bar, THICK / 2, THICK / 2)


def band_words(band: Band) -> str:
    """Which waves."""
    if not band.shortest:
        return tr("Waves below {n} pixels", n=band.longest)
    if not band.longest:
        return tr("{n} pixels and more", n=band.shortest)
    return tr("{low} to {high} pixels", low=band.shortest, high=band.longest)


def share_words(share: float) -> str:
    """A share in percent."""
    if 0 < share < 0.001:
        return tr("below 0.1 %")
    return tr("{n} %", n=f"{100 * share:.1f}" if share < 0.1 else f"{100 * share:.0f}")
