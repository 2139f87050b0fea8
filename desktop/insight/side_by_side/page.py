"""The pages of Side by side: the pictures compared, beside them which they are and what their
recipes have otherwise; and the way to the other page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.side_by_side.picture_list import PictureList
from desktop.pictures.comparing.differences import RecipeDifferences
from desktop.pictures.comparing.panel import ComparingPanel
from desktop.pictures.viewer import Viewer
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
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
        self.save = save_button(tr("Pictures side by side"))
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
        beside.addWidget(row(_heading(tr("What differs")), None, self.save))
        beside.addWidget(self.differences, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.stage, 1)
        whole.addWidget(self.side)


class TwoPages(QWidget):
    """Pictures compared, and one recipe on several models; `turned` when the other one is shown,
    `came` when either comes into sight."""

    turned = Signal()
    came = Signal()

    def __init__(self, pictures: QWidget, models: QWidget) -> None:
        super().__init__()
        self._pages = QStackedWidget()
        self._pages.addWidget(pictures)
        self._pages.addWidget(models)
        self._group = QButtonGroup(self)
        self.to_pictures = self._way(tr("Pictures"), tr("Compares pictures that are there."), 0)
        self.to_models = self._way(
            tr("One recipe on several models"),
            tr("Makes the recipe of the open picture on other models, and lists what each took."),
            1,
        )
        self.to_pictures.setChecked(True)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        switch = row(self.to_pictures, self.to_models, None, spacing=theme.SPACE_1)
        switch.setContentsMargins(theme.SPACE_3, 0, theme.SPACE_4, theme.SPACE_2)
        lines.addWidget(switch)
        lines.addWidget(self._pages, 1)
        self._group.idClicked.connect(self._turn)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.came.emit()

    def shows_models(self) -> bool:
        """Whether the models are in front."""
        return self._pages.currentIndex() == 1

    def show_models(self, shown: bool) -> None:
        """Turn to the models, or to the pictures."""
        (self.to_models if shown else self.to_pictures).click()

    def _way(self, words: str, help_text: str, place: int) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setAccessibleName(words)
        button.setToolTip(help_text)
        self._group.addButton(button, place)
        return button

    def _turn(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        self.turned.emit()


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("heading")
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return label
