"""One history for the form's texts and parameters: every change is a step,
in order, back and forth."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from core.system.paths import Places
from core.values.request import Request
from desktop.state import session
from desktop.state.draft import Draft
from tests.desktop.driving import (
    Clock,
    Open,
    form_of,
    gallery_of,
    pump,
    take_down,
    until,
)

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def state(draft: Draft) -> tuple[Request, bool, str]:
    return draft.stored(), draft.random_seed, draft.family.id


def back(draft: Draft) -> str:
    step = draft.history.top()
    assert step is not None and draft.undo()
    return step.text


def test_texts_and_parameters_go_back_in_their_order(open_app: Open) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    Clock(draft)
    prompt = form_of(window).prompt.prompt
    prompt.setFocus()
    QTest.keyClicks(prompt, "a red house")
    form_of(window).parameters.control("steps").field.setValue(33)
    prompt.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClicks(prompt, "now")
    draft.take_over(Request(prompt="a boat", steps=9, guidance=3.0, seed=5))
    assert (draft.random_seed, prompt.toPlainText()) == (False, "a boat")
    QTest.keyClick(prompt, Qt.Key.Key_Z, CONTROL)
    assert "Reuse all" in window.status_message.text()
    assert (
        prompt.toPlainText() == "nowa red house"
        and draft.stored().steps == 33
        and draft.random_seed
    )
    QTest.keyClick(prompt, Qt.Key.Key_Z, CONTROL)
    assert prompt.toPlainText() == "a red house" and prompt.textCursor().position() == 0
    QTest.keyClick(prompt, Qt.Key.Key_Z, CONTROL)
    assert (
        draft.stored().steps
        == draft.family.steps
        == form_of(window).parameters.control("steps").field.value()
    )
    for text in ("a red ", "a "):
        QTest.keyClick(prompt, Qt.Key.Key_Z, CONTROL)
        assert prompt.toPlainText() == text
    while draft.redo():
        pass
    assert prompt.toPlainText() == "a boat" and draft.stored().steps == 9 and not draft.random_seed


def test_typing_is_parted_by_pauses_places_and_what_is_no_typing(open_app: Open) -> None:
    application = open_app()
    draft, prompt = application.draft, form_of(application.window).prompt.prompt
    clock = Clock(draft)
    prompt.replace_text("")
    QTest.keyClicks(prompt, "ab")
    clock.now += 3
    QTest.keyClicks(prompt, "cd")
    QTest.keyClick(prompt, Qt.Key.Key_Left)
    QTest.keyClick(prompt, Qt.Key.Key_Right)
    QTest.keyClicks(prompt, "D")
    data = QMimeData()
    data.setText("pasted")
    prompt.insertFromMimeData(data)
    QTest.keyClicks(prompt, "ef")
    QTest.keyClick(prompt, Qt.Key.Key_Backspace)
    QTest.keyClick(prompt, Qt.Key.Key_Backspace)
    names = []
    for text in ("abcdDpastedef", "abcdDpasted", "abcdD", "abcd", "ab", ""):
        names.append(back(draft))
        assert prompt.toPlainText() == text
    assert names == ["Typing", "Typing", "Paste", "Typing", "Typing", "Typing"]


def test_a_drag_of_a_slider_is_one_step_however_long(open_app: Open) -> None:
    application = open_app()
    draft, slider = (
        application.draft,
        form_of(application.window).parameters.control("steps").slider,
    )
    clock, before = Clock(draft), application.draft.stored().steps
    for end in (30, 44):
        slider.setSliderDown(True)
        for value in range(end - 5, end + 1):
            slider.setValue(value)
            clock.now += 5
        slider.setSliderDown(False)
    assert back(draft) == "Steps" and draft.stored().steps == 30
    assert back(draft) == "Steps" and draft.stored().steps == before
    slider.setSliderDown(True)
    slider.setValue(before + 9)
    slider.setValue(before)
    slider.setSliderDown(False)
    assert draft.history.top() is None  # it came to nothing


def test_undo_of_a_model_brings_back_the_model_its_values_and_all_who_follow_it(
    open_app: Open,
) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    followed: list[str] = []
    form_of(window).choice.model_used.connect(lambda entry: followed.append(entry.id))
    own = application.library.entry(draft.stored().model)
    assert own is not None
    other = replace(own, id="other", name="Other", family="sdxl")
    application.library.keep(other)
    model, before = draft.stored().model, state(draft)
    draft.set(guidance=9.0)
    form_of(window).choice.choose(other.id)
    assert draft.stored().model == other.id and state(draft) != before
    assert draft.undo() and draft.stored().model == model and draft.stored().guidance == 9.0
    assert followed == [other.id, model]
    assert draft.redo() and draft.stored().model == other.id and followed[-1] == other.id
    draft.undo()
    draft.undo()
    assert state(draft) == before


def test_a_restart_leaves_nothing_to_undo_and_a_chip_is_a_step_of_its_own(open_app: Open) -> None:
    first = open_app()
    chips = form_of(first.window).prompt.examples
    chips.toggle.setChecked(True)
    prompt = form_of(first.window).prompt.prompt
    assert not first.draft.undo()  # the first prompt was put there by the program
    start = prompt.toPlainText()
    QTest.mouseClick(chips.chips[0], Qt.MouseButton.LeftButton)
    assert prompt.toPlainText() == chips.chips[0].full
    prompt.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(prompt, "!x")
    first.draft.undo()
    assert prompt.toPlainText() == chips.chips[0].full
    first.draft.undo()
    assert prompt.toPlainText() == start
    first.draft.redo()
    until(lambda: first.stores.places.session.exists())
    pump(700)
    take_down(first)
    second = open_app()
    text = form_of(second.window).prompt.prompt.toPlainText()
    assert text == second.draft.request.prompt and text
    QTest.keyClick(form_of(second.window).prompt.prompt, Qt.Key.Key_Z, CONTROL)
    assert form_of(second.window).prompt.prompt.toPlainText() == text
    assert not second.window.actions_by_id["undo"].isEnabled()


def test_generating_takes_no_step_away(open_app: Open) -> None:
    application = open_app()
    draft = application.draft
    draft.set(prompt="a red house")
    draft.set(steps=3)
    form_of(application.window).generate()
    until(lambda: len(application.window.newest.ids()) == 1)
    seed = draft.last_seed
    assert back(draft) == "Steps" and draft.stored().seed == seed and draft.random_seed


def test_keys_go_by_focus(open_app: Open) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    draft.set(steps=3)
    draft.set(width=384)
    window.go("gallery")
    search = gallery_of(window).search
    search.setFocus()
    QTest.keyClicks(search, "boat")
    QTest.keyClick(search, Qt.Key.Key_Z, CONTROL)
    assert search.text() == "" and draft.stored().width == 384
    gallery_of(window).setFocus()
    QTest.keyClick(gallery_of(window), Qt.Key.Key_Z, CONTROL)
    assert draft.stored().width == draft.family.sizes[0][0] and draft.stored().steps == 3
    window.go("create")
    field = form_of(window).parameters.control("steps").field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "17")  # not yet taken
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert draft.stored().steps == field.value() == 3
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert draft.stored().steps == draft.family.steps
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert draft.stored().steps == 3
    QTest.keyClick(form_of(window).parameters.seed, Qt.Key.Key_Y, CONTROL)
    assert draft.stored().steps == 17


def test_the_commands_name_their_step_and_are_there_only_when_possible(open_app: Open) -> None:
    application = open_app()
    actions, draft = application.window.actions_by_id, application.draft
    application.window.command_states.refresh()
    assert (
        not actions["undo"].isEnabled()
        and not actions["redo"].isEnabled()
        and actions["undo"].statusTip()
    )
    draft.reset("steps")
    draft.set(steps=3)
    until(lambda: actions["undo"].text() == "Undo: Steps")
    actions["undo"].trigger()
    until(lambda: actions["redo"].text() == "Redo: Steps" and actions["redo"].isEnabled())
    actions["redo"].trigger()
    until(lambda: not actions["redo"].isEnabled() and draft.stored().steps == 3)


def test_a_notice_undoes_its_own_step_or_none(open_app: Open) -> None:
    draft = open_app().draft
    draft.take_over(Request(prompt="a boat"))
    undo_it = draft.undoer()
    draft.set(steps=3)
    assert not undo_it() and draft.stored().prompt == "a boat" and draft.stored().steps == 3
    draft.undo()
    assert undo_it() and draft.stored().prompt != "a boat" and not undo_it()


def test_weight_keys_loras_and_the_die_are_steps(open_app: Open) -> None:
    application = open_app()
    window, draft, prompt = (
        application.window,
        application.draft,
        form_of(application.window).prompt.prompt,
    )
    draft.history.clear()
    draft.set(prompt="a red house <lora:glow:0.8>")
    prompt.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClick(prompt, Qt.Key.Key_Up, CONTROL)
    form_of(window).loras.lines[0].weight.field.setValue(0.5)
    form_of(window).loras.lines[0].remove.click()
    QTest.mouseClick(form_of(window).parameters.die, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    form_of(window).side.count.setValue(4)
    assert [back(draft) for _ in range(6)] == [
        "Count",
        "Random seed",
        "Take out glow",
        "Weight of glow",
        "Weight of a word",
        "Prompt",
    ]
    assert not draft.undo()


def test_what_is_typed_without_a_pause_is_there_after_a_kill(open_app: Open, where: Places) -> None:
    application = open_app()
    prompt = form_of(application.window).prompt.prompt
    prompt.replace_text("")
    prompt.setFocus()
    for _ in range(80):  # keys with never as long between them as a save waits
        QTest.keyClicks(prompt, "w ")
        pump(40)
        if session.load(where.session).request.prompt.startswith("w w"):
            break
    kept = session.load(where.session).request.prompt
    assert kept.startswith("w w") and prompt.toPlainText().startswith(kept)
