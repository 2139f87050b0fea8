"""Names offered while they are typed: when, which, and what the keys do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from core.prompt.completion.suggestions import Words, names_of
from core.prompt.completion.tag_index import TagRow, index_of
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets import theme

CONTROL = Qt.KeyboardModifier.ControlModifier
WORDS = ["EasyNegative", "easter-egg", "badhands.v2", "<lora:glow:1>", "<lora:Ink:0.8>"]


@pytest.fixture
def editor(qapp: QApplication) -> Iterator[PromptEdit]:
    panel = PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)
    panel.show()
    editor = panel.prompt
    editor.setFocus()
    editor.completion.set_words(WORDS)
    yield editor
    editor.completion.popup.hide()
    panel.end()


def offered(editor: PromptEdit) -> list[str]:
    """What the list shows, [] where it is closed."""
    if not editor.completion.popup.isVisible():
        return []
    model = editor.completion.completer.completionModel()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_names_are_offered_from_two_letters_on_in_any_case(editor: PromptEdit) -> None:
    QTest.keyClicks(editor, "a house, e")
    assert offered(editor) == []
    QTest.keyClicks(editor, "A")
    assert offered(editor) == ["easter-egg", "EasyNegative"], "in order, whatever their case"
    QTest.keyClicks(editor.completion.popup, "sy")
    assert offered(editor) == ["EasyNegative"]
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Backspace)
    assert offered(editor) == ["easter-egg", "EasyNegative"]
    QTest.keyClicks(editor.completion.popup, " ")
    assert offered(editor) == [] and editor.toPlainText() == "a house, eAs "


def test_return_takes_what_was_chosen_and_is_the_texts_where_nothing_was(
    editor: PromptEdit,
) -> None:
    for keys, text in (
        ([Qt.Key.Key_Return], "eas\n"),
        ([Qt.Key.Key_Down, Qt.Key.Key_Return], "easter-egg"),
        ([Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Enter], "EasyNegative"),
    ):
        editor.replace_text("")
        QTest.keyClicks(editor, "eas")
        for key in keys:
            QTest.keyClick(editor.completion.popup, key)
        assert editor.toPlainText() == text and offered(editor) == []


def test_keys_take_close_and_leave(editor: PromptEdit) -> None:
    for keys, text in (
        ([Qt.Key.Key_Tab], "badhands.v2"),
        ([Qt.Key.Key_Down, Qt.Key.Key_Tab], "badhands.v2"),
        ([Qt.Key.Key_Escape], "bad"),
        ([Qt.Key.Key_Up], "bad"),
    ):
        editor.replace_text("a house\n")
        QTest.keyClicks(editor, "bad")
        for key in keys:
            QTest.keyClick(editor.completion.popup, key)
        assert editor.toPlainText() == f"a house\n{text}" and offered(editor) == []
    assert editor.textCursor().blockNumber() == 0, "Up is the text's where nothing is chosen"
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText() == "a house\nbad\n", "with the list closed they are the editor's"


def test_tags_of_loras_are_offered_from_their_bracket_on(editor: PromptEdit) -> None:
    QTest.keyClicks(editor, "a house <lora:")
    assert offered(editor) == ["<lora:glow:1>", "<lora:Ink:0.8>"]
    QTest.keyClicks(editor.completion.popup, "in")
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Return)
    assert editor.toPlainText() == "a house <lora:Ink:0.8>"


def test_nothing_is_offered_for_a_whole_name_or_by_moving(editor: PromptEdit) -> None:
    QTest.keyClicks(editor, "easter-egg")
    assert offered(editor) == []
    editor.replace_text("eas")
    QTest.keyClick(editor, Qt.Key.Key_Left)
    QTest.keyClick(editor, Qt.Key.Key_End)
    QTest.keyClick(editor, Qt.Key.Key_C, CONTROL)
    assert offered(editor) == [], "only what is typed or deleted asks"
    editor.completion.set_words([])
    QTest.keyClicks(editor, "y")
    assert offered(editor) == []


def test_what_comes_while_somebody_waits_for_it_is_offered(editor: PromptEdit) -> None:
    asked: list[str] = []
    editor.completion.wanted.connect(asked.append)
    QTest.keyClicks(editor, "a long ha")
    assert offered(editor) == [] and asked[-1] == "words"
    rows = [TagRow("long_hair", 1_200_000, ("longhair",)), TagRow("hat_(red)", 340_000)]
    editor.completion.use(Words(tags=index_of(rows), wildcards=names_of(["animals/cat"])))
    assert offered(editor) == ["long hair"]
    QTest.keyClicks(editor.completion.popup, " ")
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
    QTest.keyClicks(editor, ", longh")
    assert offered(editor) == ["longhair → long hair"]
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
    QTest.keyClicks(editor, ", (hat")
    assert offered(editor) == [r"hat \(red\)"]
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
    QTest.keyClicks(editor, "), __c")
    assert offered(editor) == ["__animals/cat__"] and asked[-1] == "wildcards"
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Return)
    assert editor.toPlainText() == r"a long hair, long hair, (hat \(red\)), __animals/cat__"


def test_only_the_beginning_left_of_the_cursor_is_replaced(editor: PromptEdit) -> None:
    for before, after in (("a ", ", night"), ("😀😀 a ", ", night"), ("<lora:glow:1> ", "x")):
        editor.replace_text(before + after)
        cursor = editor.textCursor()
        cursor.setPosition(len(before.encode("utf-16-le")) // 2)
        editor.setTextCursor(cursor)
        QTest.keyClicks(editor, "bad")
        assert offered(editor) == ["badhands.v2"], before
        QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
        assert editor.toPlainText() == f"{before}badhands.v2{after}"


def test_a_name_that_was_taken_is_one_step(editor: PromptEdit) -> None:
    QTest.keyClicks(editor, "a bad")
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
    editor.undo()
    assert editor.toPlainText() == "a bad"
    editor.redo()
    assert editor.toPlainText() == "a badhands.v2"
