"""Words are tried in the column of Words: pictures come, are judged, shown, saved and kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode_png
from core.service.stores import Stores
from core.system.paths import Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.without.desk import Without
from desktop.insight.without.run import LARGEST, WordTrials, side_of
from desktop.insight.words.desk import Words
from desktop.pictures.comparing.dialog import ComparingDialog
from desktop.state.job_service import JobService
from tests.desktop.driving import Open, in_front, opening, until
from tests.desktop.parts import HeldTasks

SPEC = EngineSpec(device="cpu", previews=False)
OF_ONE = 15  # pictures: three seeds as they are, with two changes, and in two ways


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    request = Request("a red house, a cat", "fog", seed=3, steps=2, width=64, height=64)
    application.service.submit(request.check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def opened(application: Application, picture: Picture) -> Without:
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    room.desk.open(Path(picture.path))
    room.desk.go("words")
    view = room.desk.view()
    assert isinstance(view, Words)
    desk = view.findChild(Without)
    assert isinstance(desk, Without)
    until(lambda: desk.panel.isVisible() and desk.panel.word.count() > 0)
    return desk


def test_a_word_is_tried_saved_and_kept(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    picture = made(application)
    desk = opened(application, picture)
    panel, trials = desk.panel, desk.trials
    names = [panel.word.itemText(row) for row in range(panel.word.count())]
    assert names == ["a (1)", "red", "house", "a (2)", "cat", "fog, negative"]
    assert panel.count.text().startswith(f"This word: {OF_ONE} pictures")
    assert not panel.grid.isVisible() and not panel.verdict.isVisible()

    panel.word.setFocus()
    QTest.keyClick(panel.word, Qt.Key.Key_Down)
    QTest.keyClick(panel.word, Qt.Key.Key_Down)
    assert panel.word.currentText() == "house"
    panel.try_it.setFocus()
    QTest.keyClick(panel.try_it, Qt.Key.Key_Space)
    assert trials.is_running and panel.stop.hasFocus() and panel.bar.isVisible()
    house = panel.word.currentData()
    until(lambda: trials.missing((house,)) < OF_ONE)
    QTest.keyClick(panel.stop, Qt.Key.Key_Space)
    assert not trials.is_running and panel.try_it.hasFocus()
    assert 0 < trials.missing((house,)) < OF_ONE and panel.grid.isVisible(), "what came stays"
    QTest.keyClick(panel.try_it, Qt.Key.Key_Space)
    until(lambda: not trials.is_running)
    said = panel.verdict.text()
    assert said.startswith('Without "house" ') and "over 3 seeds" in said
    (one,) = trials.ranking()
    assert panel.effects.item(0).text().startswith("house: ") and one.word.name == "house"
    assert "a red house a cat" in panel.about.text(), "the changes are told"

    pictures = [button for button in panel.grid.buttons.values() if button.isEnabled()]
    assert len(pictures) == 9 and "Left out, seed 5" in pictures[-1].accessibleName()
    QTest.keyClick(pictures[-1], Qt.Key.Key_Space)
    until(lambda: application.window.findChildren(ComparingDialog))
    (dialog,) = application.window.findChildren(ComparingDialog)
    dialog.close()

    target = tmp_path / "words.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    QTest.keyClick(panel.save, Qt.Key.Key_Space)
    until(lambda: target.with_suffix(".csv").exists())
    lines = target.with_suffix(".csv").read_text().splitlines()
    assert sum(line.startswith("house,") for line in lines) == 12
    # all three limits, by which anybody can judge again
    row = next(line for line in lines if line.startswith("house,")).split(",")
    limits = one.limit, one.limit_of_difference, one.limit_of_forms
    assert [float(part) for part in row[-3:]] == pytest.approx(limits, rel=1e-3)
    assert QImage(str(target)).width() > 400

    ended: list[Picture] = []
    application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    QTest.keyClick(panel.keep, Qt.Key.Key_Space)
    until(lambda: ended)
    assert (ended[0].request.prompt, ended[0].request.seed) == ("a red, a cat", 3)
    assert len(application.stores.gallery.ids()) == 2, "nothing else is kept"

    # nothing of it stays for the next picture
    path = Path(picture.path)
    desk.panel.all_words.click()
    before = trials.missing(trials.words)
    until(lambda: trials.missing(trials.words) < before)
    trials.open(None)
    assert not trials.is_running and panel.word.count() == 0
    assert not panel.effects.isVisible() and not panel.try_it.isEnabled()
    trials.open(path)
    trials.read()
    until(lambda: panel.word.count() == len(names))
    assert trials.missing(trials.words) == 3 * (1 + 4 + 12)

    # words that are kept at the maps are what is tried, several as one
    view = desk.parent()
    assert isinstance(view, Words)
    view.sheet.record.click()
    until(lambda: view.sheet.has_maps)
    chips = view.sheet.parts[0].words
    chips.setFocus()
    QTest.keyClick(chips, Qt.Key.Key_Home)
    QTest.keyClick(chips, Qt.Key.Key_Right)
    QTest.keyClick(chips, Qt.Key.Key_Space)
    assert panel.word.currentText() == "red"
    QTest.keyClick(chips, Qt.Key.Key_Right)
    QTest.keyClick(chips, Qt.Key.Key_Space)
    assert view.chosen is not None and panel.word.currentText() == "red house"


def test_many_pictures_are_kept_small_so_that_all_of_them_have_room() -> None:
    assert side_of(OF_ONE) == LARGEST
    for count in (300, 2_000):
        assert 100 < side_of(count) < LARGEST and 4 * count * side_of(count) ** 2 <= 2**27


def test_what_changes_while_a_picture_is_read_is_not_missed(
    qapp: QApplication, stores: Stores, tmp_path: Path
) -> None:
    tasks = HeldTasks()
    service = JobService(stores, EngineSpec(kind="fake", runs_in="here"), tasks)
    trials = WordTrials(stores, service, tasks, service)
    path = tmp_path / "one.png"
    pixels = Pixels(64, 64, bytes(3 * 64 * 64))
    request = Request("a fox", seed=1, steps=2)
    absent = Recipe(replace(request, model="mine"), model_name="Mine")
    path.write_bytes(encode_png(pixels, absent))
    trials.open(path)
    trials.read()
    (question,) = tasks.held
    trials.opened.connect(lambda: path.write_bytes(encode_png(pixels, Recipe(request.check()))))
    trials.read()  # the model may have come since the question was asked
    assert tasks.held == deque([question])
    assert tasks.run_all() == 2 and not trials.refusal and len(trials.words) == 2


def test_a_picture_that_could_not_be_tried_is_asked_again(open_app: Open, tmp_path: Path) -> None:
    application = open_app(EngineSpec(kind="fake"))
    path = tmp_path / "one.png"
    pixels = Pixels(64, 64, bytes(3 * 64 * 64))
    absent = Recipe(Request("a fox", seed=1, model="mine", steps=2), model_name="Mine")
    path.write_bytes(encode_png(pixels, absent))
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    application.window.go("insight")
    room.desk.opening.open(path, record=False)
    room.desk.go("words")
    view = room.desk.view()
    assert isinstance(view, Words)
    desk = view.findChild(Without)
    assert isinstance(desk, Without)
    until(lambda: '"mine", is not here' in desk.panel.verdict.text())
    assert not desk.panel.try_it.isEnabled() and not desk.panel.word.isEnabled()
    path.write_bytes(encode_png(pixels, Recipe(Request("a fox", seed=1, steps=2).check())))
    desk._context.services.library.changed.emit()  # as where the model came
    until(lambda: desk.panel.word.count() == 2)
    assert not desk.panel.verdict.isVisible() and desk.panel.try_it.isEnabled()
