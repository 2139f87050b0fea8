"""Notices: each has a life of its own, several wait for one another, and none moves the picture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from core.values.events import PictureNote
from core.values.request import Request
from desktop.app.app import Application
from tests.desktop.driving import create_of, form_of, pump, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


@pytest.fixture
def application(qapp: QApplication, where: Places) -> Iterator[Application]:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    application.start()
    application.window.resize(1024, 640)
    pump(250)
    yield application
    take_down(application)


def test_it_lies_over_the_picture_and_moves_nothing(application: Application) -> None:
    window, notice = application.window, application.window.notice
    window.notice.clear()
    image = QImage(512, 512, QImage.Format.Format_RGB888)
    create_of(window).stage.viewer.show_image(image)
    pump(50)
    before, size = create_of(window).stage.viewer._target(), create_of(window).stage.viewer.size()
    notice.say("Words that are said. " * 12, problem=True, label="Undo", action=lambda: None)
    pump(50)
    assert (
        create_of(window).stage.viewer._target() == before
        and create_of(window).stage.viewer.size() == size
    )

    def lies_at_the_edge(place: QWidget) -> bool:
        at = place.mapTo(window, place.rect().bottomLeft())
        mine = notice.mapTo(window, notice.rect().bottomLeft())
        return (
            abs(at.y() - mine.y()) <= 1
            and abs(at.x() - mine.x()) <= 1
            and notice.width() == place.width()
        )

    assert lies_at_the_edge(create_of(window).stage.viewer)
    window.resize(1300, 800)
    until(lambda: lies_at_the_edge(create_of(window).stage.viewer), 5)
    for room in ("gallery", "settings"):
        window.go(room)
        until(lambda: lies_at_the_edge(window.rooms), 5)
    assert not notice.isHidden()


def test_a_notice_goes_when_its_undo_would_undo_something_else(application: Application) -> None:
    window, draft = application.window, application.draft
    window.notice.clear()
    draft.take_over(Request(prompt="a boat"))
    window.notice.say("Taken.", label="Undo", action=draft.undoer())
    window.notice.say(
        "Missing.", label="Find it", action=lambda: None, other=("Undo", draft.undoer())
    )
    draft.set(steps=3)
    assert (
        window.notice.texts() == ("Missing.",)
        and window.notice.other.isHidden()
        and not window.notice.button.isHidden()
    )
    window.notice.clear()
    draft.take_over(Request(prompt="a tree"))
    window.notice.say("Taken.", label="Undo", action=draft.undoer())
    draft.undo()
    assert window.notice.top() is None, "undone by key"


def test_generate_outdates_what_was_refused(application: Application) -> None:
    window, draft = application.window, application.draft
    window.notice.clear()
    draft.set(prompt="a red house", width=257)
    form_of(window).generate()
    assert "multiple of 8" in window.notice.text.text() and window.notice.top() is not None
    window.notice.say("Kept.", problem=True, topic="else")
    draft.set(width=256)
    form_of(window).generate()
    until(lambda: window.notice.texts() == ("Kept.",), 10)


def test_what_an_engine_notes_is_said_once_in_a_series(application: Application) -> None:
    window = application.window
    window.notice.clear()
    application.service.noted.emit(
        PictureNote("The LoRA holds more than is known; the rest was applied.").text
    )
    assert "holds more" in window.notice.text.text()
    window.notice.cross.click()
    application.service.noted.emit("The LoRA holds more than is known; the rest was applied.")
    assert window.notice.top() is None
    application.service.noted.emit("Something else.")
    application.service.noted.emit("And more.")
    assert window.notice.texts() == ("And more.", "Something else.")
    form_of(window).generate()
    until(lambda: window.notice.top() is None, 10)
    application.service.noted.emit("Something else.")
    assert window.notice.texts() == ("Something else.",), "a new series"
