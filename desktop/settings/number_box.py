"""The control of a setting that is a number: range, step and units are those it declares."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox

from core.system.settings import Kind, Setting
from desktop.widgets.controls import guard_wheel
from desktop.widgets.i18n import tr_data


class NumberBox(QDoubleSpinBox):
    """`edited` carries what a person chose: an int where the setting is a whole number, else a
    float. The wheel turns it only while it has the focus."""

    edited = Signal(object)

    def __init__(self, setting: Setting[Any]) -> None:
        super().__init__()
        self._whole = setting.kind is Kind.WHOLE
        self._units = setting.units
        # as many as the step needs; the range is rounded to them
        self.setDecimals(0 if self._whole else len(f"{setting.step:f}".rstrip("0").split(".")[1]))
        self.setRange(setting.low, setting.high)
        self.setSingleStep(setting.step)
        self.setKeyboardTracking(False)
        self.setFixedWidth(120)
        guard_wheel(self)
        self.valueChanged.connect(self._edited)

    def show_value(self, value: float) -> None:
        """Show a value and say nothing of it, though it be rounded."""
        with QSignalBlocker(self):
            self.setValue(value)
        self._name_unit()

    def _edited(self, value: float) -> None:
        self._name_unit()
        self.edited.emit(round(value) if self._whole else value)

    def _name_unit(self) -> None:
        of_one, of_others = self._units
        unit = tr_data(of_one if self.value() == 1 else of_others)
        self.setSuffix(f" {unit}" if unit else "")
