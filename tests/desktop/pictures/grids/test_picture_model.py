"""The gallery as an item model: pages of records, searches that overtake one another, thumbnails
that come late."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QPixmap

from desktop.pictures.grids.contents import pixmaps, records
from desktop.pictures.grids.words import SPOKEN, picture_words
from desktop.pictures.picture_model import PAGE, PICTURE_ROLE, PictureModel
from tests.desktop.parts import put_picture, put_rows
from tests.desktop.pictures.conftest import Shelf

DECORATION = Qt.ItemDataRole.DecorationRole


def prompts(model: PictureModel) -> list[str | None]:
    """Of each row, None where its record is not here."""
    found = (model.index(row).data(PICTURE_ROLE) for row in range(model.rowCount()))
    return [picture and picture.request.prompt for picture in found]


def changed_rows(model: PictureModel) -> list[int]:
    """Rows that were said to have changed, in the order of the signals."""
    rows: list[int] = []
    model.dataChanged.connect(lambda first, last: rows.extend(range(first.row(), last.row() + 1)))
    return rows


def test_rows_are_there_at_once_newest_first_and_records_when_looked_at(shelf: Shelf) -> None:
    for prompt in ("one", "two", "three"):
        put_picture(shelf.stores, prompt)
    model = shelf.model()
    counted: list[int] = []
    model.counted.connect(counted.append)
    assert model.rowCount() == 0
    shelf.come()
    assert model.rowCount() == 3 and counted == [3] and not shelf.records.held
    assert prompts(model) == [None, None, None] and len(shelf.records.held) == 1, "one question"
    rows = changed_rows(model)
    shelf.come()
    assert prompts(model) == ["three", "two", "one"] and sorted(rows) == [0, 1, 2]
    assert model.rowCount(model.index(0)) == 0, "rows have no rows"
    assert model.data(QModelIndex(), PICTURE_ROLE) is None
    assert not shelf.records.held, "what is here is not asked for again"


def test_records_come_in_pages_of_what_was_looked_at(shelf: Shelf) -> None:
    put_rows(shelf.stores, 2 * PAGE + 5)
    model = shelf.model()
    shelf.come()
    last = model.rowCount() - 1
    assert model.index(last).data(PICTURE_ROLE) is None
    assert model.index(last - 1).data(PICTURE_ROLE) is None
    rows = changed_rows(model)
    assert shelf.records.run_all() == 1
    assert sorted(rows) == list(range(2 * PAGE, last + 1)), "the last page, whole and alone"
    assert model.index(last).data(PICTURE_ROLE).request.seed == 0
    assert model.index(0).data(PICTURE_ROLE) is None


def test_a_record_that_made_room_for_others_comes_back_when_it_is_looked_at(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "KEPT", PAGE)
    put_rows(shelf.stores, 3 * PAGE)
    model = shelf.model()
    shelf.come()
    for row in (0, PAGE, 2 * PAGE, 0):
        model.index(row).data(PICTURE_ROLE)
        shelf.come()
        assert model.index(row).data(PICTURE_ROLE) is not None, row


def test_the_answer_to_an_older_search_is_dropped(shelf: Shelf) -> None:
    put_picture(shelf.stores, "a red house")
    put_picture(shelf.stores, "a blue boat")
    model = shelf.model()
    shelf.come()
    model.search("house")
    model.search("boat")
    counted: list[int] = []
    model.counted.connect(counted.append)
    shelf.records.run_next()
    assert model.rowCount() == 2 and not counted
    shelf.come()
    assert counted == [1] and model.rowCount() == 1
    prompts(model)
    shelf.come()
    assert prompts(model) == ["a blue boat"]


def test_what_was_marked_and_deleted_is_seen_after_the_same_search(shelf: Shelf) -> None:
    pictures = [put_picture(shelf.stores, prompt) for prompt in ("one", "two", "three")]
    model = shelf.model()
    shelf.come()
    prompts(model)
    shelf.come()
    shelf.stores.gallery.set_favourite([pictures[2].id], True)
    shelf.stores.gallery.trash([pictures[1].id])
    model.search_again()
    shelf.come()
    prompts(model)
    shelf.come()
    assert prompts(model) == ["three", "one"] and model.row_of(pictures[1].id) == -1
    assert model.index(0).data(PICTURE_ROLE).favourite, "its record was read anew"
    assert [model.row_of(picture.id) for picture in (pictures[2], pictures[0])] == [0, 1]
    model.search(favourites=True)
    shelf.come()
    assert list(model.ids()) == [pictures[2].id]
    model.search(trashed=True)
    model.search_again()
    shelf.come()
    assert list(model.ids()) == [pictures[1].id], "the same question again"


def test_a_record_that_was_read_before_a_change_is_not_taken_for_a_new_one(shelf: Shelf) -> None:
    picture = put_picture(shelf.stores, "one")
    model = shelf.model()
    shelf.come()
    held = shelf.records.held
    model.forget_records()
    prompts(model)
    work, then, failed = held.pop()
    old = work()
    held.append((lambda: old, then, failed))
    shelf.stores.gallery.set_rating([picture.id], 5)
    model.forget_records()
    shelf.come()
    prompts(model)
    shelf.come()
    assert model.index(0).data(PICTURE_ROLE).rating == 5


def test_a_new_picture_stands_in_front_once_and_not_in_a_search(shelf: Shelf) -> None:
    put_picture(shelf.stores, "old")
    model = shelf.model()
    shelf.come()
    put_in: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _, first, last: put_in.append((first, last)))
    counted: list[int] = []
    model.counted.connect(counted.append)
    new = put_picture(shelf.stores, "new")
    model.add(new)
    model.add(new)
    assert model.rowCount() == 2 and model.row_of(new.id) == 0 and put_in == [(0, 0)]
    assert counted == [2] and model.index(0).data(PICTURE_ROLE) == new, "its record is known"
    assert not shelf.records.held
    for question in ({"query": "old"}, {"favourites": True}, {"trashed": True}):
        model.search(**question)
        shelf.come()
        count = model.rowCount()
        model.add(put_picture(shelf.stores, "newer"))
        assert model.rowCount() == count, question


def test_a_thumbnail_comes_late_and_finds_its_row_where_it_is_then(shelf: Shelf) -> None:
    first = put_picture(shelf.stores, "first")
    model = shelf.model()
    shelf.come()
    assert model.index(0).data(DECORATION) is None and not shelf.images.held, "no record yet"
    prompts(model)
    shelf.records.run_all()
    for _ in range(2):
        assert model.index(0).data(DECORATION) is None
    assert len(shelf.images.held) == 1, "asked for once"
    model.add(put_picture(shelf.stores, "second"))
    rows = changed_rows(model)
    shelf.images.run_all()
    assert rows == [1] and model.ids()[1] == first.id
    pixmap = model.index(1).data(DECORATION)
    assert isinstance(pixmap, QPixmap) and (pixmap.width(), pixmap.height()) == (12, 8)
    assert not shelf.images.held


def test_a_thumbnail_whose_picture_went_changes_no_row(shelf: Shelf) -> None:
    gone = put_picture(shelf.stores, "gone")
    put_picture(shelf.stores, "stays")
    model = shelf.model()
    shelf.come()
    prompts(model)
    shelf.come()
    model.index(1).data(DECORATION)
    shelf.stores.gallery.trash([gone.id])
    model.search_again()
    shelf.records.run_all()
    rows = changed_rows(model)
    shelf.images.run_all()
    assert rows == [] and model.rowCount() == 1


def test_a_file_that_cannot_be_read_is_asked_for_once(shelf: Shelf) -> None:
    put_rows(shelf.stores, 1)
    model = shelf.model()
    shelf.come()
    prompts(model)
    shelf.come()
    model.index(0).data(DECORATION)
    shelf.images.run_all()
    assert model.index(0).data(DECORATION).width() == 1 and not shelf.images.held


def test_thumbnails_of_a_few_screens_stay_in_memory(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixmaps, "KEPT", 2)
    for number in range(4):
        put_picture(shelf.stores, str(number))
    model = shelf.model()
    shelf.come()
    prompts(model)
    shelf.come()

    def asked_again(row: int) -> bool:
        model.index(row).data(DECORATION)
        return shelf.images.run_all() > 0

    model.pixmaps.keep_for(0)
    assert [asked_again(row) for row in (0, 1, 0, 2)] == [True, True, False, True]
    assert asked_again(1) and not asked_again(2), "the one not used for longest went"
    model.pixmaps.keep_for(2)
    for row in range(4):
        asked_again(row)
    assert not any(asked_again(row) for row in range(4))


def test_what_a_row_says(shelf: Shelf) -> None:
    one = put_picture(shelf.stores, "", seed=7)
    put_picture(shelf.stores, "a  red\nhouse <b>", seed=8)
    shelf.stores.gallery.set_favourite([one.id], True)
    model = shelf.model()
    shelf.come()
    assert model.index(0).data() == "Picture, still loading"
    shelf.come()
    spoken, described, tip = (
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.AccessibleDescriptionRole,
        Qt.ItemDataRole.ToolTipRole,
    )
    assert model.index(0).data(spoken) == "a red house <b>, seed 8, 1 of 2"
    assert "&lt;b&gt;" in model.index(0).data(tip)
    assert model.index(1).data(spoken) == "Without a prompt, seed 7, favourite, 2 of 2"
    assert model.index(1).data(described) == "2 of 2"
    assert model.index(1).data() == "without a prompt (seed 7)"
    assert model.index(1).data(tip).startswith("<p"), "only rich text is broken into lines"
    assert "without a prompt (seed 7)" in model.index(1).data(tip)
    assert model.index(0).data(Qt.ItemDataRole.CheckStateRole) is None
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert not model.flags(QModelIndex()) & Qt.ItemFlag.ItemIsDragEnabled


def test_a_long_prompt_is_read_out_to_the_end_of_a_word(shelf: Shelf) -> None:
    words = picture_words(put_picture(shelf.stores, "house " * 60)).removesuffix(", seed 1")
    assert set(words.split()) == {"house"} and 100 < len(words) <= SPOKEN
    letters = picture_words(put_picture(shelf.stores, "x" * 500)).removesuffix(", seed 1")
    assert letters == "x" * SPOKEN


def test_what_is_dragged_are_the_files_of_the_rows_that_are_here(shelf: Shelf) -> None:
    pictures = [put_picture(shelf.stores, prompt) for prompt in ("one", "two")]
    model = shelf.model()
    shelf.come()
    rows = [model.index(0), model.index(1)]
    assert not model.mimeData(rows).urls()
    shelf.come()
    files = [url.toLocalFile() for url in model.mimeData(rows).urls()]
    assert files == [pictures[1].path, pictures[0].path]


def test_all_of_many_chosen_rows_are_given_though_most_were_never_seen(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "AT_ONCE", PAGE)
    count = 2 * PAGE + 5
    put_rows(shelf.stores, count)
    model = shelf.model()
    shelf.come()
    model.index(0).data(PICTURE_ROLE)
    shelf.come()
    given: list[list[int | None]] = []
    model.read_rows([range(2)], lambda pictures: given.append([p.request.seed for p in pictures]))
    assert given == [[count - 1, count - 2]], "what is here is given at once"
    model.read_rows(
        [range(count)], lambda pictures: given.append([p.request.seed for p in pictures])
    )
    shelf.records.run_all()
    assert given[1] == list(reversed(range(count)))
