"""What tests of the window share: let events run, wait for something,
answer a question that comes up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from desktop.app.app import Application
from desktop.create.room import CreateRoom
from desktop.form.form import Form
from desktop.gallery.panel import GalleryPanel
from desktop.gallery.room import GalleryRoom
from desktop.models.controller import ModelsController
from desktop.models.room import ModelsRoom
from desktop.settings.panel import SettingsPanel
from desktop.settings.room import SettingsRoom
from desktop.shell.main_window import MainWindow
from desktop.state.draft import Draft

Open = Callable[..., Application]


# --- the rooms of a window, whose parts tests reach for ---


def create_of(window: MainWindow) -> CreateRoom:
    room = window.rooms["create"]
    assert isinstance(room, CreateRoom)
    return room


def form_of(window: MainWindow) -> Form:
    return create_of(window).form


def gallery_of(window: MainWindow) -> GalleryPanel:
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    return room.panel


def models_of(window: MainWindow) -> ModelsController:
    room = window.rooms["models"]
    assert isinstance(room, ModelsRoom)
    return room.controller


def settings_of(window: MainWindow) -> SettingsPanel:
    room = window.rooms["settings"]
    assert isinstance(room, SettingsRoom)
    return room.panel


# --- letting it run ---


def pump(ms: int) -> None:
    """Let events run for a while. (QTest.qWait holds Python's lock while it sleeps,
    which starves all other threads.)"""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def take_down(application: Application) -> None:
    """End a window and delete it: each one that stayed would be drawn anew with
    every later one's style."""
    application.end()
    application.window.hide()
    application.window.picture_commands.deleteLater()
    application.window.deleteLater()
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def opening(
    qapp: QApplication,
    where: Places,
    usual: EngineSpec,
    ready: Callable[[Application], object],
    *rooms: str,
) -> Iterator[Open]:
    """What a fixture yields: opens windows on the data folder `where` until they are `ready`, with
    these rooms built beside those a window begins with, and takes them down after the test. (All
    of them would take as long as all the rest of a window.)"""
    opened: list[Application] = []

    def start(spec: EngineSpec | None = usual) -> Application:
        application = Application(qapp, where, spec)
        opened.append(application)
        application.start()
        ready(application)
        for room in ("gallery", *rooms):  # the first as it builds it by itself
            application.window.rooms[room]
        return application

    qapp.setStyle("Fusion")
    yield start
    for application in opened:
        if not application.ended:
            take_down(application)


def in_front(application: Application) -> None:
    """The window has been painted and has the keys, pictures can be made (what is ordered before
    that counts as left from last time, and waits), and the start has looked through the pictures'
    folder: a test may put files there."""
    until(lambda: (worker := application.service._made_worker) is not None and worker.isRunning())
    until(lambda: not any(thread.is_alive() for thread in application.sweeping._threads))
    QApplication.processEvents()  # what it found is told
    application.window.activateWindow()
    until(application.window.isActiveWindow)


def until(ready: Callable[[], Any], seconds: float = 120) -> None:
    """Let events run until `ready`; a machine with much else to do takes its time."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        pump(5)


def press(words: str) -> None:
    """Press a button of the message box that comes up."""

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            next(
                button for button in box.findChildren(QPushButton) if words in button.text()
            ).click()
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


class Clock:
    """A time that the test moves, for the pauses between steps of a draft."""

    def __init__(self, draft: Draft) -> None:
        self.now = 100.0
        draft.history.clock = lambda: self.now
