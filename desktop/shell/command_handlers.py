"""What each command of the window does, by its id: one table that a type checker reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], object]]:
    """The methods of the window and its rooms, for every command."""
    by_id = _of_the_window(window)
    for room_id, room in window.rooms.built.items():
        by_id[room_id] = partial(window.go, room_id)
        by_id |= room.handlers()
    return by_id


def _of_the_window(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Of those that are no room's affair."""
    return {
        "open": window.opening.open_picture,
        "show-pictures": window.help.show_pictures_folder,
        "quit": window.close,
        "find": window.go_search,
        "reuse-all": window.picture_commands.reuse_all,
        "reuse-prompt": window.picture_commands.reuse_prompt,
        "reuse-seed": window.picture_commands.reuse_seed,
        "view": window.picture_commands.show_large,
        "favourite": window.picture_commands.toggle_favourite,
        "copy": window.picture_commands.copy,
        "copy-recipe": window.picture_commands.copy_recipe,
        "save-as": window.picture_commands.save_as,
        "save-plain": window.picture_commands.save_without_recipe,
        "show-in-folder": window.picture_commands.show_in_folder,
        "delete": window.picture_commands.delete,
        "restore": window.picture_commands.restore,
        "palette": window.help.show_palette,
        "help.explain": window.help.explain,
        "machine-speed": window.help.show_machine_speed,
        "report": window.failures.report,
        "logs": window.help.open_logs,
        "help.about": window.help.about,
    }
