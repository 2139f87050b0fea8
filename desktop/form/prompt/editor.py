"""The editor of a prompt: weights coloured, keys that change them, and keys that wait while a large
text comes or goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit

from core.prompt.reading.kinds import Rules
from core.values.declared.limits import MAX_PROMPT
from desktop.form.prompt.completion import Completion
from desktop.form.prompt.gradual_change import PORTION, GradualChange
from desktop.form.prompt.highlighter import COLOURED, PromptHighlighter
from desktop.form.prompt.language.keys import Move, copy_of, move_of, replaces
from desktop.form.prompt.marks import (
    delete_beside_mark,
    differing,
    off_marks,
    plain_selection,
    replace_middle,
)
from desktop.form.prompt.problems import Marked, Problems
from desktop.form.prompt.rows import characters, in_rows, in_rows_at, plain, units, whole
from desktop.state.undo import TYPING
from desktop.widgets import theme
from desktop.widgets.i18n import tr

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
_PLAIN = Rules()


class PromptEdit(QPlainTextEdit):
    """A plain-text editor with weight keys. It keeps no steps of its own: `undo_asked` and
    `redo_asked` are the form's affair.

    `left_out` tells how many characters of a text did not fit any more; `doing` how the
    text is being changed, while `textChanged` says that it is: "typing", "paste", "weight",
    "phrase", "suggestion", "cut", "word" or "replace".
    `moved`: the person moved the cursor.
    """

    left_out = Signal(int)
    undo_asked = Signal()
    redo_asked = Signal()
    moved = Signal()

    def __init__(
        self, name: str, hint: str, lines: int, tokens_: theme.Tokens, rules: Rules = _PLAIN
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.doing = TYPING
        self.may_undo = False
        self.may_redo = False
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        height = self.fontMetrics().lineSpacing() * lines + 18
        self.setMinimumHeight(height)
        self.setMaximumHeight(height * 2)
        self.completion = Completion(self)
        self.completion.taken.connect(self.complete)
        self.highlighter = PromptHighlighter(self.document(), tokens_, rules, self)
        self.problems = Problems(self, self.highlighter)
        self._change = GradualChange(self.document(), self)
        self._change.goes_on.connect(self._lay_colours_aside)
        self._change.ended.connect(self._end)
        self._later: deque[Callable[[], object]] = deque()  # keys that wait for that end
        self._coloured = True
        self.textChanged.connect(self._colour)

    def sizeHint(self) -> QSize:
        return QSize(260, self.minimumHeight())

    # --- the text ---

    @property
    def busy(self) -> bool:
        """Whether a text is coming or going in portions."""
        return self._change.becomes is not None

    def toPlainText(self) -> str:
        """The text as a person knows it, at once, however much of it is still to come."""
        coming = self._change.becomes
        return whole(super().toPlainText()) if coming is None else coming

    def settle(self) -> None:
        """Keys that wait for the end of a change are in the text at once, before it is used."""
        while self.busy and self._later:
            self._change.go_on()

    def replace_text(self, text: str) -> None:
        """New content: only what differs is laid out anew, and the cursor stands behind it."""
        if text == self.toPlainText():
            return
        text = self._fitting(text, 0)
        self._later.clear()  # keys for the text that goes
        self._end_preedit()
        old = super().toPlainText()
        new = in_rows(text)
        start, end, new_end = differing(old, new)
        self._change.prepare(
            text,
            removing=(units(old, start), units(old, end)),
            inserting=new[start:new_end],
            behind=len(whole(new[new_end:])),
        )
        self._begin("replace")

    def put(self, text: str, how: str = "paste") -> None:
        """Text in place of what is selected, else at the cursor; behind what is still coming."""
        if self._change.becomes is None:
            self._put_now(text, how)
        elif self._change.inserts:
            self._change.insert_more(self._fitting(text, len(self._change.becomes)))
            with self.changing(how):
                self.textChanged.emit()
        else:
            self._later.append(partial(self.put, text, how))

    def _put_now(self, text: str, how: str) -> None:
        raw = super().toPlainText()
        cursor = off_marks(self.textCursor())
        head = whole(raw[: characters(raw, cursor.selectionStart())])
        tail = whole(raw[characters(raw, cursor.selectionEnd()) :])
        text = self._fitting(text, len(head) + len(tail))
        self._end_preedit()
        self._change.prepare(
            head + text + tail,
            removing=(cursor.selectionStart(), cursor.selectionEnd()),
            inserting=in_rows(text),
            behind=len(tail),
        )
        self._begin(how)

    @contextmanager
    def changing(self, how: str) -> Iterator[None]:
        """What changes the text within does so in this way."""
        before = self.doing
        self.doing = how
        try:
            yield
        finally:
            self.doing = before

    def _fitting(self, text: str, beside: int) -> str:
        """As much as there is room for; of a far too long text only what can fit is read."""
        room = max(0, MAX_PROMPT - beside)
        looked_at = 2 * MAX_PROMPT + 2  # every line end may be two characters
        left = max(0, len(text) - looked_at)
        text = plain(text[:looked_at])
        if left + len(text) > room:
            self.left_out.emit(left + len(text) - room)
        return text[:room]

    # --- changes in portions ---

    def _end_preedit(self) -> None:
        """What an input method shows beforehand goes; it is put in when it is decided."""
        if self.textCursor().block().layout().preeditAreaText():
            super().inputMethodEvent(QInputMethodEvent())

    def _begin(self, how: str) -> None:
        """The first portion; a large change is made without colours."""
        if self._change.is_large:
            self._lay_colours_aside()
        with self.changing(how):
            self._change.go_on()

    def _end(self) -> None:
        self.setTextCursor(self._change.cursor)
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
            self.highlighter.setDocument(None)

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
        data = super().createMimeDataFromSelection()
        data.text()  # it is filled when it is first asked, over what was set before
        data.clear()
        data.setText(whole(plain_selection(off_marks(self.textCursor()))))
        return data

    def event(self, event: QEvent) -> bool:
        """No shortcut of the window goes before this editor's own keys."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and move_of(event, self.actions()):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forwards: bool) -> bool:
        return not self.completion.is_open() and super().focusNextPrevChild(forwards)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.busy:
            self._later.append(partial(self.keyPressEvent, copy_of(event)))
        elif self.completion.takes(event):
            event.ignore()
        elif not self._answers(event):
            self._leave_to_qt(event)

    def _answers(self, event: QKeyEvent) -> bool:
        """Whether it was a key that this editor answers in its own way."""
        if move := move_of(event, self.actions()):
            self.move_words(move)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif self._many_selected() and event.matches(QKeySequence.StandardKey.Cut):
            self.copy()
            self.put("", "cut")
        elif self._many_selected() and replaces(event):
            self.put(event.text() if event.text().isprintable() else "", TYPING)
        else:
            return self._delete_beside_mark(event)
        return True

    def _leave_to_qt(self, event: QKeyEvent) -> None:
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
        if event.commitString():
            self.completion.offer()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.moved.emit()
        if not self.busy:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, whose Undo and Redo are this editor's."""
        menu = self.createStandardContextMenu(event.pos())
        own = {
            "edit-undo": (self.undo, self.may_undo),
            "edit-redo": (self.redo, self.may_redo),
        }
        for action in menu.actions():
            if action.objectName() in own:
                act, may = own[action.objectName()]
                action.triggered.disconnect()
                action.triggered.connect(act)
                action.setEnabled(may)
        offered = self.problems.offered(self.cursorForPosition(event.pos()).position())
        if offered is not None:
            write = QAction(tr("Write {text}", text=offered[2].instead), menu)
            write.triggered.connect(lambda: self.take(offered))
            menu.insertAction(menu.insertSeparator(menu.actions()[0]), write)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def take(self, marked: Marked) -> None:
        """What could stand at a place that has a problem, in its place; one step. Nothing while a
        text is coming."""
        if self.busy:
            return
        start, end, place = marked
        cursor = self.problems.select(start, end)
        with self.changing("suggestion"):
            cursor.insertText(in_rows(place.instead))

    def complete(self, word: str, begun: int) -> None:
        """What was offered, in place of its beginning: Qt's places left of the cursor."""
        cursor = self.textCursor()
        cursor.setPosition(cursor.position() - begun, QTextCursor.MoveMode.KeepAnchor)
        with self.changing("word"):
            cursor.insertText(word)
        self.setTextCursor(cursor)

    def _delete_beside_mark(self, event: QKeyEvent) -> bool:
        cursor = self.textCursor()
        if not delete_beside_mark(cursor, event):
            return False
        self.setTextCursor(cursor)
        return True

    def _many_selected(self) -> bool:
        cursor = self.textCursor()
        return cursor.selectionEnd() - cursor.selectionStart() > PORTION

    def rewrite(self, how: str, change: Callable[[str, int, int], tuple[str, int, int]]) -> None:
        """The text and what is chosen in it as `change` makes them of text, start and end; done in
        this way, as one step."""
        cursor = off_marks(self.textCursor())
        rows = super().toPlainText()
        text = whole(rows)
        start = len(whole(rows[: characters(rows, cursor.selectionStart())]))
        end = len(whole(rows[: characters(rows, cursor.selectionEnd())]))
        changed, start, end = change(text, start, end)
        if changed == text or len(changed) > MAX_PROMPT:
            return
        cursor = QTextCursor(self.document())
        with self.changing(how):
            replace_middle(cursor, text, changed, rows)
        self.choose(start, end)

    def move_words(self, move: Move) -> None:
        """What its key does, behind the keys that wait for the end of a change."""
        if self.busy:
            self._later.append(partial(self.move_words, move))
        else:
            self.rewrite(move.how, move.change)

    def choose(self, start: int, end: int) -> None:
        """Select [start, end) of the text, or only go there."""
        rows = super().toPlainText()
        cursor = self.textCursor()
        cursor.setPosition(units(rows, in_rows_at(rows, start)))
        cursor.setPosition(units(rows, in_rows_at(rows, end)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
