"""Keys: none of the defaults edits text anywhere, no two commands share one,
and what is refused is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from core.system.settings import Settings
from core.values.device import Device
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.shell.command_handlers import handlers
from desktop.shell.rooms import COMMANDS
from desktop.state.commands import PICTURES
from desktop.state.shortcuts import normal_key, resolve, share_focus, usable_keys, with_key
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    in_front,
    models_of,
    opening,
    pump,
    settings_of,
    take_down,
    until,
)

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))
CONTROL = Qt.KeyboardModifier.ControlModifier

# Keys that move in or change text, as a person's hand has them. Windows: Microsoft's "Keyboard
# shortcuts in Windows", editing; Linux: the default bindings of GTK 4 (GtkText, GtkTextView) and of
# KDE's standard actions; macOS: Apple's "Mac keyboard shortcuts", documents, where Qt's Ctrl is
# Cmd, Meta is Control and Alt is Option.
_EVERYWHERE = """Left Right Up Down Home End PgUp PgDown Backspace Delete Return Enter Tab Insert
    Space Shift+Left Shift+Right Shift+Up Shift+Down Shift+Home Shift+End Shift+PgUp Shift+PgDown
    Shift+Backspace Shift+Delete Ctrl+Left Ctrl+Right Ctrl+Up Ctrl+Down Ctrl+Backspace Ctrl+Delete
    Alt+Left Alt+Right Alt+Up Alt+Down Ctrl+Shift+Left Ctrl+Shift+Right Ctrl+Shift+Up
    Ctrl+Shift+Down Shift+Return Shift+Tab Ctrl+A Ctrl+X Ctrl+C Ctrl+V Ctrl+Z"""
TEXT_KEYS = {
    "windows": """Ctrl+Home Ctrl+End Ctrl+Shift+Home Ctrl+Shift+End Ctrl+PgUp Ctrl+PgDown
        Shift+Insert Ctrl+Insert Alt+Backspace Alt+Shift+Backspace Ctrl+Shift+Backspace
        Ctrl+Shift+Delete Ctrl+Y Ctrl+B Ctrl+I Ctrl+U Ctrl+H""",
    "linux": """Ctrl+Home Ctrl+End Ctrl+Shift+Home Ctrl+Shift+End Ctrl+PgUp Ctrl+PgDown Shift+Insert
        Ctrl+Insert Ctrl+/ Ctrl+\\ Ctrl+Shift+A Ctrl+Shift+Z Ctrl+Y Ctrl+U Ctrl+D Ctrl+E Ctrl+W
        Ctrl+H Ctrl+Shift+Delete Ctrl+Shift+Backspace Ctrl+Shift+U Ctrl+T Ctrl+; Shift+F10""",
    "macos": """Ctrl+Shift+Z Alt+Backspace Alt+Delete Alt+Shift+Left Alt+Shift+Right Alt+Shift+Up
        Alt+Shift+Down Ctrl+B Ctrl+I Ctrl+U Ctrl+; Ctrl+Shift+; Ctrl+G Ctrl+E Ctrl+H Meta+A Meta+B
        Meta+D Meta+E Meta+F Meta+H Meta+K Meta+L Meta+N Meta+O Meta+P Meta+T Meta+V Meta+Y
        Meta+Backspace Meta+Delete Meta+Space""",
}
SAME = {"undo", "redo"}  # which do in the window what the key does in text


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


@pytest.mark.parametrize("platform", TEXT_KEYS)
def test_no_default_key_is_a_text_key(platform: str) -> None:
    forbidden = {normal_key(key) for key in f"{_EVERYWHERE} {TEXT_KEYS[platform]}".split()}
    assert "" not in forbidden
    wrong = [
        (row.id, key)
        for row in COMMANDS.values()
        if row.scope != PICTURES and row.id not in SAME
        for key in (row.key, *row.more_keys)
        if normal_key(key) in forbidden
    ]
    assert not wrong


def test_keys_that_are_letters_or_delete_are_the_pictures_own() -> None:
    for row in COMMANDS.values():
        for key in (row.key, *row.more_keys):
            if (
                key
                and not key.startswith("F1")
                and not set(key.split("+")) & {"Ctrl", "Alt", "Meta"}
            ):
                assert row.scope == PICTURES or (row.id, key) == ("find", "/"), row.id


def test_defaults_are_keys_and_no_two_commands_share_one() -> None:
    keys = resolve((), COMMANDS)
    for row in COMMANDS.values():
        assert keys[row.id] == tuple(normal_key(key) for key in (row.key, *row.more_keys) if key)
    shared = [
        (a.id, b.id)
        for a, b in combinations(COMMANDS.values(), 2)
        if share_focus(a, b) and set(keys[a.id]) & set(keys[b.id])
    ]
    assert not shared


_SOME = st.sampled_from(
    [
        "",
        "Ctrl+Return",
        "Ctrl+.",
        "F",
        "Delete",
        "Ctrl+K, Ctrl+L",
        "Ctrl+9",
        "nonsense",
        "Ctrl",
        "\x00",
        "Ctrl+Shift+R",
        "F7",
    ]
)


@given(st.lists(st.tuples(st.sampled_from([*COMMANDS, "of-tomorrow"]), _SOME), max_size=12))
def test_whatever_the_settings_say_no_key_has_two_commands(custom: list[tuple[str, str]]) -> None:
    keys, (kept, sentences) = resolve(custom, COMMANDS), usable_keys(custom, COMMANDS)
    assert keys.keys() == COMMANDS.keys()
    assert not [
        (a.id, b.id)
        for a, b in combinations(COMMANDS.values(), 2)
        if share_focus(a, b) and set(keys[a.id]) & set(keys[b.id])
    ]
    assert usable_keys(kept, COMMANDS) == (kept, ()) and resolve(kept, COMMANDS) == keys
    assert all(
        keys[command_id] == ((normal_key(key),) if key else ())
        for command_id, key in kept
        if command_id in COMMANDS
    )
    assert all(sentence.endswith(".") for sentence in sentences)


def test_of_two_given_the_same_key_the_first_keeps_it_and_a_default_gives_way() -> None:
    kept, (sentence,) = usable_keys((("stop", "Ctrl+J"), ("open", "ctrl+j")), COMMANDS)
    assert (
        kept == (("stop", "Ctrl+J"),)
        and "Stop this picture" in sentence
        and "Open picture" in sentence
    )
    keys = resolve((("open", "Ctrl+Return"), ("gallery", "Nonsense+9")), COMMANDS)
    assert (
        keys["open"] == ("Ctrl+Return",)
        and keys["generate"] == ("Ctrl+Enter",)
        and keys["gallery"] == ("Ctrl+2",)
    )
    assert with_key((("a", "F9"),), "open", "Ctrl+O", COMMANDS) == (("a", "F9"),)
    assert with_key((), "stop", "Ctrl+Return", COMMANDS, "generate") == (
        ("generate", ""),
        ("stop", "Ctrl+Return"),
    )


def test_wrong_keys_of_the_settings_are_said_once_and_both_commands_live(
    open_app: Open, where: Places
) -> None:
    where.settings.parent.mkdir(parents=True, exist_ok=True)
    where.settings.write_text(
        json.dumps(
            {
                "shortcuts": [
                    ["stop", "Ctrl+J"],
                    ["open", "Ctrl+J"],
                    ["gallery", "Flurp"],
                    ["later", "F9"],
                ]
            }
        )
    )
    application = open_app()
    actions = application.window.actions_by_id
    assert [
        actions[command_id].shortcut().toString() for command_id in ("stop", "open", "gallery")
    ] == [
        "Ctrl+J",
        "Ctrl+O",
        "Ctrl+2",
    ]
    until(lambda: "both" in application.window.notice.text.text())
    assert "Flurp" in application.window.notice.text.text()
    until(
        lambda: (
            json.loads(where.settings.read_text())["shortcuts"]
            == [["stop", "Ctrl+J"], ["later", "F9"]]
        )
    )
    take_down(application)
    again = open_app()
    pump(300)
    assert (
        "both" not in again.window.notice.text.text()
        and again.window.actions_by_id["stop"].shortcut().toString() == "Ctrl+J"
    )


def press_key(edit: object, key: str) -> None:
    edit.setKeySequence(QKeySequence(key))  # type: ignore[attr-defined]
    edit.editingFinished.emit()  # type: ignore[attr-defined]


def test_the_settings_refuse_a_key_that_another_command_has_and_take_it_on_request(
    open_app: Open,
) -> None:
    application = open_app()
    window, keys = application.window, settings_of(application.window).keys
    window.actions_by_id["shortcuts"].trigger()
    press_key(keys.edits["stop"], "Ctrl+Return")
    assert (
        "Generate" in keys.note.text() and keys.take.isVisible() and "Generate" in keys.take.text()
    )
    assert (
        keys.edits["stop"].keySequence().toString() == "Ctrl+."
        and not application.settings.shortcuts
    )
    assert window.actions_by_id["generate"].shortcut().toString() == "Ctrl+Return"
    QTest.mouseClick(keys.take, Qt.MouseButton.LeftButton)
    assert dict(application.settings.shortcuts) == {"stop": "Ctrl+Return", "generate": ""}
    assert (
        window.actions_by_id["stop"].shortcut().toString() == "Ctrl+Return"
        and not window.actions_by_id["generate"].shortcuts()
    )
    assert not keys.take.isVisible() and keys.edits["generate"].keySequence().isEmpty()
    press_key(keys.edits["generate"], "Ctrl+Shift+G")
    press_key(keys.edits["stop"], "Ctrl+.")
    assert dict(application.settings.shortcuts) == {"generate": "Ctrl+Shift+G"}
    settings_of(window)._replace(Settings(), redraw=True)
    assert (
        keys.edits["generate"].keySequence().toString()
        == "Ctrl+Return"
        == window.actions_by_id["generate"].shortcut().toString()
    )


def test_delete_and_letters_work_on_pictures_and_stay_letters_in_text(open_app: Open) -> None:
    application = open_app()
    window = application.window
    application.draft.set(prompt="a red house", count=2)
    form_of(window).generate()
    until(lambda: len(window.newest.ids()) == 2 and application.service.current is None)
    window.go("gallery")
    until(
        lambda: (
            gallery_of(window).grid.model().rowCount() == 2
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
        )
    )
    assert gallery_of(window).grid.hasFocus()
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(window.picture_commands.any)
    QTest.keyClick(gallery_of(window).grid, Qt.Key.Key_F)
    until(
        lambda: (
            gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE).favourite
        )
    )
    QTest.keyClick(gallery_of(window).grid, Qt.Key.Key_Slash)
    assert gallery_of(window).search.hasFocus() and gallery_of(window).search.text() == ""
    QTest.keyClicks(gallery_of(window).search, "f/1")
    QTest.keyClick(gallery_of(window).search, Qt.Key.Key_Delete)
    QTest.keyClick(gallery_of(window).search, Qt.Key.Key_Backspace, CONTROL)
    pump(300)
    assert len(window.newest.ids()) == 2
    gallery_of(window).search.clear()
    pump(300)
    window.go("create")
    prompt = form_of(window).prompt.prompt
    prompt.setFocus()
    prompt.selectAll()
    QTest.keyClicks(prompt, "fz")
    QTest.keyClick(prompt, Qt.Key.Key_Delete)
    pump(200)
    assert prompt.toPlainText() == "fz" and len(window.newest.ids()) == 2
    create_of(window).history.grid.setFocus()
    create_of(window).history.grid.setCurrentIndex(window.newest.index(0))
    QTest.keyClick(create_of(window).history.grid, Qt.Key.Key_Delete)
    until(lambda: window.newest.rowCount() == 1)


def test_focus_goes_where_the_hand_expects_it(open_app: Open) -> None:
    application = open_app()
    window = application.window
    assert form_of(window).prompt.prompt.hasFocus()
    form_of(window).parameters.steps.field.setFocus()
    window.go("gallery")
    QTest.keyClicks(QApplication.focusWidget(), "abc1")
    assert gallery_of(window).search.text() == "" and not gallery_of(window).search.hasFocus()
    window.signals.show_models.emit()
    assert models_of(window).panel.list.hasFocus()
    QTest.keyClick(models_of(window).panel.list, Qt.Key.Key_F, CONTROL)
    assert models_of(window).panel.search.hasFocus()
    window.go("create")
    assert form_of(window).parameters.steps.field.hasFocus()
    application.draft.set(prompt="a red house")
    QTest.keyClick(form_of(window).parameters.steps.field, Qt.Key.Key_Return, CONTROL)
    until(lambda: len(window.newest.ids()) == 1)
    assert form_of(window).parameters.steps.field.hasFocus()
    window.signals.show_models.emit()
    assert models_of(window).panel.search.hasFocus()
    window.go("settings")
    assert not models_of(window).panel.search.hasFocus()


def test_enabled_means_possible(open_app: Open) -> None:
    application = open_app()
    window, actions = application.window, application.window.actions_by_id
    window.command_states.refresh()
    idle = {row.id for row in COMMANDS.values() if not actions[row.id].isEnabled()}
    of_pictures = {row.id for row in COMMANDS.values() if row.needs_picture}
    assert (
        idle >= of_pictures | {"stop", "undo", "redo", "prediction", "zoom", "fit"}
        and "generate" not in idle
    )
    assert all(
        actions[command_id].statusTip().endswith(".")
        and actions[command_id].toolTip() == actions[command_id].statusTip()
        for command_id in idle
    )
    application.draft.set(prompt="a red house", steps=40)
    until(lambda: actions["undo"].isEnabled() and actions["reset"].isEnabled())
    form_of(window).generate()
    until(lambda: actions["stop"].isEnabled())
    until(lambda: len(window.newest.ids()) == 1 and not actions["stop"].isEnabled())
    until(
        lambda: (
            actions["fit"].isEnabled()
            and actions["copy"].isEnabled()
            and actions["free-memory"].isEnabled()
        )
    )
    assert not actions["restore"].isEnabled() and not actions["copy"].statusTip()
    window.go("gallery")
    assert not actions["fit"].isEnabled() and not actions["history"].isEnabled()
    until(lambda: gallery_of(window).grid.model().rowCount() == 1)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(lambda: actions["delete"].isEnabled() and not actions["restore"].isEnabled())
    actions["delete"].trigger()
    until(lambda: gallery_of(window).grid.model().rowCount() == 0)
    gallery_of(window).trash.setChecked(True)
    until(lambda: gallery_of(window).grid.model().rowCount() == 1)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(lambda: actions["restore"].isEnabled())
    actions["free-memory"].trigger()
    until(lambda: not actions["free-memory"].isEnabled())


def test_every_command_is_handled_and_one_that_cannot_says_why(open_app: Open) -> None:
    window = open_app().window
    assert handlers(window).keys() == COMMANDS.keys()
    assert window.command_states.now().keys() == {row.id for row in COMMANDS.values() if row.why}
    for row in COMMANDS.values():
        assert not row.why or row.why.endswith("."), row.id


def test_the_settings_offer_what_there_is(open_app: Open) -> None:
    application = open_app()
    page = settings_of(application.window)
    combo = page._controls["device"]
    assert "language" not in page._controls  # one language is no choice
    page.use_devices([Device("cpu", "", 0, 0), Device("cuda:0", "", 0, 0)])
    assert [combo.itemData(at) for at in range(combo.count())] == ["auto", "cpu", "cuda"]
    page.take("device", "cuda")
    page.use_devices([Device("cpu", "", 0, 0)])
    assert [combo.itemText(at) for at in range(combo.count())][-1].endswith(
        "(not here)"
    ) and combo.currentData() == "cuda"
    page._replace(Settings(), redraw=True)
    assert [combo.itemData(at) for at in range(combo.count())] == [
        "auto",
        "cpu",
    ] and combo.currentData() == "auto"
