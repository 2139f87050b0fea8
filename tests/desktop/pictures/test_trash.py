"""The trash without a window: Undo, the question before the system's trash, drives without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from core.store.gallery import Gallery
from core.system.errors import WorldError
from core.values.picture import Picture
from desktop.pictures import trash as trash_module
from desktop.pictures.trash import TrashActions
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import press, until
from tests.desktop.parts import put_picture
from tests.desktop.pictures.conftest import Shelf


@dataclass
class Bin:
    """Two pictures, and what was said and told of them."""

    shelf: Shelf
    trash: TrashActions
    notice: NoticeBar
    pictures: list[Picture]
    told: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # by the system's trash
    has_trash: bool = True

    def now(self) -> list[Picture]:
        """The pictures as they are now."""
        return list(self.shelf.stores.gallery.page([one.id for one in self.pictures]))

    def delete(self) -> None:
        self.trash.delete(self.now())
        self.shelf.come()

    def lie_in_it(self) -> int:
        return len(self.shelf.stores.gallery.ids(trashed=True))

    def to_system(self, file: Path) -> bool:
        if self.has_trash:
            self.taken.append(file.name)
            file.unlink()
        return self.has_trash


@pytest.fixture
def bin_(shelf: Shelf, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bin]:
    window, notice = QWidget(), NoticeBar()
    trash = TrashActions(shelf.stores.gallery, shelf.records, notice, window)
    made = Bin(shelf, trash, notice, [put_picture(shelf.stores, name) for name in ("one", "two")])
    monkeypatch.setattr(trash_module, "to_system", made.to_system)
    trash.changed.connect(lambda: made.told.append(("changed", ())))
    trash.deleted.connect(lambda ids: made.told.append(("deleted", ids)))
    trash.restored.connect(lambda ids: made.told.append(("restored", ids)))
    yield made
    trash.end()
    window.deleteLater()
    notice.deleteLater()


def test_deleted_pictures_come_back_with_undo(bin_: Bin) -> None:
    ids = tuple(picture.id for picture in bin_.pictures)
    bin_.delete()
    assert bin_.told == [("changed", ()), ("deleted", ids)] and bin_.lie_in_it() == 2
    assert bin_.notice.texts() == ("2 pictures were moved to the trash.",)
    bin_.told.clear()
    bin_.notice.button.click()
    bin_.shelf.come()
    assert bin_.told == [("changed", ()), ("restored", ids)] and bin_.lie_in_it() == 0
    assert bin_.notice.texts() == ("2 pictures are back in the gallery.",)
    assert all(Path(one.path).exists() for one in bin_.now())
    bin_.trash.delete(bin_.now()[:1])
    bin_.shelf.come()
    assert bin_.notice.texts() == ("The picture was moved to the trash.",)


def test_a_second_delete_of_the_same_says_nothing_and_leaves_the_undo(bin_: Bin) -> None:
    pictures = bin_.now()
    bin_.trash.delete(pictures)
    bin_.trash.delete(pictures)
    bin_.shelf.come()
    assert [what for what, _ in bin_.told] == ["changed", "deleted"]
    bin_.notice.button.click()
    bin_.shelf.come()
    assert bin_.lie_in_it() == 0


def test_those_in_the_trash_go_on_into_the_systems_after_a_question(bin_: Bin) -> None:
    bin_.delete()
    press("Cancel")
    bin_.delete()
    assert bin_.lie_in_it() == 2 and bin_.taken == []
    press("Move to the system's trash")
    bin_.delete()
    until(lambda: bin_.lie_in_it() == 0)
    until(lambda: bin_.notice.texts() == ("2 pictures are in the system's trash now.",))
    assert len(bin_.taken) == 2 and bin_.now() == []


def test_of_a_choice_with_some_in_the_trash_only_those_are_asked_about(
    bin_: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(bin_.trash, "_asked", lambda words: asked.append(words) or True)
    bin_.trash.delete(bin_.now()[:1])
    bin_.shelf.come()
    bin_.delete()
    until(lambda: bin_.lie_in_it() == 0)
    assert asked == ["Move this picture to the system's trash?"]
    assert [one.request.prompt for one in bin_.now()] == ["two"] and bin_.now()[0].trashed is None
    until(lambda: "The picture is in the system's trash now." in bin_.notice.texts())


def test_emptying_asks_with_count_and_size_and_an_empty_one_says_so(
    bin_: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(bin_.trash, "_asked", lambda words: asked.append(words) or True)
    bin_.trash.empty()
    bin_.shelf.come()
    assert bin_.notice.texts() == ("The trash is empty.",) and asked == []
    bin_.delete()
    bin_.trash.empty()
    bin_.shelf.come()
    assert asked[0].startswith("Move all 2 pictures in the trash (") and "B)" in asked[0]
    until(lambda: bin_.notice.texts() == ("2 pictures are in the system's trash now.",))
    assert bin_.lie_in_it() == 0


def test_a_drive_without_a_trash_offers_to_delete_for_good(
    bin_: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bin_.trash, "_asked", lambda _: True)
    bin_.has_trash = False
    bin_.delete()
    bin_.delete()
    until(lambda: "no trash of the system" in bin_.notice.text.text())
    assert bin_.lie_in_it() == 2 and bin_.notice.button.text() == "Delete 2 for good"
    bin_.notice.button.click()
    until(lambda: bin_.notice.texts() == ("2 pictures were deleted for good.",))
    assert bin_.lie_in_it() == 0 and bin_.now() == []
    assert not [file for file in bin_.shelf.stores.places.trash.rglob("*") if file.is_file()]


def test_old_ones_that_could_not_go_are_offered(bin_: Bin) -> None:
    bin_.trash.offer_old(1, 30)
    assert bin_.notice.button.text() == "Delete it for good"
    bin_.notice.button.click()
    until(lambda: bin_.notice.texts() == ("0 pictures were deleted for good.",))
    assert len(bin_.now()) == 2, "none is as old as that"


def test_what_is_refused_is_said_and_the_rows_are_read_again(
    bin_: Bin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> tuple[int, ...]:
        raise WorldError("The disk is full.", "Free some space.")

    monkeypatch.setattr(Gallery, "trash", full)
    bin_.delete()
    assert bin_.told == [("changed", ())] and "The disk is full." in bin_.notice.texts()[0]


def test_the_systems_trash_takes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    file = tmp_path / "fox.png"
    file.write_bytes(b"x")
    assert trash_module.to_system(file) and not file.exists()
    assert not trash_module.to_system(file), "there is nothing"
