"""What each command of the window does, by its id: one table that a type checker reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], object]]:
    """The methods of the window and its parts, for every row of desktop.state.commands."""
    return {
        "generate": window.generate,
        "stop": window.stage.stop.click,
        "open": window.opening.open_picture,
        "open-model-file": window.model_choice.open_file,
        "open-model": window.model_choice.open_folder,
        "show-pictures": window.help.show_pictures_folder,
        "quit": window.close,
        "undo": window.form.undo,
        "redo": window.form.redo,
        "reset": window.form.reset,
        "prediction": window.model_choice.change_prediction,
        "insert-word": window.insert_word,
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
        "model-picture": window.models_room.use_picture,
        "delete": window.picture_commands.delete,
        "restore": window.picture_commands.restore,
        "create": window.go_create,
        "gallery": window.go_gallery,
        "models": window.go_models,
        "get-models": window.get_models,
        "settings": window.go_settings,
        "history": window.toggle_history,
        "fit": window.stage.fit_picture,
        "zoom": window.stage.viewer.toggle_zoom,
        "free-memory": window.models_room.free_memory,
        "palette": window.help.show_palette,
        "help.explain": window.help.explain,
        "shortcuts": window.go_shortcuts,
        "report": window.failures.report,
        "logs": window.help.open_logs,
        "help.about": window.help.about,
    }
