"""The grid of a sweep in the real window: keys, menus, what is hidden, left out and made again."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QPalette, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.service.sweeps.making.now import Stand
from core.values.request import Request
from desktop.pictures.comparing.compared import read_compared
from desktop.pictures.sweeping.model import CELL
from desktop.pictures.sweeping.view import SweepView
from tests.desktop.driving import Open, create_of, gallery_of, pump, until
from tests.desktop.window.sweeps.asked import made


def value_of(view: SweepView, text: str, *, ticked: bool, left_out: bool = False) -> QAction:
    """A value in the menu, or in the one of those that are left out."""
    menu = view.values.menu()
    menu.aboutToShow.emit()
    if left_out:
        inner = menu.actions()[-1].menu()
        assert isinstance(inner, QMenu)
        menu = inner
    (found,) = [action for action in menu.actions() if action.text() == text]
    assert found.isCheckable() and found.isChecked() == ticked
    return found


def test_what_is_done_with_the_grid(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    create = create_of(application.window)
    application.draft.set(prompt="a red house", width=64, height=64, seed=3, steps=2)
    sweeps = made(application, ("steps", "1-3"), ("replace:red", "red, blue"))
    desk, view, model = sweeps.desk, sweeps.desk.view, sweeps.desk.model
    table = view.table
    table.setCurrentIndex(model.index(1, 2))
    view.swap.click()
    assert (model.columnCount(), model.rowCount()) == (2, 3)
    assert [(at.row(), at.column()) for at in table.selectedIndexes()] == [(2, 1)]
    view.swap.click()
    # keys: the next cell, its picture large, and back to the grid
    table.setFocus()
    table.setCurrentIndex(model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Right)
    QTest.keyClick(table, Qt.Key.Key_Return)
    until(lambda: not create.stage.is_sweep_shown())
    current = application.window.current.picture
    assert current is not None and current.request.steps == 2
    cell = create.stage.cell
    assert cell.accessibleName() == 'Steps 2 · "red" red' and cell.isVisible()
    assert application.window.picture_commands.can_fold()
    # arrows go on in the grid's order, and Esc leads back to the cell that was reached
    viewer = create.stage.viewer
    seen = application.window.current
    for key, steps, words in (
        (Qt.Key.Key_Right, 3, '"red" red'),
        (Qt.Key.Key_Right, 1, '"red" blue'),
        (Qt.Key.Key_End, 3, '"red" blue'),
        (Qt.Key.Key_Right, 3, '"red" blue'),
        (Qt.Key.Key_Home, 1, '"red" red'),
        (Qt.Key.Key_Right, 2, '"red" red'),
    ):
        QTest.keyClick(viewer, key)
        assert seen.picture is not None and seen.picture.request.steps == steps
        assert cell.accessibleName() == f"Steps {steps} · {words}"
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    until(create.stage.is_sweep_shown)
    assert (table.currentIndex().row(), table.currentIndex().column()) == (0, 1)
    # what is opened in History is gone through there
    view.left.emit()
    seen.go_to(seen._newest.ids()[0])
    until(lambda: seen.picture is not None and seen.picture.id == seen._newest.ids()[0])
    shown = seen.picture
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    pump(50)
    assert seen.picture == shown
    application.window.picture_commands.fold_stack()
    until(create.stage.is_sweep_shown)
    # one row of the gallery stands for all of it, and opens as the grid
    view.left.emit()
    application.window.go("gallery")
    grid = gallery_of(application.window).grid
    until(lambda: grid.model().rowCount() == 1)
    grid.setCurrentIndex(grid.model().index(0, 0))
    grid.activated.emit(grid.currentIndex())
    until(create.stage.is_sweep_shown)
    assert create.in_front()
    # without its file it is a stack like another, whose pictures open
    kept = application.stores.sweeps.path_of(current.request.sweep.id)
    written = kept.read_bytes()
    kept.write_text("{}", "utf-8")
    view.left.emit()
    application.window.go("gallery")
    grid.activated.emit(grid.currentIndex())
    until(lambda: grid.model().rowCount() == 6)
    application.window.go("gallery")
    grid.activated.emit(grid.currentIndex())
    viewing = application.window.viewing
    until(lambda: viewing.full is not None and viewing.full.isVisible())
    full = viewing.full
    assert full is not None
    full.close()
    application.window.actions_by_id["view-create"].trigger()
    until(lambda: create.in_front() and not create.stage.is_sweep_shown())
    kept.write_bytes(written)
    application.window.signals.open_sweep.emit(current.request.sweep.id)
    until(create.stage.is_sweep_shown)
    # a cell becomes the form
    table.clearSelection()
    table.setCurrentIndex(model.index(1, 2))
    view.take.click()
    until(lambda: application.draft.request.steps == 3)
    assert application.draft.request.prompt == "a blue house"
    assert application.draft.request.sweep == Request().sweep
    # seconds and distance from the reference
    view.heat.setChecked(True)
    until(lambda: len(model.differences) == 5)
    shown = model.index(1, 2).data(CELL)
    assert shown.heat is not None and "Δ" in shown.notes
    assert len(shown.short_notes) < len(shown.notes) and "Δ" in shown.short_notes
    assert "reference" in model.index(0, 0).data(CELL).notes
    assert "reference" not in model.index(0, 0).data(CELL).short_notes
    view.swap.click()
    view.fit.click()
    pump(50)
    assert table.verticalScrollBar().maximum() == 0  # the row of figures has its room, too
    view.swap.click()
    # as large as the cell, also where the picture is smaller
    table.set_side(300)
    at = table.visualRect(model.index(0, 0)).topLeft() + QPoint(20, 20)
    empty = table.palette().color(QPalette.ColorRole.Base)
    until(lambda: table.viewport().grab().toImage().pixelColor(at) != empty)
    # compared side by side
    told: list[tuple[Path, ...]] = []
    desk.compared.connect(told.append)
    table.selectAll()
    assert view.compare.isEnabled()
    view.compare.click()
    assert len(told[0]) == 6
    assert read_compared(told[0][1]).name == 'Steps 2 · "red" red'
    application.window.go("create")
    # the size of the cells
    side = table.side
    QTest.keyClick(table, Qt.Key.Key_Minus)
    assert table.side < side and view.zoom.value() == table.side
    # hidden, left out and taken back
    desk.values._hide(0, "2")
    assert model.columnCount() == 2
    desk.values._show_all()
    desk.values._leave_out(0, "3")
    until(lambda: model.columnCount() == 2)
    assert "4 of 4 made" in view.said.text()
    value_of(view, "3", ticked=False).trigger()
    until(lambda: model.columnCount() == 3)
    value_of(view, "2", ticked=True).trigger()
    assert model.columnCount() == 2 and model.column_value(1) == "3"
    value_of(view, "2", ticked=False).trigger()
    assert model.columnCount() == 3
    value_of(view, "2", ticked=True).trigger()
    value_of(view, "3", ticked=True).trigger()
    last = value_of(view, "1", ticked=True)
    last.trigger()  # nothing would be left
    assert model.columnCount() == 1 and last.isChecked()
    desk.values._show_all()
    value_of(view, "3", ticked=False, left_out=True).trigger()
    until(lambda: model.columnCount() == 2)
    value_of(view, "3", ticked=True, left_out=True).trigger()
    until(lambda: model.columnCount() == 3)
    # made again: one cell
    table.clearSelection()
    table.setCurrentIndex(model.index(0, 0))
    before = model.picture(model.index(0, 0))
    previews: list[tuple[Stand, QPixmap]] = []

    def look() -> None:
        drawn = model.index(0, 0).data(CELL)
        if model.developing is not None and drawn.pixmap is model.developing[1]:
            previews.append((drawn.stand, drawn.pixmap))

    model.dataChanged.connect(lambda *_: look())
    view.redo.click()
    until(lambda: (now := model.picture(model.index(0, 0))) is not None and now != before)
    # it is seen developing in its cell, and then as it is
    assert previews and {stand for stand, _ in previews} == {Stand.MAKING}
    assert not previews[0][1].isNull() and model.index(0, 0).data(CELL).pixmap != previews[-1][1]
    desk.write(tmp_path / "grid.png")
    until((tmp_path / "grid.png").exists)
    with Image.open(tmp_path / "grid.png") as image:
        assert image.width > 3 * 64


def test_a_cell_that_is_opened_in_history_has_the_pictures_of_history_beside_it(
    open_app: Open,
) -> None:
    application = open_app()
    create, current = create_of(application.window), application.window.current
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    application.window.actions_by_id["generate"].trigger()
    until(lambda: len(application.stores.gallery.ids()) == 1)
    sweeps = made(application, ("steps", "1-3"))
    table, viewer = sweeps.desk.view.table, create.stage.viewer
    until(create.stage.is_sweep_shown)
    table.setCurrentIndex(sweeps.desk.model.index_of(("3",)))
    QTest.keyClick(table, Qt.Key.Key_Return)
    until(lambda: not create.stage.is_sweep_shown())
    until(lambda: len(current._newest.ids()) == 2)
    sweep, before = current._newest.ids()  # of the sweep the last one that was made
    assert current.picture is not None and current.picture.id == sweep
    for wanted in (before, sweep):
        current.go_to(wanted)
        until(lambda wanted=wanted: current.picture is not None and current.picture.id == wanted)
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    until(lambda: current.picture is not None and current.picture.id == before, 5)
