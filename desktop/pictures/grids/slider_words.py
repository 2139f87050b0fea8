"""Beside the scroll bar while it is dragged: what one comes to."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

PADDING = 12  # pixels beside the words


class SliderWords(QWidget):
    """A small plate that stands at the height of the bar's handle."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.words = ""
        self.hide()

    def stand_by(self, bar: QScrollBar, words: str) -> None:
        """Say these words beside the handle."""
        if not words:
            self.hide()
            return
        self.words = words
        width = self.fontMetrics().horizontalAdvance(words) + 2 * PADDING
        height = self.fontMetrics().height() + PADDING
        option = QStyleOptionSlider()
        bar.initStyleOption(option)
        handle = bar.style().subControlRect(
            QStyle.ComplexControl.CC_ScrollBar, option, QStyle.SubControl.SC_ScrollBarSlider, bar
        )
        middle = bar.mapTo(self._over, handle.center()).y()
        right = bar.mapTo(self._over, bar.rect().topLeft()).x()
        top = min(max(0, middle - height // 2), self._over.height() - height)
        self.setGeometry(QRect(max(0, right - width - 4), top, width, height))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words)
        painter.end()
