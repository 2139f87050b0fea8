"""One recipe on several models in the window: with the starter alone, with and without the LoRA
that needs few steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.side_by_side.view import SideBySide
from tests.desktop.driving import Open, in_front, opening, until

SPEC = EngineSpec(device="cpu", previews=False)


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(
        lambda outcome: ended.append(outcome.picture) if outcome.picture else None
    )
    request = Request("a red house", seed=3, steps=2, width=64, height=64)
    application.service.submit(request.check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def view_of(application: Application) -> tuple[InsightRoom, SideBySide]:
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    application.window.go("insight")
    until(lambda: application.window.rooms.shown == "insight")
    room.desk.go("side-by-side")
    view = room.desk.view()
    assert isinstance(view, SideBySide)
    return room, view


def test_the_starter_stands_beside_itself_in_few_steps_through_the_queue(open_app: Open) -> None:
    application = open_app()
    first = made(application)
    application.window.current.show(first)
    room, view = view_of(application)
    desk, run, page = view.models, view.models.run, view.models.page
    until(lambda: view.chosen.pictures)
    view.pages.show_models(True)
    until(lambda: run.sweep.cells)
    assert [row.model for row in page.table.rows()] == ["Starter", "Starter + starter-4-steps"]
    assert [row.steps for row in page.table.rows()] == ["20", "4"]
    assert page.table.rows()[0].size == page.table.rows()[0].trained == "256 × 256"
    assert page.table.rows()[0].licence == "Apache-2.0"
    assert "Only the starter is here" in page.choice.hint.text()
    assert page.make.text() == "Make 2 pictures" and not room.desk.page.act.isVisible()
    until(lambda: all(row.time.startswith("~") for row in page.table.rows()))

    page.choice.how.setCurrentIndex(1)  # what the recipe says
    until(lambda: run.sweep.cells and page.make.text() == "Make 1 picture")
    assert [row.size for row in page.table.rows()] == ["64 × 64"] * 2
    assert not page.table.rows()[0].image.isNull() or run.made() == (Path(first.path),)
    application.service.pause(True)
    page.make.click()
    until(lambda: page.table.rows()[1].state == "queue is paused")
    assert page.make.text() == "Stop"
    page.make.click()
    until(lambda: page.table.rows()[1].state == "stopped")
    application.service.pause(False)
    page.choice.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert page.make.text() == "Choose two to six models" and not page.make.isEnabled()
    page.choice.list.item(1).setCheckState(Qt.CheckState.Checked)
    until(lambda: page.make.isEnabled() and page.make.text() == "Make 1 picture")
    page.make.click()
    until(lambda: len(run.made()) == 2 and len(run.sweep.pictures) == 2)
    few = run.sweep.cells[1].picture
    assert few is not None and few.request.parent == first.sha256
    assert [lora.id for lora in few.request.loras] == ["starter-4-steps"]
    until(lambda: page.table.rows()[1].time.endswith(" s"))
    assert page.make.text() == "All are made" and not page.make.isEnabled()
    assert "2 made" in room.desk.page.said.text()

    room.desk.page.act.click()
    until(lambda: len(view.chosen.pictures) == 2)
    assert not view.pages.shows_models()
    until(lambda: "LoRAs" in view.sheet.differences.toPlainText())
    view.pages.show_models(True)
    page.table.setCurrentCell(1, 1)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    pair = [Path(first.path), Path(few.path)]
    until(lambda: [picture.path for picture in view.chosen.pictures] == pair)
    assert desk.said().startswith("The recipe of ")


def test_a_picture_without_a_recipe_is_refused_in_a_sentence(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    room, view = view_of(application)
    view.pages.show_models(True)
    assert view.models.said() == "Open a picture: its recipe is made on other models here."
    plain = tmp_path / "plain.png"
    Image.new("RGB", (20, 10)).save(plain)
    room.desk.opening.open(plain, record=False)
    until(lambda: view.models.run.fault)
    assert "carries no recipe" in room.desk.page.said.text()
    assert not view.models.page.side.isVisible() and not room.desk.page.act.isVisible()
