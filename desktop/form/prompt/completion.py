"""What a prompt could go on with, offered while it is typed: LoRAs, embeddings, wildcards, styles,
and tags of a person's lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QPlainTextEdit

from desktop.form.prompt.rows import characters, units
from desktop.widgets.controls import DETAIL_ROLE, DetailDelegate
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.prompt.completion.suggestions import Offered, Suggestion, Words

NARROWEST = 220  # pixels
SHOWN_ROWS = 10
LOOKED_AT = 400  # characters left of the cursor

_ENTERED = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Completion(QObject):
    """For one editor, which asks at each key. Return takes what is chosen in the list, Tab that or
    the first, Escape closes it, typing goes on as ever: where nothing is chosen, Return and Up are
    the text's.

    `taken` carries a text and how many of Qt's places before the cursor it takes; `style_taken` a
    style's name and the same number. `wanted`: what is not known yet (`WordSources.want`).
    """

    taken = Signal(str, int)
    style_taken = Signal(str, int)
    wanted = Signal(str)

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._names: Sequence[str] = ()
        self._words: Words | None = None
        self._asked = ""  # the text left of the cursor when was last asked
        self._offered: tuple[Suggestion, ...] = ()
        self._rows = QStandardItemModel(self)
        self.completer = QCompleter(self._rows, self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setMaxVisibleItems(SHOWN_ROWS)
        self.completer.setWidget(editor)
        activated = self.completer.activated[QModelIndex]  # pyright: ignore[reportIndexIssue]
        activated.connect(lambda index: self._take(index.row()))
        self._has_popup = False

    @property
    def popup(self) -> QAbstractItemView:
        """The list; Qt makes one when it is first asked for."""
        popup = self.completer.popup()
        assert popup is not None
        if not self._has_popup:
            self._has_popup = True
            popup.setItemDelegate(DetailDelegate(popup))
            popup.setObjectName("completions")
            popup.setAccessibleName(tr("Completions"))
            popup.installEventFilter(self)
        return popup

    def set_words(self, words: Sequence[str]) -> None:
        """The names of embeddings, and LoRA tags."""
        self._names = words
        if self._words is not None:
            self._words = self._with_names(self._words)

    def words(self) -> list[str]:
        """Those of `set_words`."""
        return list(self._names)

    def use(self, words: Words) -> None:
        """What else can be offered, now that it was read; where somebody waits for it, it is."""
        self._words = self._with_names(words)
        if self._editor.hasFocus() and self._asked and self._asked == self._before():
            self.offer()

    def _with_names(self, words: Words) -> Words:
        from core.prompt.completion.suggestions import loras_of, names_of

        loras = loras_of(name for name in self._names if name.startswith("<"))
        others = names_of(name for name in self._names if not name.startswith("<"))
        return replace(words, loras=loras, embeddings=others)

    # --- offering ---

    def _before(self) -> str:
        """The text of the line left of the cursor, as much as is looked at."""
        cursor = self._editor.textCursor()
        line = cursor.block().text()
        end = cursor.positionInBlock()
        end = end if line.isascii() else characters(line, end)
        return line[max(0, end - LOOKED_AT) : end]

    def offer(self) -> None:
        """Show what goes on from the text left of the cursor, where something does."""
        from core.prompt.completion.suggestions import Words, suggestions, wants_wildcards

        if self._words is None:
            self._words = self._with_names(Words())
        self._asked = before = self._before()
        self.wanted.emit("wildcards" if wants_wildcards(before) else "words")
        self._show(suggestions(before, self._words))

    def _show(self, offered: Offered) -> None:
        self._offered = offered.suggestions
        if not self._offered:
            if self._has_popup:
                self.popup.hide()
            return
        self._rows.clear()
        for suggestion in self._offered:
            self._rows.appendRow(_row_of(suggestion))
        place = self._editor.cursorRect()
        place.setWidth(max(NARROWEST, self.popup.sizeHintForColumn(0) + 24))
        self.completer.complete(place)
        index = self.completer.completionModel().index(0, 0) if offered.is_meant else QModelIndex()
        self.popup.setCurrentIndex(index)

    def _take(self, row: int) -> None:
        from core.prompt.completion.suggestions import Source

        if not 0 <= row < len(self._offered):
            return
        one = self._offered[row]
        typed = self._asked[len(self._asked) - one.length :]
        self._asked = ""
        is_style = one.source is Source.STYLE
        (self.style_taken if is_style else self.taken).emit(one.text, units(typed, one.length))

    # --- keys ---

    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._has_popup and self.popup.isVisible()

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the open list wants this key, so that the editor must leave it."""
        if not self.is_open():
            return False
        is_chosen = self.popup.currentIndex().isValid()
        if event.key() == Qt.Key.Key_Tab:
            if not is_chosen:
                self.popup.hide()
                self._take(0)
            return True
        if event.key() in _ENTERED and not is_chosen:
            self.popup.hide()
            return False
        return event.key() in (*_ENTERED, Qt.Key.Key_Escape)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, where nothing is chosen, moves in the text: Qt would go to the last of the list."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Up
            and not self.popup.currentIndex().isValid()
        ):
            self.popup.hide()
            self._editor.event(event)
            return True
        return super().eventFilter(watched, event)

    def after(self, event: QKeyEvent) -> None:
        """The editor has dealt with a key: offer, where it typed or deleted."""
        typing = (
            bool(event.text())
            and event.text().isprintable()
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if typing or event.key() == Qt.Key.Key_Backspace:
            self.offer()
        else:
            self._asked = ""


def _row_of(suggestion: Suggestion) -> QStandardItem:
    from core.prompt.completion.suggestions import Source

    words, detail = suggestion.text, ""
    match suggestion.source:
        case Source.TAG:
            detail = _count_words(suggestion.count)
            if suggestion.alias:
                words = f"{suggestion.alias} → {suggestion.text}"
        case Source.STYLE:
            detail = tr("style")
        case _:
            pass
    item = QStandardItem(words)
    item.setData(detail, DETAIL_ROLE)
    return item


def _count_words(count: int) -> str:
    """A count in three figures: 1.2M, 340k; "" for none."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{sign}" if count < 10 * size else f"{count // size}{sign}"
    return str(count) if count else ""
