"""The cells of a sweep as a table's model: headers are the axes' words."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QImage, QPixmap

from core.service.sweeps.axes.reading import words_of
from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import Stand, SweepNow
from core.values.picture import Picture
from core.values.request import Request
from desktop.pictures.sweeping.arrangement import Arrangement, Values
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

Index = QModelIndex | QPersistentModelIndex
_SOON = 10.0  # seconds below which tenths are told
_NARROWEST = 0.4  # of a cell's longer side
CELL = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class ShownCell:
    """What is drawn of a cell: `label` where no header says what it is, `words` where there is no
    picture, `difference` from the reference
    as a root mean square of 255 (None: not known), `heat` of seconds and difference from 0 to 1
    (None: not shown)."""

    stand: Stand
    words: str
    picture: Picture | None = None
    pixmap: QPixmap | None = None
    is_reference: bool = False
    difference: float | None = None
    heat: tuple[float, float] | None = None
    label: str = ""

    @property
    def notes(self) -> str:
        """The heat row in words."""
        if self.picture is None:
            return ""
        seconds = self._seconds()
        if self.is_reference:
            return tr("{seconds} · reference", seconds=seconds)
        if self.difference is None:
            return seconds
        return _with_difference(seconds, f"{self.difference:.1f}")

    @property
    def short_notes(self) -> str:
        """The same where there is little room: no word for the reference, whose frame says it."""
        if self.picture is None:
            return ""
        seconds = self._seconds()
        if self.is_reference or self.difference is None:
            return seconds
        return _with_difference(seconds, f"{self.difference:.0f}")

    def _seconds(self) -> str:
        assert self.picture is not None
        if self.picture.seconds < _SOON:
            return tr("{n} s", n=f"{self.picture.seconds:.1f}")
        return time_words(self.picture.seconds)


def _with_difference(seconds: str, difference: str) -> str:
    return tr("{seconds} · Δ {difference}", seconds=seconds, difference=difference)


class SweepModel(QAbstractTableModel):
    """`pixmap` gives a picture as far as it is here. The cells of an only axis may lie in rows of
    `wrapped` columns (0: in one row, below headers)."""

    def __init__(self, pixmap: Callable[[Picture], QPixmap | None]) -> None:
        super().__init__()
        self._pixmap = pixmap
        self._columns: Values = ()
        self._rows: tuple[Values, ...] = ()
        self._cells: dict[Values, GridCell] = {}
        self._by_key: dict[Values, Values] = {}  # of what its picture says, a cell's values
        self._places: dict[Values, tuple[int, int]] | None = None  # once somebody looks for one
        self.now: SweepNow | None = None
        self.arrangement: Arrangement | None = None
        self.reference: Values | None = None
        self.differences: dict[int, float] = {}  # by picture, from the reference's
        self.shows_heat = False
        self.shape = (1.0, 1.0)  # width and height around all pictures whose longer side is 1
        self.wrapped = 0
        self.developing: tuple[Values, QPixmap] | None = None  # what a cell says, and a preview
        self._most = (0.0, 0.0)

    def show(self, now: SweepNow, arrangement: Arrangement) -> None:
        """These cells, so arranged."""
        self.beginResetModel()
        self.now, self.arrangement = now, arrangement
        self._cells = {cell.values: cell for cell in now.cells}
        self._by_key = {cell.key: cell.values for cell in now.cells}
        self._places = None
        self._columns, self._rows = arrangement.columns(), arrangement.rows()
        self.shape = _around([cell.request for cell in now.cells])
        if self.line_length() <= self.wrapped:
            self.wrapped = 0
        self._measure()
        self.endResetModel()

    def line_length(self) -> int:
        """How many cells an only axis has; 0 where there are several axes."""
        alone = self.arrangement is not None and len(self.arrangement.sweep.axes) == 1
        return len(self._columns) if alone else 0

    def wrap(self, columns: int) -> None:
        """So many cells of an only axis in a row; all of them in one where they have room."""
        self.beginResetModel()
        self._places = None
        self.wrapped = columns if columns < self.line_length() else 0
        self.endResetModel()

    def use(self, now: SweepNow) -> None:
        """The same cells, some of them further."""
        self.now = now
        self.repaint()

    def develop(self, key: Values, preview: QImage) -> None:
        """How far the picture is that says so of its cell."""
        self.developing = key, QPixmap.fromImage(preview)
        index = self.index_of(self._by_key.get(key, ()))
        if index.isValid():
            self.dataChanged.emit(index, index)

    def repaint(self) -> None:
        """All of them anew."""
        self._measure()
        if self._rows and self._columns:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _measure(self) -> None:
        pictures = self.now.pictures.values() if self.now else ()
        seconds = max((picture.seconds for picture in pictures), default=0.0)
        self._most = seconds, max(self.differences.values(), default=0.0)

    def rowCount(self, parent: Index | None = None) -> int:
        if parent is not None and parent.isValid():
            return 0
        if self.wrapped:
            return math.ceil(len(self._columns) / self.wrapped)
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802
        if parent is not None and parent.isValid():
            return 0
        return self.wrapped or len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.values(index) else Qt.ItemFlag.NoItemFlags

    def values(self, index: Index) -> Values:
        """Those of a cell; () behind the last one."""
        assert self.arrangement is not None
        if self.wrapped:
            at = index.row() * self.wrapped + index.column()
            return self._columns[at : at + 1]
        return self.arrangement.values(self._rows[index.row()], self._columns[index.column()])

    def indexes_of(self, wanted: Collection[Values]) -> list[QModelIndex]:
        """Where cells are, in the order they are seen in; those that are hidden are nowhere."""
        if not wanted:
            return []
        if self._places is None:
            rows, columns = range(self.rowCount()), range(self.columnCount())
            every = (self.index(row, column) for row in rows for column in columns)
            self._places = {self.values(one): (one.row(), one.column()) for one in every}
        found = sorted(self._places[one] for one in set(wanted) if one in self._places)
        return [self.index(row, column) for row, column in found]

    def index_of(self, values: Values) -> QModelIndex:
        """Where a cell is; an invalid one where it is not seen."""
        return next(iter(self.indexes_of((values,) if values else ())), QModelIndex())

    def cell(self, index: Index) -> GridCell | None:
        """The cell there."""
        return self._cells.get(self.values(index)) if index.isValid() else None

    def picture(self, index: Index) -> Picture | None:
        """Its picture, where it is made."""
        cell = self.cell(index)
        return self.now.pictures.get(cell.key) if cell is not None and self.now else None

    def column_value(self, column: int) -> str:
        """Of the axis that lies across."""
        return self._columns[column]

    def row_values(self, row: int) -> Values:
        """Of those that lie down."""
        return self._rows[row]

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        if self.arrangement is None or self.wrapped:
            return None
        across = orientation == Qt.Orientation.Horizontal
        if section >= len(self._columns if across else self._rows):
            return None  # a header that has not heard yet that there are fewer
        if across:
            words = self.arrangement.column_words(self._columns[section])
        else:
            words = self.arrangement.row_words(self._rows[section])
        if role == Qt.ItemDataRole.DisplayRole:
            return words
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return words.replace("\n", " ")
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        cell = self.cell(index)
        if cell is None or self.now is None:
            return None
        if role == CELL:
            return self._shown(cell, drawn=True)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            shown = self._shown(cell, drawn=False)
            return "\n".join(filter(None, (cell.name, shown.words, shown.notes)))
        return None

    def _shown(self, cell: GridCell, *, drawn: bool) -> ShownCell:
        assert self.now is not None
        picture = self.now.pictures.get(cell.key)
        difference = self.differences.get(picture.id) if picture is not None else None
        stand = self.now.stand(cell)
        pixmap = self._pixmap(picture) if picture is not None and drawn else None
        if stand is Stand.MAKING and self.developing and self.developing[0] == cell.key:
            pixmap = self.developing[1]
        return ShownCell(
            stand=stand,
            words=_stand_words(self.now, cell),
            picture=picture,
            pixmap=pixmap,
            is_reference=self.shows_heat and cell.values == self.reference,
            difference=difference,
            heat=self._heat(picture, difference) if self.shows_heat else None,
            label=self._label(cell) if self.wrapped else "",
        )

    def _label(self, cell: GridCell) -> str:
        """The value; a number does not say of what it is."""
        assert self.arrangement is not None
        words = words_of(self.arrangement.sweep.axes[0].name, cell.values[0])
        if words.lstrip("-")[:1].isdigit():
            words = self.arrangement.column_words(cell.values[0])
        return words.replace("\n", " ")

    def _heat(self, picture: Picture | None, difference: float | None) -> tuple[float, float]:
        seconds = picture.seconds if picture is not None else 0.0
        return (
            seconds / self._most[0] if self._most[0] else 0.0,
            (difference or 0.0) / self._most[1] if self._most[1] else 0.0,
        )


def _around(requests: Sequence[Request | None]) -> tuple[float, float]:
    """The shape of a cell in which each of the pictures has its longer side in full; never so flat
    or so narrow that words would not fit."""
    sizes = [(one.width, one.height) for one in requests if one is not None]
    wide = max((width / max(width, height) for width, height in sizes), default=1.0)
    high = max((height / max(width, height) for width, height in sizes), default=1.0)
    return max(wide, _NARROWEST), max(high, _NARROWEST)


def _stand_words(now: SweepNow, cell: GridCell) -> str:
    stand = now.stand(cell)
    if stand in (Stand.REFUSED, Stand.FAILED):
        return now.said(cell) or tr("Failed")
    return {
        Stand.MISSING: tr("Not made"),
        Stand.WAITING: tr("Waiting"),
        Stand.MAKING: tr("Being made"),
    }.get(stand, "")


def selection_of(indexes: Iterable[QModelIndex]) -> QItemSelection:
    """All of them, to be chosen at once."""
    selection = QItemSelection()
    for index in indexes:
        selection.select(index, index)
    return selection
