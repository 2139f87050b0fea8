"""The page of Side by side: the pictures compared, and beside them which they are and what their
recipes have otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.insight.side_by_side.picture_list import PictureList
from desktop.pictures.comparing.differences import RecipeDifferences
from desktop.pictures.comparing.panel import ComparingPanel
from desktop.pictures.viewer import Viewer
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIDE = 300  # pixels


class SideBySidePage(QWidget):
    """The parts, and where they stand. Differences are reckoned by `tasks`."""

    def __init__(self, tasks: SerialTasks) -> None:
        super().__init__()
        self.panel = ComparingPanel(tasks)
        self.alone = Viewer()
        self.alone.setAccessibleName(tr("The only picture so far"))
        self.alone.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.list = PictureList()
        self.differences = RecipeDifferences()
        self.stage = QStackedWidget()
        self.side = QWidget()
        self._build()

    def _build(self) -> None:
        self.stage.addWidget(self.alone)
        self.stage.addWidget(self.panel)
        self.side.setObjectName("side")
        self.side.setFixedWidth(SIDE)
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        beside = QVBoxLayout(self.side)
        beside.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        beside.setSpacing(theme.SPACE_2)
        beside.addWidget(_heading(tr("Pictures")))
        beside.addWidget(self.list)
        beside.addSpacing(theme.SPACE_3)
        beside.addWidget(_heading(tr("What differs")))
        beside.addWidget(self.differences, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.stage, 1)
        whole.addWidget(self.side)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("heading")
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return label
