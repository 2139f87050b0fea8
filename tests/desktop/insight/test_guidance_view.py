"""The view Guidance in the window: both guesses of a step, curves, and rows of other values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.guidance.desk import Guidance
from desktop.insight.opened.opening import State
from desktop.insight.room import InsightRoom
from desktop.widgets import theme
from tests.desktop.driving import Open, in_front, opening, until

SPEC = EngineSpec(device="cpu", previews=False)
STEPS = 4


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application, **changes: object) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    values = {"seed": 3, "steps": STEPS, "width": 64, "height": 64, "guidance": 4.0} | changes
    application.service.submit(Request("a red house", **values).check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def shown(application: Application, picture: Picture) -> Guidance:
    """The view of a picture that is recorded."""
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    room.desk.open(Path(picture.path))
    room.desk.go("guidance")
    until(lambda: room.desk.opening.state is State.RECORDED)
    view = room.desk.view()
    assert isinstance(view, Guidance)
    return view


def is_whole(view: Guidance) -> bool:
    pair = view.pictures.pair(view.sheet.slider.value())
    return pair is not None and pair.is_whole


def test_both_guesses_of_a_step_stand_beside_their_difference(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    view = shown(application, made(application, negative_prompt="fog"))
    page, panes = view.sheet, view.sheet.panes
    assert page.slider.maximum() == STEPS and page.slider.value() == 2
    until(lambda: is_whole(view))
    assert page.quality.text() == "decoded in full"
    assert panes.against.heading.text() == "With the negative prompt"
    assert "3 times the difference" in page.said.text() and "×" in panes.difference.said.text()
    pair = view.pictures.pair(2)
    assert pair is not None and pair.with_prompt != pair.against
    assert pair.with_prompt.size() == pair.difference.size()
    panes.with_prompt.viewer.setFocus()
    QTest.keyClick(panes.with_prompt.viewer, Qt.Key.Key_Right)
    assert page.slider.value() == 3 and page.count.text() == f"step 3 of {STEPS}"
    if not view.pictures.is_measuring and page.measure.isVisible():  # a slow machine asks first
        page.measure.click()
    until(lambda: len(view.pictures.clipped) == STEPS)
    assert not page.measure.isVisible()
    assert len(page.size_curve.accessibleDescription().splitlines()) == STEPS
    assert page.clipped_curve.values[0] is not None and "%" in page.clipped_curve.table()
    page.size_curve.resize(300, 108)
    QTest.mouseClick(
        page.size_curve, Qt.MouseButton.LeftButton, pos=page.size_curve.rect().center()
    )
    assert page.slider.value() in (2, 3)

    name = tmp_path / "size.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(name), ""))
    page.size_save.click()
    until(lambda: name.with_suffix(".csv").exists() and name.exists())
    lines = name.with_suffix(".csv").read_text().splitlines()
    assert any("a red house" in line for line in lines) and len(lines[-STEPS:]) == STEPS


def test_other_values_are_made_judged_looked_at_and_taken_into_the_form(open_app: Open) -> None:
    application = open_app()
    view = shown(application, made(application))
    row, sheet = view.guidance, view.sheet.guidance
    until(lambda: row.run.cells)
    assert sheet.values.text() == "1, 2, 3.5, 4, 5, 7, 9, 12, 16"
    sheet.values.selectAll()
    QTest.keyClicks(sheet.values, "4, nothing")
    QTest.keyClick(sheet.values, Qt.Key.Key_Return)
    assert "are no numbers" in view._context.notice.texts()[0]
    sheet.values.selectAll()
    QTest.keyClicks(sheet.values, "9 3.999 101")
    QTest.keyClick(sheet.values, Qt.Key.Key_Return)
    until(lambda: len(row.run.cells) == 4 and row.run.figures)
    assert [one.cell.name for one in row.run.cells] == ["3.999", "4", "9", "101"]
    assert sheet.make.text().startswith("Make 2 pictures (about ")
    # what is typed and not yet looked for is made by the button too
    sheet.values.selectAll()
    QTest.keyClicks(sheet.values, "9 101 3.999")
    QTest.mouseClick(sheet.make, Qt.MouseButton.LeftButton)
    until(lambda: sheet.make.text() == "Stop")
    until(lambda: row.is_judged)
    assert sheet.make.text() == "Nothing to make" and not sheet.make.isEnabled()
    assert "4 and 9 are still told apart" in sheet.said.text()
    assert "S-CIELAB" in sheet.said.text() and "0 to 100" in sheet.said.text()
    words = sheet.strip.table().splitlines()
    assert "this picture" in words[1] and "looks the same" in words[0]
    assert "not possible" in words[3] and "101" in words[3]

    opened, cell = view.opening.path, row.run.cells[2].picture
    assert cell is not None
    application.window.go("create")
    application.window.current.show(cell)
    application.window.go("insight")
    assert view.opening.path == opened, "a cell is here, beside the picture it was made from"
    until(lambda: view.own.span is not None)
    assert "the gallery has 0" in sheet.said.text(), "its own few steps are not the usual ones"
    assert sheet.more.text() == "Make 8 with other seeds"
    application.service.pause(True)
    sheet.more.click()
    until(lambda: application.stores.jobs.waiting() == 8)
    usual = [job.request for job in application.stores.jobs.recent() if job.request.seed != 3]
    assert {one.seed for one in usual} == set(range(4, 12)) and {one.steps for one in usual} == {20}
    assert not sheet.more.isVisible()
    application.service.stop_all()
    until(lambda: not view.own.samples.is_running)

    sheet.strip.setFocus()
    sheet.strip.setCurrentRow(1)
    QTest.keyClick(sheet.strip, Qt.Key.Key_Right)
    assert sheet.use.text() == "Use guidance 9"
    sheet.use.click()
    assert application.draft.request.guidance == 9
    assert application.draft.undo() and application.draft.request.guidance != 9
    QTest.keyClick(sheet.strip, Qt.Key.Key_Return)
    until(view.said)
    assert "Guidance 9" in view.said() and view.action() == "Back to the guesses"
    view.act()
    assert not view.said() and view.sheet.stage.currentWidget() is view.sheet.panes
    sheet.strip.setCurrentRow(3)
    assert not sheet.use.isEnabled()


def test_without_guidance_there_is_one_guess_and_it_is_said_why(open_app: Open) -> None:
    application = open_app()
    application.window.signals.choose_setting.emit("theme", "light")
    view = shown(application, made(application, guidance=1.0, sampler="euler_ancestral"))
    page = view.sheet
    until(lambda: is_whole(view))
    pair = view.pictures.pair(2)
    assert pair is not None and pair.against.isNull() and pair.difference.isNull()
    assert page.panes.against.heading.text() == "No other guess"
    assert "Guidance is 1" in page.panes.against.said.text()
    assert page.size_curve.values == (None,) * STEPS
    seen = page.size_curve.grab().toImage()
    colours = {seen.pixelColor(seen.width() // 2, y).name() for y in range(seen.height())}
    assert theme.LIGHT.line in colours, "in the theme that was chosen before it was built"
    steps = view.steps
    until(lambda: steps.run.cells)
    assert page.steps.values.text() == "1, 2, 3, 4, 6, 8"
    page.steps.values.selectAll()
    QTest.keyClicks(page.steps.values, "2\r")
    until(lambda: len(steps.run.cells) == 2 and steps.run.figures)
    page.steps.make.click()
    until(lambda: steps.is_judged)
    assert "need not settle" in page.steps.said.text()
