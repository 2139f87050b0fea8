"""The page of Edit: the empty room, or the splitter with form, work and layers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.edit.panels.empty import EmptyRoom
from desktop.widgets import theme

TOOLS = 40  # pixels of the column of tools
FORM = 296  # pixels: the least that the form takes, so that the canvas keeps its own at 1024
CANVAS = (480, 360)


class EditPage(QStackedWidget):
    """Filled by the desk once its parts are built."""

    def __init__(self) -> None:
        super().__init__()
        self.empty = EmptyRoom()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.addWidget(self.empty)
        self.addWidget(self.splitter)

    def place(self, form: QWidget, work: QWidget, side: QWidget) -> None:
        """The three columns."""
        form.setMinimumWidth(FORM)
        for part in (form, work, side):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme.PANEL_WIDTH, 900, 208])

    def show_work(self, shown: bool, canvas: QWidget) -> None:
        """Whether something is open; the keys go there from the empty room, and back."""
        front, behind = (self.splitter, self.empty) if shown else (self.empty, self.splitter)
        focus = QApplication.focusWidget()
        follows = focus is not None and (focus is self or _within(behind, focus))
        self.setCurrentWidget(front)
        if follows:
            (canvas if shown else self.empty.open).setFocus()


def _within(part: QWidget, focus: QWidget) -> bool:
    return part is focus or part.isAncestorOf(focus)


def work_column(
    tabs: QWidget, tools: QWidget, options: QWidget, canvas: QWidget, line: QWidget
) -> QWidget:
    """Tabs above; below them the tools beside their options, the canvas and the line of results."""
    right = QVBoxLayout()
    right.setContentsMargins(0, 0, 0, 0)
    right.setSpacing(0)
    right.addWidget(options)
    right.addWidget(canvas, 1)
    right.addWidget(line)
    lower = QHBoxLayout()
    lower.setContentsMargins(0, 0, 0, 0)
    lower.setSpacing(0)
    tools.setFixedWidth(TOOLS)
    canvas.setMinimumSize(*CANVAS)
    lower.addWidget(tools)
    lower.addLayout(right, 1)
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(tabs)
    column.addLayout(lower, 1)
    return box
