"""What a grid draws of pictures: marks, choices and the numbers of stacks."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids.layout.plan import GAP
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf

CELL = 60
WIDTH = GAP + 4 * (CELL + GAP)  # pixels, so that cells have the size that is wanted


def test_pictures_marks_and_choices_are_drawn(shelf: Shelf) -> None:
    picture = put_picture(shelf.stores, "one", seed=200)
    shelf.stores.gallery.set_favourite([picture.id], True)
    model = shelf.model()
    grid = PictureGrid("Pictures", cell=CELL)
    grid.setModel(model)
    palette = grid.palette()
    palette.setColor(palette.ColorRole.Highlight, QColor("#e8623d"))  # no dark one, made lighter
    grid.setPalette(palette)
    grid.resize(WIDTH, 100)
    shelf.come()

    def colours() -> set[str]:
        image = grid.viewport().grab().toImage()
        place = grid.visualRect(model.index(0))
        return {
            image.pixelColor(x, y).name()
            for x in range(place.left(), place.right())
            for y in range(place.top(), place.bottom())
        }

    # asked for record and thumbnail by drawing alone
    for _ in range(3):
        colours()
        shelf.come()
    picture_colour = "#c85ac8"  # (200, 90, 200), up to what JPEG makes of it
    seen = colours()
    mark = grid.palette().highlight().color().name()
    near = [
        name
        for name in seen
        if all(
            abs(int(name[at : at + 2], 16) - int(picture_colour[at : at + 2], 16)) < 12
            for at in (1, 3, 5)
        )
    ]
    assert near and mark in seen
    shelf.stores.gallery.set_favourite([picture.id], False)
    model.search_again()
    for _ in range(3):
        shelf.come()
        colours()
    assert mark not in colours()
    grid.setCurrentIndex(model.index(0))
    grid.selectAll()
    around = grid.viewport().grab().toImage()
    edge = grid.visualRect(model.index(0)).topLeft() + QPoint(CELL // 2, -2)
    assert around.pixelColor(edge).name() == mark
    grid.deleteLater()


def test_a_chosen_one_after_a_stack_is_as_bright_as_before(shelf: Shelf) -> None:
    put_picture(shelf.stores, "alone", seed=200)
    for number in (100, 101):
        put_picture(shelf.stores, "made for a document", seed=number, document="d" * 32)
    model = shelf.model()
    grid = PictureGrid("Pictures", cell=CELL)
    grid.setModel(model)
    grid.resize(WIDTH, 100)
    for _ in range(4):
        shelf.come()
        grid.viewport().grab()
    assert model.rowCount() == 2
    before = grid.viewport().grab().toImage().pixelColor(grid.visualRect(model.index(1)).center())
    grid.setCurrentIndex(model.index(1))
    assert (
        grid.viewport().grab().toImage().pixelColor(grid.visualRect(model.index(1)).center())
        == before
    )
    top, _ = model.at(0)
    assert top is not None and model.stacks.hidden() == 1 and model.stacks.opened(top) == 0
    closed = grid.viewport().grab().toImage()
    model.fold("d" * 32)
    for _ in range(4):
        shelf.come()
        grid.viewport().grab()
    assert model.rowCount() == 3 and model.stacks.hidden() == 0 and model.stacks.opened(top) == 2
    place = grid.visualRect(model.index(0)).adjusted(0, CELL // 2, 0, 0)
    opened = grid.viewport().grab().toImage()
    assert opened.copy(place) != closed.copy(place), "its number is drawn otherwise"
    grid.deleteLater()
