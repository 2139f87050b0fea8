"""The bar of live painting: on and off, what it is made with apart from the form, and what becomes
of the picture that is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.values.declared.limits import MAX_SEED
from desktop.edit.live.controller import LiveController
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, guard_wheel, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

MOST_STEPS = 12
LEAST_STRENGTH = 0.05
BUTTON_HEIGHT = 28  # as the fields beside them


class LiveBar(QWidget):
    """One line, more where it is narrow, and one below that says how it stands. While live is off
    only the switch is there."""

    def __init__(self, live: LiveController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Live painting"))
        self._live = live
        self.toggle = QCheckBox(tr("Live"))
        self.toggle.setMinimumHeight(BUTTON_HEIGHT)
        self.toggle.setAccessibleName(tr("Paint live"))
        self.toggle.setToolTip(
            tr("Makes a picture of what you paint after each stroke; nothing of it is stored.")
        )
        self.toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggle.toggled.connect(live.switch)
        self.steps = self._steps()
        self.strength = self._strength()
        self.seed = self._seed()
        self.die = IconButton("dice", tr("New seed"), tr("another picture of the same strokes"))
        self.die.setWhatsThis(tr("Makes another picture of the same strokes."))
        self.die.clicked.connect(live.new_seed)
        self.keep = _answer(tr("Keep"), tr("Puts the picture that is shown into the gallery."))
        self.keep.clicked.connect(live.keep)
        self.refine = _answer(
            tr("Refine"),
            tr("Makes what is shown anew with the form's model, steps and strength."),
        )
        self.refine.clicked.connect(live.refine)
        self.status = ElidedLabel()
        self.status.setObjectName("dim")
        self.status.setAccessibleName(tr("State of live painting"))
        self._lay_out()
        live.state_changed.connect(self.refresh)
        self.refresh()

    def controls(self) -> list[QWidget]:
        """All that takes the focus, as it is read."""
        return [
            self.toggle,
            self.steps,
            self.strength,
            self.seed,
            self.die,
            self.keep,
            self.refine,
        ]

    def _steps(self) -> QSpinBox:
        steps = QSpinBox()
        steps.setRange(0, MOST_STEPS)
        steps.setPrefix(tr("Steps") + " ")
        steps.setSpecialValueText(tr("Steps auto"))
        steps.setKeyboardTracking(False)
        steps.setAccessibleName(tr("Steps of live pictures"))
        steps.setToolTip(tr("Steps of live pictures; auto: as many as the model is made for."))
        guard_wheel(steps)
        steps.valueChanged.connect(
            lambda value: self._live.use(replace(self._live.settings, steps=value))
        )
        return steps

    def _strength(self) -> QDoubleSpinBox:
        strength = QDoubleSpinBox()
        strength.setPrefix(tr("Strength") + " ")
        strength.setRange(LEAST_STRENGTH, 1.0)
        strength.setSingleStep(0.05)
        strength.setKeyboardTracking(False)
        strength.setAccessibleName(tr("Strength of live pictures"))
        strength.setToolTip(tr("How much of what you paint is made anew."))
        guard_wheel(strength)
        strength.valueChanged.connect(
            lambda value: self._live.use(replace(self._live.settings, strength=round(value, 2)))
        )
        return strength

    def _seed(self) -> QLineEdit:
        seed = QLineEdit()
        digits = QRegularExpression(r"\d{1,20}")
        seed.setValidator(QRegularExpressionValidator(digits, seed))
        seed.setMaximumWidth(110)
        seed.setAccessibleName(tr("Seed of live pictures"))
        seed.setToolTip(tr("The same seed gives the same picture of the same strokes."))
        seed.editingFinished.connect(self._take_seed)
        return seed

    def _take_seed(self) -> None:
        number = min(int(self.seed.text()), MAX_SEED)
        self._live.use(replace(self._live.settings, seed=number))

    def _lay_out(self) -> None:
        seed_of = QLabel(tr("Seed"))
        seed_of.setObjectName("dim")
        seed_of.setBuddy(self.seed)
        self._rest = (
            self.steps,
            self.strength,
            row(seed_of, self.seed, self.die, spacing=theme.SPACE_1),
            self.keep,
            self.refine,
            self.status,
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.SPACE_2, theme.SPACE_1, theme.SPACE_2, 0)
        outer.setSpacing(theme.SPACE_1)
        outer.addWidget(wrap_row(self.toggle, *self._rest[:-1]))
        outer.addWidget(self.status)

    def refresh(self) -> None:
        """Show how it stands."""
        live = self._live
        settings = live.settings
        shown = (self.toggle, self.steps, self.strength, self.seed)
        for control in shown:
            control.blockSignals(True)
        self.toggle.setChecked(live.on)
        self.steps.setValue(settings.steps)
        self.strength.setValue(settings.strength)
        self.seed.setText(str(settings.seed))
        for control in shown:
            control.blockSignals(False)
        for part in self._rest:
            part.setVisible(live.on)
        words = live.words()
        self.status.set_full(words)
        self.status.setAccessibleDescription(words)
        for button in (self.keep, self.refine):
            button.setEnabled(live.shown is not None)


def _answer(words: str, help_text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("answer")
    button.setText(words)
    button.setMinimumHeight(BUTTON_HEIGHT)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(help_text)
    return button
