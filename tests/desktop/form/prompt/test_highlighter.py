"""The language in colours: legible in both themes, at the right places whatever signs the text is
of, and on all lines that a change concerns."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QPlainTextDocumentLayout

from core.prompt.reading import spans
from core.prompt.reading.kinds import Kind, Rules, Span
from core.values.program import Program
from desktop.form.prompt.highlighter import PromptHighlighter
from desktop.form.prompt.language.colours import TABLE, format_of, look_of
from desktop.form.prompt.rows import MARK, Places, in_rows, in_rows_at, plain, units
from desktop.widgets import theme
from tests.desktop.driving import until

WEIGHTS = (-1.0, 0.0, 0.3, 0.8, 0.95, 1.0, 1.1, 1.2, 1.4, 2.0)


def luminance(colour: QColor) -> float:
    """WCAG 2's relative luminance."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT])
def test_every_look_is_legible_and_no_two_weights_look_alike(tokens: theme.Tokens) -> None:
    assert set(TABLE) == set(Kind)
    ground = QColor(tokens.window)
    for kind in Kind:
        for weight in WEIGHTS:
            for depth in (0, 1):
                look = format_of(look_of(Span(kind, 0, 1, weight, depth)), tokens)
                assert contrast(look.foreground().color(), ground) >= 4.5, (kind, weight)
    words = [format_of(look_of(Span(Kind.WORDS, 0, 1, w)), tokens) for w in WEIGHTS if w > 0]
    assert len({(one.foreground().color().name(), one.fontWeight()) for one in words}) == len(words)


@pytest.fixture
def document(qapp: QApplication) -> QTextDocument:
    made = QTextDocument()
    made.setDocumentLayout(QPlainTextDocumentLayout(made))
    return made


def highlighted(document: QTextDocument, rules: Rules | None = None) -> PromptHighlighter:
    found = PromptHighlighter(document, theme.DARK, rules or Rules(), QObject(document))
    found.begin()
    QApplication.processEvents()  # Qt begins with it a moment later
    return found


def looks(document: QTextDocument, line: int) -> list[tuple[int, int]]:
    """Where a line has a colour of its own."""
    formats = document.findBlockByNumber(line).layout().formats()
    return [(one.start, one.start + one.length) for one in formats]


def test_lines_that_are_not_touched_follow(document: QTextDocument) -> None:
    kept = highlighted(document)
    document.setPlainText("a\nb\nred # no\n" + "c\n" * 300)
    assert looks(document, 2) == [(3, 8)] and not looks(document, 200)
    cursor = QTextCursor(document)
    cursor.insertText("(")
    assert not looks(document, 300), "they do not hold up the key"
    until(lambda: looks(document, 1) == [(0, 1)])
    cursor.insertText("\n\n")  # while the others follow
    until(lambda: looks(document, 304) == [(0, 1)])
    assert all(looks(document, line) == [(0, 1)] for line in range(5, 305))
    for _ in range(3):
        cursor.deletePreviousChar()
    until(lambda: not looks(document, 302))
    assert not looks(document, 1) and not looks(document, 200) and looks(document, 2) == [(3, 8)]
    kept.use_rules(Rules(Program.COMFYUI))
    assert not looks(document, 2)


def test_places_are_qts_in_any_script(document: QTextDocument) -> None:
    kept = highlighted(document)
    document.setPlainText("😀😀 (ש́לום:1.2) 👨‍👩‍👧 __x__")
    text = document.toPlainText()
    wildcard = units(text, text.index("__x__"))
    assert looks(document, 0)[-1] == (wildcard, wildcard + 5)
    kept.underline([(wildcard, wildcard + 5, None)])
    QTextCursor(document).insertText("😀\n😀")
    assert kept.underlined == [(wildcard + 5, wildcard + 10, None)]
    last = document.findBlockByNumber(1).layout().formats()[-1]
    wave = QTextCharFormat.UnderlineStyle.WaveUnderline
    assert last.format.underlineStyle() == wave  # type: ignore[attr-defined]
    assert last.format.foreground().color() == QColor(theme.DARK.choice)  # type: ignore[attr-defined]
    cursor = QTextCursor(document)
    cursor.setPosition(wildcard + 6)
    cursor.insertText("y")
    assert kept.underlined == [], "what is changed is judged anew"


def test_a_text_of_signs_alone_is_looked_at_in_pauses(
    document: QTextDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = spans.spans_of

    def counted(text: str, rules: Rules) -> tuple[Span, ...]:
        read.append(text)
        return real(text, rules)

    monkeypatch.setattr(spans, "spans_of", counted)
    kept = highlighted(document)
    document.setPlainText("(a" * 1_500)
    read.clear()
    cursor = QTextCursor(document)
    for _ in range(5):
        cursor.insertText("x")
    assert not read and not looks(document, 0)
    until(lambda: len(read) == 1)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText("(a)")
    until(lambda: looks(document, 0) == [(0, 1), (1, 2), (2, 3)])
    assert read[1:] == ["(a)"] and kept.document() is document


def test_a_row_end_parts_nothing(document: QTextDocument) -> None:
    kept = highlighted(document)
    text = "(" + "ab " * 900 + ":1.5)"
    document.setPlainText(in_rows(text))
    assert MARK in document.toPlainText()
    assert looks(document, 1)[-1][1] - looks(document, 1)[-1][0] == len(":1.5)")
    assert kept.document().blockCount() == 2


@settings(max_examples=60)
@given(st.text(alphabet="ab \n😀", max_size=60), st.integers(1, 9), st.integers(0, 60))
def test_places_are_those_that_are_counted_one_by_one(text: str, row: int, at: int) -> None:
    text, at = plain(text), min(at, len(plain(text)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.form.prompt.rows.ROW", row)
        rows = in_rows(text)
    places = Places(rows)
    assert places.text == text and places.unit(at) == units(rows, in_rows_at(rows, at))


def all_looks(document: QTextDocument) -> list[list[tuple[int, int]]]:
    return [looks(document, line) for line in range(document.blockCount())]


_TEXT = st.text(alphabet="aé()[]:|#1 \n", max_size=12)
_EDITS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), _TEXT), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@example("111111\n\n1", [(7, 0, "["), (1, 6, "")])
@given(_TEXT, _EDITS)
def test_after_any_change_it_looks_as_if_it_were_read_for_the_first_time(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    changed, fresh = (QTextDocument() for _ in range(2))
    for made in (changed, fresh):
        made.setDocumentLayout(QPlainTextDocumentLayout(made))
        made.setUndoRedoEnabled(False)
    kept = highlighted(changed)
    cursor = QTextCursor(changed)
    cursor.insertText(text)
    for start, length, put in edits:
        most = changed.characterCount() - 1
        cursor.setPosition(min(start, most))
        cursor.setPosition(min(start + length, most), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(put)
    until(lambda: kept._lines_left == (0, 0))
    fresh.setPlainText(changed.toPlainText())
    other = highlighted(fresh)
    assert all_looks(changed) == all_looks(fresh)
    assert kept.document() is changed and other.document() is fresh


def test_a_wavy_line_outlives_what_changes_colours_only(document: QTextDocument) -> None:
    kept = highlighted(document)
    document.setPlainText("a )\nb")
    kept.underline([(2, 3, "why")])
    kept.set_colours(theme.LIGHT)
    kept.use_rules(Rules(is_negative=True))
    kept.begin()
    assert kept.underlined == [(2, 3, "why")]
    until(lambda: looks(document, 0) == [(2, 3)])
    QTextCursor(document).insertText("\n")
    assert kept.underlined == [(3, 4, "why")]
    until(lambda: looks(document, 1) == [(2, 3)])
