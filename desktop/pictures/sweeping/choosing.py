"""Which cells of a sweep are chosen, by what they are and not by where they lie."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex

from core.values.picture import Picture
from desktop.pictures.sweeping.arrangement import Values
from desktop.pictures.sweeping.model import SweepModel, selection_of
from desktop.pictures.sweeping.table import SweepTable


class ChosenCells:
    """Of the cells that are seen in the table."""

    def __init__(self, table: SweepTable, model: SweepModel) -> None:
        self._table = table
        self._model = model

    def indexes(self) -> list[QModelIndex]:
        """Row by row."""
        chosen = self._table.selectionModel().selectedIndexes()
        return sorted(chosen, key=lambda index: (index.row(), index.column()))

    def values(self) -> list[Values]:
        """Of each of them, the current one first."""
        current = self._table.currentIndex()
        indexes = sorted(self.indexes(), key=lambda index: index != current)
        return [self._model.values(index) for index in indexes]

    def pictures(self) -> list[Picture]:
        """Of those that are made."""
        found = (self._model.picture(index) for index in self.indexes())
        return [picture for picture in found if picture is not None]

    def choose(self, cells: Sequence[Values]) -> None:
        """These, as far as they are seen; the first becomes the current one."""
        found = self._model.indexes_of(cells)
        if not found:
            return
        first = next((one for one in found if self._model.values(one) == cells[0]), found[0])
        self._table.setCurrentIndex(first)
        self._table.selectionModel().select(
            selection_of(found), QItemSelectionModel.SelectionFlag.Select
        )

    def choose_picture(self, picture: Picture) -> None:
        """The cell of this one, where it is here."""
        for index, shown in self._made():
            if shown.id == picture.id:
                self._table.setCurrentIndex(index)
                return

    def beside(self, picture: Picture, by: int) -> Picture | None:
        """The picture so many cells on, as far as there are any, and choose its cell; None where
        `picture` is in none."""
        made = self._made()
        at = next((n for n, (_, shown) in enumerate(made) if shown.id == picture.id), -1)
        if at < 0:
            return None
        index, other = made[min(max(at + by, 0), len(made) - 1)]
        self._table.setCurrentIndex(index)
        return other

    def _made(self) -> list[tuple[QModelIndex, Picture]]:
        """Row by row."""
        rows, columns = range(self._model.rowCount()), range(self._model.columnCount())
        indexes = (self._model.index(row, column) for row in rows for column in columns)
        found = ((index, self._model.picture(index)) for index in indexes)
        return [(index, picture) for index, picture in found if picture is not None]
