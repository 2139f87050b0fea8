"""What is said of places in one prompt editor: shown under the mouse, gone to by a key, and put
right by another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QToolTip

from desktop.form.prompt.highlighter import PromptHighlighter
from desktop.form.prompt.rows import Places
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.remarks.marked_places import MarkedPlace

Marked = tuple[int, int, "MarkedPlace"]


class Problems(QObject):
    """Those of one editor. They stay with their words while a person types, and are gone where
    these change."""

    def __init__(self, editor: QPlainTextEdit, highlighter: PromptHighlighter) -> None:
        super().__init__(editor)
        self._editor = editor
        self._highlighter = highlighter
        editor.viewport().installEventFilter(self)

    def show(self, text: str, places: Sequence[MarkedPlace]) -> None:
        """Those of a text; nothing where the editor has another one by now."""
        where = Places(self._editor.document().toPlainText())
        if where.text == text:
            self._highlighter.underline(
                (where.unit(place.start), where.unit(place.end), place)
                for place in places
                if place.start < place.end
            )

    @property
    def marked(self) -> Sequence[Marked]:
        """All of them, with Qt's places, in order."""
        return self._highlighter.underlined

    def at(self, unit: int) -> Sequence[Marked]:
        """Those at one of Qt's places."""
        return [marked for marked in self.marked if marked[0] <= unit <= marked[1]]

    def beyond(self, cursor: QTextCursor, *, forwards: bool) -> Marked | None:
        """The next one behind what is selected, or before it."""
        chosen = cursor.selectionStart(), cursor.selectionEnd()
        if forwards:
            return next((one for one in self.marked if one[:2] > chosen), None)
        return next((one for one in reversed(self.marked) if one[:2] < chosen), None)

    def go(self, marked: Marked) -> None:
        """Select it, and say what it is."""
        start, end, place = marked
        self.select(start, end)
        self._editor.ensureCursorVisible()
        self.tell(words_of(place))

    def select(self, start: int, end: int) -> QTextCursor:
        """Qt's places [start, end) are what is chosen."""
        cursor = self._editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        return cursor

    def tell(self, words: str) -> None:
        """Say something at the cursor, to those who hear it too."""
        below = self._editor.cursorRect().bottomLeft()
        QToolTip.showText(self._editor.viewport().mapToGlobal(below), words, self._editor)
        announce(self._editor, words)

    def offered(self, unit: int) -> Marked | None:
        """The one at a place for which something better is known."""
        return next((marked for marked in self.at(unit) if marked[2].instead), None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
            return False
        here = self.at(self._editor.cursorForPosition(event.pos()).position())
        if not here:
            QToolTip.hideText()
            return False
        words = "\n".join(words_of(place) for _, _, place in here)
        QToolTip.showText(event.globalPos(), words, self._editor)
        return True


def words_of(place: MarkedPlace) -> str:
    """Its sentence, and how what could stand there comes there."""
    if not place.instead:
        return place.message
    return place.message + " " + tr("Edit > Take the suggestion writes {text}.", text=place.instead)
