"""What stands with a picture: how noise falls over its steps, and words to be pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.flow_layout import WrapLayout
from desktop.widgets.i18n import tr

BARS = 48  # pixels that the bar of the whole noise is high
LONGEST = 20  # characters of a word on its button
ALONG = {  # arrow keys, and how far they go in a row
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
}
_GAP = 3  # pixels between two bars


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the way to a picture: what it is called, what it shows, and the picture."""

    name: str
    words: str
    image: QImage


@dataclass(frozen=True, slots=True)
class ShotSight:
    """What is shown of a picture; null where there is none yet. `shape` is its width by its height.
    `notes` stand below it, a line each; `film` are looks on the way to it, `by_word` at its words
    and not its steps. `levels` are how strong the noise is before each step and after the last,
    `begins` is the noise that it began as."""

    name: str
    shape: float
    image: QImage
    notes: tuple[str, ...] = ()
    film: tuple[Look, ...] = ()
    by_word: bool = False
    levels: tuple[float, ...] = ()
    begins: QImage = field(default_factory=QImage)


class LevelBars(QWidget):
    """A bar for the noise before each step, and after the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: tuple[float, ...] = ()
        self.setFixedHeight(BARS)
        self.setVisible(False)

    def show_levels(self, levels: Sequence[float]) -> None:
        """These noise levels, the highest first; none for no drawing."""
        self._shares = tuple(level / levels[0] for level in levels) if levels else ()
        self.setVisible(bool(levels))
        percents = ", ".join(f"{100 * share:.0f} %" for share in self._shares[1:])
        words = tr("Noise left after each step: {percents}", percents=percents)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        width = (self.width() + _GAP) / max(len(self._shares), 1)
        bar = self.palette().color(QPalette.ColorRole.Accent)
        for place, share in enumerate(self._shares):
            high = max(1.0, share * self.height())
            left = place * width
            painter.fillRect(QRectF(left, self.height() - high, width - _GAP, high), bar)
        painter.end()


class WordChips(QWidget):
    """The words of a picture, in the order of its prompt: `chosen` when another one is looked at,
    or the picture itself."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(lambda _, on: self.chosen.emit() if on else None)
        lead = QLabel(tr("Press a word to see where it was looked at:"))
        lead.setObjectName("dim")
        lead.setWordWrap(True)
        words = QWidget()
        self._lines = WrapLayout(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(lead)
        column.addWidget(words)
        self.setVisible(False)

    def show_words(self, words: Sequence[str]) -> None:
        """These words, the picture itself chosen."""
        self._group.blockSignals(True)
        for button in self.buttons:
            self._group.removeButton(button)
            self._lines.removeWidget(button)
            button.deleteLater()
        texts = (*words, tr("whole picture")) if words else ()
        self.buttons = [self._button(place, text) for place, text in enumerate(texts)]
        if self.buttons:
            self.buttons[-1].setChecked(True)
        self._group.blockSignals(False)

    def _button(self, place: int, text: str) -> QToolButton:
        button = QToolButton()
        short = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
        button.setText(short.replace("&", "&&"))
        button.setAccessibleName(text)
        button.setObjectName("answer")
        button.setCheckable(True)
        button.setWhatsThis(tr("Shows where the picture was made with a look at this word."))
        button.installEventFilter(self)
        self._group.addButton(button, place)
        self._lines.addWidget(button)
        button.show()
        return button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows go from word to word as they are read, whatever lines they stand in."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            by = ALONG.get(Qt.Key(event.key()))
            places = [place for place, button in enumerate(self.buttons) if button is watched]
            if by is not None and places:
                place = min(max(places[0] + by, 0), len(self.buttons) - 1)
                self.buttons[place].setFocus(Qt.FocusReason.TabFocusReason)
                self.buttons[place].setChecked(True)
                return True
        return super().eventFilter(watched, event)

    def at(self) -> int:
        """The place of the word that is looked at; behind the last one for the picture."""
        return self._group.checkedId()
