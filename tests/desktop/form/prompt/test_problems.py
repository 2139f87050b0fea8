"""Problems of both prompts: underlined where they are, gone to and put right by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from core.models.files.families import FAMILIES
from core.models.library.model_entry import ModelEntry
from core.values.model import ModelKind
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets import theme
from tests.desktop.driving import until


def entry(name: str, kind: ModelKind) -> ModelEntry:
    path = f"/models/{name}.safetensors"
    return ModelEntry(name, name, "sd15", kind, "models folder", path, 1, "")


@pytest.fixture
def panel(qapp: QApplication, tmp_path: Path) -> Iterator[PromptPanel]:
    made = PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)
    made.begin()
    (tmp_path / "colours.txt").write_text("red")
    names = [entry("GlowStyle", ModelKind.LORA), entry("EasyNegative", ModelKind.EMBEDDING)]
    made.use_names(names, tmp_path)
    made.show()
    yield made
    QToolTip.hideText()
    made.end()


def underlined(editor: PromptEdit) -> list[str]:
    text = editor.document().toPlainText().encode("utf-16-le")
    return [text[2 * a : 2 * b].decode("utf-16-le") for a, b, _ in editor.problems.marked]


def chosen(editor: PromptEdit) -> str:
    return editor.textCursor().selectedText()


def test_keys_go_from_one_to_the_next_through_both_texts(panel: PromptPanel) -> None:
    panel.prompt.replace_text("😀 <lora:glowstile:0.7>, house ) __colour__")
    panel.negative.replace_text("embedding:easynegtive")
    until(lambda: len(underlined(panel.prompt)) == 3 and len(underlined(panel.negative)) == 1)
    panel.prompt.setFocus()
    panel.prompt.choose(0, 0)
    seen = list[str]()
    for _ in range(5):
        panel.next_problem()
        seen.append(chosen(panel.negative if panel.negative.hasFocus() else panel.prompt))
    assert seen == [
        "<lora:glowstile:0.7>",
        ")",
        "__colour__",
        "embedding:easynegtive",
        "<lora:glowstile:0.7>",
    ]
    assert 'Did you mean "GlowStyle"?' in QToolTip.text()
    panel.next_problem(forwards=False)
    assert chosen(panel.negative) == "embedding:easynegtive"


def test_a_suggestion_is_taken_as_one_step_and_what_stands_beside_stays_underlined(
    panel: PromptPanel,
) -> None:
    before = "a ) <lora:glowstile:0.7>, __colour__"
    panel.prompt.replace_text(before)
    until(lambda: len(underlined(panel.prompt)) == 3)
    panel.prompt.choose(5, 5)
    panel.take_suggestion()
    after = "a ) <lora:GlowStyle:0.7>, __colour__"
    assert panel._draft.request.prompt == panel.prompt.toPlainText() == after
    assert underlined(panel.prompt) == [")", "__colour__"]
    panel.prompt.choose(2, 2)
    panel.take_suggestion()
    assert panel.prompt.toPlainText() == after and "Nothing is suggested" in QToolTip.text()
    panel.prompt.undo()
    until(lambda: not panel.prompt.busy)
    assert panel.prompt.toPlainText() == before


def test_typing_moves_them_and_what_is_put_right_is_no_longer_underlined(
    panel: PromptPanel,
) -> None:
    panel.prompt.replace_text("red, __colour__")
    until(lambda: underlined(panel.prompt) == ["__colour__"])
    panel.prompt.choose(0, 0)
    QTest.keyClicks(panel.prompt, "dark ")
    assert underlined(panel.prompt) == ["__colour__"]
    panel.prompt.choose(18, 18)
    QTest.keyClicks(panel.prompt, "s")
    assert panel.prompt.toPlainText() == "dark red, __colours__"
    until(lambda: not panel.remarks.sentences)
    assert underlined(panel.prompt) == []
    panel.next_problem()
    assert "Nothing in the prompts" in QToolTip.text()


def test_the_mouse_reads_the_sentence(panel: PromptPanel) -> None:
    panel.prompt.replace_text("house )")
    until(lambda: underlined(panel.prompt) == [")"])
    for at, shown in ((6, True), (1, False)):
        panel.prompt.choose(at, at)
        place = panel.prompt.cursorRect().center()
        there = panel.prompt.viewport().mapToGlobal(place)
        event = QHelpEvent(QEvent.Type.ToolTip, place, there)
        is_shown = panel.prompt.problems.eventFilter(panel.prompt.viewport(), event)
        assert is_shown == shown
        assert not shown or QToolTip.text() == 'This ")" closes nothing.'


def test_each_editor_follows_the_programs_rules(panel: PromptPanel) -> None:
    panel.prompt.replace_text("EasyNegative # note")
    panel.prompt.choose(0, 0)

    def places() -> list[tuple[int, int]]:
        formats = panel.prompt.document().firstBlock().layout().formats()
        return [(one.start, one.length) for one in formats]

    assert places() == [(0, 12), (12, 7)]
    panel._draft.set(compatibility="comfyui")
    assert places() == []
    panel.set_colours(theme.LIGHT)
    panel._draft.set(compatibility="calotype")
    formats = panel.prompt.document().firstBlock().layout().formats()
    assert formats[0].format.foreground().color().name() == theme.LIGHT.name  # type: ignore[attr-defined]
