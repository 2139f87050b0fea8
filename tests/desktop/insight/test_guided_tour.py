"""The guided tour in the real window: a walk from the first question to a lesson of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QWidget,
)

from core.engine.contract.protocol import EngineSpec
from core.service.lessons import drafts
from core.service.lessons.files import read_lesson, write_lesson
from core.service.lessons.progress import load
from core.service.lessons.tour import guided_tour
from core.system.paths import Places
from core.values.insight.lesson import NO_ANSWER, Lesson, Shot, Term, TwoTexts
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.tour.editor import LessonEditor
from desktop.insight.tour.making import MAKE, WITHOUT
from desktop.insight.tour.sheet.shot_parts import WordChips
from desktop.insight.tour.sheet.stop_sheet import StopSheet
from desktop.insight.tour.view import Tour
from desktop.shell.help_texts import is_sentence
from desktop.widgets.controls import SliderField
from tests.desktop.driving import Open, create_of, in_front, opening, pump, until

SPEC = EngineSpec(device="cpu", previews=False)
FAKE = EngineSpec(kind="fake")


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front, "insight")


def small(request: Request) -> Request:
    """The same words and seed, quickly."""
    return replace(request, width=64, height=64, steps=2)


def small_tour() -> Lesson:
    """The guided tour in small pictures, as a lesson that has none of them yet."""

    def quick(shot: Shot) -> Shot:
        return replace(shot, request=small(shot.request))

    tour = guided_tour(str)
    stops = [
        replace(
            stop,
            shots=tuple(map(quick, stop.shots[:2])),
            reference=min(stop.reference, 0),
            own_try=stop.own_try and replace(stop.own_try, request=small(stop.own_try.request)),
        )
        for stop in tour.stops
    ]
    first = stops[0]
    stops[0] = replace(first, shots=(first.shots[0], replace(first.shots[0], film="steps")))
    return replace(tour, id="small", title="A small tour", stops=tuple(stops))


def tour_of(application: Application) -> Tour:
    """The view, with a lesson open."""
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    until(lambda: "tour" in room.desk.views)
    view = room.desk.views["tour"]
    assert isinstance(view, Tour)
    until(lambda: view.opened is not None)
    return view


def press(widget: QWidget, key: Qt.Key = Qt.Key.Key_Space) -> None:
    assert widget.isVisible() and widget.isEnabled(), widget.accessibleName()
    widget.setFocus()
    QTest.keyClick(widget, key)


def tabs_from(sheet: StopSheet) -> list[QWidget]:
    """Where Tab goes from the sheet up to its last button."""
    found: list[QWidget] = []
    part: QWidget | None = sheet
    while part is not sheet.next_button and len(found) < 400:
        part = part.nextInFocusChain()
        assert part is not None
        can = bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus) and part.isVisible()
        if can and part.isEnabled():
            found.append(part)
    return found


def _first(part: QWidget) -> QWidget:
    """Of a slider with a number the slider comes first."""
    return part.slider if isinstance(part, SliderField) else part


def test_a_walk_by_keyboard_and_a_lesson_made_of_it(
    open_app: Open, where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    path = write_lesson(tmp_path / "small.lesson", small_tour(), {})
    application.window.opening.open_path(path)
    view = tour_of(application)
    until(lambda: view.lesson.id == "small")
    assert application.window.rooms.shown == "insight"
    sheet = view.sheet.sheet
    for number, stop in enumerate(view.lesson.stops):
        assert view.stop is stop and not sheet.show_button.isEnabled()
        assert sheet.shots.isHidden() and sheet.seen.isHidden() and sheet.own.isHidden()
        press(sheet.choices.buttons[number % len(sheet.choices.buttons)])
        press(sheet.show_button)
        if number == 0:  # stopped before all was seen: nothing is settled yet
            press(sheet.show_button)
            assert sheet.choices.buttons[2].isEnabled() and view.guess() is None
            press(sheet.show_button)
        until(lambda: sheet.seen.isVisible())
        assert sheet.show_button.isHidden() and sheet.shots.cards[0].hasFocus()
        assert all(card.room.has_image() for card in sheet.shots.cards)
        press(sheet.next_button, Qt.Key.Key_Return)
    assert application.window.rooms.shown == "create"
    assert "8 of 8" in view.said()

    assert sheet.summary.text().count("\n") == 7 and not sheet.summary.isHidden()

    words = view.pictures.made["words", 0].film
    assert [one.words.split('"')[1] for one in words] == ["a", "red", "house", "at", "sunset"]
    assert len({one.pixels.rgb for one in words}) == 5

    application.window.go("insight")
    view.go_to(0)
    last = sheet.shots.cards[1]
    until(lambda: last.room.has_image() and last.sight.notes)
    assert last.sight.notes == ("the same as Seed 1, pixel by pixel",)
    assert last.film.maximum() == 4 and "You expected" in sheet.verdict.text()
    press(last.film, Qt.Key.Key_Left)
    assert "step 2 of 2" in last.notes.text() and last.name.text().endswith("step 2 of 2")
    press(last.film, Qt.Key.Key_Home)
    assert last.name.text() == "Seed 1: noise"
    assert sheet.shots.cards[0].noise.image == last.sight.film[0].image

    prompt = sheet.own.fields["prompt"]
    assert isinstance(prompt, QLineEdit)
    what_cannot_be_a_seed_is_said(view)
    for count, words in enumerate(("a dragon", "a red cat"), 1):
        prompt.setText(words)
        press(prompt, Qt.Key.Key_Return)
        assert ("It knows: house" in sheet.own.note.text()) is (words == "a dragon")
        until(lambda count=count: len(sheet.own.shots.cards) == count)
    until(lambda: not view.pictures.waiting)
    assert [card.sight.notes[0] for card in sheet.own.shots.cards] == [
        "Prompt: a red cat",
        "Prompt: a dragon",
    ]
    assert not list(where.pictures.rglob("*.png"))
    assert application.service.waiting == 0 and not list(where.recordings.glob("*"))
    press(sheet.own.take, Qt.Key.Key_Return)
    assert create_of(application.window).form.prompt.prompt.toPlainText() == "a red cat"
    draft, shown = view._context.services.draft, view.pictures.own["seed"].request
    assert shown.seed is not None
    assert (draft.request.seed, draft.request.width) == (shown.seed, 64)

    application.window.go("insight")
    made_a_lesson(view, where, tmp_path, monkeypatch)
    until(lambda: load(where.lessons).of("small").tried == ("seed",))
    assert len(load(where.lessons).of("small").guesses) == 8


def test_arrows_go_from_word_to_word(qapp: QApplication) -> None:
    chips = WordChips()
    chips.show_words([f"word{number}" for number in range(30)])
    chips.resize(300, 400)
    chips.show()
    chips.buttons[0].setFocus()
    for place in (1, 2, 3):
        QTest.keyClick(chips.buttons[place - 1], Qt.Key.Key_Right)
        assert chips.at() == place
    QTest.keyClick(chips.buttons[3], Qt.Key.Key_Up)
    assert chips.at() == 2
    chips.close()


def what_cannot_be_a_seed_is_said(view: Tour) -> None:
    own = view.sheet.sheet.own
    seed = own.fields["seed"]
    assert isinstance(seed, QLineEdit)
    for text in ("seven", "-1", "1" * 30):
        seed.setText(text)
        press(own.make)
        assert "whole number" in own.fault.text() and own.fault.isVisible()
        assert not view.pictures.waiting
    seed.clear()  # a random one


def what_is_no_guidance_is_said(view: Tour) -> None:
    own = view.sheet.sheet.own
    guidance = own.fields["guidance"]
    assert isinstance(guidance, SliderField)
    guidance.field.setValue(0)
    press(own.make)
    assert "from 1 to 30 here, not 0" in own.fault.text() and not view.pictures.waiting
    guidance.field.setValue(3)
    assert own.fault.isHidden()


def made_a_lesson(
    view: Tour, where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(view.sheet.make_lesson)
    editor = view.making.editor
    assert "of 16 pictures" in editor.count.text()
    editor.stops.setCurrentRow(7)
    press(editor.up)
    press(editor.remove)
    assert [stop.id for stop in editor.lesson().stops][-1] == "size"
    assert "written for 8 stops, your lesson has 7" in editor.mismatch.text()
    before = editor.lesson().stops
    press(editor.stops, Qt.Key.Key_Delete)
    assert len(editor.lesson().stops) == 6 and "of 12 pictures" in editor.count.text()
    QTest.keyClick(editor.stops, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.lesson().stops == before and "of 14 pictures" in editor.count.text()
    editor.stops.setCurrentRow(0)
    editor.stop_title.setText("")
    QTest.keyClicks(editor.stop_title, "Where it begins")
    the_answer_follows_its_text(editor)
    target = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    until(lambda: not view.pictures.waiting)
    assert editor.own_tries.isVisible() and not editor.own_tries.isChecked()
    press(editor.own_tries)
    press(editor.save)
    saved = tmp_path / "mine.lesson"
    until(saved.exists)
    until(lambda: any("mine.lesson" in text for text in view._context.notice.texts()))
    lesson = read_lesson(saved)
    first = lesson.lesson.stops[0]
    assert first.title == "Where it begins" and first.choices == ("Yes", "No")
    assert first.happens == 1 and [shot.name for shot in first.shots][-1] == "My own"
    assert first.shots[-1].request.prompt == "a red cat"
    assert len(first.shots[1].frames) == 3 and len(lesson.lesson.stops) == 7
    assert all(one.width == 64 for one in lesson.pictures.values())
    view.take(())  # the guided tour, from Help
    assert view.sheet.stack.currentIndex() == 0 and view.lesson.id == "guided-tour"
    view.take((tmp_path / "small.lesson",))
    until(lambda: view.lesson.id == "small")
    assert view.stop.title == "The seed"
    press(view.sheet.make_lesson)
    assert editor.lesson().stops[0].title == "Where it begins"  # what was typed is not lost
    assert "You go on with your lesson from " in editor.draft.text()
    missing_pictures_are_asked_about(view, tmp_path, monkeypatch)
    until(lambda: (draft := drafts.load(where.lesson_draft)) and draft.lesson == editor.lesson())
    press(editor.anew)
    assert editor.lesson() == view.lesson and editor.draft.isHidden()
    undo = view._context.notice.top()
    assert undo is not None and undo.action is not None
    undo.action()
    assert editor.lesson().stops[0].title == "Where it begins"
    press(editor.done)
    assert view.sheet.stack.currentIndex() == 0 and view.sheet.make_lesson.hasFocus()


def the_answer_follows_its_text(editor: LessonEditor) -> None:
    stop = editor.lesson().stops[0]
    right, others = stop.choices[stop.happens], [*stop.choices]
    others.remove(right)
    editor.choices.setPlainText("\n".join((*others, right)))
    assert editor.happens.currentText() == right and editor.choose.isHidden()
    editor.choices.setPlainText("\n".join(others))
    assert editor.choose.isVisible() and editor.lesson().stops[0].happens == NO_ANSWER
    press(editor.save)
    assert editor.undecided() == 0
    editor.choices.setPlainText("\n".join((right, *others)))  # as after Undo
    assert editor.happens.currentText() == right and editor.choose.isHidden()
    editor.choices.setPlainText("Yes\n\n  No ")
    assert editor.happens.count() == 3 and editor.choose.isVisible()
    editor.happens.setCurrentIndex(2)
    assert editor.choose.isHidden() and editor.undecided() is None


def missing_pictures_are_asked_about(
    view: Tour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, asked = view.making.editor, list[int]()
    answers = iter(("", WITHOUT, MAKE))

    def answer(_: QWidget, missing: int) -> str:
        asked.append(missing)
        return next(answers)

    monkeypatch.setattr("desktop.insight.tour.making.ask_about_missing", answer)
    saved = tmp_path / "bare.lesson"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(saved), ""))
    press(editor.save)
    assert not saved.exists()
    until(lambda: not view.pictures.waiting)
    lacking = sum(len(view.pictures.missing(stop)) for stop in editor.lesson().stops)
    press(editor.save)
    until(lambda: any(f"without {lacking} of" in one for one in view._context.notice.texts()))
    assert saved.exists() and asked[-1] == lacking > 1
    press(editor.save)
    until(lambda: any("All pictures" in one for one in view._context.notice.texts()))
    assert not editor.make.isVisible()


def test_a_lesson_with_its_pictures_needs_no_engine_and_odd_files_are_told(
    open_app: Open, where: Places, tmp_path: Path
) -> None:
    from core.service.lessons.authoring import MadePicture, recorded
    from core.values.picture import Pixels

    tour = small_tour()
    grey = MadePicture(tour.stops[0].shots[0].request, Pixels(64, 64, bytes(3 * 64 * 64)))
    made = {(stop.id, n): grey for stop in tour.stops for n in range(len(stop.shots))}
    whole = recorded(tour, made, {}, "My own")
    path = write_lesson(tmp_path / "whole.lesson", whole.lesson, whole.pictures)
    odd = tmp_path / "odd.lesson"
    odd.write_bytes(b"PK\3\4 no zip")

    application = open_app(FAKE)
    window = application.window
    window.go("insight")
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    until(lambda: "rewind" in room.desk.views)
    press(room.desk.page.act)  # no picture is open
    view = tour_of(application)
    assert view.page.isVisible()
    window.go("create")
    window.actions_by_id["help.tour"].trigger()
    assert view.lesson.id == "guided-tour" and len(view.lesson.stops) == 8
    assert window.rooms.shown == "insight" and view.sheet.to_tour.isHidden()
    window.opening.open_path(odd)
    until(lambda: any("odd.lesson" in text for text in window.notice.texts()))
    assert view.lesson.id == "guided-tour"

    window.opening.open_path(path)
    until(lambda: view.lesson.id == whole.lesson.id)
    sheet = view.sheet.sheet
    sheet.choices.buttons[-1].click()
    sheet.show_button.click()
    assert sheet.seen.isVisible() and not view.pictures.waiting  # at once
    first, second = sheet.shots.cards
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert second.hasFocus() and first.focusPolicy() is Qt.FocusPolicy.ClickFocus
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert second.larger is not None and second.larger.room.width() > second.room.width()
    second.larger.accept()
    assert "What happened" in sheet.verdict.text()
    press(view.sheet.restart)
    assert sheet.seen.isHidden() and view.guess() is None
    undo = window.notice.top()
    assert undo is not None and undo.action is not None
    undo.action()
    assert sheet.seen.isVisible()
    view.sheet.to_tour.click()
    assert view.lesson.id == "guided-tour"
    window.signals.insight_file.emit(path)  # what a picture is opened for is not seen in the tour
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom) and room.desk.view() is room.desk.views["rewind"]
    window.actions_by_id["help.tour"].trigger()
    assert not view._filling._sights._images, "pictures of a lesson that was left stay nowhere"
    what_cannot_be_made_is_told(application, tmp_path)


def test_words_of_a_stranger_are_no_tags_and_mark_no_keys(open_app: Open, tmp_path: Path) -> None:
    lesson = small_tour()
    tag = '<img src="picture.png">'
    first, second = lesson.stops[:2]
    meaning = TwoTexts(tag, tag)
    lesson = replace(
        lesson,
        terms=(Term("Q&A", meaning),),
        stops=(replace(first, terms=("Q&A",)), replace(second, title="Steps & <b>more</b>")),
    )
    application = open_app(FAKE)
    application.window.opening.open_path(write_lesson(tmp_path / "x.lesson", lesson, {}))
    view = tour_of(application)
    until(lambda: view.lesson.id == "small")
    sheet = view.sheet.sheet
    (term,) = sheet.terms.buttons
    assert "&lt;img" in term.toolTip() and "<img" not in term.toolTip()
    assert term.shortcut().isEmpty() and sheet.next_button.shortcut().isEmpty()
    press(term)
    assert sheet.terms.meaning.text() == f"Q&A: {tag}"


def test_a_tour_that_is_missing_is_told(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.service.lessons.tour.FILE", tmp_path / "tour.json")
    application = open_app(FAKE)
    application.window.actions_by_id["help.tour"].trigger()
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    view = room.desk.views["tour"]
    assert isinstance(view, Tour)
    until(lambda: "The guided tour is missing" in view.sheet.empty.text())
    assert view.sheet.empty.isVisible()


def what_cannot_be_made_is_told(application: Application, tmp_path: Path) -> None:
    lesson = small_tour()
    stop = lesson.stops[0]
    shot = replace(stop.shots[0], request=replace(stop.shots[0].request, model="not here"))
    lesson = replace(lesson, stops=(replace(stop, shots=(shot,), choices=(), happens=-1),))
    application.window.opening.open_path(write_lesson(tmp_path / "x.lesson", lesson, {}))
    view = tour_of(application)
    until(lambda: view.lesson.id == "small")
    sheet = view.sheet.sheet
    assert sheet.choices.isHidden()
    press(sheet.show_button)
    until(sheet.fault.text)
    assert "not here" in sheet.fault.text() and sheet.show_button.text() == "Show me"
    assert sheet.seen.isHidden() and sheet.fault.isVisible() and not view.pictures.waiting


def test_how_it_is_told_is_a_matter_of_switches_that_stay(
    open_app: Open, where: Places, tmp_path: Path
) -> None:
    application = open_app(FAKE)
    application.window.resize(1024, 640)
    application.window.opening.open_path(write_lesson(tmp_path / "small.lesson", small_tour(), {}))
    view = tour_of(application)
    until(lambda: view.lesson.id == "small")
    page, sheet = view.sheet, view.sheet.sheet
    view.go_to(3)
    simple = sheet.intro.text()
    assert tabs_from(sheet) == [
        *sheet.terms.buttons,
        *sheet.choices.buttons,
        sheet.back_button,
        sheet.next_button,
    ]
    assert [one.text() for one in sheet.terms.buttons] == ["schedule", "noise", "step", "seed"]
    press(sheet.terms.buttons[0])
    press(page.exact)
    sigma = next(one for one in sheet.terms.buttons if one.text() == "sigma")
    assert "noise" in sigma.toolTip()  # at a touch of the mouse
    press(sigma)
    assert "standard deviation" in sheet.terms.meaning.text()
    press(page.simple)
    assert sheet.intro.text() == simple and not sheet.terms.meaning.text()
    press(page.exact)
    assert sheet.intro.text() != simple and page.exact.isChecked() and not page.simple.isChecked()
    height = sheet.intro.fontMetrics().height()
    page.large.click()
    pump(1)
    assert sheet.intro.fontMetrics().height() > 1.3 * height
    for place in range(len(view.lesson.stops)):
        view.go_to(place)
        sheet.choices.buttons[0].click()
        sheet.show_button.click()
        until(lambda: sheet.seen.isVisible())
        pump(1)
        fields = [*sheet.own.fields.values()][:1]
        if view.stop.id == "guidance":
            what_is_no_guidance_is_said(view)
        order = tabs_from(sheet)
        parts = [*sheet.terms.buttons, sheet.shots.cards[0], *fields, sheet.own.make]
        places = [order.index(_first(part)) for part in (*parts, sheet.next_button)]
        assert places == sorted(places)
        column = sheet.column
        assert column.width() <= sheet.viewport().width()
        for part in column.findChildren(QWidget):
            if part.isVisible():
                right = part.mapTo(column, part.rect().topRight()).x()
                assert right < column.width(), (view.stop.id, type(part), part.accessibleName())
    press(page.make_lesson)
    mute = [
        (type(part).__name__, part.accessibleName())
        for part in page.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus
        and type(part) is not QLabel
        and part.window() is application.window
        and not isinstance(part.parent(), QAbstractSpinBox | QComboBox)
        and "QComboBox" not in type(part.parent()).__name__
        and not any(
            is_sentence(text, part.accessibleName())
            for text in (part.whatsThis(), part.toolTip(), part.accessibleDescription())
        )
    ]
    assert not mute
    press(view.making.editor.done)
    until(lambda: load(where.lessons).exact and load(where.lessons).large)
    view.go_to(7)
    sheet.more.click()
    until(lambda: "limits" in application.window.help.pages)
    application.window.help.pages["limits"].close()
