"""Controls that dialogs about pictures share."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QSizePolicy, QSpinBox

from desktop.widgets.controls import Combo, guard_wheel


def choice_box(name: str, help_text: str, choices: Iterable[tuple[object, str]]) -> Combo:
    """A box of values with their words, in this order; `currentData` is the chosen value."""
    box = Combo(name, help_text)
    for value, words in choices:
        box.addItem(words, value)
    return box


def choose(box: Combo, value: object) -> None:
    """This value, where the box has it, else its first one."""
    box.setCurrentIndex(max(box.findData(value), 0))


def number_field(name: str, help_text: str, span: tuple[int, int]) -> QSpinBox:
    """For a whole number of this span."""
    field = QSpinBox()
    field.setRange(*span)
    field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    field.setAccessibleName(name)
    field.setToolTip(help_text)
    guard_wheel(field)
    return field


def dim_label(words: str = "") -> QLabel:
    """For sentences that explain what stands above."""
    label = QLabel(words)
    label.setObjectName("dim")
    label.setTextFormat(Qt.TextFormat.PlainText)  # names of files and models stand in it
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def say(label: QLabel, words: str, *, bad: bool) -> None:
    """In a label of the kind, and to a screen reader; `bad`: as what is in the way."""
    label.setText(words)
    label.setAccessibleDescription(words)
    label.setObjectName("bad" if bad else "dim")
    label.style().polish(label)
