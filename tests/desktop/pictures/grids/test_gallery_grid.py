"""The Gallery's grid over a real gallery: headings, zoom, shapes, bands, stars, stacks, places."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.store.picture_rows import PicturePaths, insert_row
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Picture, Recipe
from core.values.request import Request
from desktop.pictures.gallery_grid import (
    LARGEST_CELL,
    MONTHS_BELOW,
    SMALLEST_CELL,
    GalleryGrid,
    Shape,
)
from desktop.pictures.grids.dragging import data_of, ids_in
from desktop.pictures.grids.headings import heading_height
from desktop.pictures.grids.layout.plan import GAP
from desktop.pictures.picture_model import PictureModel
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf

KEYS, LEFT = Qt.KeyboardModifier, Qt.MouseButton.LeftButton
NONE = KEYS.NoModifier
DAY = 86_400.0  # seconds
NOON = time.mktime((2026, 3, 10, 12, 0, 0, 0, 0, -1))
SPOKEN, DESCRIBED = Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole
Made = Callable[..., GalleryGrid]


@pytest.fixture
def made(shelf: Shelf) -> Iterator[Made]:
    """A grid of four columns over what lies in the gallery."""
    grids: list[GalleryGrid] = []

    def make(question: PictureQuestion | None = None) -> GalleryGrid:
        model = shelf.model()
        grid = GalleryGrid("Pictures", cell=120)
        grid.setModel(model)
        grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        grid.resize(4 * 128 + GAP + grid.verticalScrollBar().sizeHint().width(), 400)
        grid.show()
        grids.append(grid)
        if question is not None:
            model.ask(question)
        settle(shelf, grid)
        return grid

    yield make
    for grid in grids:
        grid.hide()
        grid.deleteLater()


def settle(shelf: Shelf, grid: GalleryGrid) -> None:
    """All that it asks for by being drawn is here."""
    for _ in range(4):
        shelf.come()
        QApplication.processEvents()
        grid.viewport().grab()


def put_days(shelf: Shelf, *counts: int, size: tuple[int, int] = (64, 64)) -> None:
    """Rows without files: so many on one day, on the one before it ..., the newest last put in."""
    places = shelf.stores.places
    paths = PicturePaths(places.pictures, places.trash)
    number = 0
    with shelf.stores.database.transaction() as db:
        for back, count in reversed(list(enumerate(counts))):
            for at in range(count):
                recipe = Recipe(Request(prompt=f"p{number}"), created=NOON - back * DAY + at)
                name = f"{size[0]}-{number}.png"
                insert_row(db, paths, places.pictures / name, recipe, size)
                number += 1


def model_of(grid: GalleryGrid) -> PictureModel:
    model = grid.pictures()
    assert model is not None
    return model


def chosen(grid: GalleryGrid) -> list[int]:
    return sorted(row for part in grid.chosen_rows() for row in part)


def middle(grid: GalleryGrid, row: int) -> QPoint:
    return grid.visualRect(model_of(grid).index(row)).center()


def heading_of(grid: GalleryGrid, group: int) -> QPoint:
    return QPoint(60, grid.headings().top_of(group) + 20)


def drag(grid: GalleryGrid, start: QPoint, *way: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    view = grid.viewport()
    QTest.mousePress(view, LEFT, held, start)
    for point in way:
        at = QPointF(point)
        event = QMouseEvent(
            QEvent.Type.MouseMove, at, view.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, held
        )
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, LEFT, held, way[-1])


def test_a_day_has_its_heading_and_is_chosen_by_it(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 3, 6, 1)
    grid = made()
    view, model = grid.viewport(), model_of(grid)
    assert model.groups.counts == (3, 6, 1)
    high = heading_height(grid.font())
    assert [grid.visualRect(model.index(row)).top() for row in (0, 2)] == [high, high]
    assert grid.visualRect(model.index(3)).top() == high + 128 + high, "a day begins a line"
    QTest.mouseClick(view, LEFT, NONE, heading_of(grid, 1))
    assert chosen(grid) == list(range(3, 9))
    QTest.mouseClick(view, LEFT, KEYS.ControlModifier, heading_of(grid, 0))
    assert chosen(grid) == list(range(9))
    QTest.mouseClick(view, LEFT, KEYS.ControlModifier, heading_of(grid, 1))
    assert chosen(grid) == [0, 1, 2], "turned over where all of it was chosen"
    grid.setCurrentIndex(model.index(9))
    QTest.keyClick(grid, Qt.Key.Key_A, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert chosen(grid) == [9]
    QTest.keyClick(grid, Qt.Key.Key_PageUp, KEYS.ControlModifier)
    assert grid.currentIndex().row() == 3 and grid.visualRect(grid.currentIndex()).top() == high
    QTest.keyClick(grid, Qt.Key.Key_PageDown, KEYS.ControlModifier)
    assert grid.currentIndex().row() == 9
    assert model.index(3).data(DESCRIBED).startswith("4 of 10, ")
    assert "2026" in model.index(3).data(DESCRIBED)


def test_the_heading_of_what_is_seen_floats_until_the_next_pushes_it_away(
    shelf: Shelf, made: Made
) -> None:
    put_days(shelf, 20, 20)
    grid = made()
    high = heading_height(grid.font())
    assert grid.headings().floating()[0] == -1
    grid.verticalScrollBar().setValue(100)
    assert grid.headings().floating() == (0, QRect(0, 0, grid.viewport().width(), high))
    QTest.mouseClick(grid.viewport(), LEFT, NONE, QPoint(60, 10))
    assert chosen(grid) == list(range(20)), "it is a heading there, too"
    top = grid.headings().top_of(1) + 100
    grid.verticalScrollBar().setValue(top - high // 2)
    group, place = grid.headings().floating()
    assert group == 0 and place.top() == high // 2 - high
    grid.verticalScrollBar().setValue(top)
    assert grid.headings().floating()[0] == -1, "the next one stands there itself"
    for row in (15, 8, 4):
        grid.scrollTo(model_of(grid).index(row))
        assert grid.visualRect(model_of(grid).index(row)).top() >= high, "not below what floats"


def test_keys_cross_headings_along_a_column(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 4, 1, 4)
    grid = made()
    grid.setCurrentIndex(model_of(grid).index(2))
    keys = Qt.Key
    for key, row in ((keys.Key_Down, 4), (keys.Key_Down, 7), (keys.Key_Up, 4), (keys.Key_Up, 2)):
        QTest.keyClick(grid, key)
        assert grid.currentIndex().row() == row, "the column is kept over a short line"
    QTest.keyClick(grid, keys.Key_Down)
    QTest.keyClick(grid, keys.Key_Right)
    assert grid.currentIndex().row() == 5
    QTest.keyClick(grid, keys.Key_Up)
    QTest.keyClick(grid, keys.Key_Up)
    assert grid.currentIndex().row() == 0, "a step aside begins another column"
    grid.setCurrentIndex(model_of(grid).index(1))
    QTest.keyClick(grid, Qt.Key.Key_Down, KEYS.ShiftModifier)
    assert chosen(grid) == [1, 2, 3, 4]
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert chosen(grid) == [] and grid.currentIndex().row() == 4


def test_a_band_from_empty_space_chooses_what_it_touches(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 2, 6)
    grid = made()
    empty = QPoint(400, middle(grid, 0).y())
    assert not grid.indexAt(empty).isValid()
    drag(grid, empty, middle(grid, 1))
    assert chosen(grid) == [1] and grid.currentIndex().row() == 1
    drag(grid, empty, middle(grid, 4), middle(grid, 3), held=KEYS.ShiftModifier)
    assert chosen(grid) == [1, 3, 4, 5]
    drag(grid, empty, middle(grid, 1), held=KEYS.ControlModifier)
    assert chosen(grid) == [3, 4, 5], "turned over"
    drag(grid, empty, middle(grid, 5), empty + QPoint(2, 2))
    assert chosen(grid) == [], "drawn back to where it began"
    grid.selectAll()
    QTest.mouseClick(grid.viewport(), LEFT, NONE, empty)
    assert chosen(grid) == []


def test_a_band_over_the_edge_takes_the_pictures_along(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 3, 60)
    grid = made()
    view = grid.viewport()
    below = QPoint(450, view.height() + 200)
    QTest.mousePress(view, LEFT, NONE, QPoint(450, middle(grid, 0).y()))
    at = QPointF(below)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, view.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, NONE
    )
    QApplication.sendEvent(view, event)
    before = len(chosen(grid))
    for _ in range(9):
        grid._stretch_band()
    QTest.mouseRelease(view, LEFT, NONE, below)
    assert len(chosen(grid)) > before > 0 and not grid._scrolling.isActive()


def wheel(grid: GalleryGrid, angle: int) -> None:
    at = QPointF(200, 200)
    event = QWheelEvent(
        at,
        grid.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        KEYS.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(grid.viewport(), event)


def test_cells_are_zoomed_by_wheel_and_keys_and_what_is_seen_stays(
    shelf: Shelf, made: Made
) -> None:
    put_days(shelf, 30, 200)
    grid = made()
    told: list[int] = []
    grid.zoomed.connect(told.append)
    wheel(grid, 60)
    assert told == [], "half a notch"
    wheel(grid, 60)
    wheel(grid, -120)
    assert told == [144, 120] and grid.wanted == 120
    QTest.keyClick(grid, Qt.Key.Key_Plus, KEYS.ControlModifier)
    QTest.keyClick(grid, Qt.Key.Key_0, KEYS.ControlModifier)
    assert told[2:] == [144, 168]
    grid.verticalScrollBar().setValue(2000)
    first = next(row for row in grid.rows_in_sight() if middle(grid, row).y() > 0)
    grid.use_zoom(120)
    assert first in grid.rows_in_sight(), "what stood first"
    row = grid.rows_in_sight()[6]
    grid.setCurrentIndex(model_of(grid).index(row))
    before = grid.visualRect(model_of(grid).index(row)).top()
    grid.use_zoom(100)
    assert abs(grid.visualRect(model_of(grid).index(row)).top() - before) <= 1, "the current one"
    for _ in range(9):
        QTest.keyClick(grid, Qt.Key.Key_Minus, KEYS.ControlModifier)
    assert grid.wanted == SMALLEST_CELL and row in grid.rows_in_sight()
    assert len(grid.headings().groups.keys) == 1, "a heading a month"
    grid.use_zoom(9999)
    assert grid.wanted == LARGEST_CELL > MONTHS_BELOW and len(grid.headings().starts) == 2


def test_pictures_stand_in_their_own_shapes(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 5, size=(128, 64))
    put_days(shelf, 2, size=(64, 128))
    put_picture(shelf.stores, "12 by 8", created=NOON + DAY)
    grid = made()
    grid.use_shape(Shape.ASPECT)
    settle(shelf, grid)
    model = model_of(grid)
    rects = [grid.visualRect(model.index(row)) for row in range(8)]
    shapes = [rect.width() / rect.height() for rect in rects]
    assert shapes[0] == pytest.approx(1.5, rel=0.03)
    by_id = {picture.id: picture for picture in shelf.stores.gallery.page(model.ids())}
    for shape, picture_id in zip(shapes, model.ids(), strict=True):
        picture = by_id[picture_id]
        assert shape == pytest.approx(picture.width / picture.height, rel=0.05)
    _, pixmap = model.at(0, (rects[0].width(), rects[0].height(), 1.0))
    assert pixmap is not None and pixmap.height() == rects[0].height(), "scaled to its cell"
    new = put_picture(shelf.stores, "new", created=NOON + DAY + 5)
    model.add(new)
    QApplication.processEvents()
    assert len(model.sums) == 10 and grid.visualRect(model.index(0)).width() > rects[0].height()
    grid.use_shape(Shape.SQUARE)
    settle(shelf, grid)
    assert grid.visualRect(model.index(1)).size() == grid.visualRect(model.index(5)).size()
    model.search("nothing at all")
    grid.use_shape(Shape.ASPECT)
    settle(shelf, grid)
    assert grid.columns() == 1 and not grid.verticalScrollBar().maximum()


def test_in_large_cells_a_picture_is_as_sharp_as_its_file(shelf: Shelf, made: Made) -> None:
    picture = put_picture(shelf.stores, "lines", created=NOON)
    lines = Image.new("RGB", (720, 720), "white")
    for x in range(0, 720, 4):
        lines.paste("black", (x, 0, x + 2, 720))
    lines.save(picture.path)
    with shelf.stores.database.transaction() as db:
        db.execute("UPDATE pictures SET width = 720, height = 720")
    grid = made()
    model = model_of(grid)
    _, small = model.at(0, (120, 120, 1.0))
    grid.use_zoom(LARGEST_CELL)
    grid.viewport().grab()
    model.pixmaps._resized.stop()  # the size changes no more
    contrasts: list[int] = []
    for _ in range(3):
        grid.viewport().grab()
        shelf.images.run_all()
        side = grid.cell()
        _, pixmap = model.at(0, (side, side, 1.0))
        assert pixmap is not None
        image = pixmap.toImage()
        greys = [image.pixelColor(x, image.height() // 2).red() for x in range(20, 80)]
        contrasts.append(max(greys) - min(greys))
    assert small is not None and pixmap.width() == side >= 300
    assert contrasts[-1] > contrasts[0] + 40, "first the thumbnail, then the file"
    assert not shelf.images.held


def test_what_is_seen_stays_in_its_place_when_others_come_and_go(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 40, 40)
    grid = made()
    model = model_of(grid)
    grid.verticalScrollBar().setValue(900)
    grid.selectionModel().select(model.index(50), grid.selectionModel().SelectionFlag.Select)
    first = next(row for row in grid.rows_in_sight() if middle(grid, row).y() > 0)
    first_id, top = model.ids()[first], grid.visualRect(model.index(first)).top()
    kept = model.ids()[50]
    for number in range(3):
        model.add(put_picture(shelf.stores, f"new {number}", created=NOON + DAY + number))
    shelf.stores.gallery.trash([model.ids()[5]])
    model.search_again()
    settle(shelf, grid)
    assert model.row_of(first_id) == first + 2
    assert grid.visualRect(model.index(first + 2)).top() == top
    assert [model.ids()[row] for row in chosen(grid)] == [kept]
    assert model.groups.counts == (3, 39, 40)


def test_one_who_deletes_goes_on_from_that_place(shelf: Shelf, made: Made) -> None:
    put_days(shelf, 10)
    grid = made()
    model = model_of(grid)
    grid.setCurrentIndex(model.index(4))
    shelf.stores.gallery.trash([model.ids()[4]])
    model.search_again()
    shelf.come()
    assert not grid.currentIndex().isValid(), "nobody chose its neighbour"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.currentIndex().row() == 4


def test_what_is_rated_in_the_order_of_ratings_stays_chosen(shelf: Shelf, made: Made) -> None:
    pictures = [put_picture(shelf.stores, f"p{at}", created=NOON + at) for at in range(5)]
    shelf.stores.gallery.set_rating([pictures[0].id], 3)
    grid = made(PictureQuestion(order=Order.RATING))
    model = model_of(grid)
    ids = [picture.id for picture in pictures]
    assert list(model.ids()) == [ids[0], ids[4], ids[3], ids[2], ids[1]]
    assert model.groups.keys == ("3", "0") and grid.headings().words(0)[0] == "3 stars"
    grid.setCurrentIndex(model.index(3))
    shelf.stores.gallery.set_rating([ids[2]], 5)
    model.search_again()
    settle(shelf, grid)
    assert model.row_of(ids[2]) == 0 == grid.currentIndex().row() and chosen(grid) == [0]
    assert model.index(0).data(SPOKEN) == "p2, seed 1, 5 stars, 1 of 5"
    model.add(put_picture(shelf.stores, "new", created=NOON + 9))
    settle(shelf, grid)
    assert model.rowCount() == 6 and model.row_of(model.ids()[2]) == 2, "behind the rated ones"


def test_stars_are_given_with_the_mouse(shelf: Shelf, made: Made) -> None:
    put_picture(shelf.stores, "one", seed=200)
    grid = made()
    given: list[tuple[int, int]] = []
    place = grid.visualRect(model_of(grid).index(0))
    third = place.bottomRight() - QPoint(6 + 28, 15)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, third)
    assert chosen(grid) == [0], "nobody takes stars: it is a click on the picture"
    grid.clearSelection()
    grid.rate = lambda picture, stars: given.append((picture.rating, stars))
    QTest.mouseClick(grid.viewport(), LEFT, NONE, third)
    assert given == [(0, 3)] and chosen(grid) == []
    shelf.stores.gallery.set_rating([1], 3)
    model_of(grid).search_again()
    settle(shelf, grid)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, third)
    assert given[-1] == (3, 0), "the same again takes them away"


def brightness(grid: GalleryGrid, row: int) -> int:
    image = grid.viewport().grab().toImage()
    return image.pixelColor(middle(grid, row)).red()


def test_rejected_and_absent_ones_are_dimmed(shelf: Shelf, made: Made) -> None:
    pictures = [put_picture(shelf.stores, f"p{at}", seed=200) for at in range(3)]
    origin = json.dumps({"how": "in_place", "program": "a1111", "bytes": 1, "mtime": 1.0})
    with shelf.stores.database.transaction() as db:
        db.execute("UPDATE pictures SET origin = ? WHERE id = ?", (origin, pictures[2].id))
    shelf.stores.gallery.set_rating([pictures[1].id], -1)
    grid = made()
    row = {picture.id: model_of(grid).row_of(picture.id) for picture in pictures}
    usual = brightness(grid, row[pictures[0].id])
    assert brightness(grid, row[pictures[2].id]) == usual
    assert brightness(grid, row[pictures[1].id]) < usual - 20
    assert "rejected" in model_of(grid).index(row[pictures[1].id]).data(SPOKEN)
    Path(pictures[2].path).unlink()  # its drive is away; the small picture is kept
    model_of(grid).pixmaps.look_again()
    settle(shelf, grid)
    assert brightness(grid, row[pictures[2].id]) < usual - 20


def test_a_stack_opens_in_place_framed_as_one(shelf: Shelf, made: Made) -> None:
    put_picture(shelf.stores, "below", seed=90, document="d" * 32, created=NOON - 3 * DAY)
    for at in range(2):
        put_picture(shelf.stores, f"p{at}", seed=90, created=NOON - DAY + at)
    top = put_picture(shelf.stores, "top", seed=90, document="d" * 32, created=NOON)
    grid = made()
    model = model_of(grid)
    assert model.rowCount() == 3 and model.groups.counts == (1, 2)
    assert model.index(0).data(SPOKEN) == "top, seed 90, 1 of 3, stack of 2"
    closed = grid.viewport().grab().toImage()
    badge = grid.visualRect(model.index(0)).bottomLeft() + QPoint(14, -14)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, badge)
    settle(shelf, grid)
    assert model.rowCount() == 4 and model.groups.counts == (2, 2), "beside the newest of them"
    assert list(model.ids())[:2] == [top.id, 1] and chosen(grid) == []
    assert model.index(0).data(SPOKEN) == "top, seed 90, 1 of 4, open stack of 2"
    between = QPoint(grid.visualRect(model.index(0)).right() + GAP // 2, middle(grid, 0).y())
    opened = grid.viewport().grab().toImage()
    assert opened.pixelColor(between) != closed.pixelColor(between), "one frame lies around both"
    newer = put_picture(shelf.stores, "newer", seed=9, document="d" * 32, created=NOON + 5)
    model.add(newer)
    settle(shelf, grid)
    assert list(model.ids())[:3] == [newer.id, top.id, 1]
    QTest.mouseClick(grid.viewport(), LEFT, NONE, badge)
    settle(shelf, grid)
    assert model.rowCount() == 3 and model.ids()[0] == newer.id


def test_pictures_of_before_stand_on_their_day(shelf: Shelf, made: Made) -> None:
    put_picture(shelf.stores, "new", created=NOON)
    old = put_picture(shelf.stores, "imported", created=NOON - 9 * DAY)
    put_picture(shelf.stores, "between", created=NOON - 2 * DAY)
    grid = made()
    model = model_of(grid)
    assert list(model.ids()) == [1, 3, 2] and model.row_of(old.id) == 2
    model.add(put_picture(shelf.stores, "newest", created=NOON + 5))
    assert list(model.ids()) == [4, 1, 3, 2] and model.groups.counts == (2, 1, 1)
    model.ask(PictureQuestion(rising=True))
    settle(shelf, grid)
    assert list(model.ids()) == [2, 3, 1, 4] and model.groups.counts == (1, 1, 2)


def test_what_is_dragged_says_which_pictures_it_is(shelf: Shelf) -> None:
    pictures: list[Picture] = [put_picture(shelf.stores, f"p{at}") for at in range(3)]
    data = data_of(pictures)
    assert ids_in(data) == (1, 2, 3)
    assert [url.toLocalFile() for url in data.urls()] == [picture.path for picture in pictures]
    data.setData("application/x-calotype-pictures", b"odd")
    assert ids_in(data) == ()
