"""What a person may expect: choices under one another, whose words wrap."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.service.lessons.progress import NO_GUESS
from desktop.widgets import theme
from desktop.widgets.i18n import tr


class _Words(QLabel):
    """The words of a choice; a press on them presses its button."""

    def __init__(self, words: str, button: QRadioButton) -> None:
        super().__init__(words)
        self._button = button
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._button.isEnabled():
            self._button.setFocus(Qt.FocusReason.MouseFocusReason)
            self._button.setChecked(True)


class Choices(QWidget):
    """`chosen` when one was. The last one says that a person has no idea yet."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[QRadioButton] = []
        self._words: list[_Words] = []
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(lambda _, on: self.chosen.emit() if on else None)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.SPACE_1)

    def show_choices(self, choices: Sequence[str]) -> None:
        """These, none of them chosen."""
        while (item := self._lines.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
        for button in self.buttons:
            self._group.removeButton(button)
        self.buttons = []
        self._words = []
        for number, words in enumerate((*choices, tr("I have no idea yet"))):
            self._add(number, words)

    def _add(self, number: int, words: str) -> None:
        button = QRadioButton()
        button.setAccessibleName(words)
        button.setWhatsThis(tr("Says that this is what you expect; no answer is wrong."))
        self._group.addButton(button, number)
        label = _Words(words, button)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_2)
        row.addWidget(button)
        row.addWidget(label, 1)
        self._lines.addWidget(line)
        line.show()
        self.buttons.append(button)
        self._words.append(label)

    def guess(self) -> int | None:
        """The place of the choice; NO_GUESS for no idea, None where none is chosen."""
        at = self._group.checkedId()
        if at < 0:
            return None
        return at if at < len(self.buttons) - 1 else NO_GUESS

    def show_guess(self, guess: int) -> None:
        """The one that was chosen before; it cannot be changed any more, until `allow`."""
        at = guess if 0 <= guess < len(self.buttons) - 1 else len(self.buttons) - 1
        self._group.blockSignals(True)
        self.buttons[at].setChecked(True)
        self._group.blockSignals(False)
        self._show_locked(at)

    def allow(self) -> None:
        """What was chosen can be changed again."""
        self._show_locked(None)

    def _show_locked(self, at: int | None) -> None:
        for place, (button, label) in enumerate(zip(self.buttons, self._words, strict=True)):
            button.setEnabled(at is None)
            if at is None:
                label.setObjectName("")
                label.style().polish(label)
                continue
            label.setObjectName("strong" if place == at else "dim")
            label.style().polish(label)
