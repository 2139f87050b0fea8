"""The table of one recipe on several models: of each its picture, and what that took."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from desktop.widgets.i18n import tr

SIDE = 96  # pixels of a picture's room
NARROWEST = 140  # pixels of the models' names
PICTURE, MODEL, LICENCE = 0, 1, 7  # columns that are no numbers


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A line of the table, in words. `state` stands where no picture is yet, `why` what there is
    to say of it."""

    model: str
    state: str
    time: str
    memory: str
    steps: str
    size: str
    trained: str
    licence: str
    why: str = ""
    image: QImage = field(default_factory=QImage)

    def texts(self) -> tuple[str, ...]:
        """The words of each column."""
        state = self.state if self.image.isNull() else ""
        return (
            state,
            f"{self.model}\n{self.why}" if self.why else self.model,
            self.time,
            self.memory,
            self.steps,
            self.size,
            self.trained,
            self.licence,
        )


def heads() -> tuple[tuple[str, str], ...]:
    """Of each column its head and what that means."""
    return (
        (tr("Picture"), tr("Return sets it beside the picture whose recipe it is.")),
        (tr("Model"), tr("What the model is called, with the LoRA that is put on it.")),
        (tr("Time"), tr("What the picture took, without loading the model.")),
        (tr("Memory"), tr("The peak that was measured, or is expected.")),
        (tr("Steps"), tr("How many times the picture is refined.")),
        (tr("Size"), tr("Width and height of the picture in pixels.")),
        (tr("Trained for"), tr("The width and height that the model was trained for.")),
        (tr("Licence"), tr("What the model's file or card says of its use.")),
    )


class ModelTable(QTableWidget):
    """`opened` carries the place of a row that a person pressed Return on, or pressed twice."""

    opened = Signal(int)

    def __init__(self) -> None:
        columns = heads()
        super().__init__(0, len(columns))
        self._rows: tuple[ModelRow, ...] = ()
        self.setAccessibleName(tr("One recipe on several models"))
        self.setWhatsThis(tr("Lists what each model made of the recipe, and what that took."))
        for column, (name, meaning) in enumerate(columns):
            head = QTableWidgetItem(name)
            head.setToolTip(meaning)
            head.setTextAlignment(_alignment(column))
            self.setHorizontalHeaderItem(column, head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(SIDE + 10)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (PICTURE, MODEL):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(PICTURE, SIDE + 12)
        self.setShowGrid(False)
        self.itemActivated.connect(lambda item: self.opened.emit(item.row()))

    def show_rows(self, rows: tuple[ModelRow, ...]) -> None:
        """These; what stands there already is left alone."""
        chosen = max(self.currentRow(), 0)
        fresh = len(rows) != self.rowCount()
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            if place >= len(self._rows) or row != self._rows[place]:
                self._fill(place, row)
        self._rows = rows
        if fresh and rows:
            self.setCurrentCell(min(chosen, len(rows) - 1), MODEL)
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """The names have what the other columns leave."""
        taken = sum(self.columnWidth(c) for c in range(self.columnCount()) if c != MODEL)
        self.setColumnWidth(MODEL, max(NARROWEST, self.viewport().width() - taken))

    def rows(self) -> tuple[ModelRow, ...]:
        """What is shown."""
        return self._rows

    def _fill(self, place: int, row: ModelRow) -> None:
        words = ", ".join(text.replace("\n", ": ") for text in row.texts() if text)
        for column, text in enumerate(row.texts()):
            item = QTableWidgetItem(text)
            item.setToolTip(row.why or text)
            item.setTextAlignment(_alignment(column))
            spoken = words if column == MODEL else text
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            if column == PICTURE and not row.image.isNull():
                item.setIcon(_icon(row.image))
            self.setItem(place, column, item)


def _alignment(column: int) -> Qt.AlignmentFlag:
    """Numbers line up at their ends."""
    is_number = column not in (PICTURE, MODEL, LICENCE)
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _icon(image: QImage) -> QIcon:
    """Of the same colours in a chosen row."""
    pixmap = QPixmap.fromImage(image)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
