"""The history of prompts, for the keyboard: type what is looked for, Return takes both texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.store.prompts.pinned_prompts import Pairs, PinnedPrompts
from core.store.prompts.prompt_history import PromptHistory, PromptPage, PromptPair
from core.system.errors import KnownError
from desktop.form.past_prompts.pair_list import PAIR, PairDelegate, PairList
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

TYPED_MS = 60  # after the last letter it is looked for
ENOUGH = 40  # rows that are looked for at once, where prompts repeat themselves
PIN_KEY = "Ctrl+P"
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTERED = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptHistoryDialog(QDialog):
    """`take` is called with the pair that was chosen. `looking` answers, `writing` keeps pins."""

    def __init__(
        self,
        history: PromptHistory,
        pins: PinnedPrompts,
        *,
        looking: SerialTasks,
        writing: SerialTasks,
        take: Callable[[PromptPair], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Prompt history"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._history = history
        self._pins = pins
        self._looking = looking
        self._writing = writing
        self._take = take
        self._turn = 0  # of what is looked for; answers to earlier words come too late
        self._shown = 0  # the turn whose answer is shown
        self._takes_first = False  # once that of the last words is
        self._words = ""
        self._below: int | None = None  # where what is shown goes on
        self._is_looking = False
        self._pinned: Pairs = ()
        self._is_open = True
        self.finished.connect(self._close)
        self.model = PairList()
        self._build()
        self._timer = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        self.field.textChanged.connect(lambda _: self._typed())
        self._looking.submit(pins.all, self._show_pins, self._say)
        self._look()

    # --- building ---

    def _build(self) -> None:
        self.resize(620, 520)
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self.field.setPlaceholderText(tr("Words of the prompt"))
        self.field.setAccessibleName(tr("Search prompts"))
        self.field.setWhatsThis(
            tr("Shows the prompts in which all these words occur; Return takes the marked one.")
        )
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setAccessibleName(tr("Prompts of before"))
        self.list.setWhatsThis(
            tr(
                "Pinned prompts, then those of finished pictures, newest first. Return takes both "
                "texts, Delete takes a pin away."
            )
        )
        self.list.setModel(self.model)
        self.list.setItemDelegate(PairDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.installEventFilter(self)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.list.doubleClicked.connect(lambda _: self.use())
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_whole())
        self.whole = QPlainTextEdit()
        self.whole.setReadOnly(True)
        self.whole.setTabChangesFocus(True)
        self.whole.setAccessibleName(tr("Whole prompt"))
        self.whole.setWhatsThis(tr("Both texts of the marked prompt as they are taken."))
        self.whole.setFixedHeight(self.fontMetrics().lineSpacing() * 6 + theme.SPACE_4)
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.note.hide()
        self._build_buttons()
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_2)
        for part in (self.field, self.list, self.note, self.whole):
            column.addWidget(part, 1 if part is self.list else 0)
        column.addWidget(row(self.pin, None, self.cancel, self.taking))

    def _build_buttons(self) -> None:
        key = QKeySequence(PIN_KEY).toString(QKeySequence.SequenceFormat.NativeText)
        self.pin = QPushButton(tr("Pin"))
        self.pin.setToolTip(tr("Keeps the marked prompt in front of the others ({key}).", key=key))
        self.pin.clicked.connect(self.toggle_pin)
        shortcut = QShortcut(QKeySequence(PIN_KEY), self)
        shortcut.activated.connect(self.toggle_pin)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(tr("Leaves the texts of the form as they are (Esc)."))
        self.cancel.clicked.connect(self.reject)
        self.taking = QPushButton(tr("Take prompt"))
        self.taking.setObjectName("primary")
        self.taking.setToolTip(tr("Takes both texts into the form; one undo brings the old back."))
        self.taking.clicked.connect(self.use)
        for button in (self.pin, self.cancel, self.taking):
            button.setAutoDefault(False)

    # --- finding ---

    def _typed(self) -> None:
        self._takes_first = False
        self._timer.start()

    def _look(self) -> None:
        """For the words that stand in the field now."""
        self._timer.stop()
        self._turn += 1
        self._words = self.field.text()
        self._ask(None, self._show)

    def _look_further(self) -> None:
        if self._below is not None and not self._is_looking:
            self._ask(self._below, self._add)

    def _ask(self, below: int | None, then: Callable[[PromptPage], None]) -> None:
        """One page; an answer to words of before is none."""
        turn = self._turn
        self._is_looking = True

        def came(page: PromptPage) -> None:
            if turn == self._turn and self._is_open:
                self._is_looking = False
                self._below = page.below
                then(page)
                self._go_on()

        self._looking.submit(partial(self._history.page, self._words, below), came, self._say)

    def _show(self, page: PromptPage) -> None:
        self._shown = self._turn
        self.model.begin(self._pins_with_words(), page.pairs)
        self._mark(0)
        if self._takes_first:
            self._takes_first = False
            self.use()

    def _add(self, page: PromptPage) -> None:
        self.model.add(page.pairs)
        if not self.list.currentIndex().isValid():
            self._mark(0)

    def _go_on(self) -> None:
        """Where many pictures have one prompt a page may hold few; the note says where all hold
        none."""
        if self.model.rowCount() < ENOUGH:
            self._look_further()
        if self.model.rowCount() or self._below is not None:
            self._note("")
        elif self._words.strip():
            self._note(tr("No prompt of before has these words."))
        else:
            self._note(tr("Prompts of finished pictures appear here, newest first."))

    def _scrolled(self, value: int) -> None:
        bar = self.list.verticalScrollBar()
        if value >= bar.maximum() - bar.pageStep():
            self._look_further()

    def _pins_with_words(self) -> list[PromptPair]:
        words = self._words.casefold().split()
        return [pair for pair in self._pinned if _has(pair, words)]

    # --- what is marked ---

    def current(self) -> PromptPair | None:
        """The pair that is marked."""
        pair = self.list.currentIndex().data(PAIR)
        return pair if isinstance(pair, PromptPair) else None

    def _mark(self, at: int) -> None:
        self.list.setCurrentIndex(self.model.index(max(0, min(at, self.model.rowCount() - 1)), 0))
        self._show_whole()

    def _show_whole(self) -> None:
        pair = self.current()
        self.pin.setEnabled(pair is not None)
        self.taking.setEnabled(pair is not None)
        is_pinned = pair is not None and self.model.is_pinned(pair)
        self.pin.setText(tr("Unpin") if is_pinned else tr("Pin"))
        if pair is None:
            self.whole.clear()
            return
        negative = tr("Without: {what}", what=pair.negative_prompt) if pair.negative_prompt else ""
        self.whole.setPlainText("\n".join(part for part in (pair.prompt, negative) if part))

    def use(self) -> None:
        """Both texts into the form; where other words were typed, of what is found for those."""
        if self._timer.isActive():
            self._look()
        self._takes_first = self._shown != self._turn
        pair = self.current()
        if pair is not None and not self._takes_first:
            self.accept()
            self._take(pair)

    # --- pins ---

    def toggle_pin(self) -> None:
        """Pin what is marked, or take its pin away."""
        pair = self.current()
        if pair is not None:
            change = self._pins.unpin if self.model.is_pinned(pair) else self._pins.pin
            self._writing.submit(partial(change, pair), self._show_pins, self._say)

    def unpin(self) -> None:
        """Take the marked prompt's pin away; what has none belongs to its pictures."""
        pair = self.current()
        if pair is None:
            return
        if self.model.is_pinned(pair):
            self.toggle_pin()
        else:
            self._note(tr("Only pins are taken away here; this prompt belongs to its pictures."))

    def _show_pins(self, pinned: Pairs) -> None:
        if not self._is_open:
            return
        pair = self.current()
        self._pinned = pinned
        self.model.show_pinned(self._pins_with_words())
        self._mark(self.model.row_of(pair))

    # --- the rest ---

    def _note(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _say(self, fault: KnownError) -> None:
        if self._is_open:
            self._note(str(fault))

    def _close(self) -> None:
        """Answers that come later meet a dialog that is going."""
        self._is_open = False
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._answers(watched, event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _answers(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether it was a key that is the list's, wherever the focus is."""
        in_field = watched is self.field
        at_end = self.field.cursorPosition() == len(self.field.text())
        deletes_words = in_field and (self.field.hasSelectedText() or not at_end)
        if event.key() in _ENTERED:
            self.use()
        elif event.key() == Qt.Key.Key_Delete and not deletes_words:
            self.unpin()
        elif in_field and event.key() in _MOVES:
            self.list.event(event)
        else:
            return False
        return True


def _has(pair: PromptPair, words: list[str]) -> bool:
    text = f"{pair.prompt}\n{pair.negative_prompt}".casefold()
    return all(word in text for word in words)
