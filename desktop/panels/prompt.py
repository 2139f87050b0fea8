"""The prompt editors: weights highlighted, tokens counted, Ctrl+Up and Ctrl+Down change the weight under the cursor."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from core.models import tokens
from core.models.library import ModelEntry
from core.prompt import change_weight, parse, take_loras
from desktop import theme
from desktop.backstage import Backstage
from desktop.completion import Completion
from desktop.draft import Draft
from desktop.strings import tr
from desktop.widgets import Chip, row


class WeightHighlighter(QSyntaxHighlighter):
    """Colours text heavier or lighter than 1; the colours come from the palette's tokens."""

    def __init__(self, document: QTextDocument, up: str, down: str) -> None:
        super().__init__(document)
        self.set_colours(up, down)
        self._whole, self._spans = "", ()

    def set_colours(self, up: str, down: str) -> None:
        """Colours for weights above and below 1."""
        self._up, self._down = QTextCharFormat(), QTextCharFormat()
        self._up.setForeground(QColor(up))
        self._down.setForeground(QColor(down))

    def highlightBlock(self, text: str) -> None:
        whole = self.document().toPlainText()
        if whole != self._whole:
            self._whole = whole
            self._spans = tuple(piece for piece in parse(whole) if piece.weight != 1.0) if len(whole) < 20_000 else ()
        at = self.currentBlock().position()
        for piece in self._spans:
            start, end = max(piece.start, at) - at, min(piece.end, at + len(text)) - at
            if start < end:
                self.setFormat(start, end - start, self._up if piece.weight > 1 else self._down)


class PromptEdit(QPlainTextEdit):
    """A plain-text editor with weight keys. Texts from outside replace its content through a cursor, so that undo works."""

    def __init__(self, name: str, hint: str, lines: int, tokens_: theme.Tokens) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._lines = lines
        height = self.fontMetrics().lineSpacing() * lines + 18
        self.setMinimumHeight(height)
        self.setMaximumHeight(height * 2)
        self.completion = Completion(self)
        self.highlighter = WeightHighlighter(self.document(), tokens_.weight_up, tokens_.weight_down)

    def sizeHint(self) -> QSize:
        return QSize(260, self.minimumHeight())

    def replace_text(self, text: str) -> None:
        """New content as one undoable step."""
        if text == self.toPlainText():
            return
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def focusNextPrevChild(self, next: bool) -> bool:
        return not self.completion.completer.popup().isVisible() and super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completion.takes(event):
            event.ignore()
            return
        step = {Qt.Key.Key_Up: 0.1, Qt.Key.Key_Down: -0.1}.get(Qt.Key(event.key()))
        if step and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._weigh(step)
        else:
            super().keyPressEvent(event)
            self.completion.after(event)

    def _weigh(self, step: float) -> None:
        cursor = self.textCursor()
        text, start, end = change_weight(self.toPlainText(), cursor.selectionStart(), cursor.selectionEnd(), step)
        self.replace_text(text)
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)


class PromptPanel(QWidget):
    """Prompt and negative prompt bound to the draft; `models_asked` when more than the starter is wanted."""

    models_asked = Signal()

    def __init__(self, draft: Draft, backstage: Backstage, colours: theme.Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft, self._backstage = draft, backstage
        self._folder: Path | None = None
        self.prompt = PromptEdit(tr("Prompt"), tr("What the picture shows, in your own words"), 4, colours)
        self.negative = PromptEdit(tr("Negative prompt"), tr("What to keep out (optional)"), 2, colours)
        self._counts = {name: _count_label() for name in ("prompt", "negative_prompt")}
        self._editors = {"prompt": self.prompt, "negative_prompt": self.negative}
        self.chips = QWidget()
        self._chip_column = QVBoxLayout(self.chips)
        self._chip_column.setContentsMargins(0, 0, 0, 0)
        self._chip_column.setSpacing(theme.SPACE_1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        for label, field in ((tr("Prompt"), "prompt"), (tr("Negative prompt"), "negative_prompt")):
            heading = QLabel(label)
            heading.setBuddy(self._editors[field])
            column.addWidget(row(heading, None, self._counts[field]))
            column.addWidget(self._editors[field])
            if field == "prompt":
                column.addWidget(self.chips)
                column.addSpacing(theme.SPACE_2)
        self._timer = QTimer(self, interval=120, singleShot=True)
        self._timer.timeout.connect(self._count)
        for field, editor in self._editors.items():
            editor.textChanged.connect(partial(self._typed, field))
        draft.changed.connect(self._show)
        self._show(frozenset(self._editors))

    def set_colours(self, colours: theme.Tokens) -> None:
        """Follow a change of theme."""
        for editor in self._editors.values():
            editor.highlighter.set_colours(colours.weight_up, colours.weight_down)
            editor.highlighter.rehighlight()

    def use_model(self, entry: ModelEntry) -> None:
        """Count with this model's tokenizer."""
        self._folder = entry.tokenizer
        self._timer.start()

    def show_examples(self, examples: list[str], choose: Callable[[str], None]) -> None:
        """Chips below the editor, each filling it; an empty list removes them."""
        while (item := self._chip_column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for text in examples:
            chip = Chip(text)
            chip.setAccessibleName(tr("Example: {text}", text=text))
            chip.clicked.connect(partial(choose, text))
            self._chip_column.addWidget(chip)
        if examples:
            more = Chip(tr("Larger models that fit this machine..."))
            more.setAccessibleName(more.full)
            more.setObjectName("link")
            more.clicked.connect(self.models_asked)
            self._chip_column.addWidget(more)
        self.chips.setVisible(bool(examples))

    def set_words(self, words: list[str]) -> None:
        """Names to offer while typing."""
        for editor in self._editors.values():
            editor.completion.set_words(words)

    def insert(self, text: str) -> None:
        """Text at the cursor of the prompt, parted by spaces; can be undone."""
        cursor = self.prompt.textCursor()
        before = self.prompt.toPlainText()[: cursor.position()]
        cursor.insertText(f" {text}" if before and not before[-1].isspace() else text)
        self.prompt.setTextCursor(cursor)
        self.prompt.setFocus()

    def _typed(self, field: str) -> None:
        self._draft.set(**{field: self._editors[field].toPlainText()})
        self._timer.start()

    def _show(self, names: frozenset[str]) -> None:
        for field, editor in self._editors.items():
            if field in names:
                editor.replace_text(getattr(self._draft.stored(), field))

    def _count(self) -> None:
        if self._folder is None:
            return
        folder, texts = self._folder, [take_loras(getattr(self._draft.stored(), field))[0] for field in self._counts]
        self._backstage.do(lambda: [tokens.count(folder, text) for text in texts], self._counted, _ignore)

    def _counted(self, found: list[tuple[int, int]]) -> None:
        for label, (used, room) in zip(self._counts.values(), found, strict=True):
            label.setText(f"{used}/{room}")
            label.setAccessibleName(tr("{used} of {room} tokens used", used=used, room=room))


def _ignore(_: object) -> None:
    """A model without a readable tokenizer shows no count; using it says why."""


def _count_label() -> QLabel:
    label = QLabel("0/75")
    label.setObjectName("dim")
    label.setAccessibleName(tr("Tokens used"))
    label.setToolTip(html.escape(tr("Tokens: the model reads a prompt in portions of 75; longer prompts take several.")))
    return label

