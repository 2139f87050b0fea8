"""The grid alone: where its cells lie, keys, choosing, menu and dragging."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication

from desktop.pictures.grid import PictureGrid
from tests.desktop.driving import pump


@pytest.mark.parametrize("columns", [1, 0])
def test_the_scroll_bar_is_there_exactly_where_cells_do_not_fit_without_it(
    qapp: QApplication, columns: int
) -> None:
    """`columns` 1: narrower cells are lower, and may fit beside the bar alone. 0: beside the bar
    fewer stand side by side, and may fit without it alone."""
    cells = 8
    model = QStandardItemModel()
    for number in range(cells):
        model.appendRow(QStandardItem(str(number)))
    grid = PictureGrid("Pictures", cell=60, columns=columns)
    grid.setModel(model)
    grid.show()
    width = 230
    in_a_line = columns or (width - 8) // 68
    side = (width - 8 * (in_a_line + 1)) // in_a_line
    needed = 8 + -(-cells // in_a_line) * (side + 8)
    bar = grid.verticalScrollBar()
    narrowed = 0
    # once from above and once from below: what was there before must not matter
    heights = [*range(needed + 2, needed - 3, -1), *range(needed - 3, needed - cells * 20, -7)]
    for height in (*heights, *reversed(heights)):
        grid.resize(width, height)
        pump(0)
        grid.updateGeometries()
        assert bar.isVisible() is (height < needed), height
        assert grid.viewport().width() == grid.maximumViewportSize().width() - (
            bar.width() if bar.isVisible() else 0
        )
        narrowed += bar.isVisible() and grid.visualRect(model.index(cells - 1, 0)).bottom() < height
    assert narrowed > 0 or not columns  # it was there only because of the room it takes
    grid.deleteLater()
    pump(0)
