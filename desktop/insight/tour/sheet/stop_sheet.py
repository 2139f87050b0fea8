"""A stop of a lesson as it is read: text, question, pictures, what they show, one's own try."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.tour.sheet.choices import Choices
from desktop.insight.tour.sheet.own_try import OwnTryPart
from desktop.insight.tour.sheet.shots import ShotRow
from desktop.insight.tour.sheet.terms import TermRow
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

WIDEST = 900  # pixels of a line of text: longer ones are hard to read
WIDEST_LARGE = 1200
LINE = 40  # pixels that an arrow key scrolls by
LARGE_TYPE = "* { font-size: 20px; } #title { font-size: 30px; } #heading { font-size: 23px; }"


def _text(name: str = "", style: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(name)
    label.setObjectName(style)
    return label


class StopSheet(QScrollArea):
    """The parts of a stop below one another; who fills them is the desk. `shown` when the pictures
    are asked for, or to be stopped; `back`, `onward` to the stop beside, `help_asked` for its page
    of help."""

    shown = Signal()
    back = Signal()
    onward = Signal()
    help_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.number = _text(style="dim")
        self.title = _text(style="title")
        self.intro = _text()
        self.terms = TermRow()
        self.question = _text(style="heading")
        self.choices = Choices()
        self.show_button = QPushButton(tr("Show me"))
        self.show_button.setWhatsThis(tr("Makes the pictures and shows them, or stops that."))
        self.before = _text(style="dim")
        self.before.setText(tr("Say first what you expect. No answer is wrong."))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the pictures"))
        self.progress = _text(style="dim")
        self.shots = ShotRow()
        self.fault = _text(style="bad")
        self.verdict = _text(tr("What you expected, and what happened"), "strong")
        self.seen = _text()
        self.own_heading = _text(style="heading")
        self.own_heading.setText(tr("Now you"))
        self.own = OwnTryPart()
        self.summary_heading = _text(style="heading")
        self.summary_heading.setText(tr("The whole tour in a few sentences"))
        self.summary = _text()
        self.more = QPushButton()
        self.more.setWhatsThis(tr("Opens the page of help on this, in a window beside this one."))
        self.sources = _text(tr("Sources"), "dim")
        self.back_button = QPushButton()
        self.next_button = QPushButton()
        self.back_button.setWhatsThis(tr("Goes to the stop before this one."))
        self.next_button.setWhatsThis(tr("Goes to the next stop; you can come back at any time."))
        self.show_button.clicked.connect(self.shown)
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.onward)
        self.more.clicked.connect(self.help_asked)
        self._build()

    def _build(self) -> None:
        self.column = QWidget()
        lines = QVBoxLayout(self.column)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_4)
        lines.setSpacing(theme.SPACE_3)
        for part in (self.number, self.title, self.intro, self.terms):
            lines.addWidget(part)
        lines.addSpacing(theme.SPACE_2)
        lines.addWidget(self.question)
        lines.addWidget(self.choices)
        lines.addWidget(row(self.show_button, self.before, None, wide=self.before))
        for part in (self.bar, self.progress, self.shots, self.fault, self.verdict, self.seen):
            lines.addWidget(part)
        lines.addSpacing(theme.SPACE_2)
        lines.addWidget(self.own_heading)
        lines.addWidget(self.own)
        lines.addWidget(self.summary_heading)
        lines.addWidget(self.summary)
        lines.addWidget(wrap_row(self.more))
        lines.addWidget(self.sources)
        lines.addSpacing(theme.SPACE_2)
        lines.addWidget(wrap_row(self.back_button, self.next_button))
        lines.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("The stop"))
        self.setWhatsThis(tr("One stop of the lesson: the arrow keys scroll, Tab goes on."))
        self.setWidget(self.column)
        self.verticalScrollBar().setSingleStep(LINE)

    def show_large(self, large: bool) -> None:
        """In large type, for a projector, or as usual."""
        self.column.setMaximumWidth(WIDEST_LARGE if large else WIDEST)
        self.column.setStyleSheet(LARGE_TYPE if large else "")

    def text_width(self) -> int:
        """Pixels of a line, between the margins."""
        room = min(self.viewport().width(), self.column.maximumWidth())
        return room - 2 * theme.SPACE_4

    def make_primary(self, button: QPushButton, is_so: bool = True) -> None:
        """The one thing to do next, where there is one."""
        for each in (self.show_button, self.next_button):
            each.setObjectName("primary" if is_so and each is button else "")
            each.style().polish(each)

    def order_tabs(self) -> None:
        """Tab goes on as it is read, also to what was put there later."""
        parts: list[QWidget] = [self, *self.terms.buttons, *self.choices.buttons, self.show_button]
        parts += self.shots.in_order()
        parts += self.own.in_order()
        parts += (self.more, self.back_button, self.next_button)
        for before, behind in pairwise(parts):
            QWidget.setTabOrder(before, behind)

    def bring_to_top(self, part: QWidget) -> None:
        """Scroll until this part is at the upper edge, as far as that goes."""
        layout = self.column.layout()
        if layout is not None:
            layout.activate()  # what was shown just now has its place
        QTimer.singleShot(0, part, lambda: self.verticalScrollBar().setValue(part.y()))
