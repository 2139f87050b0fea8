"""What bothers you?: what nobody measures, and for each the help that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.insight.wrong.card import CardList, CardWords
from desktop.widgets import theme
from desktop.widgets.controls import column
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

NARROWEST = 48  # pixels of a button, whatever its words
EDGES = 20  # pixels of a button that are not its text's
SPARE = 2  # pixels: widths of texts are rounded


class Bothers(QWidget):
    """`chosen` carries the id of what bothers the person, `asked` a Tried."""

    chosen = Signal(str)
    asked = Signal(object)

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` by id, in their order."""
        super().__init__()
        self.buttons = {one: _Answer(name) for one, name in names.items()}
        self._group = QButtonGroup(self)
        for number, button in enumerate(self.buttons.values()):
            self._group.addButton(button, number)
        self._group.idClicked.connect(lambda n: self.chosen.emit(list(self.buttons)[n]))
        self.heading = QLabel(tr("What bothers you?"))
        self.heading.setObjectName("heading")
        self.explained = QLabel(
            tr(
                "Nobody can measure these: your eye decides. A change is tried at this seed and "
                "at three others, since what helps once may be chance: seven pictures in all."
            )
        )
        self.said = QLabel()
        self.list = CardList(list(self.buttons.values())[-1])
        self.list.asked.connect(self.asked)
        self._build()

    def _build(self) -> None:
        for label in (self.explained, self.said):
            label.setObjectName("dim")
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.said.hide()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        choice = wrap_row(*self.buttons.values())
        head = column(self.heading, self.explained, choice, self.said)
        head.setContentsMargins(theme.SPACE_2, 0, theme.SPACE_2, 0)
        lines.addWidget(head)
        lines.addWidget(self.list)

    def chosen_id(self) -> str:
        """What was chosen; "" for nothing."""
        ids = list(self.buttons)
        return ids[self._group.checkedId()] if self._group.checkedId() >= 0 else ""

    def show_help(self, cards: Sequence[CardWords], said: str = "") -> None:
        """The help known for what was chosen; `said` stands above it."""
        self.list.show_cards(cards)
        self.said.setText(said)
        self.said.setVisible(bool(said))


class _Answer(QToolButton):
    """As wide as its words; where there is less room it shortens them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setText(name)
        self.setObjectName("answer")
        self.setCheckable(True)
        self.setMinimumWidth(NARROWEST)
        self.setAccessibleName(name)
        self.setToolTip(tr("{name}: shows what is known to help.", name=name))

    def sizeHint(self) -> QSize:
        self.ensurePolished()  # else the font is not yet that of the style sheet
        width = self.fontMetrics().horizontalAdvance(self._name) + EDGES + SPARE
        return QSize(width, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = max(self.width() - EDGES, 0)
        elide = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._name, elide, room))
