"""Find and replace in the prompts: places counted as a person sees them, replaced as one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextEdit

from core.models.files.families import FAMILIES
from desktop.form.finding.finder import Finder
from desktop.form.finding.hits import Places, find_hits
from desktop.form.prompt.panel import PromptPanel
from desktop.form.prompt.rows import in_rows, plain, units
from desktop.state.draft import Draft
from desktop.widgets import theme
from tests.desktop.driving import until

SHIFT = Qt.KeyboardModifier.ShiftModifier


@dataclass
class Parts:
    draft: Draft
    panel: PromptPanel
    finder: Finder

    def write(self, text: str) -> None:
        """A new prompt, with the cursor at its beginning and the focus in it."""
        self.panel.prompt.replace_text(text)
        until(lambda: not self.panel.prompt.busy)
        cursor = self.panel.prompt.textCursor()
        cursor.setPosition(0)
        self.panel.prompt.setTextCursor(cursor)
        self.panel.prompt.setFocus()

    def selected(self) -> str:
        return self.panel.prompt.textCursor().selectedText()


@pytest.fixture
def parts(qapp: QApplication) -> Iterator[Parts]:
    draft = Draft(FAMILIES["starter"])
    panel = PromptPanel(draft, theme.DARK)
    panel.show()
    yield Parts(draft, panel, Finder(panel, draft))
    panel.end()


def test_keys_go_from_place_to_place_around_the_end(parts: Parts) -> None:
    parts.write("a Red house, red tree, 😀 RED sky")
    parts.finder.open(replacing=False)
    bar = parts.finder.bar
    QTest.keyClicks(bar.field, "red")
    assert bar.count.text() == "1 of 3" and parts.selected() == "Red"
    seen = [(QTest.keyClick(bar.field, Qt.Key.Key_Return), parts.selected())[1] for _ in range(3)]
    assert seen == ["red", "RED", "Red"]
    QTest.keyClick(bar.field, Qt.Key.Key_Return, SHIFT)
    assert parts.selected() == "RED" and bar.count.text() == "3 of 3"
    bar.case.click()
    assert bar.count.text() == "1 of 1" and parts.selected() == "red"
    assert len(parts.panel.prompt.extraSelections()) == 1
    QTest.keyClicks(bar.field, "dish")
    assert bar.count.text() == "0" and not bar.forth.isEnabled()
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not parts.finder.is_open() and parts.panel.prompt.hasFocus()
    assert parts.panel.prompt.extraSelections() == []


def test_marks_of_others_stay(parts: Parts) -> None:
    parts.write("red red")
    other = QTextEdit.ExtraSelection()
    other.cursor = parts.panel.prompt.textCursor()  # type: ignore[attr-defined]
    parts.panel.prompt.setExtraSelections([other])
    parts.finder.open(replacing=False)
    parts.finder.bar.field.setText("red")
    assert len(parts.panel.prompt.extraSelections()) == 3
    parts.finder.close()
    assert len(parts.panel.prompt.extraSelections()) == 1


def test_the_marks_go_with_the_editor_that_is_looked_through(parts: Parts) -> None:
    prompt, negative = parts.panel.prompt, parts.panel.negative
    parts.write("red red")
    negative.replace_text("red")
    parts.finder.open(replacing=False)
    parts.finder.bar.field.setText("red")
    negative.setFocus()
    parts.finder.open(replacing=False)
    assert len(negative.extraSelections()) == 1 and not prompt.extraSelections()


def test_what_is_selected_is_looked_for_and_escape_in_the_text_ends_it(parts: Parts) -> None:
    parts.write("blue, green, blue")
    QTest.keyClick(
        parts.panel.prompt, Qt.Key.Key_Right, SHIFT | Qt.KeyboardModifier.ControlModifier
    )
    parts.finder.open(replacing=False)
    assert parts.finder.bar.field.text() == "blue" and parts.finder.bar.count.text() == "1 of 2"
    parts.panel.prompt.setFocus()
    QTest.keyClick(parts.panel.prompt, Qt.Key.Key_Escape)
    assert not parts.finder.is_open()


def test_replacing_one_and_all_are_steps(parts: Parts) -> None:
    parts.write("red, red, Red")
    parts.draft.history.clear()
    parts.finder.open(replacing=True)
    bar = parts.finder.bar
    assert bar.replacement.isVisible()
    bar.field.setText("red")
    bar.replacement.setText(r"\1 blue")
    QTest.keyClick(bar.replacement, Qt.Key.Key_Return)
    assert parts.draft.request.prompt == r"\1 blue, red, Red" and parts.selected() == "red"
    bar.all.click()
    assert parts.draft.request.prompt == r"\1 blue, \1 blue, \1 blue"
    assert bar.count.text() == "2 replaced"
    assert [step.text for step in parts.draft.history.kept().steps] == ["Replace", "Replace all"]
    parts.panel.prompt.undo()
    assert parts.panel.prompt.toPlainText() == r"\1 blue, red, Red"
    parts.panel.prompt.undo()
    assert parts.panel.prompt.toPlainText() == "red, red, Red" == parts.draft.request.prompt


def test_a_text_that_would_become_too_long_stays(parts: Parts) -> None:
    parts.write("ab" * 20_000)
    parts.finder.open(replacing=True)
    parts.finder.bar.field.setText("a")
    parts.finder.bar.replacement.setText("x" * 2_000)
    parts.finder.bar.all.click()
    assert parts.draft.request.prompt == "ab" * 20_000
    assert parts.finder.bar.count.text() == "too long"


def test_large_texts_in_rows_are_looked_through_once_they_have_come(parts: Parts) -> None:
    text = "word " * 1_500 + "needle " + "word " * 500 + "needle\n" + "x" * 5_000 + "needle"
    parts.panel.prompt.replace_text(text)
    parts.panel.prompt.setFocus()
    parts.finder.open(replacing=False)
    parts.finder.bar.field.setText("needle")
    until(lambda: parts.finder.bar.count.text() == "3")
    for _ in range(3):
        parts.finder.step(back=False)
        assert parts.selected() == "needle"
    parts.finder.bar.all.click()
    until(lambda: not parts.panel.prompt.busy)
    assert parts.panel.prompt.toPlainText() == text.replace("needle", "")


@settings(max_examples=60)
@given(st.text(alphabet="ab \n😀é\u2063", max_size=60), st.text("ab😀", min_size=1, max_size=2))
def test_places_are_those_of_the_editor(text: str, wanted: str) -> None:
    text = plain(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.form.prompt.rows.ROW", 3)
        rows = in_rows(text)
    places = Places.of(rows)
    utf16 = rows.encode("utf-16-le")
    for start, end in find_hits(text, wanted, match_case=True):
        first, last = places.selection((start, end))
        shown = utf16[2 * first : 2 * last].decode("utf-16-le")
        assert shown.replace("\u2063\u2064\n", "") == wanted == text[start:end]
        assert places.character(first) == start
    assert places.character(units(rows, len(rows))) == len(text)
