"""The timeline under the picture in Create: a picture of the starter is gone back through, and
another one develops from a step beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.steps.loop_dialog import LoopDialog
from desktop.steps.loop_export import Content
from desktop.steps.opening import State
from desktop.steps.strip import RewindStrip
from desktop.steps.timeline import RESTED
from tests.desktop.driving import Open, create_of, in_front, opening, pump, until

SPEC = EngineSpec(device="cpu", previews=True)
STEPS = 4
ASKED = Request("a red house", seed=3, steps=STEPS, width=64, height=64, guidance=4.0)


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def strip_of(application: Application) -> RewindStrip:
    stage = create_of(application.window).stage
    until(lambda: stage.strip)
    assert stage.strip is not None
    return stage.strip


def made(application: Application, request: Request = ASKED) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    application.service.submit(request.check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def test_the_picture_goes_back_and_another_one_develops_beside_it(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    create = create_of(window)
    stage, strip = create.stage, strip_of(application)
    assert not strip.begin.isVisible(), "no picture is shown"
    first = made(application)
    until(strip.begin.isVisible)
    assert window.current.picture == first and stage.following
    stage.viewer.setFocus()
    QTest.keyClick(stage.viewer, Qt.Key.Key_R)
    looks = application.service.looks
    asked_of: list[object] = []
    put = looks.put
    monkeypatch.setattr(looks, "put", lambda one, then: (asked_of.append(one), put(one, then)))
    until(strip.timeline.isVisible)
    assert strip.timeline.step == STEPS and not strip.form.isVisible()
    pump(2 * RESTED)
    assert not asked_of, "nothing is decoded before somebody goes back"

    until(strip.timeline.slider.hasFocus)
    QTest.keyClick(strip.timeline.slider, Qt.Key.Key_Left)
    QTest.keyClick(strip.timeline.slider, Qt.Key.Key_Left)
    assert strip.timeline.step == 2 and stage.front() is strip.stage.viewer
    assert not stage.following and stage.follow.isVisible()
    assert window.current.file() == first.path, "commands go on meaning the picture"
    until(strip.form.isVisible)
    assert strip.form.prompt.toPlainText() == "a red house"
    assert strip.form.develop.accessibleName() == "Develop from step 2"
    until(lambda: strip.timeline.quality.toolTip() == "decoded in full")

    strip.form.prompt.setFocus()
    strip.form.prompt.selectAll()
    QTest.keyClicks(strip.form.prompt, "a blue cat")
    seen: list[bool] = []
    strip.walk.branches.developing.connect(lambda *_: seen.append(strip.stage.is_beside()))
    QTest.keyClick(strip.form.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    ended: list[Picture] = []
    application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    until(lambda: ended and not strip.walk.is_awaiting())
    assert seen and strip.stage.is_beside() and strip.form.prompt.hasFocus()
    assert (ended[0].request.parent, ended[0].request.branch.step) == (first.sha256, 2)
    assert ended[0].request.prompt == "a blue cat"
    assert window.current.picture == first, "it stands beside its parent, not in its place"
    assert "Step 2: a blue cat" in strip.walk.beside

    asked: list[LoopDialog] = []
    strip.walk.asked.connect(asked.append)
    strip.timeline.loop.click()
    (dialog,) = asked
    assert dialog.content.count() == 3 and dialog.content.currentData() is Content.BOTH
    dialog.size_box.setCurrentIndex(0)
    dialog.kind.setCurrentIndex(1)
    said: list[str] = []
    strip.told.connect(said.append)
    dialog.write(tmp_path / "loop")
    assert not dialog.save.isEnabled() and dialog.bar.isVisible()
    until(lambda: said == ["Saved as loop.gif."])
    with Image.open(tmp_path / "loop.gif") as loop:
        assert loop.n_frames == STEPS  # type: ignore[attr-defined]
        assert loop.size == (2 * 64 + 4, 64)
    strip.timeline.loop.click()
    asked[1].content.setCurrentIndex(0)
    asked[1].write(tmp_path / "given-up.webp")
    QTest.keyClick(asked[1], Qt.Key.Key_Escape)

    window.go("insight")
    insight = window.rooms["insight"]
    assert isinstance(insight, InsightRoom)
    until(lambda: insight.desk.opening.state is State.RECORDED)
    assert insight.desk.opening.picture is not None
    assert insight.desk.opening.picture.pixels == first.sha256
    window.go("create")
    QTest.keyClick(strip.back, Qt.Key.Key_Space)
    assert stage.front() is stage.viewer and stage.following and not strip.form.isVisible()
    assert strip.timeline.step == STEPS and strip.timeline.isVisible()

    window.current.open(ended[0])  # which was recorded as it was made
    until(lambda: strip.opening.path and strip.opening.path.name in ended[0].path)
    until(strip.timeline.isVisible)
    assert strip.form.prompt.toPlainText() == "a blue cat"
    assert not list(tmp_path.glob("given-up*"))


def test_a_new_picture_ends_the_rewinding_and_a_recording_can_be_stopped(open_app: Open) -> None:
    application = open_app()
    create = create_of(application.window)
    strip = strip_of(application)
    first = made(application)
    until(strip.begin.isVisible)
    said: list[tuple[str, str]] = []

    def stop_it() -> None:
        if strip.opening.state is State.WAITING and not said:
            said.append((strip.begin.text(), strip.said.toolTip()))
            QTimer.singleShot(0, strip.begin.click)

    strip.opening.changed.connect(stop_it)
    strip.begin.click()
    until(lambda: said and strip.opening.state is State.UNRECORDED)
    assert said == [("Stop", "Its steps are recorded after the pictures that wait.")]
    strip.begin.click()
    until(strip.timeline.isVisible)
    strip.timeline.slider.setValue(1)
    until(strip.is_rewound)
    create.form.prompt.prompt.setPlainText("a green tree")
    create.form.submission.generate()
    until(lambda: not strip.is_rewound())
    until(lambda: application.window.current.picture not in (None, first))
    assert create.stage.front() is create.stage.viewer and create.stage.following
