"""Names of embeddings and LoRAs offered while they are typed into a prompt."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QPlainTextEdit

from desktop.form.prompt.rows import characters

LEAST = 2  # letters before anything is offered
_TYPED = re.compile(r"(?:<lora:)?[\w.-]*$", re.IGNORECASE)

_TAKEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Escape)


class Completion(QObject):
    """For one editor, which asks at each key: Return or Tab takes what is marked in the list,
    Escape closes it, typing goes on as ever. `taken` carries the whole word."""

    taken = Signal(str)

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._words = QStringListModel(self)
        self.completer = QCompleter(self._words, self)
        self.completer.setWidget(editor)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.activated.connect(self.taken)

    @property
    def popup(self) -> QAbstractItemView:
        """The list; Qt makes one when it is first asked for."""
        popup = self.completer.popup()
        assert popup is not None
        return popup

    def set_words(self, words: list[str]) -> None:
        """What can be offered: embeddings' names and LoRA tags."""
        self._words.setStringList(sorted(words, key=str.lower))

    def words(self) -> list[str]:
        """What is offered now."""
        return self._words.stringList()

    def typed(self) -> str:
        """The beginning of a name left of the cursor."""
        cursor = self._editor.textCursor()
        line = cursor.block().text()
        match = _TYPED.search(line[: characters(line, cursor.positionInBlock())])
        return match[0] if match else ""

    def offer(self) -> None:
        """Show what begins as the word at the cursor does; nothing where that is the whole name."""
        start = self.typed()
        self.completer.setCompletionPrefix(start)
        matches = self.completer.completionCount()
        is_whole = matches == 1 and self.completer.currentCompletion().lower() == start.lower()
        if len(start) < LEAST or not matches or is_whole:
            self.popup.hide()
            return
        place = self._editor.cursorRect()
        place.setWidth(max(220, self.popup.sizeHintForColumn(0) + 24))
        self.completer.complete(place)
        self.popup.setCurrentIndex(self.completer.completionModel().index(0, 0))

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the open list wants this key, so that the editor must leave it."""
        return self.popup.isVisible() and event.key() in _TAKEN

    def after(self, event: QKeyEvent) -> None:
        """The editor has dealt with a key: offer, where it typed or deleted."""
        typing = (
            bool(event.text())
            and event.text().isprintable()
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if self._words.rowCount() and (typing or event.key() == Qt.Key.Key_Backspace):
            self.offer()
