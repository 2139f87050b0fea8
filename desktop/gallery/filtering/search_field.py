"""Where pictures are searched for: what is not understood is underlined, and said beneath."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPalette,
    QTextCharFormat,
    QTextFormat,
)
from PySide6.QtWidgets import QLineEdit

from desktop.form.prompt.rows import characters, units
from desktop.state.session import LONGEST_SEARCH
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.store.finding.terms import Problem
    from desktop.gallery.filtering.completing import Completing

PAUSE_MS = 700  # without a key, after which also the term being typed is judged


class SearchField(QLineEdit):
    """`entered`: Return was pressed. `faulty` carries what is to be said of the text, or ""."""

    entered = Signal()
    faulty = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(LONGEST_SEARCH)
        self.setPlaceholderText(tr("Search prompts, models, tags"))
        self.setAccessibleName(tr("Search the gallery"))
        self.setClearButtonEnabled(True)
        self.completing: Completing | None = None
        self._problems: Sequence[Problem] = ()
        self._marked = False
        self._composing = False  # with an input method, whose marks stand there meanwhile
        self._pause = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._judge_all)
        self.textChanged.connect(self._judge)
        self.cursorPositionChanged.connect(lambda *_: self._pause.start())

    # --- mistakes ---

    def problems(self) -> Sequence[Problem]:
        """Of its text: what is not understood."""
        return self._problems

    def _judge(self, text: str) -> None:
        from core.store.finding.language import parse

        self._problems = parse(text).problems
        self._show(at_cursor=False)
        self._pause.start()

    def _judge_all(self) -> None:
        self._show(at_cursor=True)

    def _show(self, *, at_cursor: bool) -> None:
        """Underline the mistakes, but where a person may still be typing."""
        typing = self.hasFocus() and not at_cursor
        here = characters(self.text(), self.cursorPosition()) if typing else -1
        shown = [one for one in self._problems if not one.start <= here <= one.end]
        if (shown or self._marked) and not self._composing:
            self._underline(shown)
        self.faulty.emit(shown[0].message if shown else "")

    def _underline(self, problems: Sequence[Problem]) -> None:
        """As an input method marks what it composes, which is how Qt's field takes formats."""
        self._marked = bool(problems)
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(QColor(self.palette().color(QPalette.ColorRole.BrightText)))
        text, cursor = self.text(), self.cursorPosition()
        kind = QInputMethodEvent.AttributeType.TextFormat
        marks = [
            QInputMethodEvent.Attribute(
                kind,
                units(text, one.start) - cursor,
                units(text[one.start :], one.end - one.start),
                QTextFormat(look),
            )
            for one in problems
        ]
        super().inputMethodEvent(QInputMethodEvent("", marks))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    # --- keys ---

    def event(self, event: QEvent) -> bool:
        """Tab is the list's while that is open, before it moves the focus."""
        is_tab = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab
        if is_tab and event.type() == QEvent.Type.KeyPress and self.completing is not None:
            assert isinstance(event, QKeyEvent)
            if self.completing.takes(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completing is not None and self.completing.takes(event):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        super().keyPressEvent(event)
        if self.completing is not None:
            self.completing.after(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.completing is not None and not self.text() and not self.completing.is_open():
            self.completing.offer_before()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._judge_all()
