"""Find and replace over the editors of a form: which of them is looked through, what is found there
and what comes in its place."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPalette, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QVBoxLayout

from core.values.declared.limits import MAX_PROMPT
from desktop.form.finding.find_bar import FindBar
from desktop.form.finding.hits import (
    MOST,
    Hit,
    Places,
    find_hits,
    next_hit,
    pattern_of,
    shown_around,
)
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets.i18n import tr

SETTLED_MS = 80  # after a change of the text
MOST_SHOWN = 400  # places that are marked at a time
LONGEST_CHOSEN = 200  # characters of a selection that is looked for
TINT = 80  # of 255, under what is found
_OURS = QTextFormat.Property.UserProperty.value + 26  # by which others leave our marks alone


class Finder(QObject):
    """One bar for both editors; it stands above the one that is looked through."""

    def __init__(self, panel: PromptPanel, draft: Draft) -> None:
        super().__init__(panel)
        self._panel = panel
        self._draft = draft
        self._editor: PromptEdit = panel.prompt
        self._text = ""
        self._hits: list[Hit] = []
        self._places = Places((), ())
        self._from = 0  # where what is typed is looked for
        self.bar = FindBar()
        self.bar.hide()
        self.bar.changed.connect(self._look_anew)
        self.bar.stepped.connect(lambda back: self.step(back=back))
        self.bar.replace_asked.connect(self.replace)
        self.bar.all_asked.connect(self.replace_all)
        self.bar.left.connect(self.close)
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        for editor in (panel.prompt, panel.negative):
            editor.textChanged.connect(self._follow)
            editor.cursorPositionChanged.connect(self._follow)
            editor.installEventFilter(self)

    # --- opening ---

    def has_focus(self) -> bool:
        """Whether somebody writes in one of the editors, or in the bar."""
        focus = QApplication.focusWidget()
        return focus in (self._panel.prompt, self._panel.negative) or self._in_bar()

    def _in_bar(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.bar.isAncestorOf(focus)

    def is_open(self) -> bool:
        """Whether something is looked for."""
        return not self.bar.isHidden()

    def open(self, *, replacing: bool) -> None:
        """Look for what is selected, or for what was looked for last."""
        was_in_bar = self._in_bar()
        if not was_in_bar:
            is_negative = self._panel.negative.hasFocus()
            self._use(self._panel.negative if is_negative else self._panel.prompt)
        self.bar.show_replacing(replacing)
        self.bar.show()
        self._look()
        chosen = self._editor.textCursor().selectedText()
        is_line = 0 < len(chosen) <= LONGEST_CHOSEN and chosen.isprintable()
        if is_line and not was_in_bar:
            self.bar.field.setText(chosen)
        self.bar.field.selectAll()
        self.bar.field.setFocus()

    def close(self) -> None:
        """Nothing is looked for any more."""
        self._timer.stop()
        self.bar.hide()
        self._mark(None)
        self._editor.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in an editor ends the search, too, unless the list of completions wants it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
            and self.is_open()
            and not self._editor.completion.is_open()
        ):
            self.close()
            return True
        return super().eventFilter(watched, event)

    def _use(self, editor: PromptEdit) -> None:
        self._hits = []  # of the text that is left
        self._mark(None)
        self._editor = editor
        column = cast("QVBoxLayout", self._panel.layout())
        column.removeWidget(self.bar)
        column.insertWidget(column.indexOf(editor), self.bar)
        self._from = self._selected()[0]

    # --- finding ---

    def _follow(self) -> None:
        if self.is_open():
            self._timer.start()

    def _selected(self) -> Hit:
        """Start and end of what is selected, in characters of the whole text."""
        cursor = self._editor.textCursor()
        return (
            self._places.character(cursor.selectionStart()),
            self._places.character(cursor.selectionEnd()),
        )

    def _look(self) -> None:
        """What is found in the text as it is; once a large text has come."""
        if self._editor.busy:
            self._timer.start()
            return
        text = self._editor.toPlainText()
        if text != self._text:
            self._text = text
            self._places = Places.of(QPlainTextEdit.toPlainText(self._editor))
        self._hits = find_hits(text, self.bar.field.text(), match_case=self.bar.case.isChecked())
        selected = self._selected()
        self._mark(self._hits.index(selected) if selected in self._hits else None)

    def _look_anew(self) -> None:
        """What is typed is looked for from where it began."""
        self._look()
        at = next_hit(self._hits, self._from, self._from, back=False)
        if at is not None and not self._editor.busy:
            self._go(at)

    def step(self, *, back: bool) -> None:
        """To the next place, or the one before."""
        self._look()
        at = next_hit(self._hits, *self._selected(), back=back)
        if at is not None and not self._editor.busy:
            self._go(at)
            self._from = self._hits[at][0]

    def _go(self, at: int) -> None:
        start, end = self._places.selection(self._hits[at])
        cursor = self._editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._draft.history.pause()
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        self._mark(at)

    def _mark(self, current: int | None) -> None:
        """Tint what is found, and say how much there is; marks of others stay."""
        mine: list[QTextEdit.ExtraSelection] = []
        if self.is_open():
            self._say(current)
            palette = self._editor.palette()
            for at in shown_around(self._hits, current, MOST_SHOWN):
                mine.append(self._selection(self._hits[at], palette, is_current=at == current))
        others = [
            one for one in self._editor.extraSelections() if not one.format.hasProperty(_OURS)
        ]
        self._editor.setExtraSelections([*others, *mine])

    def _selection(
        self, hit: Hit, palette: QPalette, *, is_current: bool
    ) -> QTextEdit.ExtraSelection:
        start, end = self._places.selection(hit)
        one = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        form = QTextCharFormat()
        form.setProperty(_OURS, True)
        colour = QColor(palette.color(QPalette.ColorRole.Highlight))
        words = QPalette.ColorRole.HighlightedText if is_current else QPalette.ColorRole.Text
        if not is_current:
            colour.setAlpha(TINT)
        form.setBackground(colour)
        form.setForeground(palette.color(words))
        one.cursor = cursor  # type: ignore[attr-defined]
        one.format = form  # type: ignore[attr-defined]
        return one

    def _say(self, current: int | None) -> None:
        count = len(self._hits)
        total = f"{MOST:,}+" if count == MOST else f"{count:,}"
        if not self.bar.field.text():
            words = ""
        elif current is None or not count:
            words = total
        else:
            words = tr("{n} of {total}", n=f"{current + 1:,}", total=total)
        self.bar.show_count(words, can_step=bool(count))

    # --- replacing ---

    def replace(self) -> None:
        """Replace the place that is selected, and go to the next; where none is, go to one."""
        self._look()
        if self._editor.busy:
            return
        selected = self._selected()
        if selected in self._hits:
            with self._draft.one_step(tr("Replace")):
                self._editor.put(self.bar.replacement.text())
            self._look()
        self.step(back=False)

    def replace_all(self) -> None:
        """Replace all places as one step; nothing where the text would become too long."""
        wanted = self.bar.field.text()
        if self._editor.busy or not wanted:
            return
        text = self._editor.toPlainText()
        pattern = pattern_of(wanted, match_case=self.bar.case.isChecked())
        replacement = self.bar.replacement.text()
        changed, count = pattern.subn(lambda _: replacement, text)
        if len(changed) > MAX_PROMPT:
            self.bar.show_count(tr("too long"), can_step=True)
            return
        with self._draft.one_step(tr("Replace all")):
            self._editor.replace_text(changed)
        self._look()
        self.bar.show_count(tr("{n} replaced", n=f"{count:,}"), can_step=bool(self._hits))
        self._timer.stop()  # so that it stays to be read
