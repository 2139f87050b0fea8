"""A finding, or something to try: what it is, its figures, and the button that tries the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.insight.wrong.evidence_bar import BarFigures, EvidenceBar
from desktop.insight.wrong.trial import Tried
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr


@dataclass(frozen=True, slots=True)
class CardWords:
    """What a card says: `title` and, small, `tag`; `cause` and `remedy` are whole sentences,
    `change` what of the recipe that changes. `tried` is what its button tries, None for no
    button."""

    title: str
    tag: str
    cause: str = ""
    remedy: str = ""
    bars: tuple[BarFigures, ...] = ()
    change: str = ""
    tried: Tried | None = None


class Card(QFrame):
    """Tab goes to the card, which says all of it, then to its button; `asked` carries a Tried."""

    asked = Signal(object)

    def __init__(self, words: CardWords) -> None:
        super().__init__()
        self.words = words
        self.bars = tuple(EvidenceBar(one) for one in words.bars)
        self.button = QPushButton(tr("Try it"), self)
        self.button.setVisible(words.tried is not None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words.title)
        said = (words.tag, words.cause, *(bar.accessibleName() for bar in self.bars))
        said += (words.remedy, words.change)
        self.setAccessibleDescription("\n".join(part for part in said if part))
        self.setWhatsThis(tr("Says what was found, by which figures, and what helps."))
        self._build()

    def _build(self) -> None:
        words = self.words
        title = _label(words.title, "strong")
        tag = _label(words.tag, "dim")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(theme.SPACE_2, theme.SPACE_2, theme.SPACE_2, theme.SPACE_2)
        lines.setSpacing(theme.SPACE_2)
        parts = (title, tag, _label(words.cause), *self.bars, _label(words.remedy))
        for part in (*parts, _label(words.change, "dim")):
            if not isinstance(part, QLabel) or part.text():
                lines.addWidget(part)
        if words.tried is None:
            return
        # all cards have like buttons
        self.button.setAccessibleName(tr("Try {change}", change=words.tried.name))
        self.button.setToolTip(
            tr("Makes the picture again with this change; nothing else waits for it.")
        )
        self.button.clicked.connect(lambda: self.asked.emit(words.tried))
        lines.addWidget(row(self.button, None))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 1))
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)


def _label(words: str, name: str = "") -> QLabel:
    label = QLabel(words)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


class CardList(QWidget):
    """Cards under one another; Tab goes through them as they stand, from the control that they
    follow. `asked` carries a Tried."""

    asked = Signal(object)

    def __init__(self, follows: QWidget) -> None:
        super().__init__()
        self._follows = follows
        self.cards: tuple[Card, ...] = ()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.SPACE_3)

    def show_cards(self, cards: Sequence[CardWords]) -> None:
        """These, in the place of those before."""
        for card in self.cards:
            self._lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = tuple(Card(words) for words in cards)
        for card in self.cards:
            card.asked.connect(self.asked)
            self._lines.addWidget(card)
        chain = [self._follows]
        for card in self.cards:
            chain += [card, card.button] if card.words.tried is not None else [card]
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)
        self.setVisible(bool(self.cards))
