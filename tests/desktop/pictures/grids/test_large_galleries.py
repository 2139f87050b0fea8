"""The gallery as an item model where there is too much to be read at once: answers in pieces, and
what is not seen any more is not read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QItemSelectionModel, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QRegion

from desktop.pictures import picture_model
from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids.contents.cells import read_thumbnail
from desktop.pictures.grids.contents.picture_ids import PictureIds, steps_between
from desktop.pictures.grids.layout.rows import choose_others, others
from desktop.pictures.picture_model import PAGE, PICTURE_ROLE, PictureModel
from tests.desktop.parts import put_picture, put_rows
from tests.desktop.pictures.conftest import Shelf

DECORATION = Qt.ItemDataRole.DecorationRole


_PARTS = st.tuples(st.integers(0, 40), st.integers(0, 9)).map(lambda at: range(at[0], sum(at)))


@given(st.lists(_PARTS), st.integers(0, 30))
def test_the_others_of_some_rows_are_all_that_are_in_none(parts: list[range], more: int) -> None:
    count = max((part.stop for part in parts), default=0) + more
    found = others(parts, count)
    chosen = {row for part in parts for row in part}
    assert [row for part in found for row in part] == [n for n in range(count) if n not in chosen]
    assert all(found), "no empty ones"


@pytest.fixture(autouse=True)
def _three_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_model, "FIRST", 3)


@pytest.fixture
def grid(shelf: Shelf) -> Iterator[PictureGrid]:
    made = PictureGrid("Pictures", cell=60)
    made.resize(300, 200)
    made.show()
    yield made
    made.hide()
    made.deleteLater()


def test_the_newest_answers_come_first_then_all_in_order(shelf: Shelf) -> None:
    put_rows(shelf.stores, 8)
    model = PictureModel(shelf.stores.gallery, shelf.thumbnails, shelf.records, shelf.images)
    told: list[object] = []
    model.first_came.connect(lambda: told.append("first"))
    model.counted.connect(told.append)
    model.search("picture")
    shelf.records.run_next()
    assert list(model.ids()) == [8, 7, 6] and told == ["first"], "not counted yet"
    shelf.records.run_next()
    assert list(model.ids()) == list(range(8, 0, -1)) and told == ["first", 8]
    assert [model.row_of(picture_id) for picture_id in (8, 5, 1, 9, 0)] == [0, 3, 7, -1, -1]


@pytest.mark.parametrize("before_the_rest", [False, True])
def test_no_piece_of_an_older_answer_is_shown(shelf: Shelf, before_the_rest: bool) -> None:
    put_rows(shelf.stores, 8)
    put_picture(shelf.stores, "a boat")
    model = shelf.model()
    model.search("picture")
    if before_the_rest:
        shelf.records.run_next()
        shelf.records.run_next()
        assert list(model.ids()) == [8, 7, 6]
    model.search("boat")
    shelf.come()
    assert list(model.ids()) == [9]


def test_what_is_chosen_stays_chosen_while_the_rest_comes_and_where_nothing_changed(
    shelf: Shelf, grid: PictureGrid
) -> None:
    put_rows(shelf.stores, 8)
    model = shelf.model()
    grid.setModel(model)
    shelf.records.run_next()
    grid.setCurrentIndex(model.index(2))
    shelf.come()
    assert model.rowCount() == 8 and grid.chosen_rows() == [range(2, 3)]
    grid.selectAll()
    shelf.stores.gallery.set_favourite([4], True)
    model.search_again()
    shelf.come()
    assert grid.chosen_rows() == [range(8)]
    assert model.index(4).data(PICTURE_ROLE) is None
    shelf.come()
    assert model.index(4).data(PICTURE_ROLE).favourite, "its record was read anew"


def test_rows_that_come_have_the_shapes_of_the_answer_at_once(shelf: Shelf) -> None:
    for number in range(8):
        put_picture(shelf.stores, f"picture {number}")
    model = shelf.model()
    model.want(groups=True, shapes=True)
    shelf.come()
    seen: list[tuple[int, list[float]]] = []
    for signal in (model.rowsInserted, model.rowsRemoved):
        signal.connect(lambda: seen.append((model.rowCount(), list(model.sums))))

    def change(move: Callable[[list[int]], object]) -> None:
        move([8, 4])
        model.search_again()
        shelf.come()

    change(shelf.stores.gallery.trash)
    change(shelf.stores.gallery.restore)
    shapes = [1.5 * count for count in range(9)]  # half as wide again as high
    assert seen == [(7, []), (6, shapes[:7]), (7, []), (8, shapes)]


def test_a_picture_that_comes_during_a_search_is_found(shelf: Shelf) -> None:
    put_rows(shelf.stores, 8)
    model = shelf.model()
    shelf.come()
    model.search("picture")
    work, then, _ = shelf.records.held.popleft()
    answer = work()
    model.add(put_picture(shelf.stores, "picture of a boat"))
    assert then is not None
    then(answer)  # from before it was there
    assert list(model.ids()) == [8, 7, 6]
    shelf.come()
    assert list(model.ids()) == list(range(9, 0, -1))
    model.add(put_picture(shelf.stores, "no such word"))
    model.add(put_picture(shelf.stores, "picture of a house"))
    counted: list[int] = []
    model.counted.connect(counted.append)
    shelf.come()
    assert list(model.ids()) == [11, *range(9, 0, -1)] and set(counted) == {10}
    model.search()
    model.add(put_picture(shelf.stores, "newest"))
    shelf.come()
    assert list(model.ids()) == list(range(12, 0, -1))


def test_what_the_grid_shows_no_more_is_not_read(shelf: Shelf) -> None:
    put_rows(shelf.stores, 3 * PAGE)
    model = shelf.model()
    shelf.come()
    model.look(range(10))
    assert model.at(0) == (None, None)
    model.look(range(2 * PAGE, 2 * PAGE + 10))
    assert model.at(2 * PAGE) == (None, None)
    shelf.records.run_all()
    assert len(model.known([range(2 * PAGE, 3 * PAGE)])) == PAGE
    shelf.come()
    model.at(2 * PAGE)
    assert len(shelf.images.held) == 1
    model.look(range(10))
    shelf.images.run_all()
    assert model.index(2 * PAGE).data(DECORATION) is None, "its thumbnail was not"
    picture, _ = model.at(0)
    shelf.records.run_all()
    assert picture is None and model.at(0)[0] is not None, "seen again, it is"


def test_of_very_many_chosen_ones_only_those_that_are_here_are_given(shelf: Shelf) -> None:
    put_rows(shelf.stores, 3 * PAGE)
    model = shelf.model()
    shelf.come()
    model.index(PAGE).data(PICTURE_ROLE)
    shelf.come()
    chosen = model.known([range(3 * PAGE)])
    assert [model.row_of(picture.id) for picture in chosen] == list(range(PAGE, 2 * PAGE))
    assert not shelf.records.held, "and no other is asked for"


def test_thumbnails_come_in_the_size_of_their_cells(shelf: Shelf, grid: PictureGrid) -> None:
    put_picture(shelf.stores, "one")
    model = shelf.model()
    grid.setModel(model)
    shelf.come()

    def width() -> int:
        for _ in range(3):
            grid.viewport().repaint()
            shelf.come()
        return model.index(0).data(DECORATION).width()

    assert width() == grid.cell()
    before = grid.cell()
    grid.resize(340, 200)
    assert grid.cell() != before and width() == before, "while it changes, the old one serves"
    model.pixmaps._resized.stop()
    model.pixmaps.outdated.emit()
    assert width() == grid.cell()


def _jpeg(image: QImage) -> bytes:
    buffer = QBuffer()
    image.save(buffer, "JPEG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(buffer.data().data())


def test_how_a_thumbnail_is_fitted() -> None:
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    jpeg = _jpeg(image)
    assert read_thumbnail(jpeg).size() == QSize(200, 100)
    small = read_thumbnail(jpeg, 50, 50)
    colour = small.pixelColor(20, 10)
    assert small.size() == QSize(50, 25)
    assert abs(colour.red() - 10) + abs(colour.green() - 200) + abs(colour.blue() - 30) < 9
    assert read_thumbnail(jpeg, 50, 50, 2.0).size() == QSize(100, 50)
    assert read_thumbnail(jpeg, 100, 100, 2.0).size() == QSize(200, 100)
    assert read_thumbnail(jpeg, 300, 300).size() == QSize(300, 150)
    assert read_thumbnail(b"", 50, 50).isNull() and read_thumbnail(jpeg[:90], 50, 50).isNull()
    thin = _jpeg(QImage(200, 1, QImage.Format.Format_RGB32))
    assert read_thumbnail(thin, 50, 50).height() == 1, "nothing would be left of it"


def test_a_part_is_drawn_as_in_the_whole(shelf: Shelf, grid: PictureGrid) -> None:
    for number in range(30):
        put_picture(shelf.stores, f"picture {number}")
    model = shelf.model()
    grid.setModel(model)
    for _ in range(3):
        shelf.come()
        grid.grab()
    grid.selectAll()
    grid.verticalScrollBar().setValue(33)
    cell = grid.visualRect(model.index(5))
    beside = QRect(cell.right() + 1, cell.top(), 3, 20)  # where only the frame of a chosen one is
    parts = QRegion(beside) + QRegion(QRect(20, 5, 90, 30)) + QRegion(QRect(70, 110, 130, 60))
    rest = QRegion(grid.viewport().rect()) - parts
    whole, pieces = (_canvas(grid.viewport().size()) for _ in range(2))
    grid.viewport().render(whole, QPoint())
    for region in (parts, rest):
        grid.viewport().render(pieces, region.boundingRect().topLeft(), region)
    assert pieces == whole
    assert whole.pixelColor(beside.topLeft()) != whole.pixelColor(beside.topRight())


def _canvas(size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    return image


@pytest.mark.parametrize("ids", [[9, 7, 4], [4, 9, 7], [4, 10**9, 7]])
def test_an_id_is_found_in_any_order(ids: list[int]) -> None:
    kept = PictureIds(ids)
    assert len(kept) == 3 and list(kept) == ids and 7 in kept and 8 not in kept
    assert [kept.row_of(one) for one in (*ids, 8, 0, 11)] == [0, 1, 2, -1, -1, -1]
    kept.change(range(1, 1), array("q", [8, 5]))
    assert [kept.row_of(one) for one in (ids[0], 8, 5, ids[1], ids[2])] == [0, 1, 2, 3, 4]
    kept.change(range(3), array("q"))
    assert list(kept) == ids[1:] and kept.row_of(ids[0]) == -1 and kept.row_of(ids[2]) == 1
    assert list(kept.among([range(1, 2), range(1)])) == [ids[2], ids[1]]


def test_of_falling_ids_a_new_one_has_its_place() -> None:
    ids = PictureIds([9, 7, 4])
    assert [ids.place_for(number) for number in (10, 9, 8, 5, 1)] == [0, None, 1, 2, 3]
    assert PictureIds([4, 9]).place_for(10) is None, "in another order it is not known"


@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 30), unique=True))
def test_one_list_becomes_another_by_steps(before: list[int], after: list[int]) -> None:
    ids = PictureIds(before)
    steps = steps_between(ids, array("q", after))
    both = set(before) & set(after)
    if steps is None:
        assert [one for one in before if one in both] != [one for one in after if one in both]
        return
    for rows, new in steps:
        assert bool(rows) != bool(new), "either goes or comes"
        assert not both & set(ids[rows.start : rows.stop]), "what stays is not touched"
        ids.change(rows, new)
    assert list(ids) == after


def test_a_choice_of_pieces_is_told_in_its_order(shelf: Shelf, grid: PictureGrid) -> None:
    put_rows(shelf.stores, 8)
    model = shelf.model()
    grid.setModel(model)
    shelf.come()
    for row in (5, 1):
        grid.selectionModel().select(model.index(row), QItemSelectionModel.SelectionFlag.Select)
    given: list[list[int]] = []
    grid.take_selected(lambda pictures: given.append([picture.id for picture in pictures]))
    shelf.come()
    assert given == [[3, 7]]


def test_what_was_not_chosen_is_chosen_in_the_place_of_what_was(
    shelf: Shelf, grid: PictureGrid
) -> None:
    put_rows(shelf.stores, 8)
    model = shelf.model()
    grid.setModel(model)
    shelf.come()
    grid.setCurrentIndex(model.index(2))
    choose_others(grid.selectionModel())
    assert sorted(grid.chosen_rows(), key=lambda part: part.start) == [range(2), range(3, 8)]
    assert grid.currentIndex().row() == 2, "keys go on from there"
    choose_others(grid.selectionModel())
    assert grid.chosen_rows() == [range(2, 3)]
    grid.clearSelection()
    choose_others(grid.selectionModel())
    assert grid.chosen_rows() == [range(8)]
    choose_others(grid.selectionModel())
    assert grid.chosen_rows() == []
