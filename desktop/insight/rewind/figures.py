"""The numbers of one step, and the curve of what all of them changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.rewind.curve import ChangeCurve, Moved
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.step_figures import StepFigures


class FiguresPanel(QWidget):
    """Shows the figures of the step that is looked at."""

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        self._steps: Sequence[StepFigures] = ()
        self.curve = ChangeCurve(tokens)
        self.save = save_button(tr("What each step changed"))
        self.values: dict[str, QLabel] = {}
        heading = QLabel(tr("This step"))
        heading.setObjectName("heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_2)
        column.addWidget(heading)
        column.addLayout(self._grid())
        column.addWidget(self.curve)
        column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignRight)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_3)
        grid.setVerticalSpacing(theme.SPACE_1)
        grid.setColumnStretch(0, 1)
        rows = (
            ("share", tr("Share of the steps"), ""),
            ("sigma", tr("Noise, sigma"), tr("How much noise the step began with.")),
            ("log_snr", tr("Log SNR"), tr("Above 0 there is more picture than noise.")),
            ("coarse", tr("Coarse change"), tr("Waves of 64 pixels and more: forms and colour.")),
            ("fine", tr("Fine change"), tr("Waves below 64 pixels: detail.")),
            ("guidance", tr("Pull of the prompt"), tr("What one unit of guidance adds (RMS).")),
            ("seconds", tr("Time"), tr("How long the step took when it was recorded.")),
        )
        for at, (key, words, help_text) in enumerate(rows):
            name, value = ElidedLabel(words), QLabel()
            name.setObjectName("dim")
            if help_text:
                name.setToolTip(help_text)
            value.setAccessibleName(words)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(name, at, 0)
            grid.addWidget(value, at, 1)
            self.values[key] = value
        return grid

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self.curve.use_tokens(tokens)

    def show_steps(self, steps: Sequence[StepFigures]) -> None:
        """Of all steps of a picture."""
        self._steps = steps
        self.curve.show_steps([Moved(one.change_low, one.change_high) for one in steps])

    def show_step(self, step: int) -> None:
        """One of them, from 1."""
        one = self._steps[step - 1]
        none = tr("none")
        texts = {
            "share": tr("{n} %", n=round(100 * step / len(self._steps))),
            "sigma": f"{one.sigma:.3f}",
            "log_snr": none if one.log_snr is None else f"{one.log_snr:.2f}",
            "coarse": tr("{n} %", n=f"{100 * one.change_low:.1f}"),
            "fine": tr("{n} %", n=f"{100 * one.change_high:.1f}"),
            "guidance": none if one.guidance_norm is None else f"{one.guidance_norm:.3f}",
            "seconds": tr("{n} s", n=f"{one.seconds:.2f}"),
        }
        for key, text in texts.items():
            self.values[key].setText(text)
        self.curve.mark(step)
