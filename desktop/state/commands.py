"""Every command of the window as one row: its words, its keys, its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

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
PROMPTS = "prompts"
ROOM = "room"


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words and keys; what it does, and when it can, the window says by its id
    (desktop.shell.command_handlers, desktop.shell.command_states).

    `key` and `more_keys` are Qt's portable text. `needs_picture`: works on the chosen pictures.
    `scope`: where its keys work, in the whole "window", in it while the room is in front that
    declares it ("room"), where they go before the window's own, or while grid, history or viewer
    ("pictures") or the canvas of Edit ("canvas") have the focus, for keys that are letters, or an
    editor of a prompt ("prompts"), for keys that move the cursor elsewhere. `why`:
    what is missing where it can do nothing; "" for one that always can. `other_words` are the
    field's other words for the same thing, which menu, palette and help also find. `begins`: a line
    parts it from what stands above it in its menu. `under`: the menu within its menu that it stands
    in, where there are several of a kind.
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
    begins: bool = False
    under: str = ""


Commands = Mapping[str, Command]  # by id, in the order of the menus


def build_actions(
    window: QWidget,
    bar: QMenuBar,
    commands: Commands,
    keys: Mapping[str, Sequence[str]],
    handlers: Mapping[str, Callable[[], object]],
) -> dict[str, QAction]:
    """One QAction a row, by its id, in the menus of `bar`. `keys` are what
    desktop.state.shortcuts.resolve found, `handlers` what each command does, by its id."""
    titles = with_alt_keys([tr_data(name) for name in MENUS])
    menus = {name: bar.addMenu(title) for name, title in zip(MENUS, titles, strict=True)}
    actions: dict[str, QAction] = {}
    for row in commands.values():
        action = QAction(tr_data(row.label), window)
        action.setObjectName(row.id)
        action.setData(row.other_words)
        if row.scope in (PICTURES, CANVAS, PROMPTS):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _=False, act=handlers[row.id]: act())
        put_in_menu(menus[row.menu], row, action)
        actions[row.id] = action
    for menu in menus.values():
        menu.setToolTipsVisible(True)
    use_keys(actions, keys)
    return actions


def with_alt_keys(titles: Sequence[str]) -> list[str]:
    """The titles of a menu bar, each with Qt's mark before the letter that opens it with Alt: its
    first letter or digit that no title before it took, and no mark where all are taken."""
    taken: set[str] = set()
    marked: list[str] = []
    for title in titles:
        plain = title.replace("&", "&&")
        free = (k for k, sign in enumerate(plain) if sign.isalnum() and sign.lower() not in taken)
        place = next(free, None)
        if place is None:
            marked.append(plain)
        else:
            taken.add(plain[place].lower())
            marked.append(f"{plain[:place]}&{plain[place:]}")
    return marked


def put_in_menu(menu: QMenu, row: Command, action: QAction) -> None:
    """At the end of `menu`, or of the menu in it that the row names, made for the first of them;
    with the line that the row begins with, which parts it from others of its own menu."""
    last = menu.actions()[-1].menu() if menu.actions() else None
    if not isinstance(last, QMenu) or last.objectName() != row.under:
        last = menu
    if row.begins and not last.isEmpty():
        last.addSeparator()
    if row.under and last is menu:
        last = menu.addMenu(tr_data(row.under))
        last.setObjectName(row.under)
        last.setToolTipsVisible(True)
    last.addAction(action)


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
