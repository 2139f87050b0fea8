"""The page of one recipe on several models: the table, and beside it which models and how."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.side_by_side.model_choice import ModelChoice
from desktop.insight.side_by_side.model_table import ModelTable
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

SIDE = 300  # pixels


class ModelsPage(QWidget):
    """The parts, and where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.recipe = QLabel()
        self.recipe.setWordWrap(True)
        self.recipe.setTextFormat(Qt.TextFormat.PlainText)
        self.recipe.setAccessibleName(tr("The recipe"))
        self.save = save_button(tr("One recipe on several models"))
        self.table = ModelTable()
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.choice = ModelChoice()
        self.make = QPushButton()
        self.make.setObjectName("primary")
        self.side = QWidget()
        self._build()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_3)
        left.setSpacing(theme.SPACE_3)
        left.addWidget(row(self.recipe, self.save, wide=self.recipe))
        left.addWidget(self.table, 1)
        left.addWidget(self.note)
        self.side.setObjectName("side")
        self.side.setFixedWidth(SIDE)
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        beside = QVBoxLayout(self.side)
        beside.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        beside.setSpacing(theme.SPACE_3)
        beside.addWidget(self.choice, 1)
        beside.addWidget(self.make)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(self.side)
