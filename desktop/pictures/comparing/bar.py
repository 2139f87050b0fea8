"""The line below pictures that are compared: how they are seen, how much of the difference, and
which of several is set beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.pictures.comparing.compared import LETTERS
from desktop.pictures.comparing.viewer import Shown
from desktop.widgets import theme
from desktop.widgets.controls import Combo
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

FACTORS = (1, 4, 16, 64, 255)  # times as much
PLAIN = 128  # the brightness that the greatest difference should reach at first
LONGEST_NAME = 28  # letters of a picture's name where there is no room for more
_FEWEST = 3  # letters that the rest of a button is measured with
_NAMED = (Shown.FIRST, Shown.SECOND)
BLINK_KEY = "K"
_KEYS = {
    Shown.SIDES: "G",
    Shown.BOTH: "S",
    Shown.FIRST: "A",
    Shown.SECOND: "B",
    Shown.DIFFERENCE: "D",
}


class ComparingBar(QWidget):
    """`scale` is for its owner to place. `chosen` carries what is to be seen, `blinks` whether it
    is to change by itself, `factor_set` that the difference is to be shown otherwise, `other_set`
    the number of the picture that the first is compared with."""

    chosen = Signal(Shown)
    blinks = Signal(bool)
    factor_set = Signal()
    other_set = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.ways: dict[Shown, QToolButton] = {}
        self._named: dict[Shown, str] = {}  # the names that stand on buttons, whole
        self._group = QButtonGroup(self)
        for shown in Shown:
            self._add_way(shown)
        self.blink = QToolButton()
        self.blink.setCheckable(True)
        self.blink.setText(tr("Blink"))
        self.blink.setAccessibleName(tr("Blink"))
        self.blink.setToolTip(
            tr("Shows one and the other in turn: what differs jumps out.") + f" ({BLINK_KEY})"
        )
        self.blink.toggled.connect(self.blinks)
        self.factor = Combo(tr("Times as much"), tr("How many times as much each difference is."))
        for factor in FACTORS:
            self.factor.addItem(f"× {factor}", factor)
        self.factor.currentIndexChanged.connect(lambda _: self.factor_set.emit())
        self.other = Combo(
            tr("Compared with the first"), tr("Which of the pictures the first is compared with.")
        )
        self.other.setMinimumContentsLength(12)
        self.other.currentIndexChanged.connect(lambda row: self.other_set.emit(row + 1))
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(wrap_row(*self.ways.values(), self.blink, self.other, self.factor))
        self.name_pictures(("", ""), 1)

    def use_keys_in(self, place: QWidget) -> None:
        """Its letters work while something in `place` has the focus."""
        buttons = {key: self.ways[shown] for shown, key in _KEYS.items()} | {BLINK_KEY: self.blink}
        for key, button in buttons.items():
            shortcut = QShortcut(QKeySequence(key), place)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)

    def _add_way(self, shown: Shown) -> None:
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(shown is Shown.BOTH)
        button.clicked.connect(partial(self.chosen.emit, shown))
        self._group.addButton(button)
        self.ways[shown] = button

    def name_pictures(self, names: Sequence[str], other: int) -> None:
        """What the pictures are called, and which of them stands beside the first."""
        words = {
            Shown.SIDES: (tr("Side by side"), tr("All of them, zoomed and moved together.")),
            Shown.BOTH: (tr("Slider"), tr("Drag the line, or move it with the arrow keys.")),
            Shown.FIRST: (
                _lettered(0, names[0]),
                tr("The first one alone; \\ held shows it too."),
            ),
            Shown.SECOND: (_lettered(other, names[other]), tr("The second one alone.")),
            Shown.DIFFERENCE: (tr("Difference"), self._of_difference()),
        }
        for shown, (label, help_text) in words.items():
            button = self.ways[shown]
            button.setText(label)
            button.setAccessibleName(label)
            of_whom = f"{label}\n" if shown in _NAMED else ""
            button.setToolTip(f"{of_whom}{help_text} ({_KEYS[shown]})")
        self.other.blockSignals(True)
        self.other.clear()
        for number, name in enumerate(names[1:], 1):
            self.other.addItem(tr("with {picture}", picture=_short(number, name)))
        self.other.setCurrentIndex(other - 1)
        self.other.blockSignals(False)
        self.other.setVisible(len(names) > 2)
        self._named = {shown: words[shown][0] for shown in _NAMED}
        self._fit_names()

    def _fit_names(self) -> None:
        """The two that are named share the room that the others leave."""
        for shown, label in self._named.items():
            self.ways[shown].setText(label[:_FEWEST])
        others = [*self.ways.values(), self.blink, self.factor]
        others += [] if self.other.isHidden() else [self.other]
        taken = sum(part.sizeHint().width() + theme.SPACE_2 for part in others)
        metrics = self.fontMetrics()
        least = metrics.averageCharWidth() * LONGEST_NAME
        room = max((self.width() - taken) // len(self._named), least)
        for shown, label in self._named.items():
            fitting = metrics.elidedText(label, Qt.TextElideMode.ElideMiddle, room)
            self.ways[shown].setText(fitting.replace("&", "&&"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_names()

    def allow_difference(self, *, allowed: bool) -> None:
        """Whether two pictures have one at all."""
        for part in (self.ways[Shown.DIFFERENCE], self.factor):
            part.setEnabled(allowed)
        why = self._of_difference() if allowed else tr("Pictures of other sizes have none.")
        key = _KEYS[Shown.DIFFERENCE]
        self.ways[Shown.DIFFERENCE].setToolTip(f"{why} ({key})")

    def show_factor(self, factor: int) -> None:
        """This one from now on, without telling so."""
        self.factor.blockSignals(True)
        self.factor.setCurrentIndex(FACTORS.index(factor))
        self.factor.blockSignals(False)

    def choose(self, shown: Shown) -> None:
        """As if a person pressed its button."""
        self.ways[shown].click()

    def _of_difference(self) -> str:
        return tr("Black where they are the same; brighter the more they differ.")


def _short(number: int, name: str) -> str:
    """A picture's letter and its name, which may be long."""
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1]}…"
    return _lettered(number, name)


def _lettered(number: int, name: str) -> str:
    return tr("{letter}: {name}", letter=LETTERS[number], name=name)


def first_factor(greatest: int | None) -> int:
    """The smallest that makes the greatest difference plain."""
    enough = (factor for factor in FACTORS if (greatest or 0) * factor >= PLAIN)
    return next(enough, FACTORS[-1])
