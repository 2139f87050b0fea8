"""The page of Guidance: both guesses of a step, curves over all steps, rows of other values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.guidance.panes import Panes
from desktop.insight.guidance.step_curve import StepCurve
from desktop.insight.guidance.value_row import RowWords, ValueRow
from desktop.insight.opened.figure_saving import save_button
from desktop.pictures.viewer import Viewer
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, column, guard_wheel, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.pictures.comparing.panel import ComparingPanel

PAGE = 5  # steps
STAGE = 300  # pixels: the least height of the pictures with their words
BELOW = 280  # pixels below them that are seen without scrolling: curves, and where rows begin
SAID_LINES = 2


class GuidancePage(QWidget):
    """`seen` carries whether anybody sees it."""

    seen = Signal(bool)

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        self.plain = Viewer()  # the picture while there are no steps of it
        self.plain.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.panes = Panes()
        self.stage = QStackedWidget()
        self.stage.addWidget(self.panes)
        self._panel: ComparingPanel | None = None  # two pictures in the place of the guesses
        self.slider = _step_slider()
        self.count = QLabel()
        self.quality = QLabel()
        self.quality.setObjectName("dim")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        # nothing moves when it has a line more
        self.said.setMinimumHeight(SAID_LINES * self.said.fontMetrics().lineSpacing())
        self._make_curves(tokens)
        self.guidance = ValueRow(
            RowWords(
                tr("Other guidance"),
                tr("The same recipe and seed at other guidance scales, beside this picture."),
            )
        )
        self.steps = ValueRow(
            RowWords(
                tr("Other numbers of steps"),
                tr("The same recipe and seed in fewer and in more steps, beside this picture."),
            )
        )
        self._whole = QStackedWidget()
        self._build()

    def _make_curves(self, tokens: theme.Tokens) -> None:
        size, clipped = tr("Size of guidance"), tr("Clipped pixels")
        self.size_curve = StepCurve(
            size,
            tr("How far apart both guesses are at each step: root mean square of the latents."),
            tokens,
        )
        self.size_save = save_button(size)
        self.clipped_curve = StepCurve(
            clipped,
            tr("Share of the guess's pixels of which a colour is at the end of its range."),
            tokens,
            unit=" %",
            decimals=1,
        )
        self.clipped_save = save_button(clipped)
        self.measure = QPushButton()
        self.measure.setObjectName("link")

    def _build(self) -> None:
        curves = QHBoxLayout()
        curves.setSpacing(theme.SPACE_4)
        curves.addWidget(_figure(self.size_curve, self.size_save), 1)
        curves.addWidget(_figure(self.clipped_curve, self.clipped_save, self.measure), 1)
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_4)
        lines.setSpacing(theme.SPACE_3)
        lines.addWidget(self.stage)
        lines.addWidget(_line(self.slider, self.count, self.quality))
        lines.addWidget(self.said)
        lines.addLayout(curves)
        lines.addSpacing(theme.SPACE_2)
        lines.addWidget(self.guidance)
        lines.addSpacing(theme.SPACE_2)
        lines.addWidget(self.steps)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        self._scroller = scroll
        self._whole.addWidget(self.plain)
        self._whole.addWidget(scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._whole)

    def show_steps(self, shown: bool) -> None:
        """Whether there are steps to be looked at."""
        self._whole.setCurrentIndex(int(shown))

    def compare(self, panel: ComparingPanel | None) -> None:
        """Show this in the place of the guesses; None for the guesses again."""
        if self._panel is not None:
            self._panel.halt()
            self.stage.removeWidget(self._panel)
            self._panel.deleteLater()
        self._panel = panel
        if panel is not None:
            self.stage.addWidget(panel)
            self.stage.setCurrentWidget(panel)
            self._scroller.ensureWidgetVisible(self.stage)
        for part in (self.slider, self.count, self.quality, self.said):
            part.setEnabled(panel is None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.stage.setFixedHeight(max(STAGE, self.height() - BELOW))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)


def _step_slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(1, 1)
    slider.setPageStep(PAGE)
    slider.setAccessibleName(tr("Step"))
    slider.setToolTip(tr("Arrow keys go by one step, Home and End to the ends."))
    guard_wheel(slider)
    return slider


def _line(slider: QSlider, *labels: QLabel) -> QWidget:
    box = QWidget()
    line = QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.SPACE_3)
    line.addWidget(slider, 1)
    for label in labels:
        line.addWidget(label)
    return box


def _figure(curve: StepCurve, save: IconButton, *more: QWidget) -> QWidget:
    """A curve below its name, with what can be done with it."""
    heading = QLabel(curve.accessibleName())
    heading.setObjectName("strong")
    heading.setToolTip(curve.toolTip())
    box = column(row(heading, None, *more, save), curve, spacing=theme.SPACE_1)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
