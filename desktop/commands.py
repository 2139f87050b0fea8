"""Every command of the window as one row: its words, its key, its menu, and the method that does it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from desktop.strings import tr_data

FILE, EDIT, PICTURE, VIEW, HELP = "File", "Edit", "Picture", "View", "Help"


@dataclass(frozen=True, slots=True)
class Command:
    """`method` is a method of MainWindow or of a part of it ("chosen.delete"); `key` is Qt's portable text.

    `needs_picture`: works on the chosen pictures.
    """

    id: str
    label: str
    menu: str
    method: str
    key: str = ""
    needs_picture: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("generate", "Generate", FILE, "generate", "Ctrl+Return"),
    Command("stop", "Stop this picture", FILE, "stage.stop.click", "Ctrl+."),
    Command("open", "Open picture...", FILE, "open_picture", "Ctrl+O"),
    Command("open-model-file", "Open model file...", FILE, "models.open_file"),
    Command("open-model", "Open model folder...", FILE, "models.open_folder"),
    Command("prediction", "Model predicts something else", EDIT, "models.change_prediction"),
    Command("show-pictures", "Show pictures folder", FILE, "help.show_pictures_folder"),
    Command("quit", "Quit", FILE, "close", "Ctrl+Q"),
    Command("undo", "Undo form change", EDIT, "form.undo", "Ctrl+Z"),
    Command("reset", "Reset parameters", EDIT, "form.reset"),
    Command("insert-word", "Insert LoRA or embedding...", EDIT, "insert_word", "Ctrl+L"),
    Command("find", "Find in gallery", EDIT, "find", "Ctrl+F"),
    Command("reuse-all", "Reuse all", PICTURE, "chosen.reuse_all", "Ctrl+Shift+R", True),
    Command("reuse-prompt", "Reuse prompt", PICTURE, "chosen.reuse_prompt", "", True),
    Command("reuse-seed", "Reuse seed", PICTURE, "chosen.reuse_seed", "", True),
    Command("view", "Show large", PICTURE, "chosen.show_large", "", True),
    Command("favourite", "Favourite", PICTURE, "chosen.toggle_favourite", "Ctrl+D", True),
    Command("copy", "Copy picture", PICTURE, "chosen.copy", "Ctrl+Shift+C", True),
    Command("copy-recipe", "Copy recipe", PICTURE, "chosen.copy_recipe", "", True),
    Command("save-as", "Save as (with recipe)...", PICTURE, "chosen.save_as", "Ctrl+S", True),
    Command("save-plain", "Save as (without recipe)...", PICTURE, "chosen.save_without_recipe", "", True),
    Command("show-in-folder", "Show in folder", PICTURE, "chosen.show_in_folder", "", True),
    Command("model-picture", "Use as the model's picture", PICTURE, "room.use_picture", "", True),
    Command("delete", "Delete", PICTURE, "chosen.delete", "Ctrl+Backspace", True),
    Command("restore", "Restore from trash", PICTURE, "chosen.restore", "", True),
    Command("create", "Create", VIEW, "go_create", "Ctrl+1"),
    Command("gallery", "Gallery", VIEW, "go_gallery", "Ctrl+2"),
    Command("models", "Models", VIEW, "go_models", "Ctrl+3"),
    Command("get-models", "Get models", VIEW, "get_models"),
    Command("settings", "Settings", VIEW, "go_settings", "Ctrl+,"),
    Command("history", "Show or hide history", VIEW, "toggle_history", "Ctrl+H"),
    Command("fit", "Fit picture", VIEW, "stage.fit_picture", ""),
    Command("free-memory", "Free memory now", VIEW, "room.free_memory"),
    Command("palette", "All commands...", HELP, "help.show_palette", "Ctrl+K"),
    Command("help.explain", "Explain this control", HELP, "help.explain", "F1"),
    Command("shortcuts", "Shortcuts", HELP, "go_settings"),
    Command("report", "Report...", HELP, "troubles.report"),
    Command("logs", "Open logs", HELP, "help.open_logs"),
    Command("help.about", "About Calotype", HELP, "help.about"),
)


def build(window: QWidget, bar: QMenuBar, custom: dict[str, str]) -> dict[str, QAction]:
    """One QAction a row, in the menus of `bar`; `custom` keys win over the rows'."""
    menus = {name: bar.addMenu(tr_data(name)) for name in (FILE, EDIT, PICTURE, VIEW, HELP)}
    actions: dict[str, QAction] = {}
    for row in COMMANDS:
        action = QAction(tr_data(row.label), window)
        key = custom.get(row.id, row.key)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(attrgetter(row.method)(window))
        menus[row.menu].addAction(action)
        actions[row.id] = action
    return actions
