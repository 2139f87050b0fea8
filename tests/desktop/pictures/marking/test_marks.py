"""Ratings, favourites, tags, notes and albums: for one and many, said, undone and made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.values.gallery.album import Album
from core.values.picture import Picture
from desktop.pictures.marking.album_dialog import AlbumDialog
from desktop.pictures.marking.albums import AlbumActions
from desktop.pictures.marking.asking import MarkQuestions
from desktop.pictures.marking.marks import MarkActions
from desktop.pictures.marking.marks_label import MarksLabel, spoken_marks
from desktop.pictures.marking.tags_dialog import TagsDialog
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf


@dataclass
class Bench:
    """Three pictures, what marks them, and what was said."""

    shelf: Shelf
    window: QWidget
    notice: NoticeBar
    marks: MarkActions
    albums: AlbumActions
    said: list[str]
    changed: list[bool]

    def pictures(self) -> list[Picture]:
        """As they lie in the gallery, the oldest first."""
        gallery = self.shelf.stores.gallery
        return list(gallery.page(sorted(gallery.ids())))

    def ids(self) -> list[int]:
        return [picture.id for picture in self.pictures()]

    def come(self) -> None:
        self.shelf.come()
        QApplication.processEvents()

    def undo(self) -> None:
        assert self.marks.undo()
        self.come()


@pytest.fixture
def bench(shelf: Shelf, qapp: QApplication) -> Iterator[Bench]:
    window, notice = QWidget(), NoticeBar()
    said: list[str] = []
    changed: list[bool] = []
    for seed in (1, 2, 3):
        put_picture(shelf.stores, f"fox {seed}", seed)
    gallery = shelf.stores.gallery
    marks = MarkActions(gallery, shelf.records, notice, lambda: changed.append(True), window)
    marks.told.connect(said.append)
    yield Bench(shelf, window, notice, marks, AlbumActions(gallery, marks), said, changed)
    window.deleteLater()
    notice.deleteLater()


def ratings(bench: Bench) -> list[int]:
    return [picture.rating for picture in bench.pictures()]


def test_ratings_are_given_said_undone_and_made_again(bench: Bench) -> None:
    bench.marks.rate(bench.pictures()[:1], 3)
    assert ratings(bench) == [0, 0, 0] and not bench.said, "not before it is kept"
    bench.come()
    assert ratings(bench) == [3, 0, 0] and bench.said == ["Rated 3 of 5."] and bench.changed
    assert not bench.notice.texts(), "one picture needs no notice"
    bench.marks.rate(bench.pictures(), 5)
    bench.come()
    assert ratings(bench) == [5, 5, 5] and bench.notice.texts() == ("3 pictures rated 5.",)
    bench.notice.button.click()
    bench.come()
    assert ratings(bench) == [3, 0, 0] and bench.said[-1] == "Undone: Rating"
    assert bench.marks.redo()
    bench.come()
    assert ratings(bench) == [5, 5, 5]
    bench.undo()
    bench.undo()
    assert ratings(bench) == [0, 0, 0] and not bench.marks.undo()


def test_keys_pressed_fast_are_steps_of_their_own(bench: Bench) -> None:
    pictures = bench.pictures()[:1]
    for stars in (1, 4):  # the second before the first is kept
        bench.marks.rate(pictures, stars)
    bench.marks.undo()
    bench.come()
    assert ratings(bench)[0] == 1


def test_a_rejection_says_which_stars_it_takes_and_undo_brings_them_back(bench: Bench) -> None:
    bench.marks.rate(bench.pictures()[:1], 5)
    bench.come()
    bench.marks.reject(bench.pictures()[:1])
    bench.come()
    assert bench.said[-1] == "Rejected, 5 stars taken away."
    bench.undo()
    assert ratings(bench) == [5, 0, 0]
    bench.marks.reject(bench.pictures())
    bench.come()
    assert bench.said[-1] == "3 pictures rejected; 1 of them had stars, which are taken away."


def test_rejecting_and_favourites_are_switches_for_all_of_them(bench: Bench) -> None:
    bench.marks.reject(bench.pictures()[:2])
    bench.come()
    bench.marks.reject(bench.pictures())
    bench.come()
    assert ratings(bench) == [-1, -1, -1], "one was not: so all are"
    bench.marks.reject(bench.pictures())
    bench.come()
    assert ratings(bench) == [0, 0, 0]
    for wanted in ([True, True, True], [False, False, False]):
        bench.marks.favourite(bench.pictures())
        bench.come()
        assert [picture.favourite for picture in bench.pictures()] == wanted
    bench.shelf.stores.gallery.set_favourite([bench.pictures()[0].id], True)
    bench.marks.favourite(bench.pictures())
    bench.come()
    assert all(picture.favourite for picture in bench.pictures())
    bench.undo()
    assert [picture.favourite for picture in bench.pictures()] == [True, False, False]


def test_tags_that_some_have_come_back_as_they_were(bench: Bench) -> None:
    first = bench.pictures()[0]
    bench.shelf.stores.gallery.set_tags([first.id], ["Fox", "night"])
    bench.marks.tag(bench.ids(), add=["fox", "red"], remove=["Night"])
    bench.come()
    assert [set(one.tags) for one in bench.pictures()] == [{"Fox", "red"}, *[{"fox", "red"}] * 2]
    bench.undo()
    assert [set(one.tags) for one in bench.pictures()] == [{"Fox", "night"}, set(), set()]


def test_the_dialog_shows_what_some_have_and_changes_that_alone(bench: Bench) -> None:
    gallery = bench.shelf.stores.gallery
    ids = [picture.id for picture in bench.pictures()]
    gallery.set_tags(ids, ["all"])
    gallery.set_tags(ids[:2], ["some"])
    gallery.set_tags(ids[:1], ["gone"])
    questions = MarkQuestions(gallery, bench.shelf.records, bench.marks, bench.window)
    questions.ask_tags(bench.ids())
    dialog = bench.window.findChild(TagsDialog)
    assert isinstance(dialog, TagsDialog)
    bench.come()
    items = {dialog.list.item(at).text(): dialog.list.item(at) for at in range(dialog.list.count())}
    partly = Qt.CheckState.PartiallyChecked
    assert items["all"].checkState() is Qt.CheckState.Checked
    assert items["some"].checkState() is items["gone"].checkState() is partly
    assert items["some"].data(Qt.ItemDataRole.AccessibleTextRole) == "some, on some"
    items["gone"].setCheckState(Qt.CheckState.Unchecked)
    QTest.keyClicks(dialog.field, "new one, ALL")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Return is the field's"
    QTest.keyClicks(dialog.field, "typed")
    dialog.take.click()
    bench.come()
    assert [set(one.tags) for one in bench.pictures()] == [
        {"all", "some", "new one", "typed"},
        {"all", "some", "new one", "typed"},
        {"all", "new one", "typed"},
    ]


def test_a_note_belongs_to_one_picture(bench: Bench) -> None:
    gallery = bench.shelf.stores.gallery
    questions = MarkQuestions(gallery, bench.shelf.records, bench.marks, bench.window)
    questions.ask_tags(bench.ids()[:1])
    dialog = bench.window.findChild(TagsDialog)
    assert isinstance(dialog, TagsDialog)
    dialog.note.setPlainText("for the cover")
    dialog.take.click()
    bench.come()
    assert [one.note for one in bench.pictures()] == ["for the cover", "", ""]
    bench.undo()
    assert not any(one.note for one in bench.pictures())


def test_an_album_is_made_of_pictures_and_comes_back_with_them(bench: Bench) -> None:
    gallery = bench.shelf.stores.gallery
    questions = MarkQuestions(gallery, bench.shelf.records, bench.marks, bench.window)
    questions.ask_album(bench.ids()[:2])
    dialog = bench.window.findChild(AlbumDialog)
    assert isinstance(dialog, AlbumDialog)
    bench.come()
    QTest.keyClicks(dialog.field, "Red foxes")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    bench.come()
    (album,) = gallery.albums()
    assert (album.name, album.count) == ("Red foxes", 2)
    bench.albums.put(album, bench.ids())
    bench.come()
    assert gallery.albums()[0].count == 3
    bench.undo()
    assert gallery.albums()[0].count == 2, "those that were in it before stay"
    bench.albums.rename(album, "Foxes")
    bench.albums.delete(album)
    bench.come()
    assert gallery.albums() == () and len(gallery.ids()) == 3
    bench.undo()
    assert [(one.name, one.count) for one in gallery.albums()] == [("Red foxes", 2)]


def test_a_name_that_is_taken_is_refused_in_a_sentence(bench: Bench) -> None:
    for query in ("", "rating:>=3"):
        bench.albums.make("Foxes", query)
        bench.come()
    assert len(bench.shelf.stores.gallery.albums()) == 1
    assert "already" in bench.notice.texts()[0] and bench.marks.name_of_undo() == "New album"
    (album,) = bench.shelf.stores.gallery.albums()
    assert album == Album(album.id, "Foxes")
    bench.undo()
    assert not bench.shelf.stores.gallery.albums() and not bench.marks.undo()


def test_what_is_noted_stands_in_words_beside_the_picture(bench: Bench) -> None:
    one = bench.pictures()[0]
    gallery = bench.shelf.stores.gallery
    gallery.set_rating([one.id], 4)
    gallery.set_tags([one.id], ["night"])
    marked = bench.pictures()[0]
    label = MarksLabel()
    label.show_marks(marked)
    assert label.text() == "★★★★ · night"
    assert spoken_marks(marked) == label.accessibleName() == "rated 4 of 5 · night"
    label.show_marks(one)
    assert label.isHidden() and not label.text()
    label.deleteLater()
