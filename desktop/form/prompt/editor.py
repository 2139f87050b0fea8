"""The editor of a prompt: weights coloured, weight keys, and large texts that
come and go in portions.

Qt needs 0.2 s for fifty thousand lines in one go. In portions the window goes on meanwhile; for
everybody else the text is whole from the first of them on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit

from core.prompt.language import Piece, change_weight, parse
from core.values.request import MAX_PROMPT
from desktop.form.prompt.completion import Completion
from desktop.form.prompt.marks import (
    PORTION,
    delete_beside_mark,
    differing,
    off_marks,
    plain_selection,
    portions,
    replace_middle,
)
from desktop.form.prompt.rows import characters, in_rows, in_rows_at, plain, units, whole
from desktop.state.undo import TYPING
from desktop.widgets import theme

_MOVING = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
COLOURED = 10_000  # characters: longer texts are not coloured


class WeightHighlighter(QSyntaxHighlighter):
    """Colours text heavier or lighter than 1; the colours come from the palette's tokens.
    A text is parsed once a change."""

    def __init__(self, document: QTextDocument, up: str, down: str) -> None:
        super().__init__(document)
        self.set_colours(up, down)
        self._revision = -1
        self._spans: list[tuple[int, int, bool]] = []
        self._ends: list[int] = []

    def set_colours(self, up: str, down: str) -> None:
        """Colours for weights above and below 1."""
        self._up, self._down = QTextCharFormat(), QTextCharFormat()
        self._up.setForeground(QColor(up))
        self._down.setForeground(QColor(down))

    def highlightBlock(self, text: str) -> None:
        document = self.document()
        if document.characterCount() > COLOURED:
            return
        if document.revision() != self._revision:
            self._revision = document.revision()
            self._read(document.toPlainText())
        at, length = self.currentBlock().position(), self.currentBlock().length()
        for start, end, heavy in self._spans[bisect_right(self._ends, at) :]:
            if start >= at + length:
                break
            self.setFormat(
                max(start - at, 0),
                min(end, at + length) - max(start, at),
                self._up if heavy else self._down,
            )

    def _read(self, text: str) -> None:
        def place(piece: Piece) -> tuple[int, int, bool]:
            return units(text, piece.start), units(text, piece.end), piece.weight > 1

        self._spans = [place(piece) for piece in parse(text) if piece.weight != 1.0]
        self._ends = [end for _, end, _ in self._spans]


class PromptEdit(QPlainTextEdit):
    """A plain-text editor with weight keys. It keeps no steps of its own: `undo_asked` and
    `redo_asked` are the form's affair.

    `left_out` tells how many characters of a text did not fit any more; `doing` how the
    text is being changed, while `textChanged` says that it is: "typing", "paste", "weight",
    "cut", "word" or "replace".
    `moved`: the person moved the cursor.
    """

    left_out = Signal(int)
    undo_asked = Signal()
    redo_asked = Signal()
    moved = Signal()

    def __init__(self, name: str, hint: str, lines: int, tokens_: theme.Tokens) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.doing = TYPING
        self.may_undo = self.may_redo = False
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._lines = lines
        height = self.fontMetrics().lineSpacing() * lines + 18
        self.setMinimumHeight(height)
        self.setMaximumHeight(height * 2)
        self.completion = Completion(self)
        self.highlighter = WeightHighlighter(
            self.document(), tokens_.weight_up, tokens_.weight_down
        )
        # the text at the end of a change that is being made in portions
        self._coming: str | None = None
        self._cursor = QTextCursor(self.document())
        self._removing = (0, 0)
        self._inserting: deque[str] = deque()
        self._later: deque[Callable[[], object]] = deque()
        self._rest = 0  # characters behind what is coming
        self._coloured = True
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        self.textChanged.connect(self._colour)

    def sizeHint(self) -> QSize:
        return QSize(260, self.minimumHeight())

    # --- the text ---

    @property
    def busy(self) -> bool:
        """Whether a text is coming or going in portions."""
        return self._coming is not None

    def toPlainText(self) -> str:
        """The text as a person knows it, at once, however much of it is still to come."""
        return whole(super().toPlainText()) if self._coming is None else self._coming

    def settle(self) -> None:
        """Keys that wait for the end of a change are in the text at once:
        before somebody acts on it."""
        while self.busy and self._later:
            self._go_on()

    def replace_text(self, text: str) -> None:
        """New content: only the part that differs is laid out anew, and the
        cursor stands behind it."""
        if text == self.toPlainText():
            return
        text = self._fitting(text, 0)
        self._later.clear()  # keys for the text that goes
        self._end_preedit()
        old, new = super().toPlainText(), in_rows(text)
        start, end, new_end = differing(old, new)
        self._removing = units(old, start), units(old, end)
        self._cursor.setPosition(self._removing[1])
        self._inserting, self._rest = portions(new[start:new_end]), len(whole(new[new_end:]))
        self._change_to(text, "replace")

    def put(self, text: str, how: str = "paste") -> None:
        """Text in place of what is selected, else at the cursor; behind what is still coming."""
        if self.busy and not self._inserting:
            self._later.append(partial(self.put, text, how))
            return
        raw = super().toPlainText()
        if self._coming is not None:
            behind = len(self._coming) - self._rest
            text = self._fitting(text, len(self._coming))
            self._coming = self._coming[:behind] + text + self._coming[behind:]
            self._inserting += portions(in_rows(text))
            self._tell(how)
            return
        cursor = off_marks(self.textCursor())
        start, end = (
            characters(raw, cursor.selectionStart()),
            characters(raw, cursor.selectionEnd()),
        )
        head, tail = whole(raw[:start]), whole(raw[end:])
        text = self._fitting(text, len(head) + len(tail))
        self._end_preedit()
        self._removing = cursor.selectionStart(), cursor.selectionEnd()
        self._cursor.setPosition(cursor.selectionEnd())
        self._inserting, self._rest = portions(in_rows(text)), len(tail)
        self._change_to(head + text + tail, how)

    def _tell(self, how: str) -> None:
        """The text is another, and came so."""
        with self.changing(how):
            self.textChanged.emit()

    @contextmanager
    def changing(self, how: str) -> Iterator[None]:
        """What changes the text within does so in this way."""
        before, self.doing = self.doing, how
        try:
            yield
        finally:
            self.doing = before

    def _fitting(self, text: str, beside: int) -> str:
        """As much of the text as there is room for; of a far too long one only
        what can fit is looked at."""
        # every line end may be two characters
        room, looked_at = max(0, MAX_PROMPT - beside), 2 * MAX_PROMPT + 2
        left, text = max(0, len(text) - looked_at), plain(text[:looked_at])
        if left + len(text) > room:
            self.left_out.emit(left + len(text) - room)
        return text[:room]

    # --- changes in portions ---

    def _end_preedit(self) -> None:
        """What an input method shows beforehand goes before a change: it is
        put in when it is decided."""
        if self.textCursor().block().layout().preeditAreaText():
            super().inputMethodEvent(QInputMethodEvent())

    def _change_to(self, text: str, how: str) -> None:
        """The first portion of a change at whose end the text will be this;
        a large one is made without colours."""
        self._coming = text
        if len(self._inserting) > 1 or self._removing[1] - self._removing[0] > PORTION:
            self._lay_colours_aside()
        with self.changing(how):
            self._go_on()

    def _go_on(self) -> None:
        """One portion more; the last one ends the change."""
        self._portion()
        if self._inserting or self._removing[0] < self._removing[1]:
            self._lay_colours_aside()
            if not self._timer.isActive():
                self._timer.start()
            return
        self._timer.stop()
        self._end()

    def _portion(self) -> None:
        start, end = self._removing
        cursor, room = self._cursor, PORTION
        cursor.beginEditBlock()
        if start < end:
            first = max(start, end - room)
            cursor.setPosition(first)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            self._removing, room = (start, first), room - (end - first)
        if self._removing[0] >= self._removing[1] and self._inserting and room > 0:
            cursor.insertText(self._inserting.popleft())
        cursor.endEditBlock()

    def _end(self) -> None:
        self._coming = None
        self.setTextCursor(self._cursor)
        self.textChanged.emit()
        while self._later and not self.busy:
            with self.changing(TYPING):
                self._later.popleft()()

    def _colour(self) -> None:
        if not self._coloured and not self.busy and self.document().characterCount() <= COLOURED:
            self._coloured = True
            self.highlighter.setDocument(self.document())

    def _lay_colours_aside(self) -> None:
        if self._coloured:
            self._coloured = False
            # which is how Qt lets go of one
            self.highlighter.setDocument(None)  # type: ignore[arg-type]

    def undo(self) -> None:
        """Ask for the form's last step to be taken back, after the keys that still wait."""
        self.after_keys(self.undo_asked.emit)

    def redo(self) -> None:
        """Ask for what was taken back to be made again."""
        self.after_keys(self.redo_asked.emit)

    @property
    def waiting(self) -> bool:
        """Whether keys wait for the end of a change."""
        return self.busy and bool(self._later)

    def after_keys(self, act: Callable[[], object]) -> None:
        """Do it now, or behind the keys that wait for the end of a change."""
        if self.waiting:
            self._later.append(act)
        else:
            act()

    # --- what a person does ---

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Texts; files are the window's, which shows what it will do with them."""
        return not any(
            url.isLocalFile() for url in source.urls()
        ) and super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste and drop."""
        if source.hasText():
            self.put(source.text())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy, cut and drag: without the marks of rows. Qt's own object: one of Python's outlives
        Python in the clipboard."""
        found = super().createMimeDataFromSelection()
        found.text()  # it is filled when it is first asked, over what was set before
        found.clear()
        found.setText(whole(plain_selection(off_marks(self.textCursor()))))
        return found

    def focusNextPrevChild(self, next: bool) -> bool:
        return not self.completion.completer.popup().isVisible() and super().focusNextPrevChild(
            next
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.busy:
            kept = QKeyEvent(
                event.type(),
                event.key(),
                event.modifiers(),
                event.text(),
                event.isAutoRepeat(),
                event.count(),
            )
            self._later.append(partial(self.keyPressEvent, kept))
            return
        if self.completion.takes(event):
            event.ignore()
            return
        step = {Qt.Key.Key_Up: 0.1, Qt.Key.Key_Down: -0.1}.get(Qt.Key(event.key()))
        if step and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._weigh(step)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif self._many_selected() and (
            event.matches(QKeySequence.StandardKey.Cut) or _replaces(event)
        ):
            cut = event.matches(QKeySequence.StandardKey.Cut)
            if cut:
                self.copy()
            self.put(
                event.text() if not cut and event.text().isprintable() else "",
                "cut" if cut else TYPING,
            )
        elif not self._delete_beside_mark(event):
            if event.key() in _MOVING:
                self.moved.emit()
            if event.text():
                self.setTextCursor(off_marks(self.textCursor()))
            super().keyPressEvent(event)
            self.completion.after(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if self.busy:
            if event.commitString():
                self._later.append(partial(self.put, event.commitString(), TYPING))
            return
        super().inputMethodEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.moved.emit()
        if not self.busy:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, whose Undo and Redo are this editor's."""
        menu = self.createStandardContextMenu(event.pos())
        for action in menu.actions():
            act, may = {
                "edit-undo": (self.undo, self.may_undo),
                "edit-redo": (self.redo, self.may_redo),
            }.get(action.objectName(), (None, False))
            if act is not None:
                action.triggered.disconnect()
                action.triggered.connect(act)
                action.setEnabled(may)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _delete_beside_mark(self, event: QKeyEvent) -> bool:
        cursor = self.textCursor()
        if not delete_beside_mark(cursor, event):
            return False
        self.setTextCursor(cursor)
        return True

    def _many_selected(self) -> bool:
        cursor = self.textCursor()
        return cursor.selectionEnd() - cursor.selectionStart() > PORTION

    def _weigh(self, step: float) -> None:
        cursor, rows = off_marks(self.textCursor()), super().toPlainText()
        start, end = (
            characters(rows, at) for at in (cursor.selectionStart(), cursor.selectionEnd())
        )
        text = whole(rows)
        changed, start, end = change_weight(
            text, len(whole(rows[:start])), len(whole(rows[:end])), step
        )
        if changed == text:
            return
        cursor = QTextCursor(self.document())
        with self.changing("weight"):
            replace_middle(cursor, text, changed, rows)
        rows = super().toPlainText()
        cursor.setPosition(units(rows, in_rows_at(rows, start)))
        cursor.setPosition(units(rows, in_rows_at(rows, end)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)


def _replaces(event: QKeyEvent) -> bool:
    """Whether the key puts something, or nothing, in place of what is selected."""
    plain_key = not event.modifiers() & (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
    )
    typed = bool(event.text()) and event.text().isprintable()
    return plain_key and (typed or event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace))
