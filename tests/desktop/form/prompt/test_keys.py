"""Keys for weights and phrases: which on which system, where the cursor goes, one step each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from desktop.form.prompt.language.keys import move_of
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets import theme
from tests.desktop.driving import until

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
META = Qt.KeyboardModifier.MetaModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
UP, DOWN, LEFT, RIGHT = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right


@pytest.fixture
def panel(qapp: QApplication) -> PromptPanel:
    return PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)


def how(key: Qt.Key, held: Qt.KeyboardModifier, *, mac: bool) -> str:
    event = QKeyEvent(QEvent.Type.KeyPress, key, held)
    move = move_of(event, mac=mac)
    return move.how if move else ""


def test_a_macs_text_keys_stay_its_own() -> None:
    for key, word in ((UP, "weight"), (DOWN, "weight"), (LEFT, "phrase"), (RIGHT, "phrase")):
        others = (CONTROL, ALT, META, CONTROL | SHIFT, ALT | SHIFT, CONTROL | ALT)
        assert not any(how(key, held, mac=True) for held in others)
        assert how(key, META | ALT, mac=True) == word
        assert how(key, CONTROL if word == "weight" else ALT, mac=False) == word
        for held in (CONTROL | SHIFT, ALT | SHIFT, SHIFT, CONTROL | ALT, META):
            assert not how(key, held, mac=False), "they select, or are the desktop's"


def test_each_key_is_one_step_in_both_prompts(panel: PromptPanel) -> None:
    draft = panel._draft
    for field, editor in (("prompt", panel.prompt), ("negative_prompt", panel.negative)):
        editor.replace_text("😀 a, (b c:1.2), d")
        editor.choose(7, 7)
        texts = [getattr(draft.request, field)]
        for key, held in ((UP, CONTROL), (UP, CONTROL), (LEFT, ALT), (DOWN, CONTROL)):
            QTest.keyClick(editor, key, held)
            texts.append(getattr(draft.request, field))
        assert texts[1:] == [
            "😀 a, (b c:1.3), d",
            "😀 a, (b c:1.4), d",
            "(b c:1.4), 😀 a, d",
            "(b c:1.3), 😀 a, d",
        ]
        assert editor.textCursor().selectedText() == "b c"
        for text in reversed(texts[:-1]):
            editor.undo()
            until(lambda editor=editor: not editor.busy)
            assert editor.toPlainText() == getattr(draft.request, field) == text


def test_no_shortcut_of_the_window_takes_them(panel: PromptPanel) -> None:
    for key, held, taken in ((LEFT, ALT, True), (UP, CONTROL, True), (Qt.Key.Key_F8, ALT, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, held)
        event.ignore()
        QApplication.sendEvent(panel.prompt, event)
        assert event.isAccepted() == taken
