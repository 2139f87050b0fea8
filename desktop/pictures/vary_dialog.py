"""How far from a picture its variations go, and how many there are."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.controls import SliderField, guard_wheel, row
from desktop.widgets.i18n import tr

MOST = 50  # variations at once
WIDTH = 380  # pixels


class VaryDialog(QDialog):
    """`wanted` carries the strength and the number of variations, once a person is sure."""

    wanted = Signal(float, int)

    def __init__(self, strength: float, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Vary"))
        self.setMinimumWidth(WIDTH)
        self.strength = SliderField(
            tr("Strength of the variation"),
            tr("How far from the picture: 0.1 changes little, 0.5 much of it."),
            0,
            1,
            step=0.05,
            decimals=2,
        )
        self.strength.set_value(strength)
        self.count = QSpinBox()
        self.count.setRange(1, MOST)
        self.count.setValue(count)
        self.count.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.count.setAccessibleName(tr("Number of variations"))
        self.count.setToolTip(tr("How many variations are made, each with noise of its own."))
        self.count.setFixedWidth(64)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        guard_wheel(self.count)
        self._build()
        self.strength.field.selectAll()

    def _build(self) -> None:
        table = QGridLayout()
        table.setHorizontalSpacing(theme.SPACE_3)
        table.setVerticalSpacing(theme.SPACE_2)
        table.setColumnStretch(1, 1)
        for at, (words, control) in enumerate(
            ((tr("Strength"), self.strength), (tr("Pictures"), row(None, self.count)))
        ):
            label = QLabel(words)
            label.setBuddy(control)
            table.addWidget(label, at, 0)
            table.addWidget(control, at, 1)
        self.go = QPushButton(tr("Vary"))
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        answers = QDialogButtonBox()
        answers.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        answers.addButton(QPushButton(tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        answers.accepted.connect(self.accept)
        answers.rejected.connect(self.reject)
        self.accepted.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self._words())
        column.addLayout(table)
        column.addWidget(answers)

    def _words(self) -> QLabel:
        words = QLabel(tr("Pictures that are nearly the same, each with other noise mixed in."))
        words.setObjectName("dim")
        words.setWordWrap(True)
        return words

    def _tell(self) -> None:
        self.wanted.emit(round(self.strength.field.value(), 2), self.count.value())
