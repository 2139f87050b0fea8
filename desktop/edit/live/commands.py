"""What can be done with live painting, as rows of the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.state.commands import EDIT, ROOM, Command

if TYPE_CHECKING:
    from desktop.edit.live.controller import LiveController

_WHY = "Paint live first."
LIVE_COMMANDS: tuple[Command, ...] = (
    Command(
        "live",
        "Paint live",
        EDIT,
        key="Ctrl+Shift+Return",
        scope=ROOM,
        why="Open a picture in Edit first.",
        other_words="realtime",
        begins=True,
    ),
    Command("live-keep", "Keep the live picture", EDIT, why=_WHY),
    Command("live-refine", "Refine the live picture", EDIT, why=_WHY),
    Command("live-seed", "New seed for live pictures", EDIT, why=_WHY),
)


def live_handlers(live: LiveController) -> dict[str, Callable[[], object]]:
    """By id, what those commands do."""
    return {
        "live": lambda: live.switch(not live.on),
        "live-keep": live.keep,
        "live-refine": live.refine,
        "live-seed": live.new_seed,
    }


def live_possible(live: LiveController, *, has_document: bool) -> dict[str, bool]:
    """By id, whether they can now."""
    return {
        "live": has_document,
        "live-keep": live.shown is not None,
        "live-refine": live.shown is not None,
        "live-seed": live.on,
    }
