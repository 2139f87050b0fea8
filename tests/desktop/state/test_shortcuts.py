"""Which key belongs to which command: no text keys, none twice."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.shell.prompt_commands import prompt_moves
from desktop.shell.rooms import COMMANDS
from desktop.state.commands import CANVAS, PICTURES, PROMPTS
from desktop.state.shortcuts import normal_key, resolve, share_focus, usable_keys, with_key

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


@pytest.mark.parametrize("platform", TEXT_KEYS)
def test_no_default_key_is_a_text_key(platform: str) -> None:
    forbidden = {normal_key(key) for key in f"{_EVERYWHERE} {TEXT_KEYS[platform]}".split()}
    assert "" not in forbidden
    wrong = [
        (row.id, key)
        for row in COMMANDS.values()
        if row.scope not in (PICTURES, CANVAS, PROMPTS) and row.id not in SAME
        for key in (row.key, *row.more_keys)
        if normal_key(key) in forbidden
    ]
    assert not wrong
    # the web UI's keys for weights are other text keys, but on a Mac everybody's
    assert not forbidden & {normal_key(row.key) for row in prompt_moves(mac=True)}


def test_keys_that_are_letters_or_delete_are_the_pictures_own() -> None:
    for row in COMMANDS.values():
        for key in (row.key, *row.more_keys):
            if (
                key
                and not re.fullmatch(r"(Shift\+)?F\d+", key)
                and not set(key.split("+")) & {"Ctrl", "Alt", "Meta"}
            ):
                assert row.scope in (PICTURES, CANVAS) or (row.id, key) == ("find", "/"), row.id


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
        and keys["gallery"] == ("Ctrl+4",)
    )
    assert with_key((("a", "F9"),), "open", "Ctrl+O", COMMANDS) == (("a", "F9"),)
    assert with_key((), "stop", "Ctrl+Return", COMMANDS, "generate") == (
        ("generate", ""),
        ("stop", "Ctrl+Return"),
    )
