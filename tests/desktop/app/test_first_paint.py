"""What the window needs before it is painted, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import shibokensupport.feature
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QKeySequenceEdit, QToolButton, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.stores import Stores
from core.system.paths import Places
from core.values.request import Request
from desktop.app.app import Application
from desktop.edit.room import EDIT
from desktop.shared.room import BuiltRoom
from desktop.shell.rooms import COMMANDS, ROOMS, rooms_ahead
from tests.core.store.documents.documents import document, named, record
from tests.desktop.driving import take_down, until

ROOT = Path(__file__).parents[3]
FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))
# for networks, pictures' files, models' files, engines and terminals; not what threads load for
# token counts and predictions a moment after the form is filled, which may come before a late paint
NOT_NEEDED = (
    *("typer", "rich", "httpx2", "PIL", "yaml", "keyring", "torch", "numpy"),
    *("PySide6.QtNetwork", "multiprocessing"),
    *("filelock", "ssl", "http.client", "core.metadata.reading", "core.models.fetch.hub"),
    *("html.entities", "email", "importlib.metadata"),
    *("socket", "core.values.events", "core.service.making.runner", "desktop.state.job_thread"),
)
# until the window is painted; the folder was opened once before
START = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
import desktop.app.app as app
from desktop.__main__ import main

class Eye(QObject):
    def eventFilter(self, window, event):
        if event.type() == QEvent.Type.Paint:
            form = window.rooms["create"].form.prompt.prompt
            print("shown", form.isVisible(), *window.rooms.built)
            print("loaded", *sorted(sys.modules))
            window.removeEventFilter(self)
            QTimer.singleShot(0, window.close)
        return False

eye, start = Eye(), app.Application.start

def watched(self):
    self.window.installEventFilter(eye)
    start(self)

app.Application.start = watched
sys.exit(main([]))
"""


def test_the_painted_window_has_loaded_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    env = os.environ | {"CALOTYPE_DATA": str(tmp_path / "data"), "QT_QPA_PLATFORM": "offscreen"}
    for _ in range(2):
        said = subprocess.run(
            (sys.executable, "-c", START), cwd=ROOT, env=env, check=True, capture_output=True
        ).stdout.decode()
    shown, loaded = (line.split() for line in said.splitlines())
    assert shown == ["shown", "True", "create"]
    assert not {name for name in NOT_NEEDED if name in loaded[1:]}


def shown_at_start(application: Application, room: str) -> list[QWidget]:
    """What windows are shown while a room is opened in the first moments."""

    class Eye(QObject):
        def eventFilter(self, part: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(part, QWidget) and part.isWindow():
                shown.append(part)
            return False

    shown, eye = list[QWidget](), Eye()
    application.qt.installEventFilter(eye)
    application.window.go(room)
    until(lambda: application.window.rooms.shown == room)
    application.qt.removeEventFilter(eye)
    return shown


def test_a_room_that_is_opened_is_built_beside_the_window_and_flashes_none(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        application.start()
        rooms = application.window.rooms
        assert list(rooms.built) == ["create"]
        until(lambda: "gallery" in rooms.built)  # which begins with what lies in it
        for room in ("settings", "models", "edit", "insight"):
            assert room not in rooms.built
            assert not shown_at_start(application, room)
        assert set(rooms.built) == {row.id for row in ROOMS}
    finally:
        take_down(application)


def test_the_room_that_was_asked_for_last_is_shown(qapp: QApplication, where: Places) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        window = application.window
        window.go("models")
        window.go("settings")
        window.go("create")
        until(lambda: {"models", "settings"} <= set(window.rooms.built))
        until(lambda: not window.builder._waiting)
        qapp.processEvents()
        assert window.rooms.shown == "create"
        assert [button.isChecked() for button in window.rail.findChildren(QToolButton)][:2] == [
            True,
            False,
        ]
    finally:
        take_down(application)


def test_a_room_is_built_when_the_pointer_comes_to_its_button(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        window = application.window
        button = window.rail.findChildren(QToolButton)[-1]
        here = QPointF(button.rect().center())
        qapp.sendEvent(button, QEnterEvent(here, here, here))
        until(lambda: "settings" in window.rooms.built and not window.builder._waiting)
        assert window.rooms.shown == "create" and list(window.rooms.built) == ["create", "settings"]
        qapp.sendEvent(button, QEnterEvent(here, here, here))
        assert not window.builder._waiting
    finally:
        take_down(application)


def test_edit_is_built_at_the_start_where_a_document_is_open(stores: Stores) -> None:
    kept = record()
    assert not rooms_ahead([EDIT], stores)
    stores.documents.create(kept, document(1), named(1))
    assert rooms_ahead([EDIT], stores) == ("edit",)
    stores.documents.close(kept.id)
    assert not rooms_ahead([EDIT], stores)
    (stores.places.documents / f"{kept.id[::-1]}.sqlite").write_bytes(b"no document" * 999)
    assert rooms_ahead([EDIT], stores) == ("edit",), "it says what became of that"


def test_what_is_asked_of_a_room_that_is_not_built_yet_is_done(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        window = application.window
        assert list(window.rooms.built) == ["create"]
        window.signals.choose_setting.emit("weights", "8bit")
        until(lambda: application.settings.weights == "8bit")
        window.signals.get_models.emit("")
        until(lambda: window.rooms.shown == "models")
        assert "edit" not in window.rooms.built
        assert window.actions_by_id["document-reopen"].isEnabled()
        assert not window.actions_by_id["document-save"].isEnabled()
        window.actions_by_id["document-new"].trigger()
        until(lambda: "edit" in window.rooms.built)
    finally:
        take_down(application)


def test_a_room_is_built_for_every_command_that_it_alone_answers(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        rooms = application.window.rooms
        of_the_first = set(rooms[ROOMS[0].id].handlers())
        for row in ROOMS[1:]:
            assert set(rooms[row.id].handlers()) - of_the_first <= row.answered(), row.id
    finally:
        take_down(application)


def test_pyside_still_asks_where_it_is_answered() -> None:
    assert callable(shibokensupport.feature._mod_uses_pyside)


def test_what_pyside_says_of_wrong_calls_is_read_when_it_is_needed() -> None:
    calls = """
from desktop.app import unread_sources
unread_sources.import_shiboken()
from PySide6.QtCore import QObject
from shibokensupport.signature import layout, parser
assert len(unread_sources._texts) == len(unread_sources._LATE)
assert not hasattr(parser, "__path__") and "pyside_type_init" not in vars(parser)
try:
    QObject().setObjectName(3)
except TypeError as error:
    print(error)
assert "pyside_type_init" in vars(parser) and not hasattr(layout, "nonsense")
assert compile.__module__ == "builtins"
"""
    said = subprocess.run(
        (sys.executable, "-c", calls), cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    assert "Supported signatures:" in said and "setObjectName(name: str, /)" in said


def test_of_another_pyside_all_is_read_at_once() -> None:
    calls = """
from desktop.app import unread_sources
unread_sources.LOOKED_AT = "6.0.0"
unread_sources.import_shiboken()
from shibokensupport.signature import parser
assert not unread_sources._texts and "pyside_type_init" in vars(parser)
"""
    subprocess.run((sys.executable, "-c", calls), cwd=ROOT, check=True)


def test_rooms_grow_slice_by_slice_and_are_whole_as_soon_as_they_are_asked_for(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        rooms = application.window.rooms
        joined = list[BuiltRoom]()
        rooms.joined.connect(joined.append)
        slices = 0
        while not rooms.findChildren(QKeySequenceEdit):
            assert rooms.build_slice("settings")
            slices += 1
        assert slices > 3 and "settings" not in rooms.built  # in the middle of it
        application.window.rooms["settings"]
        assert not rooms.build_slice("settings")
        edits = rooms["settings"].page.findChildren(QKeySequenceEdit)
        assert len(edits) == len(COMMANDS)
        assert joined == [rooms["settings"]]
    finally:
        take_down(application)


def test_a_window_that_has_ended_builds_nothing_more(qapp: QApplication, where: Places) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    window = application.window
    window.go("settings")
    until(lambda: window.rooms.count() > 1)  # the moment before the end: it is begun
    left = window.rooms.unbuilt()
    application.end()
    for _ in range(20):
        qapp.processEvents()
    assert left and window.rooms.unbuilt() == left
    take_down(application)


def test_what_is_asked_for_before_the_queue_was_looked_at_waits_for_no_resume(
    qapp: QApplication, where: Places
) -> None:
    application = Application(qapp, where, FAKE)
    application.service.submit(Request("a house", seed=1, width=64, height=64, steps=1).check())
    application.start()
    until(lambda: application.stores.gallery.ids(limit=9))
    assert not application.service.paused
    application.service.pause(True)
    application.service.submit(Request("a tree", seed=1, width=64, height=64, steps=1).check())
    until(lambda: application.service.waiting)
    take_down(application)
    application = Application(qapp, where, FAKE)
    application.service.submit(Request("a cat", seed=1, width=64, height=64, steps=1).check())
    application.start()
    until(lambda: application.service.paused)
    assert application.stores.jobs.waiting() == 2, "one is of the time before"
    take_down(application)
