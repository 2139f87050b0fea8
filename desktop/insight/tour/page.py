"""The page of Guided tour: how it is told above, the stops at the side, the stop that is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.tour.stop_sheet import StopSheet
from desktop.widgets import theme
from desktop.widgets.controls import column
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

SIDE = 208  # pixels of the list of stops


def _switch(words: str, help_text: str) -> QToolButton:
    button = QToolButton()
    button.setText(words)
    button.setAccessibleName(words)
    button.setToolTip(help_text)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _button(words: str, help_text: str) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName("link")
    button.setWhatsThis(help_text)
    return button


class TourPage(QWidget):
    """`chosen` carries the place of the stop that a person wants to see."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.simple = _switch(tr("Simple"), tr("Tells everything in plain words."))
        self.exact = _switch(tr("Exact"), tr("Tells it in the terms of the craft, with formulas."))
        self._manner = QButtonGroup(self)
        for button in (self.simple, self.exact):
            self._manner.addButton(button)
        self.simple.setChecked(True)
        self.large = _switch(
            tr("Large type"), tr("Shows texts and pictures larger, for a projector.")
        )
        self.restart = _button(
            tr("Start over"), tr("Forgets what you expected and made in this lesson.")
        )
        self.to_tour = _button(
            tr("Back to the guided tour"), tr("Closes this lesson and shows the guided tour.")
        )
        self.open_file = _button(
            tr("Open lesson..."), tr("Opens the file of a lesson that somebody made.")
        )
        self.make_lesson = _button(
            tr("Make a lesson of this..."),
            tr("Makes a file of this with your pictures, which opens without a model."),
        )
        self.stops = QListWidget()
        self.sheet = StopSheet()
        self.empty = QLabel()
        self._body = QStackedWidget()
        self.stack = QStackedWidget()
        self._build()

    def _build(self) -> None:
        switches = (self.simple, self.exact, self.large)
        links = (self.restart, self.to_tour, self.open_file, self.make_lesson)
        head = column(wrap_row(*switches, *links))
        margins = head.layout()
        if margins is not None:
            margins.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_2)
        self.stops.setFixedWidth(SIDE)
        self.stops.setWordWrap(True)
        self.stops.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.stops.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stops.setObjectName("rows")
        self.stops.setAccessibleName(tr("Stops"))
        self.stops.setWhatsThis(tr("All stops of the lesson; those with a tick were seen."))
        self.stops.currentRowChanged.connect(self._choose)
        self.stops.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setObjectName("dim")
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(theme.SPACE_4, 0, 0, 0)
        columns.setSpacing(0)
        columns.addWidget(self.stops)
        columns.addWidget(self.sheet, 1)
        self._body.addWidget(self.empty)
        self._body.addWidget(body)
        lesson = QWidget()
        whole = QVBoxLayout(lesson)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(head)
        whole.addWidget(self._body, 1)
        self.stack.addWidget(lesson)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def say(self, words: str) -> None:
        """Words in the place of the lesson."""
        self.empty.setText(words)
        self._body.setCurrentIndex(0)

    def show_stops(self, titles: Sequence[str], seen: Sequence[bool], at: int) -> None:
        """All stops, with which of them were seen; the one at this place is open."""
        self._body.setCurrentIndex(1)
        self.stops.blockSignals(True)
        if self.stops.count() != len(titles):
            self.stops.clear()
            for _ in titles:
                self.stops.addItem(QListWidgetItem())
        for place, (title, was_seen) in enumerate(zip(titles, seen, strict=True)):
            words = f"{place + 1}. {title}"
            item = self.stops.item(place)
            item.setText(words + (" ✓" if was_seen else ""))
            told = tr("{stop}, seen", stop=words) if was_seen else words
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
        self.stops.setCurrentRow(at)
        self.stops.blockSignals(False)

    def _choose(self, place: int) -> None:
        if place >= 0:
            self.chosen.emit(place)
