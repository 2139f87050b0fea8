"""The page of Steps: the curves, and below them what became visible in the open picture; beside
them what the curve is shaped by."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QWidget

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.opened.plot import PlotView
from desktop.insight.steps.controls import ShapeForm
from desktop.insight.steps.kept import KeptList
from desktop.insight.steps.words import CALLS, SECONDS, STEPS
from desktop.widgets import theme
from desktop.widgets.controls import Combo, column, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

SIDE = 320  # pixels


class StepsPage(QWidget):
    """`scale` holds what lies upwards, `across` what lies across. `seen` when it is shown,
    `refused` says why there is no curve of what was asked for."""

    seen = Signal()

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        self.scale = Combo(tr("Scale of the noise"), tr("What the noise levels are told in."))
        for value, words in (
            ("sigma", tr("Sigma")),
            ("log_snr", tr("Log SNR")),
            ("timestep", tr("Timestep")),
        ):
            self.scale.addItem(words, value)
        self.across = Combo(tr("Across"), tr("What the levels are drawn over."))
        for value, words in (
            (STEPS, tr("Steps")),
            (CALLS, tr("Calls of the network")),
            (SECONDS, tr("Seconds, predicted")),
        ):
            self.across.addItem(words, value)
        for combo in (self.scale, self.across):
            combo.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        self.save = save_button(tr("noise levels"))
        self.plot = PlotView(
            tokens,
            tr("Noise levels of the steps"),
            tr(
                "Left and Right go from step to step, Up and Down move the level of one, with "
                "Shift finely; or drag it. What becomes of that is a list of levels."
            ),
            movable=True,
        )
        self.told = QLabel()
        self.told.setObjectName("dim")
        self.told.setWordWrap(True)
        self.told.setAccessibleName(tr("The level that is looked at"))
        self.refused = QLabel()
        self.refused.setObjectName("bad")
        self.refused.setWordWrap(True)
        self.refused.setAccessibleName(tr("Why there is no such curve"))
        self.refused.hide()
        self.about = QLabel()
        self.about.setObjectName("dim")
        self.about.setWordWrap(True)
        self.form = ShapeForm()
        self.pin = QPushButton(tr("Compare with this"))
        self.pin.setToolTip(tr("Leaves this curve in the drawing, below the next ones."))
        self.unpin = QPushButton(tr("Clear"))
        self.unpin.setToolTip(tr("Takes the other curves out of the drawing."))
        self.of_form = QPushButton(tr("From Create"))
        self.of_form.setToolTip(tr("Takes sampler, schedule and levels from the form in Create."))
        self.kept = KeptList()
        self.use = QPushButton(tr("Use in Create"))
        self.use.setObjectName("primary")
        self.use.setToolTip(tr("Puts sampler, schedule, steps and levels into the form."))
        self._left = QScrollArea()
        self._side = QScrollArea()

    def build(self, *below: QWidget) -> None:
        """Lay it out, with these parts below the curves."""
        heading = QLabel(tr("Noise levels"))
        heading.setObjectName("heading")
        head = row(heading, None, self.scale, self.across, self.save)
        left = column(
            head,
            self.about,
            self.refused,
            self.plot,
            self.told,
            *below,
            spacing=theme.SPACE_3,
            margins=theme.SPACE_4,
        )
        shape = QLabel(tr("Shape"))
        shape.setObjectName("heading")
        parts = column(
            shape,
            self.form,
            wrap_row(self.pin, self.unpin, self.of_form),
            self.kept,
            spacing=theme.SPACE_3,
            margins=theme.SPACE_4,
        )
        layout = parts.layout()
        assert layout is not None
        layout.addStretch(1)  # type: ignore[attr-defined]
        for area, inner in ((self._left, left), (self._side, parts)):
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setWidget(inner)
        side = column(self._side, column(self.use, margins=theme.SPACE_4), spacing=0)
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setFixedWidth(SIDE)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._left, 1)
        whole.addWidget(side)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()
