"""A part of the picture by numbers, ninths or words: selected, no longer selected, or framed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.system.errors import InvalidRequest
from core.values.editing.document import Box, Document
from core.values.editing.regions import ninth, region_of
from desktop.edit.document.mask_steps import Combine, with_box
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.reading_out import mask_words
from desktop.widgets import theme
from desktop.widgets.controls import Combo
from desktop.widgets.i18n import tr

FRAME = "frame"
CELL = 36  # pixels


class RegionDialog(QDialog):
    """Each answer is one step of the document."""

    def __init__(self, document: OpenDocument, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Select or frame by numbers"))
        self._open = document
        self.what = Combo(tr("What it is for"), tr("What is done with this part of the picture."))
        for value, words in (
            (Combine.ADD, tr("Select it too")),
            (Combine.REPLACE, tr("Select it alone")),
            (Combine.SUBTRACT, tr("Take it out of the selection")),
            (FRAME, tr("Make it the frame")),
        ):
            self.what.addItem(words, value)
        self.text = QLineEdit()
        self.text.setAccessibleName(tr("Part of the picture"))
        self.text.setPlaceholderText(tr("left, top, width, height, or words: lower left, all"))
        self.now = QLabel()
        self.now.setObjectName("dim")
        self.problem = QLabel()
        self.problem.setObjectName("bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.cells: list[QToolButton] = []
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.now)
        column.addWidget(self.what)
        column.addWidget(self.text)
        column.addLayout(self._ninths())
        column.addWidget(self.problem)
        column.addWidget(buttons)
        self.setMinimumWidth(360)
        self._describe()
        self.text.setFocus()

    def _ninths(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(2)
        grid.setAlignment(Qt.AlignmentFlag.AlignLeft)
        group = QButtonGroup(self)
        names = (
            (tr("upper left"), tr("upper middle"), tr("upper right")),
            (tr("middle left"), tr("middle"), tr("middle right")),
            (tr("lower left"), tr("lower middle"), tr("lower right")),
        )
        for row, line in enumerate(names):
            for at, name in enumerate(line):
                cell = QToolButton()
                cell.setObjectName("answer")
                cell.setFixedSize(CELL, CELL * 2 // 3)
                cell.setAccessibleName(name)
                cell.setToolTip(name)
                cell.clicked.connect(partial(self._take_ninth, at, row))
                group.addButton(cell)
                grid.addWidget(cell, row, at)
                self.cells.append(cell)
        return grid

    def _take_ninth(self, column: int, row: int) -> None:
        box = ninth(self._open.document, column, row)
        self.text.setText(", ".join(map(str, box)))

    def _describe(self) -> None:
        document = self._open.document
        size = tr("{w} x {h} pixels", w=document.width, h=document.height)
        self.now.setText(tr("{size}; selected: {where}", size=size, where=mask_words(self._open)))

    def _accept(self) -> None:
        try:
            box = region_of(self._open.document, self.text.text())
        except InvalidRequest as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.text.setFocus()
            return
        self._do(box)
        self.accept()

    def _do(self, box: Box) -> None:
        what = self.what.currentData()
        if what == FRAME:
            state = self._open.document
            self._open.step(tr("Frame"), state.framed(box))
            return
        read: Callable[[str], bytes] = self._open.tiles.read

        def work(state: Document) -> tuple[Document, dict[str, bytes]]:
            return with_box(state, read, box, Combine(what))

        self._open.apply(tr("Select"), work)
