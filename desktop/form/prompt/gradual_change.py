"""A change of a text in portions: what goes is taken out, then what comes is put in.

Qt needs 0.2 s for fifty thousand lines in one go. In portions the window goes on meanwhile; for
everybody else the text is whole from the first of them on.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor, QTextDocument

from desktop.form.prompt.rows import in_rows

# characters that are put in or taken out between two looks at what else there is to do
PORTION = 3_000


class GradualChange(QObject):
    """One change of a document at a time; `becomes` is the text at its end, None when there is
    none under way. Places in the document are Qt's, everything else counts characters.

    `goes_on` after a portion that was not the last one, `ended` after the last.
    """

    goes_on = Signal()
    ended = Signal()

    def __init__(self, document: QTextDocument, parent: QObject) -> None:
        super().__init__(parent)
        self.becomes: str | None = None
        self.cursor = QTextCursor(document)
        self._removing = (0, 0)
        self._inserting: deque[str] = deque()
        self._behind = 0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self.go_on)

    @property
    def is_large(self) -> bool:
        """Whether it takes more than one portion to take out or put in what is left."""
        start, end = self._removing
        return len(self._inserting) > 1 or end - start > PORTION

    @property
    def inserts(self) -> bool:
        """Whether something is still to be put in."""
        return bool(self._inserting)

    def prepare(
        self, becomes: str, *, removing: tuple[int, int], inserting: str, behind: int
    ) -> None:
        """A change, in place of one that was under way; `go_on` makes its first portion.

        `removing` are places, `inserting` is in rows, `behind` says how many characters follow
        it in the text.
        """
        self.becomes = becomes
        self._removing = removing
        self._inserting = _portions(inserting)
        self._behind = behind
        self.cursor.setPosition(removing[1])

    def insert_more(self, text: str) -> None:
        """Text behind what is still to be put in."""
        assert self.becomes is not None
        at = len(self.becomes) - self._behind
        self.becomes = self.becomes[:at] + text + self.becomes[at:]
        self._inserting += _portions(in_rows(text))

    def go_on(self) -> None:
        """One portion more; the last one ends the change."""
        self._portion()
        start, end = self._removing
        if self._inserting or start < end:
            self.goes_on.emit()
            if not self._timer.isActive():
                self._timer.start()
            return
        self._timer.stop()
        self.becomes = None
        self.ended.emit()

    def _portion(self) -> None:
        start, end = self._removing
        room = PORTION
        self.cursor.beginEditBlock()
        if start < end:
            first = max(start, end - room)
            self.cursor.setPosition(first)
            self.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            self.cursor.removeSelectedText()
            self._removing = (start, first)
            room -= end - first
        if self._removing[0] >= self._removing[1] and self._inserting and room > 0:
            self.cursor.insertText(self._inserting.popleft())
        self.cursor.endEditBlock()


def _portions(text: str) -> deque[str]:
    return deque(text[at : at + PORTION] for at in range(0, len(text), PORTION))
