"""Notices: each has a life of its own, several wait for one another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from desktop.widgets.notice import Notice
from desktop.widgets.notices import LINES, NoticeBar
from tests.desktop.driving import pump


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


def test_it_is_spoken_where_a_screen_reader_listens(
    bar: NoticeBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", said.append)
    bar.say("Saved.")
    bar.say("No space.", problem=True)
    words = [(event.message(), event.politeness()) for event in said]  # type: ignore[attr-defined]
    politeness = QAccessible.AnnouncementPoliteness
    assert words == [("Saved.", politeness.Polite), ("No space.", politeness.Assertive)]
