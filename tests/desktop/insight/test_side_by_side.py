"""Side by side in the window: pictures are chosen by commands, keys and a window of their own, and
told apart; nothing is recorded for it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode
from core.store.files import put_as
from core.system.paths import Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.side_by_side.picking import PicturePicker
from desktop.insight.side_by_side.view import SideBySide
from desktop.pictures.comparing.viewer import Shown
from desktop.shell.main_window import MainWindow
from desktop.steps.opening import State
from tests.desktop.driving import Open, gallery_of, in_front, opening, until

SPEC = EngineSpec(kind="fake")
SIDE = 64


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front, "insight")


def put(application: Application, seed: int, prompt: str = "a house", **values: object) -> Picture:
    """A picture with its recipe in the gallery."""
    stores = application.stores
    pixels = Pixels(SIDE, SIDE, bytes((seed * 20, 90, 200)) * SIDE * SIDE)
    request = Request(prompt, seed=seed, width=SIDE, height=SIDE, **values)  # pyright: ignore
    recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256)
    folder = stores.places.pictures
    folder.mkdir(parents=True, exist_ok=True)
    path = put_as(folder / f"{seed}.png", *encode(pixels, recipe, "png"))
    return stores.gallery.record(path, recipe, SIDE, SIDE)


def shown_in(window: MainWindow) -> SideBySide:
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    view = room.desk.view()
    assert isinstance(view, SideBySide)
    return view


def names(view: SideBySide) -> list[str]:
    return [picture.name for picture in view.chosen.pictures]


def test_the_key_c_sets_what_is_chosen_in_the_gallery_side_by_side(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    pictures = [
        put(application, seed, steps=20 + seed % 2, prompt=f"a house {seed}") for seed in (1, 2, 3)
    ]
    window.signals.gallery_changed.emit()
    window.go("gallery")
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 3)
    for row in (2, 0):  # the oldest, and the newest
        index = grid.model().index(row, 0)
        grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_C)
    until(lambda: window.rooms.shown == "insight")
    view = shown_in(window)
    until(lambda: len(view.chosen.pictures) == 2)
    assert names(view) == ["1.png", "3.png"] and view.sheet.panel.isVisible()
    assert view.first_focus.hasFocus(), "the keys of comparing are for the pictures"
    text = view.sheet.differences.toPlainText().split("\n")
    assert {"Prompt", "Seed"} <= set(text) and "Steps" not in text
    until(lambda: "differ by up to 40 of 255" in view.sheet.panel.said.text())
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    assert room.desk.page.said.text() == "1.png beside 3.png."

    file = tmp_path / "both.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(file), ""))
    view.sheet.panel.see(Shown.DIFFERENCE)
    view.sheet.save.click()
    until(lambda: (tmp_path / "both.csv").exists())
    lines = list(csv.reader((tmp_path / "both.csv").read_text().splitlines()))
    assert lines[0] == ["# A: 1.png, B: 3.png"] and "difference × 4" in lines[1][0]
    assert ["Parameter", "A", "B"] in lines and ["Seed", "1", "3"] in lines
    assert ["Greatest difference from A (of 255)", "0", "40"] in lines
    view.sheet.panel.see(Shown.BOTH)

    view.sheet.list.list.setCurrentRow(1)
    view.sheet.list.first.click()
    assert names(view) == ["3.png", "1.png"]
    room.desk.page.act.click()
    dialogs = window.findChildren(PicturePicker)
    (dialog,) = dialogs
    until(lambda: dialog.grid.model().rowCount() == 3)
    dialog.grid.setCurrentIndex(dialog.grid.model().index(1, 0))
    dialog.take.click()
    until(lambda: len(view.chosen.pictures) == 3)
    assert names(view)[2] == "2.png" and view.sheet.panel.shown is Shown.SIDES
    seen = [cell.viewer for cell in view.sheet.panel.linked.cells]
    window.activateWindow()
    seen[0].setFocus()
    until(seen[0].hasFocus)
    QTest.keyClick(seen[0], Qt.Key.Key_Tab)
    assert seen[1].hasFocus()
    QTest.keyClick(seen[1], Qt.Key.Key_Z)
    assert [viewer.zoom() for viewer in seen] == [1.0, 1.0, 1.0]
    view.sheet.list.list.setCurrentRow(2)
    assert view.sheet.panel.other == 2
    view.sheet.list.list.setFocus()
    QTest.keyClick(view.sheet.list.list, Qt.Key.Key_Delete)
    QTest.keyClick(view.sheet.list.list, Qt.Key.Key_Delete)
    assert names(view) == ["3.png"] and view.sheet.alone.isVisible()
    window.current.show(pictures[0])
    window.go("create")
    window.go("insight")
    assert names(view) == ["3.png"], "what a person chose stays"


def test_who_opens_a_picture_leaves_side_by_side_and_can_stop_its_recording(open_app: Open) -> None:
    application = open_app()
    window = application.window
    first, second, third = (put(application, seed) for seed in (1, 2, 3))
    window.signals.gallery_changed.emit()
    window.current.show(first)
    paths = [Path(picture.path) for picture in (first, second, third)]
    window.signals.compare_files.emit(paths[:2])
    view = shown_in(window)
    until(lambda: len(names(view)) == 2)
    application.service.end(now=True)  # what is to be recorded waits
    window.signals.insight_file.emit(paths[2])
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    desk = room.desk
    assert desk.view() is not view and desk.view().first_focus.hasFocus()
    until(lambda: desk.opening.state is State.WAITING)
    desk.go("side-by-side")
    assert desk.page.act.text() == "Stop" and "recorded after" in desk.page.said.text()
    desk.page.act.click()
    until(lambda: desk.opening.state is State.UNRECORDED)
    assert desk.page.act.text() == "Add pictures..." and "beside" in desk.page.said.text()

    window.go("create")
    window.go("insight")
    assert desk.opening.path == paths[2], "what was opened here stays"
    window.go("create")
    window.current.show(second)
    window.go("insight")
    assert desk.opening.path == paths[1], "another one is looked at meanwhile"


def test_a_picture_stands_beside_the_one_it_was_made_from_and_a_bad_file_costs_no_other(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window = application.window
    first = put(application, 1)
    put(application, 2, parent=first.sha256)
    window.signals.gallery_changed.emit()
    window.signals.compare_files.emit((Path(first.path),))
    until(lambda: "insight" in window.rooms.built and window.rooms.shown == "insight")
    view = shown_in(window)
    until(lambda: names(view) == ["1.png", "2.png"])

    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n")
    plain = tmp_path / "plain.png"
    Image.new("RGB", (20, 10)).save(plain)
    window.signals.compare_files.emit((damaged, Path(first.path), plain))
    until(lambda: names(view) == ["1.png", "plain.png"])
    assert "damaged.png" in window.notice.text.text()
    assert "B says nothing of how it was made." in view.sheet.differences.toPlainText()
    assert not view.sheet.panel.bar.ways[Shown.DIFFERENCE].isEnabled()


def test_nothing_to_compare_says_how_to_choose(open_app: Open) -> None:
    application = open_app()
    window = application.window
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    window.go("insight")
    until(lambda: window.rooms.shown == "insight")
    room.desk.go("side-by-side")
    view = shown_in(window)
    assert "press C" in view.sheet.alone.accessibleDescription()
    assert not view.sheet.list.remove.isEnabled()
    assert room.desk.page.act.text() == "Add pictures..."
    path = put(application, 4).path
    room.desk.opening.open(Path(path), record=False)
    until(lambda: names(view) == ["4.png"])
    assert room.desk.page.said.text() == "4.png: choose another picture to set beside it."
