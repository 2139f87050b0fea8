"""A field for notes: of any number of lines, but no book."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPlainTextEdit

LONGEST = 10_000  # characters: what Qt lays out without the window standing still


class NotesEdit(QPlainTextEdit):
    """Of what is pasted or dropped it takes as much as fits."""

    def insertFromMimeData(self, source: QMimeData) -> None:
        cursor = self.textCursor()
        selected = cursor.selectionEnd() - cursor.selectionStart()
        kept = self.document().characterCount() - 1 - selected  # Qt counts one paragraph end more
        cursor.insertText(source.text()[: max(0, LONGEST - kept)])
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
