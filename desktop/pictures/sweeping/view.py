"""The view of a sweep: its name, what can be done with it, and the table of its pictures."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.pictures.sweeping.model import SweepModel
from desktop.pictures.sweeping.table import LARGEST, SMALLEST, SweepTable
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr


def _button(words: str, help_text: str, *, checkable: bool = False) -> QToolButton:
    button = QToolButton()
    button.setText(words)
    button.setAccessibleName(words)
    button.setAccessibleDescription(help_text)
    button.setToolTip(help_text)
    button.setCheckable(checkable)
    return button


class SweepView(QWidget):
    """Widgets alone: `desktop.pictures.sweeping.desk` says what they do. `left` when it is
    closed."""

    left = Signal()

    def __init__(self, model: SweepModel) -> None:
        super().__init__()
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.swap = _button(tr("Swap axes"), tr("Lays the next axis across; nothing is made."))
        self.heat = _button(
            tr("Heat"),
            tr("Shows below each picture its seconds, and how far it is from the reference."),
            checkable=True,
        )
        self.take = _button(
            tr("Use settings"), tr("Takes all settings of the chosen picture into the form.")
        )
        self.compare = _button(
            tr("Compare"), tr("Shows the chosen pictures, two to six, side by side.")
        )
        self.redo = _button(tr("Make again"), tr("Makes the pictures of the chosen cells again."))
        self.further = _button(
            tr("More values"), tr("Opens the axes below the prompt, for further values.")
        )
        self.values = _button(
            tr("Values"), tr("Which values are looked at, and which are left out.")
        )
        self.values.setObjectName("menu")
        self.values.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export = _button(
            tr("Save grid..."), tr("Writes the grid with its labels as a PNG, WebP or PDF.")
        )
        self.close_it = IconButton("close", tr("Close the sweep"), tr("Shows the picture again."))
        self.zoom = QSlider(Qt.Orientation.Horizontal)
        self.zoom.setRange(SMALLEST, LARGEST)
        self.zoom.setFixedWidth(96)
        self.zoom.setAccessibleName(tr("Size of the cells"))
        self.zoom.setToolTip(tr("How large the cells are; Ctrl and the wheel do the same."))
        self.fit = _button(tr("Fit"), tr("Makes the cells so large that all are seen at once."))
        self.table = SweepTable(model)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.make = QPushButton(tr("Make what is missing"))
        self.make.setToolTip(tr("Puts the cells that are not there into the queue."))
        self.stop = QPushButton(tr("Stop sweep"))
        self.stop.setToolTip(tr("Makes no more of these pictures; those that came stay."))
        self._build()

    def _build(self) -> None:
        head = row(self.name, self.fit, self.zoom, self.close_it, wide=self.name)
        tools = wrap_row(
            self.swap,
            self.heat,
            self.values,
            self.further,
            self.take,
            self.compare,
            self.redo,
            self.export,
        )
        foot = row(self.said, self.make, self.stop, wide=self.said)
        top = QVBoxLayout()
        top.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_3, theme.SPACE_2)
        top.setSpacing(theme.SPACE_2)
        top.addWidget(head)
        top.addWidget(tools)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(theme.SPACE_4, theme.SPACE_1, theme.SPACE_3, theme.SPACE_1)
        bottom.addWidget(foot)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(top)
        lines.addWidget(self.table, 1)
        lines.addLayout(bottom)
        self.close_it.clicked.connect(self.left)
        self.zoom.valueChanged.connect(self.table.set_side)
        self.table.resized.connect(self._show_side)

    def _show_side(self, side: int) -> None:
        self.zoom.blockSignals(True)
        self.zoom.setValue(side)
        self.zoom.blockSignals(False)
