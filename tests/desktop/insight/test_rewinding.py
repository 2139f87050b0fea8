"""Insight in the window: a picture of the starter is recorded, and gone through step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.prompt.expand import expand
from core.service.insight.rewind.branch_tree import BranchNode
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.rewind.desk import Rewind
from desktop.insight.room import InsightRoom
from desktop.steps.branch_form import BranchForm, Wish
from desktop.steps.branch_list import NODE
from desktop.steps.branches import branched
from desktop.steps.looks import Look
from desktop.steps.opening import State
from desktop.steps.timeline import RESTED
from tests.desktop.driving import Open, create_of, in_front, opening, pump, until

SPEC = EngineSpec(device="cpu", previews=False)
STEPS = 4


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(
        lambda outcome: ended.append(outcome.picture) if outcome.picture else None
    )
    request = Request(
        "a red house",
        seed=3,
        steps=STEPS,
        width=64,
        height=64,
        guidance=4.0,
        sampler="euler_ancestral",
    )
    application.service.submit(request.check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def insight_of(application: Application) -> InsightRoom:
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    return room


def rewind_of(room: InsightRoom) -> Rewind:
    view = room.desk.view()
    assert isinstance(view, Rewind)
    return view


def node_of(form: BranchForm, row: int) -> BranchNode:
    node = form.branches.item(row).data(NODE)
    assert isinstance(node, BranchNode)
    return node


def test_a_picture_is_recorded_and_gone_through_step_by_step(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    room = insight_of(application)
    desk, page = room.desk, room.desk.page
    view = rewind_of(room)
    assert desk.opening.state is State.NOTHING and not view.sheet.timeline.isVisible()
    picture = made(application)
    window.current.show(picture)
    window.go("insight")
    until(lambda: desk.opening.state is State.UNRECORDED)
    assert page.act.text() == "Record its steps" and not view.sheet.timeline.isVisible()
    window.go("create")
    window.actions_by_id["insight-picture"].trigger()
    until(lambda: desk.opening.state is State.RECORDED)
    assert window.rooms.shown == "insight" and "it is identical" in page.said.text()
    assert not page.act.isVisible() and view.sheet.timeline.steps == STEPS
    until(lambda: view.sheet.timeline.quality.toolTip() == "decoded in full")

    view.sheet.timeline.slider.setFocus()
    QTest.keyClick(view.sheet.timeline.slider, Qt.Key.Key_Home)
    assert view.sheet.timeline.step == 1 and "blurred" in view.sheet.timeline.caption.text()
    until(lambda: view.sheet.timeline.quality.toolTip() == "decoded in full")
    first = view.walk.looks.whole(Look(1, "x0"))
    last = view.walk.looks.whole(Look(STEPS, "x0"))
    assert first is not None and last is not None and first != last
    assert first.size() == last.size() == desk.opening.image.size()
    until(lambda: all(view.walk.looks.rough(Look(step, "x0")) for step in range(1, STEPS + 1)))
    view.sheet.stage.viewer.setFocus()
    QTest.keyClick(view.sheet.stage.viewer, Qt.Key.Key_Right)
    assert (
        view.sheet.timeline.step == 2 and view.sheet.timeline.quality.toolTip() == "rough preview"
    )

    assert view.figures.values["share"].text() == "50 %"
    table = view.figures.curve.accessibleDescription().splitlines()
    assert len(table) == STEPS and table[0].startswith("Step 1: coarse ")
    answer = str(tmp_path / "changes.png"), ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: answer)
    view.figures.save.click()
    until((tmp_path / "changes.csv").exists)
    rows = (tmp_path / "changes.csv").read_text().splitlines()[-STEPS:]
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3", "4"]
    QTest.mouseClick(view.sheet.timeline.ways["x"], Qt.MouseButton.LeftButton)
    assert "never learned noise" in view.sheet.timeline.caption.text()
    until(lambda: view.walk.looks.whole(Look(2, "x")))
    QTest.mouseClick(view.sheet.timeline.ways["without"], Qt.MouseButton.LeftButton)
    assert "empty prompt" in view.sheet.timeline.caption.text()
    until(lambda: view.walk.looks.whole(Look(2, "without")))
    assert view.walk.looks.whole(Look(2, "without")) != view.walk.looks.whole(Look(2, "x"))


def test_what_was_recorded_once_is_there_at_once_and_a_plain_file_is_refused(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    desk = insight_of(application).desk
    picture = Path(made(application).path)
    desk.open(picture)
    until(lambda: desk.opening.state is State.RECORDED)
    assert desk.opening.verdict is not None
    plain = tmp_path / "plain.png"
    Image.new("RGB", (20, 20)).save(plain)
    desk.open(plain)
    until(lambda: desk.opening.state is State.REFUSED)
    assert "carries no recipe" in desk.page.said.text()
    begun: list[Path] = []
    application.service.again_begun.connect(begun.append)
    desk.open(picture)
    until(lambda: desk.opening.state is State.RECORDED)
    assert desk.opening.verdict is None and not begun


def test_a_recording_that_waits_can_be_stopped(open_app: Open) -> None:
    application = open_app()
    room = insight_of(application)
    picture = Path(made(application).path)
    application.service.pause(True)
    room.desk.opening.open(picture, record=False)
    until(lambda: room.desk.opening.state is State.UNRECORDED)
    room.desk.opening.record()
    room.desk.page.act.click()
    until(lambda: room.desk.opening.state is State.UNRECORDED)
    assert not list(application.stores.places.recordings.glob("*.recording"))


def test_from_a_step_on_another_picture_develops_and_stands_beside_the_first(
    open_app: Open,
) -> None:
    application = open_app()
    window = application.window
    desk = insight_of(application).desk
    view = rewind_of(insight_of(application))
    page, form = desk.page, view.form
    first = made(application)
    window.current.show(first)
    window.actions_by_id["insight-picture"].trigger()
    until(lambda: desk.opening.state is State.RECORDED)
    assert not form.develop.isEnabled(), "nothing follows the last step"
    assert form.prompt.toPlainText() == "a red house" and not form.branches.isVisible()
    view.sheet.timeline.slider.setValue(2)
    assert form.develop.accessibleName() == "Develop from step 2"

    form.prompt.setPlainText("a blue cat")
    form.develop.click()
    until(view.sheet.stage.is_beside)
    until(lambda: form.branches.count() == 2)
    branch = node_of(form, 1).picture
    assert branch is not None and form.branches.item(1).text() == "Step 2: a blue cat"
    assert form.branches.item(0).text() == "a red house" and node_of(form, 0).is_open
    spoken = form.branches.item(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Step 2: a blue cat, branches off from: a red house"
    assert (branch.request.parent, branch.request.branch.step) == (first.sha256, 2)
    assert branch.sha256 != first.sha256
    assert "Step 2: a blue cat" in page.said.text()
    page.act.click()
    assert not view.sheet.stage.is_beside() and "identical" in page.said.text()

    form.prompt.setPlainText("a red house")
    view.sheet.timeline.slider.setValue(1)
    form.develop.click()
    until(lambda: form.branches.count() == 3)
    same = node_of(form, 2).picture
    assert same is not None and same.sha256 == first.sha256, "nothing was changed"
    until(view.sheet.stage.is_beside)
    view.sheet.timeline.go_by(1)
    assert not view.sheet.stage.is_beside()
    form.branches.setCurrentRow(1)
    form.branches.setFocus()
    QTest.keyClick(form.branches, Qt.Key.Key_Return)
    until(lambda: view.sheet.stage.is_beside() and "a blue cat" in page.said.text())

    form.prompt.setPlainText("<lora:nobody:700>")
    form.develop.click()
    until(lambda: window.notice.isVisible())
    form.branches.setCurrentRow(1)
    form.branches.setFocus()
    QTest.keyClick(form.branches, Qt.Key.Key_I)
    until(lambda: desk.opening.path == Path(branch.path))
    until(lambda: desk.opening.state is State.RECORDED and desk.opening.verdict is None)
    assert form.prompt.toPlainText() == "a blue cat"
    until(lambda: form.branches.count() == 3 and node_of(form, 1).is_open)
    assert form.branches.currentRow() == 1
    form.branches.setFocus()
    QTest.keyClick(form.branches, Qt.Key.Key_Up)
    QTest.keyClick(form.branches, Qt.Key.Key_Return)
    until(lambda: "another one of its tree: a red house" in page.said.text())

    view.walk.show_step_alone()
    shown: list[object] = []
    view.walk.branches.there.connect(lambda *_: shown.append(1))
    opened = desk.opening.picture
    assert opened is not None
    wish = Wish("a tree", "", 4.0, opened.job.request.sampler, 0)
    application.service.submit_drawn(*expand(branched(opened, wish, 2).check(), drawn=True))
    until(lambda: form.branches.count() == 4)
    pump(100)
    assert not shown and not view.sheet.stage.is_beside(), "it was asked for elsewhere"
    strip = create_of(window).stage.strip
    assert strip is not None and strip.opening.path is None, "nobody has seen it since"

    desk.go("side-by-side")
    desk.opening.open(Path(first.path), record=False)
    until(lambda: desk.opening.state is State.RECORDED)
    pump(2 * RESTED)
    looks, last = view.walk.looks, Look(STEPS, "x0")
    assert looks.rough(last) is None and looks.whole(last) is None, "nobody sees them"
    desk.go("rewind")
    until(lambda: looks.rough(last) and looks.whole(last))
