"""Words are tried in the column of Words: pictures come, are judged, shown, saved and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.without.desk import Without
from desktop.insight.words.desk import Words
from desktop.pictures.comparing.dialog import ComparingDialog
from tests.desktop.driving import Open, in_front, opening, until

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
    desk = opened(application, made(application))
    panel, trials = desk.panel, desk.trials
    names = [panel.word.itemText(row) for row in range(panel.word.count())]
    assert names == ["a (1)", "red", "house", "a (2)", "cat", "fog, negative"]
    assert panel.try_it.text() == f"Try it ({OF_ONE} pictures)"
    assert not panel.grid.isVisible() and not panel.verdict.isVisible()

    panel.word.setFocus()
    QTest.keyClick(panel.word, Qt.Key.Key_Down)
    QTest.keyClick(panel.word, Qt.Key.Key_Down)
    assert panel.word.currentText() == "house"
    panel.try_it.setFocus()
    QTest.keyClick(panel.try_it, Qt.Key.Key_Space)
    assert trials.is_running and panel.stop.hasFocus() and panel.bar.isVisible()
    until(lambda: trials.progress[0] >= 1)
    QTest.keyClick(panel.stop, Qt.Key.Key_Space)
    assert not trials.is_running and panel.try_it.hasFocus()
    first = trials.missing((panel.word.currentData(),))
    assert 0 < first < OF_ONE and panel.grid.isVisible(), "what came stays"
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
    until(lambda: application.window.findChild(ComparingDialog) is not None)
    application.window.findChild(ComparingDialog).close()

    target = tmp_path / "words.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    QTest.keyClick(panel.save, Qt.Key.Key_Space)
    until(lambda: target.with_suffix(".csv").exists())
    lines = target.with_suffix(".csv").read_text().splitlines()
    assert sum(line.startswith("house,") for line in lines) == 12
    assert QImage(str(target)).width() > 400

    ended: list[Picture] = []
    application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    QTest.keyClick(panel.keep, Qt.Key.Key_Space)
    until(lambda: ended)
    assert (ended[0].request.prompt, ended[0].request.seed) == ("a red, a cat", 3)
    assert len(application.stores.gallery.ids()) == 2, "nothing else is kept"


def test_nothing_of_one_picture_stays_for_the_next(open_app: Open) -> None:
    application = open_app()
    first = made(application)
    desk = opened(application, first)
    desk.panel.all_words.click()
    until(lambda: desk.trials.progress[0] >= 2)
    desk.trials.open(None)
    assert not desk.trials.is_running and desk.panel.word.count() == 0
    assert not desk.panel.effects.isVisible() and not desk.panel.try_it.isEnabled()
    desk.trials.open(Path(first.path))
    desk.trials.read()
    until(lambda: desk.panel.word.count() == 6)
    assert desk.trials.missing(desk.trials.words) == 3 * (1 + 4 + 12)
