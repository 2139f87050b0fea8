"""Keys for weights and phrases: which on which system, where the cursor goes, one step each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from desktop.form.prompt.language.keys import MOVES, move_of
from desktop.form.prompt.panel import PromptPanel
from desktop.shell.prompt_commands import prompt_moves
from desktop.state.draft import Draft
from desktop.widgets import theme
from tests.desktop.driving import until
from tests.desktop.parts import give_prompt_keys

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
META = Qt.KeyboardModifier.MetaModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
UP, DOWN, LEFT, RIGHT = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right


@pytest.fixture
def panel(qapp: QApplication) -> PromptPanel:
    made = PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)
    give_prompt_keys(made.editors())
    return made


def test_a_macs_text_keys_stay_its_own() -> None:
    keys = {row.id: row.key for row in prompt_moves(mac=True)}
    assert keys.keys() == MOVES.keys()
    assert {key.rpartition("+")[0] for key in keys.values()} == {"Meta+Alt"}
    others = {row.key for row in prompt_moves(mac=False)}
    assert others == {"Ctrl+Up", "Ctrl+Down", "Alt+Left", "Alt+Right"}


def test_only_its_own_keys_are_answered(panel: PromptPanel) -> None:
    editor = panel.prompt
    for held in (CONTROL | SHIFT, ALT | SHIFT, SHIFT, CONTROL | ALT, META):
        for key in (UP, DOWN, LEFT, RIGHT):
            event = QKeyEvent(QEvent.Type.KeyPress, key, held)
            assert move_of(event, editor.actions()) is None, "they select, or are the desktop's"
    up = QKeyEvent(QEvent.Type.KeyPress, UP, CONTROL | Qt.KeyboardModifier.KeypadModifier)
    assert move_of(up, editor.actions()) is MOVES["weight-up"], "as a Mac's arrows come"
    action = next(a for a in editor.actions() if a.objectName() == "weight-up")
    action.setShortcuts(["Ctrl+J", "Shift+W"])
    assert move_of(up, editor.actions()) is None
    j = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_J, CONTROL)
    assert move_of(j, editor.actions()) is MOVES["weight-up"]
    w = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_W, SHIFT, "W")
    assert move_of(w, editor.actions()) is None, "it is typed"


def test_the_commands_move_words_too_and_wait_for_what_comes(panel: PromptPanel) -> None:
    acts, editor = panel.handlers(), panel.prompt
    panel.show()
    editor.replace_text("a, b")
    editor.choose(3, 3)
    acts["phrase-left"]()
    assert editor.toPlainText() == "b, a"
    acts["weight-up"]()
    assert editor.toPlainText() == "(b:1.1), a"
    editor.put("red house, " * 5_000 + "snow")
    assert editor.busy
    acts["weight-down"]()
    assert editor.waiting
    until(lambda: not editor.busy)
    assert editor.toPlainText().endswith("house, snow, a"), "what came has the bracket's weight"


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
