"""Copies of pictures' files without recipes, written while somebody drags them out: another program
may read them long after they were dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTemporaryDir, QTimer
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from core.system.errors import KnownError
from desktop.state.tasks import NetworkTasks
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.exporting.export import Exported

KEPT_SECONDS = 3600.0  # that copies stay at least; all go at the end of the program
LOOK_MS = 50  # between two looks whether the button is still held


class CopyFolders(QObject):
    """Where all copies of the program lie, whatever becomes of the windows they were dragged from.
    A folder goes after an hour, when another one is asked for, else at the end of the program."""

    def __init__(self, program: QCoreApplication) -> None:
        super().__init__(program)
        self._folders: list[tuple[float, QTemporaryDir]] = []  # with when they were made
        program.aboutToQuit.connect(self.end)

    @classmethod
    def of(cls, program: QCoreApplication) -> CopyFolders:
        """The one that the program has, made for its first copy."""
        return next((one for one in program.children() if isinstance(one, cls)), None) or cls(
            program
        )

    def new(self) -> QTemporaryDir:
        """Another folder, which is not valid where the disk refuses."""
        oldest = time.monotonic() - KEPT_SECONDS
        self._folders = [one for one in self._folders if one[0] >= oldest]
        folder = QTemporaryDir()
        self._folders.append((time.monotonic(), folder))
        return folder

    def end(self) -> None:
        """No copy is left."""
        for _, folder in self._folders:
            folder.remove()
        self._folders.clear()


class _BusyPointer:
    """While somebody waits for copies."""

    def __init__(self) -> None:
        self._is_shown = False

    def show(self) -> None:
        if not self._is_shown:
            self._is_shown = True
            QGuiApplication.setOverrideCursor(Qt.CursorShape.BusyCursor)

    def rest(self) -> None:
        if self._is_shown:
            self._is_shown = False
            QGuiApplication.restoreOverrideCursor()


class PlainCopies(QObject):
    """Those of one widget, which is dragged from."""

    def __init__(self, source: QWidget) -> None:
        super().__init__(source)
        self._source = source
        self._errands = errands = NetworkTasks(self._say, self)
        self._given_up = threading.Event()  # of the drag that is prepared now
        self._pointer = pointer = _BusyPointer()
        self._held = QTimer(self, interval=LOOK_MS)
        self._held.timeout.connect(self._look_at_button)

        def gone() -> None:  # nobody is left to hear of a copy
            errands.close(0)
            pointer.rest()

        source.destroyed.connect(gone)
        program = _program()
        self._folders = CopyFolders.of(program)
        program.aboutToQuit.connect(self.end)

    def end(self) -> None:
        """The program ends: no copy is left."""
        self._given_up.set()
        self._rest()
        self._errands.close()
        self._folders.end()

    @classmethod
    def of(cls, source: QWidget) -> PlainCopies:
        """The one that the widget has, made for its first such drag."""
        there = next((one for one in source.children() if isinstance(one, cls)), None)
        return there or cls(source)

    def make(self, paths: Sequence[str], begin: Callable[[list[str]], None]) -> None:
        """`begin` gets the copies' paths if the button is still held when they are there."""
        self._given_up.set()
        folder = self._folders.new()
        if not folder.isValid():
            self._rest()
            self._say(folder.errorString())
            return
        given_up = self._given_up = threading.Event()
        if not self._held.isActive():
            self._pointer.show()
            self._held.start()
            self._watched().installEventFilter(self)
        write = partial(_written, paths, Path(folder.path()), given_up)
        done = partial(self._written, given_up, begin)
        self._errands.submit(write, done, partial(self._failed, given_up))

    def _look_at_button(self) -> None:
        if not is_held():
            self._given_up.set()
            self._rest()
            self._say(_too_early())

    def _rest(self) -> None:
        if self._held.isActive():
            self._held.stop()
            self._pointer.rest()
            self._watched().removeEventFilter(self)

    def _watched(self) -> QWidget:
        """Where the pointer moves."""
        source = self._source
        return source.viewport() if isinstance(source, QAbstractScrollArea) else source

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A list would choose more and more meanwhile."""
        return event.type() == QEvent.Type.MouseMove

    def _written(
        self,
        given_up: threading.Event,
        begin: Callable[[list[str]], None],
        done: list[Exported],
    ) -> None:
        if given_up.is_set():  # which was said already, or another drag began
            return
        self._rest()
        copies = [str(one.path) for one in done if one.path is not None]
        reasons = [one.reason for one in done if one.path is None]
        if reasons:
            self._say(reasons[0])
        elif is_held():
            begin(copies)
        else:
            self._say(_too_early())

    def _failed(self, given_up: threading.Event, fault: KnownError) -> None:
        if not given_up.is_set():
            self._rest()
            self._say(fault)

    def _say(self, words: KnownError | str) -> None:
        """Where the person looks just now."""
        QToolTip.showText(QCursor.pos(), str(words), self._source)


def _program() -> QCoreApplication:
    program = QCoreApplication.instance()
    assert program is not None
    return program


def _too_early() -> str:
    return tr("Hold the button until the copy without its recipe hangs on the pointer.")


def is_held() -> bool:
    """Whether the button that drags is pressed."""
    return bool(QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton)


def _written(paths: Sequence[str], folder: Path, given_up: threading.Event) -> list[Exported]:
    """What became of each. The mark of generated pictures stays. Raises what `export_pictures`
    raises, and WorldError where the disk refuses."""
    from core.service.exporting.choices import Along, ExportChoices
    from core.service.exporting.export import export_pictures

    done: list[Exported] = []
    end = export_pictures(
        (Path(path) for path in paths),
        ExportChoices(along=Along.MARK),
        folder,
        told=done.append,
        wanted=lambda: not given_up.is_set(),
    )
    if end.fault is not None:
        raise end.fault
    return done
