"""What is said beneath the search: it lies over the page, which stays where it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets import theme
from desktop.widgets.announce import announce

WIDEST = 560  # pixels


class Told(QLabel):
    """Words on a plate, as far left as a control of the same page and below its `line`, so that
    they hide no other control; the mouse goes through it."""

    def __init__(self, control: QWidget, line: QWidget) -> None:
        super().__init__()
        self._control = control
        self._line = line
        line.installEventFilter(self)
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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Where the control is now, as far as there is room."""
        page = self.parentWidget()
        if page is None or not self.text():
            return
        left = self._control.mapTo(page, self._control.rect().topLeft()).x()
        below = self._line.mapTo(page, self._line.rect().bottomLeft()).y()
        edge = page.width() - theme.SPACE_4
        width = min(max(self._control.width(), self._width_of_one_line()), WIDEST, edge)
        height = self.heightForWidth(width)
        self.setGeometry(min(left, edge - width), below + theme.SPACE_2, width, height)
        self.raise_()

    def _width_of_one_line(self) -> int:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return words + 2 * theme.SPACE_2 + 2 * theme.SPACE_2
