"""The right side of Edit: layers and History behind two tabs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QVBoxLayout

from desktop.edit.panels.layers import LayersPanel
from desktop.pictures.history import HistoryPanel
from desktop.pictures.picture_model import PictureModel
from desktop.widgets.i18n import tr

NARROWEST = 124  # pixels: at 1024 the canvas keeps 480
WIDEST = 320
USUAL = 208


class EditSide(QFrame):
    """`turned`: the other tab is in front."""

    turned = Signal()

    def __init__(self, newest: PictureModel) -> None:
        super().__init__()
        self.setObjectName("history")
        self.layers = LayersPanel()
        self.history = HistoryPanel(newest)
        self.history.heading.hide()  # the tab says so
        self.history.setMaximumWidth(WIDEST)
        self.tabs = QTabBar()
        self.tabs.setObjectName("plain")
        self.tabs.setAccessibleName(tr("Layers or History"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)  # where words are longer than ours
        self.tabs.setUsesScrollButtons(False)
        self._stack = QStackedWidget()
        for name, part in ((tr("Layers"), self.layers), (tr("History"), self.history)):
            self.tabs.addTab(name)
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda _: self.turned.emit())
