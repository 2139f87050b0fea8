"""The editor of prompts: large texts come in portions, are whole for everybody at
once, and go as one step."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from core.models.files.families import FAMILIES
from core.prompt.reading import spans
from core.prompt.reading.kinds import Rules, Span
from core.values.declared.limits import MAX_PROMPT
from core.values.request import Request
from desktop.form.prompt import editor as prompt_edit
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.gradual_change import PORTION
from desktop.form.prompt.panel import PromptPanel
from desktop.form.prompt.rows import MARK, ROW, characters, in_rows, plain, units, whole
from desktop.models.notes_edit import LONGEST, NotesEdit
from desktop.state.draft import Draft
from desktop.widgets import theme
from tests.desktop.driving import until
from tests.desktop.parts import give_prompt_keys

LINES = "a (b:1.2)\n" * 5_000
LINE = "(a" * 10_000 + ")" * 10_000


def mime(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


@pytest.fixture
def panel(qapp: QApplication) -> PromptPanel:
    made = PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)
    made.begin()
    give_prompt_keys(made.editors())
    made.prompt.replace_text("start")
    made.prompt.moveCursor(QTextCursor.MoveOperation.End)
    return made


def settle(editor: PromptEdit) -> None:
    until(lambda: not editor.busy)
    assert whole(QPlainTextEdit.toPlainText(editor)) == editor.toPlainText()


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        LINE,
        "word " * 10_000,
        "e" + "\u0301" * 20_000,
        "👨‍👩‍👧 " * 5_000,
        "a\r\nb\rc" * 5_000,
    ],
)
def test_a_large_paste_is_whole_at_once_and_one_step(panel: PromptPanel, text: str) -> None:
    editor, draft = panel.prompt, panel._draft
    largest = list[int]()
    editor.document().contentsChange.connect(
        lambda _, removed, added: largest.append(max(removed, added))
    )
    editor.insertFromMimeData(mime(text))
    expected = "start" + plain(text)
    assert editor.busy and editor.toPlainText() == draft.request.prompt == expected
    settle(editor)
    assert editor.toPlainText() == draft.request.prompt == expected and max(largest) <= 2 * PORTION
    assert all(
        len(line) <= 2 * ROW + len(MARK) for line in QPlainTextEdit.toPlainText(editor).split("\n")
    )
    editor.undo()
    assert draft.request.prompt == "start"
    settle(editor)
    assert editor.toPlainText() == "start"
    editor.redo()
    settle(editor)
    assert editor.toPlainText() == draft.request.prompt == expected and max(largest) <= 2 * PORTION


def test_what_comes_meanwhile_stands_behind_it(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.insertFromMimeData(mime(LINES))
    editor.insertFromMimeData(mime("second " * 2_000))
    assert panel._draft.request.prompt == "start" + LINES + "second " * 2_000
    QTest.keyClicks(editor, "typed")
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    settle(editor)
    assert editor.toPlainText() == "start" + LINES + "second " * 2_000 + "type"
    editor.replace_text(LINE)
    editor.replace_text("a red house")
    assert panel._draft.request.prompt == "a red house"
    settle(editor)
    assert editor.toPlainText() == "a red house"


def test_a_selection_is_replaced_and_large_ones_go_in_portions(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.insertFromMimeData(mime(LINES))
    settle(editor)
    editor.selectAll()
    assert editor.createMimeDataFromSelection().text() == "start" + LINES
    QTest.keyClicks(editor, "x")
    assert panel._draft.request.prompt == "x"
    settle(editor)
    assert editor.toPlainText() == "x"
    editor.undo()
    settle(editor)
    assert panel._draft.request.prompt == "start" + LINES
    editor.insertFromMimeData(mime("y" * 5_000))
    settle(editor)
    editor.replace_text("")
    settle(editor)
    assert panel._draft.request.prompt == ""


def test_what_does_not_fit_is_left_out_with_a_sentence(panel: PromptPanel) -> None:
    note = panel._notes["prompt"]
    panel.prompt.insertFromMimeData(mime("word " * 200_000))
    assert (
        len(panel._draft.request.prompt) == MAX_PROMPT
        and "900,005" in note.text()
        and not note.isHidden()
    )
    settle(panel.prompt)
    panel._draft.request.check()
    panel.prompt.replace_text("short")
    settle(panel.prompt)
    assert note.isHidden()


def test_a_text_is_parsed_once_a_change_and_long_ones_not_at_all(
    panel: PromptPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    real = spans.spans_of

    def counted(text: str, rules: Rules) -> tuple[Span, ...]:
        parsed.append(text)
        return real(text, rules)

    monkeypatch.setattr(spans, "spans_of", counted)
    editor = panel.prompt
    editor.insertFromMimeData(mime("(a)\n" * 500))
    settle(editor)
    assert 1 <= len(parsed) <= 2
    parsed.clear()
    editor.insertFromMimeData(mime(LINES))
    settle(editor)
    QTest.keyClicks(editor, "abc")
    assert len(parsed) <= 1
    editor.replace_text("a (red) house")
    settle(editor)
    QApplication.processEvents()
    assert parsed[-1] == "a (red) house"
    formats = editor.document().firstBlock().layout().formats()
    assert [(one.start, one.length) for one in formats] == [(2, 1), (3, 3), (6, 1)]


@pytest.mark.parametrize("way", ["set", "take_over", "undo"])
def test_keys_that_wait_are_kept_when_a_program_replaces_the_text(
    panel: PromptPanel, way: str
) -> None:
    editor, draft = panel.prompt, panel._draft
    editor.insertFromMimeData(mime(LINES))
    QTest.keyClicks(editor, "xy")
    assert editor.waiting and "xy" not in editor.toPlainText()
    pasted = "start" + plain(LINES)
    if way == "undo":
        draft.undo()  # of what was typed, not of the paste
        settle(editor)
        assert editor.toPlainText() == draft.request.prompt == pasted
        return
    if way == "set":
        draft.set(prompt="new")
    else:
        draft.take_over(Request("new", seed=3))
    settle(editor)
    assert editor.toPlainText() == draft.request.prompt == "new"
    draft.undo()
    assert draft.request.prompt == pasted + "xy"
    draft.undo()
    assert draft.request.prompt == pasted


def test_a_family_that_comes_takes_no_keys_away(panel: PromptPanel) -> None:
    editor, draft = panel.prompt, panel._draft
    editor.insertFromMimeData(mime(LINES))
    QTest.keyClicks(editor, "xy")
    draft.use_family("other", FAMILIES["sd15"], follows=True)
    settle(editor)
    assert editor.toPlainText() == draft.request.prompt == "start" + plain(LINES) + "xy"


def test_weight_keys_count_as_qt_does(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.replace_text("😀😀 red house")
    cursor = editor.textCursor()
    cursor.setPosition(6)
    editor.setTextCursor(cursor)
    QTest.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert (
        editor.toPlainText() == "😀😀 (red:1.1) house"
        and editor.textCursor().selectedText() == "red"
    )
    QTest.keyClick(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "😀😀 red house"


@given(st.text(alphabet="ab \n😀\u2063\u2064", max_size=60), st.integers(1, 9), st.integers(0, 60))
@example("\u2063\u2063\u2064\u2064", 1, 0)
def test_rows_come_back_as_the_text(text: str, row: int, at: int) -> None:
    text, at = plain(text), min(at, len(plain(text)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.form.prompt.rows.ROW", row)
        assert whole(in_rows(text)) == text
    assert characters(text, units(text, at)) == at


def test_notes_take_as_much_as_fits(qapp: QApplication) -> None:
    notes = NotesEdit()
    notes.setPlainText("mine ")
    notes.moveCursor(QTextCursor.MoveOperation.End)
    notes.insertFromMimeData(mime("a\n" * 50_000))
    assert len(notes.toPlainText()) == LONGEST


def test_no_more_of_a_huge_paste_is_looked_at_than_can_fit(
    panel: PromptPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(prompt_edit, "plain", lambda text: (seen.append(len(text)), plain(text))[1])
    panel.prompt.insertFromMimeData(mime("a\r\n" * 1_000_000))
    assert max(seen) <= 2 * MAX_PROMPT + 2 and len(panel.prompt.toPlainText()) == MAX_PROMPT
    settle(panel.prompt)


def test_one_undo_takes_back_one_later_edit(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.selectAll()
    editor.insertFromMimeData(mime("bye"))
    editor.undo()
    settle(editor)
    texts = [editor.toPlainText()]
    for at_end in (False, True, False):
        editor.moveCursor(
            QTextCursor.MoveOperation.End if at_end else QTextCursor.MoveOperation.Start
        )
        QTest.keyClicks(editor, "X")
        texts.append(editor.toPlainText())
    for text in reversed(texts[:-1]):
        editor.undo()
        settle(editor)
        assert editor.toPlainText() == text


def test_a_recipe_during_an_undo_is_the_text_at_once(panel: PromptPanel) -> None:
    editor, draft = panel.prompt, panel._draft
    editor.insertFromMimeData(mime(LINES))
    settle(editor)
    editor.undo()
    assert editor.busy
    draft.set(prompt="first recipe")
    draft.set(prompt="recipe")
    assert editor.toPlainText() == draft.request.prompt == "recipe"
    until(lambda: not editor.busy)
    settle(editor)
    assert editor.toPlainText() == draft.request.prompt == "recipe"


def test_waiting_keys_are_in_the_text_once_it_is_settled(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.insertFromMimeData(mime(LINES))
    QTest.keyClicks(editor, "typed")
    assert panel.settled().prompt == "start" + LINES + "typed"


def test_a_preedit_ends_before_a_large_text_comes(panel: PromptPanel) -> None:
    editor = panel.prompt
    QApplication.sendEvent(editor, QInputMethodEvent("nihao", []))
    assert editor.document().firstBlock().layout().preeditAreaText() == "nihao"
    editor.insertFromMimeData(mime(LINES))
    decided = QInputMethodEvent("", [])
    decided.setCommitString("你好")
    QApplication.sendEvent(editor, decided)
    settle(editor)
    assert editor.toPlainText() == "start" + LINES + "你好"
    assert not editor.document().firstBlock().layout().preeditAreaText()


def test_cut_leaves_no_letter(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.insertFromMimeData(mime("z" * 2 * PORTION))
    settle(editor)
    editor.selectAll()
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier, "x")
    QApplication.sendEvent(editor, key)
    settle(editor)
    assert editor.toPlainText() == ""


@pytest.mark.parametrize("beside", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize("key", [Qt.Key.Key_X, Qt.Key.Key_Backspace, Qt.Key.Key_Delete])
@pytest.mark.parametrize("control", [False, True])
def test_keys_beside_a_row_end_change_the_text_as_if_there_were_none(
    panel: PromptPanel, beside: int, key: Qt.Key, control: bool
) -> None:
    if control and key == Qt.Key.Key_X:
        return
    editor = panel.prompt
    text = "abcd " * 900
    editor.replace_text(text)
    settle(editor)
    mark = QPlainTextEdit.toPlainText(editor).index(MARK)
    cursor = editor.textCursor()
    cursor.setPosition(mark + beside)
    editor.setTextCursor(cursor)
    at = mark + min(beside, 0)
    for _ in range(3):
        QTest.keyClick(
            editor,
            key,
            Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier,
        )
        found = editor.toPlainText()
        assert "\n" not in found and not set(MARK) & set(found)
    if control:
        assert len(found) < len(text) and text.startswith(found[: at - 15])
    elif key == Qt.Key.Key_X:
        assert found == text[:at] + "xxx" + text[at:]
    else:
        back = key == Qt.Key.Key_Backspace
        assert found == (text[: at - 3] + text[at:] if back else text[:at] + text[at + 3 :])


def test_copy_and_weights_know_no_rows(panel: PromptPanel) -> None:
    editor = panel.prompt
    editor.replace_text("y" * 2_500 + " z")
    settle(editor)
    cursor = editor.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(ROW + 1, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    assert editor.createMimeDataFromSelection().text() == "y" * ROW
    cursor.setPosition(10)
    editor.setTextCursor(cursor)
    QTest.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "(" + "y" * 2_500 + ":1.1) z"


def test_files_are_the_windows_and_addresses_are_texts(panel: PromptPanel) -> None:
    for address, taken in (("file:///tmp/a.png", False), ("https://example.org/a", True)):
        data = QMimeData()
        data.setUrls([QUrl(address)])
        assert panel.prompt.canInsertFromMimeData(data) == taken
    assert panel.prompt.canInsertFromMimeData(mime("words"))


def test_a_copied_text_does_not_end_the_program_with_a_crash() -> None:
    """An object of Python's in the clipboard is deleted after Python has ended."""
    code = """
from PySide6.QtWidgets import QApplication
application = QApplication([])
from desktop.widgets import theme
from desktop.form.prompt.editor import PromptEdit
editor = PromptEdit("Prompt", "", 3, theme.DARK)
editor.replace_text("abc")
editor.selectAll()
editor.copy()
data = application.clipboard().mimeData()
assert (data.text(), data.formats()) == ("abc", ["text/plain"])
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
