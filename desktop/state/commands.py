"""Every command of the window as one row: its words, its keys, its menu."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from desktop.widgets.i18n import tr, tr_data

# menus, in their order
FILE = "File"
EDIT = "Edit"
PICTURE = "Picture"
LAYER = "Layer"
SELECT = "Select"
VIEW = "View"
HELP = "Help"
MENUS = (FILE, EDIT, PICTURE, LAYER, SELECT, VIEW, HELP)
# scopes
WINDOW = "window"
PICTURES = "pictures"
CANVAS = "canvas"
ROOM = "room"


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words and keys; what it does, and when it can, the window says by its id
    (desktop.shell.command_handlers, desktop.shell.command_states).

    `key` and `more_keys` are Qt's portable text. `needs_picture`: works on the chosen pictures.
    `scope`: where its keys work, in the whole "window", in it while the room is in front that
    declares it ("room"), where they go before the window's own, or while grid, history or viewer
    ("pictures") or the canvas of Edit ("canvas") have the focus, for keys that are letters. `why`:
    what is missing where it can do nothing; "" for one that always can. `other_words` are the
    field's other words for the same thing, which menu, palette and help also find.
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
    other_words: str = ""


Commands = Mapping[str, Command]  # by id, in the order of the menus


def _of_picture(
    command_id: str,
    label: str,
    *,
    key: str = "",
    more: tuple[str, ...] = (),
    scope: str = WINDOW,
    other_words: str = "",
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
        other_words=other_words,
    )


_MAC = sys.platform == "darwin"

# those that no room declares (desktop.shared.room)
OF_THE_WINDOW: tuple[Command, ...] = (
    Command(
        "generate",
        "Generate",
        FILE,
        key="Ctrl+Return",
        more_keys=("Ctrl+Enter",),
        other_words="txt2img text to image",
    ),
    Command(
        "stop",
        "Stop this picture",
        FILE,
        key="Ctrl+.",
        why="No picture is being made.",
        other_words="interrupt cancel",
    ),
    Command("open", "Open picture...", FILE, key="Ctrl+O", other_words="PNG info drop"),
    Command(
        "start-file",
        "Start from picture...",
        FILE,
        other_words="img2img image to image init sketch",
    ),
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
        other_words="again",
    ),
    Command(
        "paste-recipe",
        "Paste recipe",
        EDIT,
        key="Ctrl+Shift+V",
        other_words="generation data parameters infotext",
    ),
    Command(
        "reset",
        "Reset parameters",
        EDIT,
        why="All parameters are the model's defaults.",
        other_words="defaults clear",
    ),
    Command(
        "no-start",
        "Take start picture away",
        EDIT,
        why="The form starts from no picture.",
        other_words="img2img image to image txt2img",
    ),
    Command(
        "prediction",
        "Model predicts something else",
        EDIT,
        why="Only models of Stable Diffusion 1, 2 and XL can predict one thing or another.",
    ),
    Command(
        "insert-word",
        "Insert LoRA or embedding...",
        EDIT,
        key="Ctrl+L",
        other_words="lyco lycoris textual inversion hypernetwork",
    ),
    Command("find", "Find", EDIT, key="Ctrl+F", more_keys=("/",), other_words="search"),
    _of_picture("reuse-all", "Reuse all", key="Ctrl+Shift+R", other_words="send to txt2img"),
    _of_picture("reuse-prompt", "Reuse prompt"),
    _of_picture("reuse-seed", "Reuse seed", other_words="send seed"),
    _of_picture(
        "use-start",
        "Use as start",
        other_words="img2img image to image init send to img2img",
    ),
    _of_picture(
        "vary",
        "Vary",
        key="V",
        scope=PICTURES,
        other_words="variation variations variant subseed similar",
    ),
    _of_picture(
        "vary-by",
        "Vary by...",
        key="Shift+V",
        scope=PICTURES,
        other_words="variation variations strength subseed",
    ),
    _of_picture(
        "edit-picture",
        "Edit",
        key="E",
        scope=PICTURES,
        other_words="inpaint outpaint img2img mask canvas paint send to",
    ),
    _of_picture("make-again", "Make it again", other_words="recreate reproduce compare identical"),
    _of_picture("view", "Show large", other_words="enlarge"),
    Command(
        "fold-stack",
        "Open or close the stack",
        PICTURE,
        key="S",
        scope=PICTURES,
        needs_picture=True,
        why="Only pictures that were made for one document of Edit lie on a stack.",
        other_words="group candidates expand collapse",
    ),
    _of_picture("favourite", "Favourite", key="F", scope=PICTURES),
    _of_picture("copy", "Copy picture", key="Ctrl+Shift+C"),
    _of_picture("copy-recipe", "Copy recipe"),
    _of_picture("save-as", "Save as (with recipe)...", key="Ctrl+S"),
    _of_picture("save-plain", "Save as (without recipe)..."),
    _of_picture("show-in-folder", "Show in folder"),
    _of_picture("model-picture", "Use as the model's picture"),
    _of_picture(
        "delete",
        "Delete",
        key="Delete",
        more=("Backspace",) if _MAC else (),
        scope=PICTURES,
        other_words="trash remove",
    ),
    Command(
        "restore",
        "Restore from trash",
        PICTURE,
        needs_picture=True,
        why="Only pictures in the trash can be restored.",
    ),
    Command(
        "history",
        "Show or hide history",
        VIEW,
        key="Ctrl+Shift+H",
        why="History stands in the room Create.",
    ),
    Command("fit", "Fit picture", VIEW, why="No picture is shown large."),
    Command(
        "zoom",
        "Fit or 100 %",
        VIEW,
        key="Z",
        scope=PICTURES,
        why="No picture is shown large.",
        other_words="actual size one to one",
    ),
    Command(
        "free-memory", "Free memory now", VIEW, why="No model is in memory.", other_words="unload"
    ),
    Command("palette", "All commands...", HELP, key="Ctrl+K"),
    Command("help.explain", "Explain this control", HELP, key="F1"),
    Command("shortcuts", "Shortcuts", HELP, other_words="keys hotkeys keyboard"),
    Command(
        "machine-speed",
        "How fast is this machine...",
        HELP,
        other_words="benchmark performance bench it/s iterations per second",
    ),
    Command("report", "Report...", HELP),
    Command("logs", "Open logs", HELP),
    Command("help.about", "About Calotype", HELP),
)


def all_commands(of_rooms: Iterable[Command]) -> Commands:
    """Those of the rooms and of the window; in each menu those of the rooms stand first."""
    rows = sorted((*of_rooms, *OF_THE_WINDOW), key=lambda row: MENUS.index(row.menu))
    return {row.id: row for row in rows}


def build_actions(
    window: QWidget,
    bar: QMenuBar,
    commands: Commands,
    keys: Mapping[str, Sequence[str]],
    handlers: Mapping[str, Callable[[], object]],
) -> dict[str, QAction]:
    """One QAction a row, by its id, in the menus of `bar`. `keys` are what
    desktop.state.shortcuts.resolve found, `handlers` what each command does, by its id."""
    menus = {name: bar.addMenu(tr_data(name)) for name in MENUS}
    actions: dict[str, QAction] = {}
    for row in commands.values():
        action = QAction(tr_data(row.label), window)
        action.setObjectName(row.id)
        action.setData(row.other_words)
        if row.scope in (PICTURES, CANVAS):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _=False, act=handlers[row.id]: act())
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


def keys_in_front(
    keys: Mapping[str, Sequence[str]], commands: Commands, room: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Of all keys those that work while the room is in front that declares the commands `room`:
    its own before the window's, and none of the other rooms'."""
    here = set(room)
    own = {
        key
        for command_id in here
        if commands[command_id].scope == ROOM
        for key in keys.get(command_id, ())
    }
    kept: dict[str, tuple[str, ...]] = {}
    for command_id, its in keys.items():
        scope = commands[command_id].scope
        if scope == ROOM:
            kept[command_id] = tuple(its) if command_id in here else ()
        elif scope == WINDOW:
            kept[command_id] = tuple(key for key in its if key not in own)
        else:
            kept[command_id] = tuple(its)
    return kept


def scope_to(
    actions: Mapping[str, QAction], commands: Commands, *places: QWidget, scope: str = PICTURES
) -> None:
    """Where the keys of commands for pictures, or of another scope, work."""
    for row in commands.values():
        if row.scope == scope:
            for place in places:
                place.addAction(actions[row.id])


def refresh_actions(
    actions: Mapping[str, QAction], commands: Commands, possible: Mapping[str, bool]
) -> None:
    """Enabled means possible. `possible` says so by id, and of those that it leaves out that they
    always are; one that is not says why."""
    for command_id, action in actions.items():
        can = possible.get(command_id, True)
        why = "" if can else tr_data(commands[command_id].why)
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
