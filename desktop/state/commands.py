"""Every command of the window as one row: its words, its keys, its menu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from desktop.widgets.i18n import tr, tr_data

# menus, in their order
FILE = "File"
EDIT = "Edit"
PICTURE = "Picture"
VIEW = "View"
HELP = "Help"
MENUS = (FILE, EDIT, PICTURE, VIEW, HELP)
# scopes
WINDOW = "window"
PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words and keys; what it does, and when it can, the window says by its id
    (desktop.shell.command_handlers, desktop.shell.command_states).

    `key` and `more_keys` are Qt's portable text. `needs_picture`: works on the chosen pictures.
    `scope`: where its keys work, in the whole "window", or while grid, history or viewer
    ("pictures") have the focus, for keys that are letters. `why`: what is missing where it can
    do nothing; "" for one that always can.
    """

    id: str
    label: str
    menu: str
    _: KW_ONLY
    key: str = ""
    more_keys: tuple[str, ...] = ()
    scope: str = WINDOW
    needs_picture: bool = False
    why: str = ""


def _of_picture(
    command_id: str,
    label: str,
    *,
    key: str = "",
    more: tuple[str, ...] = (),
    scope: str = WINDOW,
) -> Command:
    return Command(
        command_id,
        label,
        PICTURE,
        key=key,
        more_keys=more,
        scope=scope,
        needs_picture=True,
        why="Choose a picture first.",
    )


_MAC = sys.platform == "darwin"

COMMANDS: tuple[Command, ...] = (
    Command("generate", "Generate", FILE, key="Ctrl+Return", more_keys=("Ctrl+Enter",)),
    Command("stop", "Stop this picture", FILE, key="Ctrl+.", why="No picture is being made."),
    Command("open", "Open picture...", FILE, key="Ctrl+O"),
    Command("open-model-file", "Open model file...", FILE),
    Command("open-model", "Open model folder...", FILE),
    Command("show-pictures", "Show pictures folder", FILE),
    Command("quit", "Quit", FILE, key="Ctrl+Q"),
    Command("undo", "Undo", EDIT, key="Ctrl+Z", why="There is nothing to undo."),
    Command(
        "redo",
        "Redo",
        EDIT,
        key="Ctrl+Shift+Z",
        more_keys=() if _MAC else ("Ctrl+Y",),
        why="There is nothing to redo.",
    ),
    Command("reset", "Reset parameters", EDIT, why="All parameters are the model's defaults."),
    Command(
        "prediction",
        "Model predicts something else",
        EDIT,
        why="Only models of Stable Diffusion 1, 2 and XL can predict one thing or another.",
    ),
    Command("insert-word", "Insert LoRA or embedding...", EDIT, key="Ctrl+L"),
    Command("find", "Find", EDIT, key="Ctrl+F", more_keys=("/",)),
    _of_picture("reuse-all", "Reuse all", key="Ctrl+Shift+R"),
    _of_picture("reuse-prompt", "Reuse prompt"),
    _of_picture("reuse-seed", "Reuse seed"),
    _of_picture("view", "Show large"),
    _of_picture("favourite", "Favourite", key="F", scope=PICTURES),
    _of_picture("copy", "Copy picture", key="Ctrl+Shift+C"),
    _of_picture("copy-recipe", "Copy recipe"),
    _of_picture("save-as", "Save as (with recipe)...", key="Ctrl+S"),
    _of_picture("save-plain", "Save as (without recipe)..."),
    _of_picture("show-in-folder", "Show in folder"),
    _of_picture("model-picture", "Use as the model's picture"),
    _of_picture(
        "delete", "Delete", key="Delete", more=("Backspace",) if _MAC else (), scope=PICTURES
    ),
    Command(
        "restore",
        "Restore from trash",
        PICTURE,
        needs_picture=True,
        why="Only pictures in the trash can be restored.",
    ),
    Command("create", "Create", VIEW, key="Ctrl+1"),
    Command("gallery", "Gallery", VIEW, key="Ctrl+2"),
    Command("models", "Models", VIEW, key="Ctrl+3"),
    Command("get-models", "Get models", VIEW),
    Command("settings", "Settings", VIEW, key="Ctrl+,"),
    Command(
        "history",
        "Show or hide history",
        VIEW,
        key="Ctrl+Shift+H",
        why="History stands in the room Create.",
    ),
    Command("fit", "Fit picture", VIEW, why="No picture is shown large."),
    Command(
        "zoom", "Fit or 100 %", VIEW, key="Z", scope=PICTURES, why="No picture is shown large."
    ),
    Command("free-memory", "Free memory now", VIEW, why="No model is in memory."),
    Command("palette", "All commands...", HELP, key="Ctrl+K"),
    Command("help.explain", "Explain this control", HELP, key="F1"),
    Command("shortcuts", "Shortcuts", HELP),
    Command("report", "Report...", HELP),
    Command("logs", "Open logs", HELP),
    Command("help.about", "About Calotype", HELP),
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


def build_actions(
    window: QWidget,
    bar: QMenuBar,
    keys: Mapping[str, Sequence[str]],
    handlers: Mapping[str, Callable[[], object]],
) -> dict[str, QAction]:
    """One QAction a row, by its id, in the menus of `bar`. `keys` are what
    desktop.state.shortcuts.resolve found, `handlers` what each command does, by its id."""
    menus = {name: bar.addMenu(tr_data(name)) for name in MENUS}
    actions: dict[str, QAction] = {}
    for row in COMMANDS:
        action = QAction(tr_data(row.label), window)
        action.setData(OTHER_WORDS.get(row.id, ""))
        if row.scope == PICTURES:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(handlers[row.id])
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


def refresh_actions(actions: Mapping[str, QAction], possible: Mapping[str, bool]) -> None:
    """Enabled means possible. `possible` says so by id, and of those that it leaves out that they
    always are; one that is not says why."""
    for command_id, action in actions.items():
        can = possible.get(command_id, True)
        why = "" if can else tr_data(BY_ID[command_id].why)
        if action.isEnabled() != can:
            action.setEnabled(can)
        if action.statusTip() != why:
            action.setStatusTip(why)
            action.setToolTip(why)


def name_step(action: QAction, label: str, what: str) -> None:
    """Undo and Redo with the name of their step."""
    words = tr_data(label)
    if what:
        words = tr("{command}: {what}", command=words, what=what)
    if action.text() != words:
        action.setText(words)
