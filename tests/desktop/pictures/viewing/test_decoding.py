"""Pictures read ahead: in which sizes they are kept, how many, and what is said of damaged ones."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject, QSize
from PySide6.QtWidgets import QApplication

from core.service.stores import Stores
from core.values.picture import Picture
from desktop.pictures.viewing import decoding
from desktop.pictures.viewing.decoding import Decoded, ReadAhead, Unread, read_decoded
from tests.desktop.driving import pump, until
from tests.desktop.parts import HeldTasks, put_picture


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if pictures of 64 million pixels were at hand."""
    monkeypatch.setattr(decoding, "LARGE", 40)
    monkeypatch.setattr(decoding, "SMALLEST", 10)


def test_a_large_picture_is_kept_smaller_until_all_its_pixels_are_wanted(
    tmp_path: Path, small_limits: None
) -> None:
    path = tmp_path / "large.png"
    Image.radial_gradient("L").resize((100, 60)).convert("RGB").save(path)
    reduced = read_decoded(path, whole=False)
    whole = read_decoded(path, whole=True)
    assert reduced is not None and whole is not None
    assert reduced.size == whole.size == QSize(100, 60)
    assert not reduced.is_whole and [one.width() for one in reduced.levels] == [17, 34]
    assert whole.is_whole and whole.levels[-1].width() == 100
    assert [one.width() for one in whole.levels[:-1]] == [13, 25, 50], "halves of it, rounded up"
    assert whole.level(20).width() == 25 and whole.level(51).width() == 100
    assert whole.level(1000).width() == 100
    with Image.open(path) as image:
        assert whole.levels[-1].pixelColor(50, 30).red() == image.getpixel((50, 30))[0]  # type: ignore[index]


def test_transparent_pixels_stay_so_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    clear, broken = tmp_path / "clear.png", tmp_path / "broken.png"
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(clear)
    broken.write_bytes(clear.read_bytes()[:40])
    decoded = read_decoded(clear, whole=False)
    assert decoded is not None and decoded.levels[-1].pixelColor(3, 3).alpha() == 0
    assert read_decoded(broken, whole=False) is None
    assert read_decoded(tmp_path / "nowhere.png", whole=False) is None


def explain(picture: Picture) -> Unread:
    return Unread(f"cannot be read: {picture.path}")


def pictures(stores: Stores, count: int) -> list[Picture]:
    return [put_picture(stores, seed=number) for number in range(count)]


def test_the_one_looked_at_comes_first_and_the_others_while_they_have_room(
    qapp: QApplication, stores: Stores
) -> None:
    tasks, parent = HeldTasks(), QObject()
    one = 12 * 8 * 3  # bytes of a picture, of which 4 a pixel are foreseen
    ahead = ReadAhead(parent, explain, most=3 * one, tasks=tasks)
    came: list[int] = []
    ahead.came.connect(came.append)
    row = pictures(stores, 6)
    ahead.want(row[:5])
    tasks.run_all()
    assert came == [row[0].id, row[1].id, row[2].id], "the fourth beside it has no room"
    ahead.want([row[3], row[4], row[0], row[1]])
    tasks.run_all()
    assert ahead.get(row[3].id) is not None and ahead.get(row[4].id) is not None
    kept = [picture for picture in row if ahead.has(picture.id)]
    assert len(kept) <= 4, "the one looked at, and what has room beside it"
    assert not ahead.has(row[2].id), "wanted longest ago"
    ahead.rest()
    assert not any(ahead.has(picture.id) for picture in row)


def test_a_file_that_is_gone_is_asked_for_once(qapp: QApplication, stores: Stores) -> None:
    tasks, parent = HeldTasks(), QObject()
    ahead = ReadAhead(parent, explain, tasks=tasks)
    lost = replace(pictures(stores, 1)[0], path="/nowhere/at/all.png")
    ahead.want([lost])
    assert tasks.run_all() == 1
    ahead.want([lost])
    assert tasks.run_all() == 0 and ahead.has(lost.id) and ahead.get(lost.id) is None
    assert ahead.unread(lost.id) == Unread("cannot be read: /nowhere/at/all.png")


def test_a_file_that_does_not_answer_is_given_up_and_keeps_no_other_one_waiting(
    qapp: QApplication, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    read = decoding.read_decoded
    hung, other = pictures(stores, 2)

    def read_or_hang(path: Path, *, whole: bool) -> Decoded | None:
        if str(path) == hung.path:
            answers.wait(60)
        return read(path, whole=whole)

    monkeypatch.setattr(decoding, "read_decoded", read_or_hang)
    parent = QObject()
    ahead = ReadAhead(parent, explain)
    ahead._hangs.setInterval(30)
    ahead.start()
    ahead.want([hung, other])
    until(lambda: ahead.has(other.id))
    unread = ahead.unread(hung.id)
    assert unread is not None and "does not answer" in unread.words and hung.path in unread.words
    ahead.forget(hung.id)
    ahead.want([hung])
    ahead.end()  # which waits for it a moment, and no longer
    answers.set()
    pump(30)
    assert not ahead.has(hung.id), "nobody hears of it any more"


def test_all_pixels_replace_the_smaller_copy(
    qapp: QApplication, stores: Stores, small_limits: None
) -> None:
    tasks, parent = HeldTasks(), QObject()
    ahead = ReadAhead(parent, explain, tasks=tasks)
    picture = pictures(stores, 1)[0]
    Image.new("RGB", (90, 30), "red").save(picture.path)
    large = replace(picture, width=90, height=30)
    ahead.want([large])
    tasks.run_all()
    first = ahead.get(large.id)
    assert first is not None and not first.is_whole
    ahead.want([large], whole=True)
    tasks.run_all()
    second = ahead.get(large.id)
    assert second is not None and second.is_whole and second.size == first.size
    other = put_picture(stores)
    ahead.want([other, large])
    tasks.run_all()
    third = ahead.get(large.id)
    assert third is not None and not third.is_whole and third.size == first.size
    ahead.want([large, other], whole=True)
    tasks.run_all()
    again = ahead.get(large.id)
    assert again is not None and again.is_whole
