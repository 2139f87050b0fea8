"""The room Settings as a row of the window's rooms."""

from __future__ import annotations

from desktop.shared.room import Room

SETTINGS = Room(
    id="settings",
    number=3,
    name="Settings",
    icon="settings",
    key="Ctrl+,",
    help="Goes to the Settings of the whole program and its keys.",
    other_words="preferences options",
)
