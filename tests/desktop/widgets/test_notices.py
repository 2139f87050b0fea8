"""Notices: each has a life of its own, several wait for one another, and none moves the picture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from core.values.events import PictureNote
from core.values.request import Request
from desktop.app.app import Application
from desktop.widgets import announce as announce_module
from desktop.widgets.notice import Notice
from desktop.widgets.notices import LINES, NoticeBar
from tests.desktop.driving import create_of, form_of, pump, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


@pytest.fixture
def bar(qapp: QApplication) -> Iterator[NoticeBar]:
    qapp.setStyle("Fusion")
    room = QWidget()
    column = QVBoxLayout(room)
    place, line = QWidget(), QLineEdit()
    column.addWidget(place, 1)
    column.addWidget(line)
    room.resize(500, 400)
    bar = NoticeBar()
    bar.float_over(room, place)
    room.show()
    line.setFocus()
    yield bar
    room.hide()
    room.deleteLater()


@pytest.fixture
def application(qapp: QApplication, where: Places) -> Iterator[Application]:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    application.start()
    application.window.resize(1024, 640)
    pump(250)
    yield application
    take_down(application)


def test_notices_wait_for_one_another(bar: NoticeBar) -> None:
    done: list[str] = []
    bar.say("Saved.", topic="saved")
    bar.say("No space.", problem=True, label="Run again", action=lambda: done.append("again"))
    bar.say("A third.", label="Use now", action=lambda: done.append("use"))
    assert (
        bar.text.text() == "A third."
        and bar.waiting.text() == "2 more"
        and not bar.waiting.isHidden()
    )
    bar.waiting.click()
    assert bar.text.text() == "No space." and not bar.mark.isHidden()
    bar.button.click()
    assert done == ["again"] and bar.texts() == ("Saved.", "A third.")
    bar.cross.click()
    assert bar.text.text() == "A third." and bar.waiting.isHidden()
    bar.button.click()
    assert done == ["again", "use"] and bar.isHidden() and bar.top() is None


def test_a_notice_is_replaced_by_one_of_its_topic_and_cleared_with_it(bar: NoticeBar) -> None:
    bar.say("One.", topic="model:file", problem=True)
    bar.say("Two.", topic="form")
    bar.say("Three.", topic="model:file", problem=True)
    assert bar.texts() == ("Three.", "Two.")
    bar.say("Two.")
    assert bar.texts() == ("Two.", "Three."), "the same words are not said twice"
    bar.clear("mode")
    assert len(bar.texts()) == 2
    bar.clear("model")
    assert bar.texts() == ("Two.",)
    bar.clear()
    assert bar.isHidden()


def test_only_what_confirms_leaves_by_itself_and_stays_as_long_as_reading_takes(
    bar: NoticeBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Notice("a" * 200).life_ms() > Notice("a").life_ms() + 5_000
    monkeypatch.setattr(Notice, "life_ms", lambda self: 20)
    for problem, act, stays in (
        (False, None, False),
        (True, None, True),
        (False, lambda: None, True),
    ):
        bar.say("Words.", problem=problem, label="Do it" if act else "", action=act)
        pump(120)
        assert (bar.top() is not None) == stays
        bar.clear()
    bar.say("Read me.")
    bar.cross.setFocus()
    if QApplication.focusWidget() is bar.cross:
        pump(120)
        assert bar.top() is not None, "not while it has the focus"
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert bar.top() is None


def test_long_words_take_three_lines_until_they_are_asked_for(bar: NoticeBar) -> None:
    bar.say(
        "No space is left on the disk where the pictures are. " * 8,
        problem=True,
        label="Run again",
        action=lambda: None,
    )
    line = bar.text.fontMetrics().lineSpacing()
    assert (
        not bar.more.isHidden()
        and bar.more.text() == "More"
        and bar._scroll.height() <= LINES * line + 2
    )
    small = bar.height()
    bar.more.click()
    assert (
        bar.more.text() == "Less"
        and bar.height() > small
        and bar._scroll.height() > LINES * line + 2
    )
    bar.more.click()
    assert bar.height() == small
    bar.say("Short.")
    assert bar.more.isHidden()


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


def test_it_is_spoken_where_a_screen_reader_listens(
    bar: NoticeBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(announce_module.QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(announce_module.QAccessible, "updateAccessibility", said.append)
    bar.say("Saved.")
    bar.say("No space.", problem=True)
    words = [(event.message(), event.politeness()) for event in said]  # type: ignore[attr-defined]
    politeness = QAccessible.AnnouncementPoliteness
    assert words == [("Saved.", politeness.Polite), ("No space.", politeness.Assertive)]
