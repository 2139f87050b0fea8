"""The commands by which pictures leave the gallery."""

from __future__ import annotations

from desktop.state.commands import PICTURE, Command

_WHY = "Choose a picture first."

OF_COPYING: tuple[Command, ...] = (
    Command(
        "copy-seed",
        "Copy seed",
        PICTURE,
        needs_picture=True,
        why="Choose a picture that was made with a seed.",
        under="Copy",
    ),
)
OF_EXPORT: tuple[Command, ...] = (
    Command(
        "export",
        "Export...",
        PICTURE,
        key="Ctrl+Shift+D",
        needs_picture=True,
        why=_WHY,
        other_words="save all zip contact sheet rename batch without metadata strip privacy PDF",
        under="Save and export",
    ),
)
