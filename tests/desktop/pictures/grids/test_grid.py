"""The grid alone: where its cells lie, keys, choosing, menu and dragging."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QRegion, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids.layout.plan import GAP, SMALLEST
from desktop.pictures.history import HistoryPanel
from tests.desktop.driving import pump
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CELL = 60
COLUMNS = 4
WIDTH = GAP + COLUMNS * (CELL + GAP)  # pixels, so that cells have the size that is wanted


def rows_of(count: int) -> QStandardItemModel:
    model = QStandardItemModel()
    for number in range(count):
        item = QStandardItem(str(number))
        item.setEditable(False)
        model.appendRow(item)
    return model


@pytest.fixture
def grid(qapp: QApplication) -> Iterator[PictureGrid]:
    """Ten cells in lines of four, all of them seen."""
    made = PictureGrid("Pictures", cell=CELL)
    model = rows_of(10)
    model.setParent(made)
    made.setModel(model)
    made.resize(WIDTH, 3 * (CELL + GAP) + GAP)
    made.show()
    yield made
    made.hide()
    made.deleteLater()


def lower(grid: PictureGrid, lines: int = 1) -> None:
    """So many lines are seen, no more."""
    grid.resize(grid.width(), GAP + lines * (grid.cell() + GAP))
    grid.updateGeometries()


def chosen(grid: PictureGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectedIndexes())


def middle(grid: PictureGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def test_cells_fill_the_width_line_by_line(grid: PictureGrid) -> None:
    assert (grid.columns(), grid.cell()) == (COLUMNS, CELL)
    places = [grid.visualRect(grid.model().index(row, 0)) for row in range(10)]
    assert places[0] == QRect(GAP, GAP, CELL, CELL)
    assert places[5] == QRect(2 * GAP + CELL, 2 * GAP + CELL, CELL, CELL)
    assert all(not a.intersects(b) for a in places for b in places if a is not b)
    grid.resize(WIDTH + CELL, grid.height())  # no room for another: these grow
    assert (grid.columns(), grid.cell()) == (COLUMNS, CELL + CELL // COLUMNS)
    grid.resize(10, grid.height())
    assert (grid.columns(), grid.cell()) == (1, SMALLEST)
    assert grid.visualRect(QModelIndex()) == QRect()


def test_a_point_is_in_its_cell_or_in_none(grid: PictureGrid) -> None:
    lower(grid, 2)
    for scrolled in (0, 30, grid.verticalScrollBar().maximum()):
        grid.verticalScrollBar().setValue(scrolled)
        for row in range(10):
            place = grid.visualRect(grid.model().index(row, 0))
            for corner in (place.topLeft(), place.bottomRight(), place.center()):
                assert grid.indexAt(corner).row() == row
            for outside in (QPoint(-1, 0), QPoint(0, -1)):
                assert not grid.indexAt(place.topLeft() + outside).isValid()
            for outside in (QPoint(1, 0), QPoint(0, 1)):
                assert not grid.indexAt(place.bottomRight() + outside).isValid()
    tenth = grid.visualRect(grid.model().index(9, 0))
    assert not grid.indexAt(tenth.center() + QPoint(CELL + GAP, 0)).isValid(), (
        "there is no eleventh"
    )
    grid.resize(WIDTH + 20, grid.height())
    assert not grid.indexAt(QPoint(grid.viewport().width() - 1, 30)).isValid()


def test_keys_go_through_the_cells_and_stop_at_the_ends(grid: PictureGrid) -> None:
    lower(grid, 2)
    keys = Qt.Key
    grid.selectionModel().clear()
    assert grid.moveCursor(grid.CursorAction.MoveDown, NONE).row() == 0, "none is current"
    grid.setCurrentIndex(grid.model().index(0, 0))
    for key, row in (
        (keys.Key_Right, 1),
        (keys.Key_Down, 5),
        (keys.Key_Left, 4),
        (keys.Key_Left, 3),
        (keys.Key_Up, 0),
        (keys.Key_Left, 0),
        (keys.Key_PageDown, 8),
        (keys.Key_Down, 9),
        (keys.Key_Right, 9),
        (keys.Key_PageUp, 1),
        (keys.Key_End, 9),
        (keys.Key_Home, 0),
    ):
        QTest.keyClick(grid, key)
        assert grid.currentIndex().row() == row, key
        assert chosen(grid) == [row]
        place = grid.visualRect(grid.currentIndex())
        assert grid.viewport().rect().contains(place), "it is scrolled to"
    words = grid.model().index(5, 0).data()
    QTest.keyClicks(grid, words)
    assert grid.currentIndex().row() == 0, "nothing is looked for by its first letter"


def test_several_are_chosen_with_the_usual_keys_and_by_a_band(grid: PictureGrid) -> None:
    view = grid.viewport()
    QTest.mouseClick(view, LEFT, NONE, middle(grid, 1))
    assert chosen(grid) == [1]
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, middle(grid, 6))
    assert chosen(grid) == [1, 6]
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, middle(grid, 1))
    assert chosen(grid) == [6]
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert chosen(grid) == list(range(10))
    flags = grid.selectionModel().SelectionFlag
    band = QRect(middle(grid, 1), middle(grid, 6))
    grid.setSelection(band, flags.ClearAndSelect)
    assert chosen(grid) == [1, 2, 5, 6]
    backwards = QRect(middle(grid, 6), middle(grid, 1))
    grid.setSelection(backwards, flags.ClearAndSelect)
    assert chosen(grid) == [1, 2, 5, 6], "drawn from below"
    lower(grid, 1)
    grid.verticalScrollBar().setValue(CELL + GAP)
    grid.setSelection(QRect(middle(grid, 4), middle(grid, 5)), flags.ClearAndSelect)
    assert chosen(grid) == [4, 5], "where it is scrolled"


def test_shift_chooses_all_between_in_the_order_of_the_rows(grid: PictureGrid) -> None:
    view, shift = grid.viewport(), Qt.KeyboardModifier.ShiftModifier
    lower(grid, 2)
    QTest.mouseClick(view, LEFT, NONE, middle(grid, 2))
    QTest.keyPress(grid, Qt.Key.Key_Shift, shift)
    try:
        QTest.mouseClick(view, LEFT, shift, middle(grid, 5))
        assert chosen(grid) == [2, 3, 4, 5]
        QTest.keyClick(grid, Qt.Key.Key_Down, shift)
        assert chosen(grid) == [2, 3, 4, 5, 6, 7, 8, 9], "also over an edge of what is seen"
        QTest.keyClick(grid, Qt.Key.Key_Home, shift)
        assert chosen(grid) == [0, 1, 2], "from the one that was chosen first"
    finally:
        QTest.keyRelease(grid, Qt.Key.Key_Shift)
    grid.setCurrentIndex(grid.model().index(1, 0))
    QTest.mouseClick(view, LEFT, shift, middle(grid, 3))
    assert chosen(grid) == [1, 2, 3], "or from the one that the program chose"


def test_of_a_choice_of_many_what_is_in_sight_is_drawn_anew(grid: PictureGrid) -> None:
    grid.selectAll()
    selection = grid.selectionModel().selection()

    def drawn() -> list[int]:
        region = grid.visualRegionForSelection(selection)
        return [row for row in range(10) if region.contains(middle(grid, row))]

    assert drawn() == list(range(10))
    lower(grid)
    assert drawn() == list(range(2 * COLUMNS)), "and one line more"
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    assert 9 in drawn() and 0 not in drawn()
    cell = grid.visualRect(grid.model().index(9, 0))
    region = grid.visualRegionForSelection(selection)
    framed = QRegion(cell.adjusted(-3, -3, 3, 3))
    assert framed.subtracted(region).isEmpty(), "its frame stands out of it"


def test_a_picture_is_opened_by_return_and_by_a_double_click(grid: PictureGrid) -> None:
    opened: list[int] = []
    grid.activated.connect(lambda index: opened.append(index.row()))
    QTest.mouseClick(grid.viewport(), LEFT, NONE, middle(grid, 3))
    assert opened == []
    QTest.mousePress(grid.viewport(), LEFT, NONE, middle(grid, 3))
    QTest.mouseDClick(grid.viewport(), LEFT, NONE, middle(grid, 3))
    assert opened == [3]
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert opened == [3, 4]


def test_the_menu_is_asked_for_at_the_pointer_or_at_the_current_picture(grid: PictureGrid) -> None:
    asked: list[QPoint] = []
    grid.customContextMenuRequested.connect(asked.append)

    def ask(reason: QContextMenuEvent.Reason, at: QPoint) -> QPoint:
        grid.contextMenuEvent(QContextMenuEvent(reason, at, grid.mapToGlobal(at)))
        return asked.pop()

    keyboard = QContextMenuEvent.Reason.Keyboard
    at = QPoint(7, 11)
    assert ask(QContextMenuEvent.Reason.Mouse, at) == at
    grid.selectionModel().clear()
    assert not grid.indexAt(ask(keyboard, at)).isValid(), "there is no current one"
    grid.setCurrentIndex(grid.model().index(6, 0))
    assert grid.indexAt(ask(keyboard, at)).row() == 6
    lower(grid, 1)
    grid.verticalScrollBar().setValue(0)
    place = ask(keyboard, at)
    assert grid.indexAt(place).row() == 6 and grid.viewport().rect().contains(place), (
        "what the menu is about is seen"
    )


def test_it_scrolls_as_far_as_it_has_to(grid: PictureGrid) -> None:
    lower(grid, 1)
    bar = grid.verticalScrollBar()
    line = CELL + GAP
    for row, top in ((3, 0), (5, line - 1), (9, 2 * line - 1), (5, line), (1, 0)):
        grid.scrollTo(grid.model().index(row, 0))
        assert bar.value() == top, row
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(grid, key)
        reached = bar.value()
        assert reached == 0 if key == Qt.Key.Key_Home else reached > 2 * line - 2
        bar.setValue(2 * line - reached)
        QTest.keyClick(grid, key)
        assert bar.value() == reached, "it was current already, but not in sight"


def test_an_empty_grid_takes_keys_menus_and_bands(qapp: QApplication) -> None:
    grid = PictureGrid("Pictures", cell=CELL)
    grid.resize(WIDTH, 100)
    grid.updateGeometries()  # without a model yet
    grid.setModel(rows_of(0))
    grid.show()
    asked: list[QPoint] = []
    grid.customContextMenuRequested.connect(asked.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_PageUp):
        QTest.keyClick(grid, key)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, QPoint(30, 30))
    keyboard = QContextMenuEvent.Reason.Keyboard
    grid.contextMenuEvent(QContextMenuEvent(keyboard, QPoint(1, 1), QPoint(1, 1)))
    grid.selectAll()
    assert not grid.currentIndex().isValid() and chosen(grid) == [] and len(asked) == 1
    assert not grid.verticalScrollBar().isVisible()
    grid.grab()
    grid.startDrag(Qt.DropAction.CopyAction)
    grid.hide()
    grid.deleteLater()


def test_what_was_chosen_stays_chosen_when_a_new_picture_comes(shelf: Shelf) -> None:
    for prompt in ("one", "two"):
        put_picture(shelf.stores, prompt)
    model = shelf.model()
    shelf.come()
    panel = HistoryPanel(model)
    panel.resize(140, 600)
    panel.show()
    grid = panel.grid
    grid.setCurrentIndex(model.index(1))
    kept = model.ids()[1]
    model.add(put_picture(shelf.stores, "three"))
    assert model.ids()[grid.currentIndex().row()] == kept and chosen(grid) == [2]
    assert grid.columns() == 1
    panel.hide()
    panel.deleteLater()


def test_history_says_that_it_is_empty_until_it_is_not(shelf: Shelf) -> None:
    model = shelf.model()
    panel = HistoryPanel(model)
    shelf.come()
    assert not panel.empty.isHidden()
    model.add(put_picture(shelf.stores))
    assert panel.empty.isHidden()
    model.search(trashed=True)
    shelf.come()
    assert not panel.empty.isHidden()
    panel.deleteLater()


@pytest.mark.parametrize("columns", [1, 0])
def test_the_scroll_bar_is_there_exactly_where_cells_do_not_fit_without_it(
    qapp: QApplication, columns: int
) -> None:
    """`columns` 1: narrower cells are lower, and may fit beside the bar alone. 0: beside the bar
    fewer stand side by side, and may fit without it alone."""
    cells = 8
    model = rows_of(cells)
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
