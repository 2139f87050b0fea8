"""Going through pictures: which one is seen, where the list changes or ends, what is shown before a
picture is read, and the slide show's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.service.stores import Stores
from core.store.imported.folders import FolderState
from core.values.gallery.origin import How, Origin
from core.values.picture import Picture
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.viewing import decoding
from desktop.pictures.viewing.film import GAP, SIDE, STEP
from desktop.pictures.viewing.roll import PictureRoll
from desktop.pictures.viewing.slide_show import Draw, SlideShow
from desktop.pictures.viewing.walk import PictureWalk
from desktop.state.services import Services
from tests.desktop.parts import HeldTasks, put_picture, services_over, starter_library

NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Walked:
    """A walk over pictures whose records and files come when the test says so."""

    walk: PictureWalk
    tasks: HeldTasks
    pictures: list[Picture]  # newest first
    stores: Stores
    services: Services

    def come(self) -> None:
        while self.tasks.run_all():
            pass

    def model(self) -> PictureModel:
        services = self.services
        model = PictureModel(
            self.stores.gallery, services.thumbnails, self.tasks, self.tasks, self.walk
        )
        model.search()
        self.come()
        return model

    def prompt(self) -> str:
        picture = self.walk.picture()
        return "" if picture is None else picture.request.prompt


@pytest.fixture
def walked(qapp: QApplication, stores: Stores) -> Iterator[Walked]:
    tasks = HeldTasks()
    library = starter_library(stores, tasks.faults)
    services = services_over(library, stores, tasks)
    made = [put_picture(stores, prompt, seed) for seed, prompt in enumerate(("c", "b", "a"), 1)]
    holder = QWidget()
    walk = PictureWalk(services, holder)
    walk.ahead._tasks, walk.ahead._owns = tasks, False
    for part in (walk.viewer, walk.film):
        part.setParent(holder)
        part.resize(400, 300)
    holder.resize(400, 420)
    yield Walked(walk, tasks, made[::-1], stores, services)
    services.thumbnails.close()
    library.end()
    holder.deleteLater()
    assert not tasks.faults


def test_arrows_go_through_what_the_grid_shows_and_stop_at_its_ends(walked: Walked) -> None:
    walk = walked.walk
    told: list[str] = []
    walk.told.connect(told.append)
    walk.use_roll(PictureRoll(walked.model()), walked.pictures[0].id)
    walked.come()
    assert walked.prompt() == "a" and walk.viewer.has_image()
    assert "1 of 3" in walk.viewer.accessibleDescription()
    for key, prompt in (
        (Qt.Key.Key_Right, "b"),
        (Qt.Key.Key_End, "c"),
        (Qt.Key.Key_Right, "c"),
        (Qt.Key.Key_Home, "a"),
    ):
        QTest.keyClick(walk.viewer, key)
        assert walked.prompt() == prompt, "the records beside it are here already"
    assert len(told) == 1 and "last" in told[0]


def test_the_next_picture_is_read_before_it_is_asked_for(walked: Walked) -> None:
    walk = walked.walk
    walk.use_roll(PictureRoll(walked.model()), walked.pictures[0].id)
    walked.come()
    walk.step(1)
    assert walk._copy is walk.ahead.get(walked.pictures[1].id) is not None, "without a wait"


def test_zoom_and_place_stay_from_picture_to_picture(walked: Walked) -> None:
    walk = walked.walk
    walk.use_roll(PictureRoll(walked.model()), walked.pictures[0].id)
    walked.come()
    walk.viewer.set_zoom(4.0, walk.viewer.rect().topLeft().toPointF())
    before = walk.viewer.place()
    walk.step(1)
    assert walk.viewer.zoom() == 4.0 and walk.viewer.place() == before
    walk.viewer.set_zoom(None)
    walk.step(1)
    assert walk.viewer.place().width is None


def test_a_deleted_picture_gives_way_and_an_empty_list_says_so(walked: Walked) -> None:
    walk, (a, b, c) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(ids=[a.id, b.id, c.id]), b.id)
    walked.come()
    walk.note_gone((b.id, c.id))
    assert walk.current == a.id
    walk.note_gone((a.id,))
    walked.come()
    assert walk.current == 0 and not walk.viewer.has_image()
    assert "No picture" in walk.viewer.accessibleDescription()
    walk.note_back((a.id,))
    walked.come()
    assert walk.current == a.id and walk.viewer.has_image() and list(walk.roll.ids()) == [a.id]
    walk.note_back((b.id, c.id))
    assert list(walk.roll.ids()) == [a.id, b.id, c.id] and walk.current == b.id


def test_a_missing_file_is_said_and_the_next_picture_comes_back(walked: Walked) -> None:
    walk, (a, b, _) = walked.walk, walked.pictures
    Path(a.path).unlink()
    walk.use_roll(PictureRoll(ids=[a.id, b.id]), a.id)
    walked.come()
    assert not walk.viewer.has_image()
    assert "missing or damaged" in walk.viewer.accessibleDescription()
    walk.step(1)
    assert walk.viewer.has_image() and "missing" not in walk.viewer.accessibleDescription()
    Path(b.path).rename(a.path)
    walk.step(-1)
    walk.read_again()
    walked.come()
    assert walk.current == a.id and walk.viewer.has_image(), "it is there by now"


def test_a_picture_on_a_drive_that_is_away_is_shown_small_and_says_so(walked: Walked) -> None:
    walk, (a, b, _) = walked.walk, walked.pictures
    folder = Path(a.path).parent
    walked.services.thumbnails.get(a)  # as an import keeps it
    walked.stores.gallery.watched.note(folder, FolderState())
    here = folder.rename(folder.with_name("unplugged"))
    walk.use_roll(PictureRoll(ids=[a.id, b.id]), a.id)
    walked.come()
    said = walk.viewer.accessibleDescription()
    assert "drive" in said and str(folder) in said and "damaged" not in said
    assert walk.viewer.has_image(), "its thumbnail"
    assert walk.viewer._note and walk.picture() is not None, "its recipe is there"
    before = walk.viewer.grab().toImage()
    walk.viewer.show_note("")
    assert walk.viewer.grab().toImage() != before, "words lie over it"
    walk.step(1)
    walked.come()
    assert not walk.viewer.has_image() and "drive" in walk.viewer.accessibleDescription()
    here.rename(folder)
    walk.read_again()
    walked.come()
    assert walk.viewer.has_image() and "drive" not in walk.viewer.accessibleDescription()


def test_the_list_follows_a_search_and_the_picture_stays(walked: Walked) -> None:
    walk, (a, b, _) = walked.walk, walked.pictures
    model = walked.model()
    walk.use_roll(PictureRoll(model), b.id)
    walked.come()
    assert walk.row() == 1
    newer = put_picture(walked.stores, "newer")
    model.add(newer)
    assert walk.row() == 2 and walk.current == b.id
    walked.stores.gallery.trash([a.id])
    model.search_again()
    walked.come()
    assert walk.row() == 1 and walk.current == b.id


def test_from_a_picture_that_left_the_list_keys_go_to_those_around_its_place(
    walked: Walked,
) -> None:
    walk, (a, b, c) = walked.walk, walked.pictures
    model = walked.model()
    for by, follows in ((1, c), (-1, a)):
        model.search("rating:0")
        walked.come()
        walk.use_roll(PictureRoll(model), b.id)
        walked.come()
        walked.stores.gallery.set_rating([b.id], 4)
        model.search_again()
        walked.come()
        assert walk.row() == -1 and walk.current == b.id
        if by > 0:
            assert walk._next_of_show() == c.id
        walk.step(by)
        assert walk.current == follows.id
        walked.stores.gallery.set_rating([b.id], 0)


def test_a_slide_show_shows_nothing_that_was_deleted_meanwhile(walked: Walked) -> None:
    walk, (a, b, c) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(ids=[a.id, b.id, c.id]), a.id)
    walked.come()
    walk.slides.start()
    assert walk._next_of_show() == b.id
    walk.note_gone((b.id,))
    walk.slides.due.emit()
    walked.come()
    assert walk.current == c.id


def test_a_file_that_another_program_drew_over_is_read_again(walked: Walked) -> None:
    walk, (a, *_) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(walked.model()), a.id)
    walked.come()
    walk.records.keep(replace(a, origin=Origin(How.IN_PLACE, bytes=7)))  # as it was before
    Image.new("RGB", (64, 64), "teal").save(a.path)
    walk.read_again()
    walked.come()
    assert walk._copy is not None
    assert walk._copy.levels[-1].pixelColor(9, 9) == QColor("teal")


def test_what_changed_in_the_gallery_is_read_again(walked: Walked) -> None:
    walk, (a, *_) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(walked.model()), a.id)
    walked.come()
    walked.stores.gallery.set_favourite([a.id], True)
    walk.read_again()
    assert walked.prompt() == "a", "what is here stays until it is read"
    walked.come()
    picture = walk.picture()
    assert picture is not None and picture.favourite
    assert "favourite" in walk.viewer.accessibleDescription()


def test_the_filmstrip_shows_and_finds_those_in_sight_alone(walked: Walked) -> None:
    walk, film = walked.walk, walked.walk.film
    walk.viewer.window().show()
    ids = [picture.id for picture in walked.pictures] * 1000
    walk.use_roll(PictureRoll(ids=[*ids[:3], *range(10_000, 110_000)]), ids[1])
    film.grab()
    walked.come()
    film.grab()
    walked.come()
    assert walk.thumbnails.known(ids[1]) is not None
    assert film.horizontalScrollBar().maximum() > 99_000 * STEP
    assert film.row_at(film.rect_of(2).center().x()) == 2
    assert film.row_at(film.rect_of(2).right() + GAP // 2 + 1) == -1, "a gap is nobody's"
    picked: list[int] = []
    film.picked.connect(picked.append)
    place = QPoint(film.rect_of(2).left() + SIDE // 2, GAP + 5)
    QTest.mouseClick(film.viewport(), Qt.MouseButton.LeftButton, NONE, place)
    assert picked == [ids[2]] and walk.current == ids[2]


def test_a_slide_show_waits_for_its_picture_and_begins_anew_behind_the_last(
    walked: Walked,
) -> None:
    walk, (a, b, c) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(walked.model()), b.id)
    walked.come()
    walk.ahead.forget(c.id)
    walk.slides.start()
    walk.slides.due.emit()
    assert walk.current == b.id, "the next one is not read yet"
    walked.come()
    assert walk.current == c.id
    walk.slides.due.emit()
    assert walk.current == a.id
    walk.slides.stop()
    walk.slides.use_seconds(500)
    assert walk.slides.seconds == 60


@pytest.mark.parametrize("count", [2, 7, 40])
def test_chance_shows_each_picture_once_a_round_and_none_twice_in_a_row(count: int) -> None:
    draw, row = Draw(), 0
    seen = [row := draw.next(count, row) for _ in range(3 * count)]
    assert all(one != other for one, other in zip(seen, seen[1:], strict=False))
    assert set(seen) == set(range(count))
    assert Draw().next(1, 0) == 0 and Draw().next(0, -1) == -1


def test_without_chance_the_rows_follow_each_other(qapp: QApplication) -> None:
    parent = QObject()
    show = SlideShow(parent)
    assert [show.next_row(3, row) for row in range(3)] == [1, 2, 0]
    assert show.next_row(0, -1) == -1


def test_a_roll_that_stays_loses_and_regains_its_pictures() -> None:
    roll = PictureRoll(ids=[7, 5, 9])
    changes: list[int] = []
    roll.changed.connect(lambda: changes.append(len(roll)))
    assert roll.take_out([5]) == {5: 1} and list(roll.ids()) == [7, 9] and roll.row_of(9) == 1
    assert roll.take_out([5]) == {}
    roll.put_back({5: 1, 9: 0})
    assert list(roll.ids()) == [7, 5, 9] and changes == [2, 3]
    roll.put_back(roll.take_out([9, 7]))
    assert list(roll.ids()) == [7, 5, 9]
    assert roll.near(0, 2) == [7, 5, 9] and roll.near(2, 1) == [9, 5]
    assert roll.heir(2, [9]) == 5 and roll.heir(0, [7]) == 5 and roll.heir(0, [7, 5, 9]) == 0


def test_a_record_that_is_gone_makes_room(walked: Walked) -> None:
    walk, (a, b, _) = walked.walk, walked.pictures
    walk.use_roll(PictureRoll(ids=[999_999, b.id]), 999_999)
    walked.come()
    assert walk.current == b.id
    walk.records.keep(replace(a, favourite=True))
    kept = walk.records.get(a.id)
    assert kept is not None and kept.favourite


def test_more_pixels_come_once_somebody_looks_at_them(
    walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "LARGE", 500)
    walk, (a, b, _) = walked.walk, walked.pictures
    Image.new("RGB", (1200, 900), "teal").save(a.path)
    walk.viewer.window().show()
    walk.viewer.resize(300, 240)
    walk.use_roll(PictureRoll(ids=[a.id, b.id]), a.id)
    walked.come()
    assert walk._copy is not None and not walk._copy.is_whole
    assert walk.viewer.scale_words().startswith("1200 x 900"), "the picture's own size is said"
    place = QPointF(40, 50)
    walk.viewer.set_zoom(1.0, place)
    before = walk.viewer.place()
    walked.come()
    assert walk._copy is not None and walk._copy.is_whole
    assert walk.viewer.place() == before and walk.viewer.zoom() == 1.0
    shot = walk.viewer.grab().toImage()
    assert shot.pixelColor(shot.rect().center()) == QColor("teal")


def test_one_fades_into_the_next_but_not_where_a_person_wants_nothing_to_move(
    walked: Walked, qapp: QApplication
) -> None:
    walk, (a, b, _) = walked.walk, walked.pictures
    walk.viewer.window().show()
    walk.use_roll(PictureRoll(ids=[a.id, b.id]), a.id)
    walked.come()
    walk.step(1)
    assert not walk.viewer.is_fading(), "a key waits for nothing"
    walk.slides.start()
    usual = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(1000)
    try:
        walk.slides.due.emit()
        assert walk.current == a.id and walk.viewer.is_fading()
        walk.viewer.grab()
        qapp.setCursorFlashTime(0)
        walk.slides.due.emit()
        assert walk.current == b.id and not walk.viewer.is_fading()
    finally:
        qapp.setCursorFlashTime(usual)
