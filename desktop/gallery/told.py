"""What is said beneath the search: it lies over the page, which stays where it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets import theme
from desktop.widgets.announce import announce

WIDEST = 560  # pixels


class Told(QLabel):
    """Words below a control of the same window, on a plate; the mouse goes through it."""

    def __init__(self, beneath: QWidget) -> None:
        super().__init__()
        self._beneath = beneath
        self.setObjectName("notice")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(theme.SPACE_2, theme.SPACE_1, theme.SPACE_2, theme.SPACE_1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: str) -> None:
        """These from now on; "" for nothing."""
        if words != self.text():
            announce(self, words)
        self.setText(words)
        self.place()
        self.setVisible(bool(words))

    def place(self) -> None:
        """Where the control is now, as far as there is room."""
        page = self.parentWidget()
        if page is None or not self.text():
            return
        right = self._beneath.mapTo(page, self._beneath.rect().bottomRight())
        left = self._beneath.mapTo(page, self._beneath.rect().bottomLeft())
        edge = page.width() - theme.SPACE_4
        width = min(max(right.x() - left.x() + 1, self._width_of_one_line()), WIDEST, edge)
        x = min(left.x(), edge - width)
        self.setGeometry(x, left.y() + theme.SPACE_1, width, self.heightForWidth(width))
        self.raise_()

    def _width_of_one_line(self) -> int:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return words + 2 * theme.SPACE_2 + 2 * theme.SPACE_2
