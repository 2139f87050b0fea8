"""Every command of the window as one row: its words, its keys, its menu,
the method that does it and when it can."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from desktop.widgets.i18n import tr, tr_data

FILE, EDIT, PICTURE, VIEW, HELP = "File", "Edit", "Picture", "View", "Help"
WINDOW, PICTURES = "window", "pictures"
_CHOOSE = "Choose a picture first."


@dataclass(frozen=True, slots=True)
class Command:
    """`method` is a method of MainWindow or of a part of it ("chosen.delete");
    `key` and `more` are Qt's portable text.

    `needs_picture`: works on the chosen pictures. `scope`: where its keys work, in the whole
    "window", or while grid, history or viewer ("pictures") have the focus, for keys that are
    letters. `when`: a method of desktop.shell.possible.Possible that says whether it can do
    something now, and `why` what is missing where it cannot.
    """

    id: str
    label: str
    menu: str
    method: str
    key: str = ""
    needs_picture: bool = False
    scope: str = WINDOW
    more: tuple[str, ...] = ()
    when: str = ""
    why: str = ""


def _of_picture(
    command_id: str,
    label: str,
    method: str,
    key: str = "",
    scope: str = WINDOW,
    more: tuple[str, ...] = (),
) -> Command:
    return Command(command_id, label, PICTURE, method, key, True, scope, more, "picture", _CHOOSE)


_MAC = sys.platform == "darwin"

COMMANDS: tuple[Command, ...] = (
    Command("generate", "Generate", FILE, "generate", "Ctrl+Return", more=("Ctrl+Enter",)),
    Command(
        "stop",
        "Stop this picture",
        FILE,
        "stage.stop.click",
        "Ctrl+.",
        when="running",
        why="No picture is being made.",
    ),
    Command("open", "Open picture...", FILE, "opening.open_picture", "Ctrl+O"),
    Command("open-model-file", "Open model file...", FILE, "models.open_file"),
    Command("open-model", "Open model folder...", FILE, "models.open_folder"),
    Command("show-pictures", "Show pictures folder", FILE, "help.show_pictures_folder"),
    Command("quit", "Quit", FILE, "close", "Ctrl+Q"),
    Command(
        "undo", "Undo", EDIT, "form.undo", "Ctrl+Z", when="undo", why="There is nothing to undo."
    ),
    Command(
        "redo",
        "Redo",
        EDIT,
        "form.redo",
        "Ctrl+Shift+Z",
        more=() if _MAC else ("Ctrl+Y",),
        when="redo",
        why="There is nothing to redo.",
    ),
    Command(
        "reset",
        "Reset parameters",
        EDIT,
        "form.reset",
        when="reset",
        why="All parameters are the model's defaults.",
    ),
    Command(
        "prediction",
        "Model predicts something else",
        EDIT,
        "models.change_prediction",
        when="prediction",
        why="Only models of Stable Diffusion 1, 2 and XL can predict one thing or another.",
    ),
    Command("insert-word", "Insert LoRA or embedding...", EDIT, "insert_word", "Ctrl+L"),
    Command("find", "Find", EDIT, "go_search", "Ctrl+F", more=("/",)),
    _of_picture("reuse-all", "Reuse all", "chosen.reuse_all", "Ctrl+Shift+R"),
    _of_picture("reuse-prompt", "Reuse prompt", "chosen.reuse_prompt"),
    _of_picture("reuse-seed", "Reuse seed", "chosen.reuse_seed"),
    _of_picture("view", "Show large", "chosen.show_large"),
    _of_picture("favourite", "Favourite", "chosen.toggle_favourite", "F", PICTURES),
    _of_picture("copy", "Copy picture", "chosen.copy", "Ctrl+Shift+C"),
    _of_picture("copy-recipe", "Copy recipe", "chosen.copy_recipe"),
    _of_picture("save-as", "Save as (with recipe)...", "chosen.save_as", "Ctrl+S"),
    _of_picture("save-plain", "Save as (without recipe)...", "chosen.save_without_recipe"),
    _of_picture("show-in-folder", "Show in folder", "chosen.show_in_folder"),
    _of_picture("model-picture", "Use as the model's picture", "room.use_picture"),
    _of_picture(
        "delete", "Delete", "chosen.delete", "Delete", PICTURES, ("Backspace",) if _MAC else ()
    ),
    Command(
        "restore",
        "Restore from trash",
        PICTURE,
        "chosen.restore",
        needs_picture=True,
        when="trashed",
        why="Only pictures in the trash can be restored.",
    ),
    Command("create", "Create", VIEW, "go_create", "Ctrl+1"),
    Command("gallery", "Gallery", VIEW, "go_gallery", "Ctrl+2"),
    Command("models", "Models", VIEW, "go_models", "Ctrl+3"),
    Command("get-models", "Get models", VIEW, "get_models"),
    Command("settings", "Settings", VIEW, "go_settings", "Ctrl+,"),
    Command(
        "history",
        "Show or hide history",
        VIEW,
        "toggle_history",
        "Ctrl+Shift+H",
        when="in_create",
        why="History stands in the room Create.",
    ),
    Command(
        "fit",
        "Fit picture",
        VIEW,
        "stage.fit_picture",
        when="shown",
        why="No picture is shown large.",
    ),
    Command(
        "zoom",
        "Fit or 100 %",
        VIEW,
        "zoom",
        "Z",
        scope=PICTURES,
        when="shown",
        why="No picture is shown large.",
    ),
    Command(
        "free-memory",
        "Free memory now",
        VIEW,
        "room.free_memory",
        when="warm",
        why="No model is in memory.",
    ),
    Command("palette", "All commands...", HELP, "help.show_palette", "Ctrl+K"),
    Command("help.explain", "Explain this control", HELP, "help.explain", "F1"),
    Command("shortcuts", "Shortcuts", HELP, "go_shortcuts"),
    Command("report", "Report...", HELP, "troubles.report"),
    Command("logs", "Open logs", HELP, "help.open_logs"),
    Command("help.about", "About Calotype", HELP, "help.about"),
)
BY_ID = {row.id: row for row in COMMANDS}
# The field's other words for the same things, which menu, palette and help also find.
OTHER_WORDS = {
    "generate": "txt2img text to image",
    "open": "PNG info drop",
    "reuse-all": "send to txt2img",
    "reuse-seed": "send seed",
    "reset": "defaults clear",
    "insert-word": "lyco lycoris textual inversion hypernetwork",
    "stop": "interrupt cancel",
    "free-memory": "unload",
    "settings": "preferences options",
    "shortcuts": "keys hotkeys keyboard",
    "models": "checkpoints",
    "gallery": "images outputs",
    "get-models": "download civitai hugging face",
    "view": "enlarge",
    "delete": "trash remove",
    "find": "search",
    "redo": "again",
    "zoom": "actual size one to one",
}


def build(window: QWidget, bar: QMenuBar, keys: Mapping[str, Sequence[str]]) -> dict[str, QAction]:
    """One QAction a row, in the menus of `bar`; `keys` are what
    desktop.state.shortcuts.resolve found."""
    menus = {name: bar.addMenu(tr_data(name)) for name in (FILE, EDIT, PICTURE, VIEW, HELP)}
    actions: dict[str, QAction] = {}
    for row in COMMANDS:
        action = QAction(tr_data(row.label), window)
        action.setData(OTHER_WORDS.get(row.id, ""))
        if row.scope == PICTURES:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(attrgetter(row.method)(window))
        menus[row.menu].addAction(action)
        actions[row.id] = action
    for menu in menus.values():
        menu.setToolTipsVisible(True)
    use_keys(actions, keys)
    return actions


def use_keys(actions: Mapping[str, QAction], keys: Mapping[str, Sequence[str]]) -> None:
    """These keys from now on."""
    for command_id, action in actions.items():
        action.setShortcuts([QKeySequence(key) for key in keys.get(command_id, ())])


def scope_to(actions: Mapping[str, QAction], *places: QWidget) -> None:
    """Where the keys of commands for pictures work."""
    for row in COMMANDS:
        if row.scope == PICTURES:
            for place in places:
                place.addAction(actions[row.id])


def refresh(actions: Mapping[str, QAction], possible: object) -> None:
    """Enabled means possible: each action by its row's `when`; one that is not says why."""
    for command_id, action in actions.items():
        row = BY_ID[command_id]
        may: Callable[[], bool] | None = getattr(possible, row.when) if row.when else None
        can = may() if may is not None else True
        why = tr_data(row.why) if not can else ""
        if action.isEnabled() != can:
            action.setEnabled(can)
        if action.statusTip() != why:
            action.setStatusTip(why)
            action.setToolTip(why)


def name_step(action: QAction, label: str, what: str) -> None:
    """Undo and Redo with the name of their step."""
    words = tr("{command}: {what}", command=tr_data(label), what=what) if what else tr_data(label)
    if action.text() != words:
        action.setText(words)
