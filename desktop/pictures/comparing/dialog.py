"""A window of its own for two pictures: a slider between them, what differs made plain, and how far
they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.pictures.comparing.viewer import ComparingViewer, Shown
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.values.picture import Pixels

FACTORS = (1, 4, 16, 64, 255)  # times as much
PLAIN = 128  # the brightness that the greatest difference should reach at first
SIZE = (900, 680)  # pixels


@dataclass(frozen=True, slots=True)
class Compared:
    """Two pictures of RGB, as pixels and as `images` made of them in a task, what each is called,
    and what is said of them below. `greatest`: of all channels' differences, 0 to 255; None where
    their sizes differ."""

    title: str
    pixels: tuple[Pixels, Pixels]
    images: tuple[QImage, QImage]
    names: tuple[str, str]
    words: Sequence[str]
    greatest: int | None


class ComparingDialog(QDialog):
    """Not modal, and gone once it is closed. The difference is reckoned by `tasks`."""

    def __init__(self, compared: Compared, tasks: SerialTasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(compared.title)
        self.resize(*SIZE)
        self._compared = compared
        self._tasks = tasks
        self._turn = 0
        self.viewer = ComparingViewer(*compared.images)
        self.viewer.describe(" ".join(compared.words))
        self.ways: dict[Shown, QToolButton] = {}
        self._build()
        self._show_difference()
        self.viewer.setFocus()

    def _build(self) -> None:
        self._group = QButtonGroup(self)
        parts = [self._way(shown, *words) for shown, words in self._words().items()]
        self.factor = Combo(tr("Times as much"), tr("How many times as much each difference is."))
        for factor in FACTORS:
            self.factor.addItem(f"× {factor}", factor)
        self.factor.setCurrentIndex(FACTORS.index(first_factor(self._compared.greatest)))
        self.factor.currentIndexChanged.connect(self._show_difference)
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        self.viewer.zoomed.connect(self.scale.setText)
        for part in (self.ways[Shown.DIFFERENCE], self.factor):
            part.setEnabled(self._compared.greatest is not None)
        said = QLabel("\n".join(self._compared.words))
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setAccessibleName(tr("How far they are apart"))
        said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.viewer, 1)
        below = QVBoxLayout()
        below.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_3)
        below.setSpacing(theme.SPACE_3)
        below.addWidget(row(*parts, self.factor, None, self.scale, spacing=theme.SPACE_2))
        below.addWidget(said)
        lines.addLayout(below)
        self.scale.setText("")

    def _words(self) -> dict[Shown, tuple[str, str, str]]:
        """By what is seen: words, a sentence of help, a key."""
        both = tr("Drag the line, or move it with the arrow keys.")
        names = self._compared.names
        differs = tr("Black where they are the same; brighter the more they differ.")
        return {
            Shown.BOTH: (tr("Both"), both, "S"),
            Shown.FIRST: (names[0], tr("The first one alone; \\ held shows it too."), "B"),
            Shown.SECOND: (names[1], tr("The second one alone."), "A"),
            Shown.DIFFERENCE: (tr("Difference"), differs, "D"),
        }

    def _way(self, shown: Shown, words: str, help_text: str, key: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setChecked(shown is Shown.BOTH)
        button.setAccessibleName(words)
        button.setToolTip(f"{help_text} ({key})")
        button.clicked.connect(partial(self.viewer.see, shown))
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.activated.connect(button.click)
        self._group.addButton(button)
        self.ways[shown] = button
        return button

    def done(self, result: int) -> None:
        """It closes: what is still reckoned is for nobody."""
        self._turn += 1
        super().done(result)

    def _show_difference(self) -> None:
        if self._compared.greatest is None:
            return
        self._turn += 1
        turn = self._turn
        first, second = self._compared.pixels
        factor = int(self.factor.currentData())

        def reckon() -> QImage:
            from core.service.again.comparison import amplified

            apart = amplified(first, second, factor)
            return QImage() if apart is None else image_of(apart)

        def there(image: QImage) -> None:
            if turn == self._turn:
                self.viewer.set_difference(image)

        self._tasks.submit(reckon, there)


def first_factor(greatest: int | None) -> int:
    """The smallest that makes the greatest difference plain."""
    enough = (factor for factor in FACTORS if (greatest or 0) * factor >= PLAIN)
    return next(enough, FACTORS[-1])


def image_of(pixels: Pixels) -> QImage:
    """A copy, since Qt keeps no bytes alive."""
    line = 3 * pixels.width  # bytes
    kind = QImage.Format.Format_RGB888
    return QImage(pixels.rgb, pixels.width, pixels.height, line, kind).copy()
