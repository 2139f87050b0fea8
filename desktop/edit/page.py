"""The page of Edit: the empty room, or the splitter with form, work and layers."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.edit.panels.empty import EmptyRoom
from desktop.widgets import theme

TOOLS = 40  # pixels of the column of tools
# pixels: what the form and the layers take at least and where there is room
FORM = (296, theme.PANEL_WIDTH)
SIDE = (124, 208)
CANVAS = (480, 360)  # of the canvas, before the others get more than their least
SMALLEST = (430, 280)  # where words of the rail and of live are longer than ours
_LINES = 2  # pixels between the three


class EditPage(QStackedWidget):
    """Filled by the desk once its parts are built."""

    def __init__(self) -> None:
        super().__init__()
        self.empty = EmptyRoom()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self._by_hand = False  # whether a person has chosen the widths
        self.splitter.splitterMoved.connect(self._note_hand)
        self.addWidget(self.empty)
        self.addWidget(self.splitter)

    def place(self, form: QWidget, work: QWidget, side: QWidget) -> Iterator[None]:
        """The three columns, one after the other."""
        form.setMinimumWidth(FORM[0])
        for part in (form, work, side):
            self.splitter.addWidget(part)
            yield
        self.splitter.setStretchFactor(1, 1)
        self._divide()

    def restore(self, widths: str) -> None:
        """As a person chose them, in Qt's own bytes as hex."""
        self._by_hand = self.splitter.restoreState(QByteArray.fromHex(widths.encode()))

    def widths(self) -> str:
        """For `restore`; "" where nobody chose them."""
        if not self._by_hand:
            return ""
        return bytes(self.splitter.saveState().toHex().data()).decode()

    def _note_hand(self, *_: int) -> None:
        self._by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        sizes = self.splitter.sizes()
        if len(sizes) == 3 and (not self._by_hand or sizes[1] < TOOLS + CANVAS[0]):
            self._divide()

    def _divide(self) -> None:
        """The canvas comes first, then the form, then the layers; the rest is the canvas's."""
        spare = self.width() - _LINES - TOOLS - CANVAS[0] - SIDE[0]
        form = min(max(spare, FORM[0]), FORM[1])
        side = min(max(spare - form + SIDE[0], SIDE[0]), SIDE[1])
        self.splitter.setSizes([form, max(self.width() - _LINES - form - side, 1), side])

    def show_work(self, shown: bool, canvas: QWidget) -> None:
        """Whether something is open; the keys go there from the empty room, and back."""
        front, behind = (self.splitter, self.empty) if shown else (self.empty, self.splitter)
        focus = self.window().focusWidget()  # the window may lie behind another program's
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
    canvas.setMinimumSize(*SMALLEST)
    lower.addWidget(tools)
    lower.addLayout(right, 1)
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(tabs)
    column.addLayout(lower, 1)
    return box
