"""What the window needs before it is painted, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import shibokensupport.feature
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QKeySequenceEdit, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from desktop.app.app import Application
from desktop.shared.room import BuiltRoom
from desktop.shell.rooms import COMMANDS, ROOMS
from tests.desktop.driving import take_down, until

ROOT = Path(__file__).parents[3]
FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))
# for networks, pictures' files, models' files, engines and terminals; not what threads load for
# token counts and predictions a moment after the form is filled, which may come before a late paint
NOT_NEEDED = (
    *("typer", "rich", "httpx2", "PIL", "yaml", "keyring", "torch", "numpy"),
    *("PySide6.QtNetwork", "multiprocessing"),
    *("filelock", "ssl", "http.client", "core.metadata.reading", "core.models.fetch.hub"),
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


def test_rooms_that_come_late_flash_no_window(qapp: QApplication, where: Places) -> None:
    class Eye(QObject):
        def eventFilter(self, part: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(part, QWidget) and part.isWindow():
                shown.append(part)
            return False

    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        application.start()
        shown, eye = list[QWidget](), Eye()
        qapp.installEventFilter(eye)
        assert list(application.window.rooms.built) == ["create"]
        until(lambda: not application.window.rooms.unbuilt())
        qapp.removeEventFilter(eye)
        assert not shown and set(application.window.rooms.built) == {row.id for row in ROOMS}
    finally:
        take_down(application)


def test_what_is_asked_of_a_room_that_is_not_built_yet_is_done(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        window = application.window
        assert list(window.rooms.built) == ["create"]
        window.signals.choose_setting.emit("weights", "8bit")
        assert application.settings.weights == "8bit"
        window.signals.get_models.emit("")
        assert window.rooms.shown == "models"
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


def test_rooms_grow_slice_by_slice_and_are_whole_as_soon_as_they_are_asked_for(
    qapp: QApplication, where: Places
) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    try:
        rooms = application.window.rooms
        joined = list[BuiltRoom]()
        rooms.joined.connect(joined.append)
        while "models" not in rooms.built:
            assert rooms.build_next()
        slices = 0
        while not rooms.findChildren(QKeySequenceEdit):
            assert rooms.build_next()
            slices += 1
        assert slices > 3 and "settings" not in rooms.built  # in the middle of it
        application.window.go("settings")
        assert rooms.shown == "settings" and not rooms.build_next()
        edits = rooms["settings"].page.findChildren(QKeySequenceEdit)
        assert len(edits) == len(COMMANDS)
        assert joined == [rooms[row.id] for row in ROOMS[1:]]
    finally:
        take_down(application)


def test_a_window_that_has_ended_builds_nothing_more(qapp: QApplication, where: Places) -> None:
    qapp.setStyle("Fusion")
    application = Application(qapp, where, FAKE)
    window = application.window
    window.rooms.build_next()
    window.complete()  # as in the moment before the end
    left = window.rooms.unbuilt()
    application.end()
    for _ in range(20):
        window.complete()
        qapp.processEvents()
    assert left and window.rooms.unbuilt() == left
    take_down(application)
