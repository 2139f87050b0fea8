"""Prompts to begin with, as chips between the two editors; they fold into one line and leave
the room to the parameters."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import Chip, row
from desktop.widgets.i18n import tr

# what a person decided; both stand in the session file
OPEN = "open"
FOLDED = "folded"


class Examples(QWidget):
    """`wanted` carries a text; `models_asked` when more than the starter is wanted;
    `rebuilt` when the chips are others.

    `choice` is what the person decided: "open", "folded", or "" while they stand as it suits.
    """

    wanted = Signal(str)
    models_asked = Signal()
    rebuilt = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = ""
        self.toggle = QToolButton()
        self.toggle.setText(tr("Examples"))
        self.toggle.setAccessibleName(tr("Examples"))
        self.toggle.setWhatsThis(tr("Shows or hides prompts to begin with."))
        self.toggle.setToolTip(self.toggle.whatsThis())
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.chips: list[Chip] = []
        self._box = QWidget()
        self._inner = QVBoxLayout(self._box)
        self._inner.setContentsMargins(0, 0, 0, theme.SPACE_2)
        self._inner.setSpacing(theme.SPACE_1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(row(self.toggle, None))
        column.addWidget(self._box)
        self.toggle.toggled.connect(self._fold)
        self.toggle.clicked.connect(self._decide)
        self.toggle.setChecked(True)
        self.hide()

    def show_texts(self, texts: list[str]) -> None:
        """Other chips; none where there are no texts."""
        for chip in self.chips:
            self._inner.removeWidget(chip)
            chip.deleteLater()
        self.chips = []
        for text in texts:
            chip = self._chip(text, tr("Example: {text}", text=text))
            chip.setWhatsThis(
                tr("Puts this example into the prompt, in place of what stands there.")
            )
            chip.clicked.connect(partial(self.wanted.emit, text))
        if texts:
            more = self._chip(tr("Larger models that fit this machine..."), "")
            more.setWhatsThis(
                tr("Shows models that can draw more than the starter and fit this machine.")
            )
            more.setObjectName("link")
            more.clicked.connect(self.models_asked)
        self.setVisible(bool(texts))
        self.rebuilt.emit()

    def _chip(self, text: str, name: str) -> Chip:
        chip = Chip(text)
        chip.setAccessibleName(name or text)
        self._inner.addWidget(chip)
        self.chips.append(chip)
        return chip

    def choose(self, choice: str) -> None:
        """As it was left."""
        self.choice = choice if choice in (OPEN, FOLDED) else ""
        self.toggle.setChecked(self.choice != FOLDED)

    def suit(self, roomy: bool) -> None:
        """Where nobody decided yet, they are open where there is room."""
        if not self.choice:
            self.toggle.setChecked(roomy)

    def leave(self) -> None:
        """A picture of the person's own is asked for: they know now how it goes,
        and the parameters get the room."""
        if not self.choice:
            self.choice = FOLDED
            self.toggle.setChecked(False)

    def _decide(self, shown: bool) -> None:
        self.choice = OPEN if shown else FOLDED

    def _fold(self, shown: bool) -> None:
        self._box.setVisible(shown)
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
