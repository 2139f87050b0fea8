"""The timeline under the picture: a slider over all steps, and what is shown of one of them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, guard_wheel
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

RESTED = 150  # milliseconds on one step, after which it is decoded in full
PAGE = 5  # steps
CAPTION_LINES = 2
WAYS_SHARE, QUALITY_SHARE = 3, 1  # of the width, in what is shown and how well
EDGES = (theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_3)


class Timeline(QWidget):
    """`moved` carries the step that is looked at from now on, `rested` nothing: it has been for a
    while; `chosen` what is shown of it, as `RecordedLook` has it. A `small` one is the slider
    alone, and what is shown always the guess."""

    moved = Signal(int)
    rested = Signal()
    chosen = Signal(str)

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._small = small
        self._details = QWidget()
        self.shown = "x0"
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        # nothing moves when a caption has one line more
        self.caption.setFixedHeight(CAPTION_LINES * self.caption.fontMetrics().lineSpacing())
        self.quality = ElidedLabel()
        self.quality.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.quality.setObjectName("dim")
        self.count = QLabel()
        self.slider = self._slider()
        self.loop = IconButton(
            "save", tr("Save as a loop"), tr("The steps as a moving picture, WebP or GIF.")
        )
        self.ways: dict[str, QToolButton] = {}
        self._rest = QTimer(self, interval=RESTED, singleShot=True)
        self._rest.timeout.connect(self.rested)
        self.slider.valueChanged.connect(self._slid)
        self._build()

    def _slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(1, 1)
        slider.setPageStep(PAGE)
        slider.setAccessibleName(tr("Step"))
        slider.setToolTip(
            tr("Goes back towards noise: arrow keys go by one step, Home and End to the ends.")
        )
        guard_wheel(slider)
        return slider

    def _build(self) -> None:
        group = QButtonGroup(self)
        for shown, (words, help_text) in self._words().items():
            button = QToolButton()
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(help_text)
            button.setWhatsThis(help_text)
            button.setCheckable(True)
            button.setChecked(shown == self.shown)
            button.clicked.connect(partial(self.choose, shown))
            group.addButton(button)
            self.ways[shown] = button
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE_1)
        ways.addWidget(wrap_row(*self.ways.values()), WAYS_SHARE)
        ways.addWidget(self.quality, QUALITY_SHARE)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_3)
        line.addWidget(self.slider, 1)
        line.addWidget(self.count)
        line.addWidget(self.loop)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_2)
        column.addLayout(line)
        details = self._details
        below = QVBoxLayout(details)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.SPACE_2)
        below.addLayout(ways)
        below.addWidget(self.caption)
        column.addWidget(details)
        details.setVisible(not self._small)
        edges = (0, 0, 0, 0) if self._small else EDGES
        column.setContentsMargins(*edges)

    def _words(self) -> dict[str, tuple[str, str]]:
        """By what is shown: words and a sentence of help."""
        return {
            "x0": (tr("Guess"), tr("What the model takes the finished picture for at this step.")),
            "with": (tr("With the prompt"), tr("The guess with the prompt, before guidance.")),
            "without": (tr("Against it"), tr("The guess that guidance leads away from.")),
            "x": (tr("Noisy latents"), tr("What the step left, with the noise that is in it.")),
        }

    @property
    def step(self) -> int:
        """The one that is looked at, from 1."""
        return self.slider.value()

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.slider.maximum()

    def needs_pictures(self) -> bool:
        """Whether pictures of steps are seen here: at the end of a small one the picture itself
        is."""
        return self.isVisible() and (not self._small or self.step < self.steps)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._rest.start()  # what was not asked for while nobody saw it

    def open(self, steps: int) -> None:
        """A picture of so many steps: at its last one, and its guess."""
        self.slider.blockSignals(True)
        self.slider.setRange(1, steps)
        self.slider.setValue(steps)
        self.slider.blockSignals(False)
        self.shown = "x0"
        self.ways["x0"].setChecked(True)
        self._slid(steps)

    def show_details(self, shown: bool) -> None:
        """Whether what belongs to the picture of a step is seen; a small timeline has none of
        it."""
        self._details.setVisible(shown and not self._small)

    def go_to_end(self) -> None:
        """To the finished picture."""
        self.slider.setValue(self.steps)

    def go_by(self, by: int) -> None:
        """So many steps on or back, as far as there are any."""
        self.slider.setValue(min(max(self.step + by, 1), self.steps))

    def choose(self, shown: str) -> None:
        """What is shown of the step."""
        self.shown = shown
        self.ways[shown].setChecked(True)
        self.chosen.emit(shown)
        self._rest.start()

    def offer_branches(self, offered: bool) -> None:
        """Whether there are two guesses that guidance tells apart at this step."""
        why = tr("This step was made without guidance, so there was one guess only.")
        words = self._words()
        for shown in ("with", "without"):
            self.ways[shown].setEnabled(offered)
            self.ways[shown].setToolTip(words[shown][1] if offered else why)
        if not offered and self.shown in ("with", "without"):
            self.choose("x0")

    def halt(self) -> None:
        """Nothing is looked at any more."""
        self._rest.stop()

    def _slid(self, step: int) -> None:
        self.count.setText(tr("step {step} of {steps}", step=step, steps=self.steps))
        self.moved.emit(step)
        self._rest.start()
