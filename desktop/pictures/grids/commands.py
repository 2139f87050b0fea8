"""The commands that choose pictures where they lie in a grid."""

from __future__ import annotations

from desktop.state.commands import PICTURES, SELECT, Command

_WHY = "No pictures lie here."

OF_CHOOSING: tuple[Command, ...] = (
    Command(
        "choose-all",
        "Select all pictures",
        SELECT,
        key="Ctrl+A",
        scope=PICTURES,
        why=_WHY,
        other_words="choose everything",
        begins=True,
    ),
    Command(
        "choose-others",
        "Invert selected pictures",
        SELECT,
        key="Ctrl+Shift+I",
        scope=PICTURES,
        why=_WHY,
        other_words="choose others inverse reverse selection turn over",
    ),
)
