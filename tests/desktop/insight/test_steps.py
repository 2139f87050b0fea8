"""The view Steps in the window: curves are shaped by keyboard and mouse, kept and used; of a
recorded picture it says when its parts became visible, and what other words from a step on change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.service.insight.steps.level_curves import Scale
from core.system.paths import Places
from core.values.request_parts.levels import Levels
from desktop.app.app import Application
from desktop.insight.opened.opening import State
from desktop.insight.room import InsightRoom
from desktop.insight.steps.desk import Steps
from tests.desktop.driving import Open, in_front, opening, pump, until
from tests.desktop.insight.test_rewinding import STEPS, made

SPEC = EngineSpec(device="cpu", previews=False)


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    def ready(application: Application) -> None:
        in_front(application)
        until(lambda: application.service.devices)

    yield from opening(qapp, where, SPEC, ready)


def steps_of(application: Application) -> Steps:
    window = application.window
    window.go("insight")
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    room.desk.go("steps")
    view = room.desk.view()
    assert isinstance(view, Steps)
    until(lambda: view.curves.curve is not None)
    return view


def sigmas(view: Steps) -> tuple[float, ...]:
    assert view.curves.curve is not None
    return view.curves.curve.sigmas


def test_a_curve_is_shaped_kept_and_used_without_any_picture(open_app: Open) -> None:
    application = open_app()
    view = steps_of(application)
    page, curves, form = view.sheet, view.curves, view.sheet.form
    draft = application.draft
    assert len(sigmas(view)) == draft.stored().steps + 1
    table = page.plot.accessibleDescription().splitlines()
    assert len(table) == len(sigmas(view)) and "log SNR" in table[0]

    form.schedule.setCurrentIndex(form.schedule.findData("karras"))
    form.schedule.activated.emit(0)
    until(lambda: curves.curve and curves.curve.request.schedule == "karras")
    assert form.sliders["rho"].isVisible() and not form.sliders["shift"].isVisible()
    before = sigmas(view)
    form.sliders["rho"].field.setValue(3)
    until(lambda: sigmas(view) != before)
    assert curves.request.levels == Levels(rho=3.0)
    # what there cannot be is said here, and what is drawn is what is kept and used
    drawn = curves.request
    view._ask(replace(drawn, model="nowhere"))
    until(page.refused.isVisible)
    assert "nowhere" in page.refused.text() and curves.request == drawn
    assert not application.window.notice.texts()
    form.sliders["rho"].field.setValue(4)
    until(lambda: curves.request.levels == Levels(rho=4.0))
    assert not page.refused.isVisible()
    page.pin.click()
    form.steps.field.setValue(6)
    until(lambda: len(sigmas(view)) == 7)
    assert [one.curve.steps for one in curves.overlaid] == [20] and page.unpin.isEnabled()

    # by keyboard: to the third level, and up
    page.plot.setFocus()
    QTest.keyClick(page.plot, Qt.Key.Key_Home)
    for _ in range(2):
        QTest.keyClick(page.plot, Qt.Key.Key_Right)
    before = sigmas(view)
    QTest.keyClick(page.plot, Qt.Key.Key_Up)
    after = sigmas(view)
    assert before[2] < after[2] < before[1] and after[3:] == before[3:]
    assert curves.request.levels.sigmas == after and page.told.text().startswith("After step 2")
    assert form.by_hand.isVisible() and not form.sliders["rho"].isVisible()
    # by mouse: dragged down on the scale of the logarithm of signal to noise, where that is more
    page.scale.setCurrentIndex(page.scale.findData(Scale.LOG_SNR.value))
    page.scale.activated.emit(0)
    place = page.plot.place_of(3)
    assert place is not None
    at = place.toPoint()
    QTest.mousePress(page.plot, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(page.plot, at + QPoint(0, -6))
    QTest.mouseRelease(page.plot, Qt.MouseButton.LeftButton, pos=at)
    assert page.plot.point == 3 and after[4] < sigmas(view)[3] < after[3]

    shaped = curves.request
    for count in (1, 6):  # what was shaped comes back whole
        form.steps.field.setValue(count)
        until(lambda count=count: len(sigmas(view)) == count + 1)
    assert curves.request == shaped

    page.kept.name.setText("Mine")
    page.kept.keep.click()
    until(lambda: page.kept.list.count() == 1)
    mine = curves.request
    form.own.click()
    until(lambda: curves.curve and curves.curve.request.levels == Levels())
    page.kept.list.setCurrentRow(0)
    page.kept.list.setFocus()
    QTest.keyClick(page.kept.list, Qt.Key.Key_Return)
    until(lambda: curves.curve and curves.curve.request.levels == mine.levels)

    page.use.click()
    assert application.window.rooms.shown == "create"
    stored = draft.stored()
    assert (stored.schedule, stored.steps, stored.levels) == ("karras", 6, mine.levels)
    stored.check()
    draft.undo()
    assert draft.stored().levels == Levels()
    # nothing is looked for while another room is seen
    at = curves.request.width
    draft.set(width=at + 64)
    draft.set(model="nowhere")
    pump(150)
    assert curves.request.width == at and curves.fault is None
    draft.undo()

    application.window.go("insight")
    until(lambda: curves.request.width == at + 64)
    QTest.keyClick(page.kept.list, Qt.Key.Key_Delete)
    until(lambda: not page.kept.list.count())


def test_of_a_picture_it_says_when_parts_became_visible_and_what_other_words_change(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, where: Places
) -> None:
    application = open_app()
    window = application.window
    view = steps_of(application)
    assert "record its steps" in view.became.said.text() and not view.changing.isVisible()
    picture = made(application)
    window.current.show(picture)
    window.actions_by_id["insight-picture"].trigger()
    until(lambda: view.opening.state is State.RECORDED)
    until(lambda: view.becoming.found)
    until(lambda: view.curves.overlaid)
    assert "not what caused it" in view.became.said.text()
    assert "50 %" in view.became.said.text()
    assert len(view.became.plot.accessibleDescription().splitlines()) == STEPS

    panel = view.changing
    assert panel.prompt.text() == "a red house" and not panel.make.isEnabled()
    panel.prompt.setText("a blue cat")
    QTest.keyClick(panel.prompt, Qt.Key.Key_Return)
    until(panel.said.text)
    rows = panel.strip.table().splitlines()
    assert len(rows) == STEPS
    assert rows[0] == "from step 1: 100 % composition, 100 % colour, 100 % detail"
    pictures = [one.picture for one in view.changes.run.cells]
    assert all(one and one.request.parent == picture.sha256 for one in pictures)
    assert "25 %" in panel.said.text() and panel.make.text() == "Change the words"

    name = str(where.root / "words.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (name, ""))
    panel.save.click()
    until((where.root / "words.csv").exists)
    lines = (where.root / "words.csv").read_text("utf-8").splitlines()
    assert lines[-STEPS].startswith("1,") and any("a red house" in line for line in lines)

    # the same words again are there at once, others can be stopped
    application.service.pause(True)
    panel.prompt.setText("a green boat")
    panel.make.click()
    until(lambda: panel.make.text() == "Stop")
    panel.make.click()
    until(lambda: panel.make.text() == "Change the words")
    until(lambda: application.stores.jobs.waiting() == 0)
