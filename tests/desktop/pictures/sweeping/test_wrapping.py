"""An only axis of a sweep lies in as many rows as its cells need, each with its own label."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.service.sweeps.making.grid_cells import GridCell
from core.service.sweeps.making.now import SweepNow
from core.values.request import Request
from core.values.sweeping.sweep import Axis, new_sweep
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.pictures.sweeping.choosing import ChosenCells
from desktop.pictures.sweeping.model import CELL, SweepModel
from desktop.pictures.sweeping.table import LEGIBLE, SweepTable
from tests.desktop.driving import pump

COUNT = 11


def table_of(*axes: Axis) -> tuple[SweepTable, SweepModel]:
    model = SweepModel(lambda _: None)
    table = SweepTable(model)
    table.resize(900, 700)
    sweep = new_sweep(Request("a house"), axes)
    cells = tuple(GridCell(values, values, None) for values in _all(axes))
    model.show(SweepNow(sweep, cells, {}, {}), Arrangement(sweep))
    return table, model


def _all(axes: tuple[Axis, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for axis in axes:
        found = [(*before, value) for before in found for value in axis.values]
    return found


STEPS = Axis("steps", tuple(str(n) for n in range(1, COUNT + 1)))


@pytest.mark.usefixtures("qapp")
def test_all_cells_are_seen_at_once_with_their_values() -> None:
    table, model = table_of(STEPS)
    assert (model.columnCount(), model.rowCount()) == (COUNT, 1)
    in_a_row = (table.width() - 20) // COUNT
    table.set_side(table.side_of_line(COUNT))
    table.wrap()
    columns, rows = model.columnCount(), model.rowCount()
    assert table.side > in_a_row and rows > 1 and columns * rows >= COUNT
    assert columns * table.horizontalHeader().defaultSectionSize() <= table.width()
    assert rows * table.verticalHeader().defaultSectionSize() <= table.height()
    assert table.horizontalHeader().isHidden() and table.verticalHeader().isHidden()
    last = model.index_of((str(COUNT),))
    assert last.data(CELL).label == f"Steps {COUNT}"
    assert model.flags(last) & Qt.ItemFlag.ItemIsSelectable
    for column in range(last.column() + 1, columns):  # behind the last one there is nothing
        behind = model.index(last.row(), column)
        assert model.flags(behind) == Qt.ItemFlag.NoItemFlags and behind.data(CELL) is None
    table.setCurrentIndex(last)
    chosen = ChosenCells(table, model)
    assert chosen.values() == [(str(COUNT),)]
    table.set_side(LEGIBLE)  # smaller ones have room in one row again
    table.resize(2000, 700)
    table.wrap()
    assert (model.columnCount(), model.rowCount()) == (COUNT, 1)
    assert not table.horizontalHeader().isHidden() and not model.index(0, 0).data(CELL).label


@pytest.mark.usefixtures("qapp")
def test_a_single_row_is_seen_to_its_end() -> None:
    table, model = table_of(Axis("guidance", ("2", "4", "6")))
    table.verticalScrollBar().setFixedWidth(1)  # as where a style draws it over the cells
    for width in range(700, 720):
        table.resize(width, 320)
        table.set_side(table.side_of_line(3))
        table.wrap()
        cells = 3 * table.horizontalHeader().defaultSectionSize()
        header = table.verticalHeader().sizeHint().width()
        assert not model.wrapped
        assert header > 1 and cells + header <= width - 2 * table.frameWidth()


@pytest.mark.usefixtures("qapp")
def test_fitted_cells_stay_fitted_until_they_are_given_a_size() -> None:
    table, model = table_of(Axis("guidance", ("2", "4", "6")), Axis("steps", ("1", "2", "3")))
    table.show()
    pump(20)
    table.fit()

    def is_all_seen() -> bool:
        pump(20)
        bars = table.horizontalScrollBar(), table.verticalScrollBar()
        return not any(bar.maximum() for bar in bars)

    assert is_all_seen()
    fitted = table.side
    table.resize(900, 600)  # as where a line of words comes below it
    assert is_all_seen() and table.side < fitted
    table.resize(900, 700)
    assert is_all_seen() and table.side == fitted
    model.shows_heat = True
    table.set_side(table.side)
    table.refit()
    assert is_all_seen() and table.side < fitted
    table.set_side(300)
    table.resize(900, 720)
    pump(20)
    assert table.side == 300 and table.verticalScrollBar().maximum()
    table.close()


@pytest.mark.usefixtures("qapp")
def test_a_value_in_words_stands_alone() -> None:
    table, model = table_of(Axis("sampler", ("euler", "heun", "dpm_2")))
    table.resize(250, 700)
    table.wrap()
    assert model.wrapped == 1 and model.index(1, 0).data(CELL).label == "Heun"


@pytest.mark.usefixtures("qapp")
def test_a_value_of_several_lines_stands_on_one() -> None:
    table, model = table_of(Axis("prompt", ("a house\nat night", "a mill")))
    table.resize(250, 700)
    table.wrap()
    assert model.index(0, 0).data(CELL).label == "a house at night"


@pytest.mark.usefixtures("qapp")
def test_several_axes_keep_their_headers() -> None:
    table, model = table_of(STEPS, Axis("guidance", ("1", "2")))
    table.wrap()
    assert (model.columnCount(), model.rowCount()) == (COUNT, 2)
    assert not table.horizontalHeader().isHidden()


def test_many_cells_stay_legible(qapp: QApplication) -> None:
    table, _ = table_of(Axis("seed", tuple(str(n) for n in range(500))))
    assert table.side_of_line(500) == LEGIBLE
