"""History: the newest pictures at the side of Create, one column, folding away."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from desktop.pictures.grid import PictureGrid
from desktop.pictures.picture_model import PictureModel
from desktop.widgets import theme
from desktop.widgets.i18n import tr


class HistoryPanel(QFrame):
    """The grid is public: the window connects its selection and menu."""

    def __init__(self, model: PictureModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history")
        self.heading = QLabel(tr("History"))
        self.heading.setObjectName("section")
        self.heading.setContentsMargins(theme.SPACE_3, theme.SPACE_3, 0, 0)
        self.grid = PictureGrid(tr("History"), columns=1)
        self.grid.setModel(model)
        self.empty = QLabel(tr("Finished pictures appear here, newest first."))
        self.empty.setObjectName("dim")
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(theme.SPACE_3, 0, theme.SPACE_3, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(self.heading)
        column.addWidget(self.empty)
        column.addWidget(self.grid, 1)
        self.setMinimumWidth(116)
        self.setMaximumWidth(260)
        model.counted.connect(lambda count: self.empty.setVisible(count == 0))
