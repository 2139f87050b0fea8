"""The table of rooms: what a row forgot is named, and all that the window does with a room follows
from its row."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QToolButton, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import RESOURCES, Places
from desktop.app import app
from desktop.app.app import Application
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.shell.help_texts import is_sentence
from desktop.shell.main_window import MainWindow
from desktop.shell.rooms import ROOMS, Rail, boxed, commands_of, room_numbered
from desktop.state import session
from desktop.state.commands import VIEW, Command
from desktop.state.session import Session
from desktop.state.shortcuts import resolve
from desktop.widgets import theme
from desktop.widgets.filter_dialog import CommandPalette
from tests.desktop.driving import Open, in_front, opening, settings_of, take_down, until

ROOT = Path(__file__).parents[3]
DESKTOP = ROOT / "desktop"
FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


# --- rows ---


def floors() -> set[str]:
    """The rooms that do not know each other, by the contracts."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(
        rule["layers"] for rule in told["contracts"] if rule.get("containers") == ["desktop"]
    )
    return {name for layer in layers if "create" in layer for name in layer.split(" | ")}


def missing(row: Room, others: Iterable[Room]) -> list[str]:
    """What a row forgot, beside these other ones."""
    rest = tuple(others)
    found = []
    if not (DESKTOP / row.id / "room.py").is_file():
        found.append(f"desktop/{row.id}/room.py")
    if row.id not in floors():
        found.append("its floor in the contracts of pyproject.toml")
    if not (RESOURCES / "icons" / f"{row.icon}.svg").is_file():
        found.append(f"resources/icons/{row.icon}.svg")
    if not is_sentence(row.help, row.name):
        found.append("a sentence of help")
    if any(row.number == other.number for other in rest):
        found.append("a number of its own")
    if any(row.id == other.id for other in rest):
        return [*found, "an id of its own"]
    keys = resolve((), commands_of((*rest, row)))
    if [command.id for command in row.all_commands() if command.key and not keys[command.id]]:
        found.append("a key of its own")
    return found


@pytest.mark.parametrize("row", ROOMS, ids=lambda row: row.id)
def test_a_row_says_all_that_is_asked_of_it(row: Room) -> None:
    assert not missing(row, (other for other in ROOMS if other is not row))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"id": "cellar"}, "desktop/cellar/room.py"),
        ({"id": "shell"}, "its floor in the contracts of pyproject.toml"),
        ({"icon": "nothing"}, "resources/icons/nothing.svg"),
        ({"help": "Gallery"}, "a sentence of help"),
        ({"number": 2}, "a number of its own"),
        ({"key": "Ctrl+1"}, "a key of its own"),
        ({"id": "models"}, "an id of its own"),
        ({"commands": (Command("dust", "Dust", VIEW, key="Ctrl+Return"),)}, "a key of its own"),
    ],
)
def test_what_a_row_forgot_is_named(changed: dict[str, object], named: str) -> None:
    gallery = next(row for row in ROOMS if row.id == "gallery")
    others = [row for row in ROOMS if row is not gallery]
    assert named in missing(replace(gallery, **changed), others)


def test_every_room_has_its_row() -> None:
    folders = {path.parent.name for path in DESKTOP.glob("*/room.py")} - {"shared"}
    assert folders == {row.id for row in ROOMS} == floors()


def test_the_table_alone_imports_rooms() -> None:
    """The main window, and whatever else stands outside a room, knows none by name."""
    rooms = {row.id for row in ROOMS}
    knowing = {}
    for path in DESKTOP.rglob("*.py"):
        where = path.relative_to(DESKTOP)
        imported = {
            name.split(".")[1]
            for node in ast.walk(ast.parse(path.read_text()))
            for name in _imported(node)
            if name.startswith("desktop.")
        }
        if where.parts[0] not in rooms and imported & rooms:
            knowing[where.as_posix()] = sorted(imported & rooms)
    assert knowing == {"shell/rooms.py": sorted(rooms)}


def _imported(node: ast.AST) -> list[str]:
    """Modules that a statement imports, with what is taken out of them."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


# --- the session file ---


@pytest.mark.parametrize(
    ("number", "room"),
    [(0, "create"), (1, "gallery"), (2, "models"), (3, "settings"), (77, "create"), (-5, "create")],
)
def test_an_old_session_opens_in_its_room(number: int, room: str) -> None:
    assert room_numbered(number).id == room


# --- a room that is new ---


class Cellar(BuiltRoom):
    """A room as a newcomer writes it; `said` are the window's calls."""

    def __init__(self, context: RoomContext) -> None:
        super().__init__(context.window)
        self.said: list[str] = []
        self.page = QWidget()
        self.first_focus = self.line = QLineEdit(self.page)
        self._signals = context.signals

    def start(self) -> None:
        self.said.append("start")

    def end(self) -> None:
        self.said.append("end")

    def use_tokens(self, tokens: object) -> None:
        self.said.append("tokens")

    def use_settings(self, settings: object) -> None:
        self.said.append("settings")

    def session(self, kept: Session) -> Session:
        return replace(kept, examples="folded")

    def restore(self, kept: Session) -> None:
        self.said.append(f"restore {kept.examples}")

    def handlers(self) -> dict[str, Callable[[], object]]:
        return {"dust": lambda: self.said.append("dust")}

    def possible(self) -> dict[str, bool]:
        return {"dust": self.in_front()}

    def search_field(self) -> QLineEdit:
        return self.line

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return ((self.line, "Finds bottles by their year and vineyard."),)


CELLAR = Room(
    id="cellar",
    number=9,
    name="Cellar",
    icon="star",
    key="Ctrl+9",
    help="Goes to the Cellar, where the bottles lie.",
    other_words="basement",
    commands=(Command("dust", "Dust the bottles", VIEW, why="Bottles lie in the Cellar."),),
    build=Cellar,
)


@pytest.fixture
def open_app(qapp: QApplication, where: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    rows = (*ROOMS[:1], CELLAR, *ROOMS[1:])
    monkeypatch.setattr(app, "MainWindow", partial(MainWindow, rows=rows))
    yield from opening(qapp, where, FAKE, in_front)


def test_names_in_the_rail_stay_whole_beside_a_room_that_wants_much(qapp: QApplication) -> None:
    rows = [replace(row, name=f"{row.name} in another language") for row in ROOMS]
    rail, room = Rail(rows, theme.tokens_for("dark", system_is_dark=True)), QWidget()
    room.setMinimumWidth(924)
    both = boxed(QHBoxLayout(), rail, room)
    both.setMinimumWidth(1)  # as a window of a fixed least size is narrower than all in it
    both.resize(1024, 640)
    both.show()
    qapp.processEvents()
    assert both.width() == 1024
    for button in rail.findChildren(QToolButton):
        assert button.width() >= button.sizeHint().width(), button.text()
    both.deleteLater()


def test_all_follows_from_the_row_of_a_new_room(open_app: Open, where: Places) -> None:
    application = open_app()
    window = application.window
    cellar = window.rooms["cellar"]
    assert isinstance(cellar, Cellar)
    assert cellar.said == ["restore ", "start"]
    buttons = window.rail.findChildren(QToolButton)
    assert [button.text() for button in buttons][:3] == ["Create", "Cellar", "Edit"]
    assert buttons[1].whatsThis() == CELLAR.help and not buttons[1].icon().isNull()
    assert cellar.line.whatsThis() == "Finds bottles by their year and vineyard."
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    listed = [action.text() for action in view.actions()]  # type: ignore[attr-defined]
    assert listed[:4] == ["Create", "Cellar", "Dust the bottles", "Edit"]
    bars = {bar.text().replace("&", ""): bar for bar in window.menuBar().actions()}
    menus = {name: bar.menu().actions() for name, bar in bars.items()}  # type: ignore[attr-defined]
    assert [one.objectName() for one in menus["Edit"]][:3] == ["undo", "redo", ""]
    lined = [one.isSeparator() for menu in menus.values() for one in menu]
    assert not any(menu[0].isSeparator() for menu in menus.values()) and sum(lined) > 20
    dust = window.actions_by_id["dust"]
    assert not dust.isEnabled() and dust.toolTip() == "Bottles lie in the Cellar."
    QTest.keyClick(window, Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
    assert window.rooms.shown == "cellar" and cellar.line.hasFocus() and buttons[1].isChecked()
    assert dust.isEnabled()
    dust.trigger()
    palette = CommandPalette(list(window.actions_by_id.values()), window)
    palette.field.setText("basement")
    assert palette.list.item(0).text().startswith("Cellar")
    palette.deleteLater()
    assert window.rooms["settings"]
    window.go("settings")
    window.actions_by_id["find"].trigger()
    assert window.rooms.shown == "cellar"
    window.signals.choose_setting.emit("theme", "light")
    assert cellar.said[2:] == ["dust", "settings", "tokens"]
    until(lambda: not window.saver.isActive())
    application.database_tasks.submit(lambda: None, lambda _: cellar.said.append("kept"))
    until(lambda: "kept" in cellar.said)
    kept = session.load(where.session)
    assert (kept.room, kept.examples) == (9, "folded")
    take_down(application)
    assert cellar.said[-1] == "end"


def test_the_new_room_is_found_again(open_app: Open, where: Places) -> None:
    session.save(where.create().session, Session(room=9, fresh=False))
    window = open_app().window
    assert window.rooms.shown == "cellar"
    until(window.actions_by_id["free-memory"].isEnabled)  # the engine is warm: no late news


def test_in_safe_mode_nothing_chosen_elsewhere_becomes_a_setting(
    qapp: QApplication, where: Places
) -> None:
    application = Application(qapp, where, FAKE, safe=True)
    try:
        panel = settings_of(application.window)
        application.window.signals.choose_setting.emit("weights", "8bit")
        assert panel.settings.weights == "full" and not panel.isEnabled()
    finally:
        take_down(application)
