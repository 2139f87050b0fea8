"""The text of a wildcard's file: a hundred thousand lines come in by portions, so that the window
goes on meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

AT_ONCE = 1_500  # lines that come in between two looks at what else there is to do
MOST_LINES = 250_000  # beyond them, and beyond a line of so many characters, it is only looked at
LONGEST_LINE = 20_000
SHOWN = 2_000  # lines of a text that is too long


class WildcardText(QPlainTextEdit):
    """`edited`: a person changed it; `filled`: all of a text stands in it."""

    edited = Signal()
    filled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._coming: list[str] = []
        self._filling = False
        self.is_whole = True  # whether what stands here may be written back
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._more)
        self.textChanged.connect(self._tell)

    def _tell(self) -> None:
        if not self._filling:
            self.edited.emit()

    def fill(self, text: str) -> None:
        """Another text, by portions; it cannot be edited before all of it is here, and not at all
        where it is too long for that."""
        self._timer.stop()
        lines = text.replace("\r\n", "\n").split("\n")
        longest = max(map(len, lines))
        self.is_whole = len(lines) <= MOST_LINES and longest <= LONGEST_LINE
        if not self.is_whole:
            lines = [line[:LONGEST_LINE] for line in lines[:SHOWN]]
        self._filling = True
        self.setUndoRedoEnabled(False)
        self.setReadOnly(True)
        self.setPlainText("\n".join(lines[:AT_ONCE]))
        self._coming = lines[AT_ONCE:]
        if self._coming:
            self._timer.start()
        else:
            self._end()

    def _more(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("\n" + "\n".join(self._coming[:AT_ONCE]))
        self._coming = self._coming[AT_ONCE:]
        if self._coming:
            self._timer.start()
        else:
            self._end()

    def _end(self) -> None:
        self._filling = False
        self.setReadOnly(not self.is_whole)
        self.setUndoRedoEnabled(True)
        self.filled.emit()

    def is_filling(self) -> bool:
        """Whether a part of the text is still to come."""
        return self._filling
