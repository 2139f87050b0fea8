"""What of the looks is shown: of which step, of which layers, how thickly, on which scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import Combo, guard_wheel, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

OPACITY = 50  # percent, at first
OPACITY_STEP = 10
LINE = 34  # pixels of a control with its name


class Controls(QWidget):
    """`turned` carries the number of the text whose words are looked for, `looked` when other maps
    are wanted, `drawn` when the same ones are to be drawn otherwise."""

    turned = Signal(int)
    looked = Signal()
    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = Combo(tr("Text"), tr("Whose words are looked for in the picture."))
        self.layers = Combo(
            tr("Layers"),
            tr("Which layers of the network the maps are the mean of, by their cells."),
        )
        for combo in (self.text, self.layers):
            combo.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        self.passes = Combo(tr("Pass"), tr("Which walk down the noise: hires fix has two."))
        self.step = QSlider(Qt.Orientation.Horizontal)
        self.step.setAccessibleName(tr("Step of the maps"))
        self.step.setToolTip(
            tr("At the left end the mean of all steps; arrow keys go on to the first and further.")
        )
        guard_wheel(self.step)
        self.count = QLabel()
        self.all_steps = QPushButton(tr("All steps"))
        self.all_steps.setObjectName("link")
        self.all_steps.setToolTip(tr("The mean over all steps."))
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(OPACITY_STEP)
        self.opacity.setSingleStep(OPACITY_STEP // 2)
        self.opacity.setValue(OPACITY)
        self.opacity.setFixedWidth(96)
        self.opacity.setAccessibleName(tr("Opacity of the map"))
        self.opacity.setToolTip(tr("How much of the picture the map covers."))
        guard_wheel(self.opacity)
        self.own = QCheckBox(tr("Each on its own scale"))
        self.own.setToolTip(
            tr("Gives each word all of the colours; then maps of two words cannot be compared.")
        )
        self._labels: dict[QWidget, QLabel] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        pairs = [
            self._named(tr("Text"), self.text),
            self._named(tr("Layers"), self.layers),
            self._named(tr("Pass"), self.passes),
            self._named(tr("Opacity"), self.opacity),
        ]
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(row(self.step, self.count, self.all_steps, wide=self.step))
        parts = (*pairs, row(self.own))
        for part in parts:
            part.setFixedHeight(LINE)
        lines.addWidget(wrap_row(*parts))

    def _named(self, words: str, control: QWidget) -> QWidget:
        label = QLabel(words)
        label.setObjectName("dim")
        label.setBuddy(control)
        self._labels[control] = label
        return row(label, control)

    def _connect(self) -> None:
        self.text.activated.connect(self.turned)
        self.layers.activated.connect(lambda _: self.looked.emit())
        self.step.valueChanged.connect(lambda _: self.looked.emit())
        self.all_steps.clicked.connect(lambda: self.step.setValue(0))
        self.opacity.valueChanged.connect(lambda _: self.drawn.emit())
        self.own.toggled.connect(lambda _: self.drawn.emit())

    # --- steps ---

    def chosen_step(self) -> int:
        """The place of the step among those that have maps, from 1; 0 for all of them."""
        return self.step.value()

    def open_steps(self, count: int) -> None:
        """So many steps have maps; all of them are shown."""
        self.step.blockSignals(True)
        self.step.setRange(0, count)
        self.step.setPageStep(max(1, count // 5))
        self.step.setValue(0)
        self.step.blockSignals(False)
        self.tell_steps("")

    def tell_steps(self, words: str) -> None:
        """Which steps are shown."""
        self.count.setText(words)
        self.all_steps.setEnabled(self.step.value() > 0)

    # --- what there is to choose from ---

    def offer(self, combo: Combo, rows: Sequence[tuple[str, object]], current: object) -> None:
        """These names with what they stand for; hidden where there is nothing to choose."""
        combo.clear()
        for words, value in rows:
            combo.addItem(words, value)
        combo.setCurrentIndex(max(combo.findData(current), 0))
        for part in (combo, self._labels[combo]):
            part.setVisible(len(rows) > 1)
