"""The page of Rewind: the picture, its timeline below, numbers and branches beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.steps.stage import StepStage
from desktop.steps.timeline import Timeline
from desktop.widgets import theme
from desktop.widgets.controls import column

SIDE = 320  # pixels


class RewindPage(QWidget):
    """The picture of a step, the timeline, and what stands beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = StepStage()
        self.timeline = Timeline()
        self.side = QWidget()
        self._scroll = QScrollArea()
        self._below = QVBoxLayout()
        self._below.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_3)
        self._build()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.stage, 1)
        left.addWidget(self.timeline)
        left.addLayout(self._below)
        self.side.setObjectName("side")
        self.side.setFixedWidth(SIDE)
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(self.side)

    def fill_side(self, *parts: QWidget, foot: QWidget) -> None:
        """What stands beside the picture, under one another; `foot` below it, always in sight."""
        box = column(*parts, spacing=theme.SPACE_4, margins=theme.SPACE_4)
        layout = box.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addStretch(1)
        self._scroll.setWidget(box)
        whole = QVBoxLayout(self.side)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(foot)

    def fill_below(self, part: QWidget) -> None:
        """What stands below the timeline."""
        self._below.addWidget(part)

    def show_steps(self, shown: bool) -> None:
        """Whether there are steps to be looked at."""
        self.timeline.setVisible(shown)
        self.side.setVisible(shown)
