"""Words of the craft as buttons: pointing at one, or pressing it, explains it."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from core.values.insight.lesson import Term
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr


class TermRow(QWidget):
    """The words of a stop; the explanation of one that was pressed stands below them."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[QToolButton] = []
        self._terms: tuple[Term, ...] = ()
        self._exactly = False
        self._lead = QLabel(tr("Words used here:"))
        self._lead.setObjectName("dim")
        self._lead.setContentsMargins(0, theme.SPACE_1, 0, 0)
        line = QWidget()
        self._line = WrapLayout(line)
        self._line.addWidget(self._lead)
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        self.meaning.setAccessibleName(tr("What the word means"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(line)
        column.addWidget(self.meaning)

    def show_terms(self, terms: Sequence[Term], *, exactly: bool) -> None:
        """These words, in simple or exact explanations; the one that is open stays so."""
        if (tuple(terms), exactly) == (self._terms, self._exactly):
            return
        opened = next((one.accessibleName() for one in self.buttons if one.isChecked()), "")
        self._terms, self._exactly = tuple(terms), exactly
        for button in self.buttons:
            self._line.removeWidget(button)
            button.deleteLater()
        self.buttons = [self._button(term) for term in terms]
        for button in self.buttons:
            button.setChecked(button.accessibleName() == opened)
        self.setVisible(bool(terms))
        self._tell()

    def _button(self, term: Term) -> QToolButton:
        button = QToolButton()
        button.setText(term.word.replace("&", "&&"))
        button.setAccessibleName(term.word)
        button.setObjectName("answer")
        button.setCheckable(True)
        # a stranger's words: as a tooltip Qt would take tags for its own, and fetch pictures
        words = html.escape(f"{term.word}: {term.meaning.told(exactly=self._exactly)}")
        button.setToolTip(f"<p>{words}</p>")
        button.setAccessibleDescription(term.meaning.told(exactly=self._exactly))
        button.setWhatsThis(tr("Explains this word below, in simple or in exact terms."))
        button.clicked.connect(lambda checked: self._press(button, checked))
        self._line.addWidget(button)
        button.show()
        return button

    def _press(self, button: QToolButton, checked: bool) -> None:
        for other in self.buttons:
            other.setChecked(other is button and checked)
        self._tell()
        announce(self.meaning, self.meaning.text())

    def _tell(self) -> None:
        chosen = [
            term
            for term, button in zip(self._terms, self.buttons, strict=True)
            if button.isChecked()
        ]
        words = "".join(f"{one.word}: {one.meaning.told(exactly=self._exactly)}" for one in chosen)
        self.meaning.setText(words)
        self.meaning.setVisible(bool(words))
