"""Imports of the window: folders asked for wait in a row, a child process reads one after another,
and watched ones are looked through again when something in them changes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from core.service.importing.child import FolderDone, ImportOrder, ImportWord
from core.service.importing.places import Importing, checked_folder, opened
from core.service.importing.process import ImportProcess
from core.service.importing.told import FileTold, LookedThrough, State
from core.service.stores import Stores
from core.store.imported.folders import WatchedFolder
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from desktop.pictures.importing.presence import PresenceWatch
from desktop.pictures.importing.progress import ImportProgress, counts_words, folder_name
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets.folder_watch import MOST, FolderWatch
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from desktop.pictures.importing.folders_dialog import FoldersDialog
    from desktop.pictures.importing.question import ImportQuestion

TOPIC = "import"
_log = logging.getLogger(__name__)
OFTEN_SECONDS = 600.0  # after which folders are looked through when the window is used again
START_MS = 4000  # after the window is up: what a person does first comes first
SHOWN_MS = 4000  # between two times that the gallery shows what has come
AGAIN_MS = 8000  # before a file is looked at again that was being written
_QUIET = 1  # look at files that are being written, of a folder that nobody waits for


@dataclass(frozen=True, slots=True)
class _Wish:
    order: ImportOrder
    quiet: bool


def _without(wish: _Wish, folder: Path) -> _Wish | None:
    """The wish without a folder that is watched no more, since to look it through would watch it
    again; None where nothing is left of it."""
    rest = tuple(one for one in wish.order.folders if one != folder)
    if wish.order.copies or rest == wish.order.folders:
        return wish
    return replace(wish, order=replace(wish.order, folders=rest)) if rest else None


class Imports(QObject):
    """`progressed` after every change of `progress`; `rows_changed` once pictures came, changed or
    went; `folders_changed` after a change of the watched folders or of how they are."""

    progressed = Signal()
    rows_changed = Signal()
    folders_changed = Signal()
    _heard = Signal(object)

    def __init__(
        self,
        stores: Stores,
        thumbnails: Thumbnails,
        records: SerialTasks,
        notice: NoticeBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._records = records
        self._notice = notice
        self._window = parent
        self.importing: Importing = opened(stores.database, stores.places, thumbnails)
        self.progress: ImportProgress | None = None
        self.folders: tuple[WatchedFolder, ...] = ()
        self.refused: tuple[FileTold, ...] = ()  # of the last import that a person asked for
        self.question: ImportQuestion | None = None
        self.dialog: FoldersDialog | None = None
        self._wishes: list[_Wish] = []
        self._then: list[Callable[[], None]] = []  # once what goes on has ended
        self._process: ImportProcess | None = None
        self._now: _Wish | None = None
        self._ended = False
        self._below: dict[str, tuple[str, ...]] = {}  # folders to watch, by the one they lie in
        self._errands = NetworkTasks(self._broke, self)
        self._heard.connect(self._hear)
        self.presence = PresenceWatch(lambda: tuple(f.path for f in self.folders), self)
        self.presence.changed.connect(self._presence_changed)
        self._watch = FolderWatch(self)
        self._watch.settled.connect(self.look_again)
        self._looked = time.monotonic()
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._used_again)
        self._start = QTimer(self, interval=START_MS, singleShot=True)
        self._start.timeout.connect(lambda: self.read_folders(self.look_again))
        self._later = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._later.timeout.connect(self.look_again)
        self._show_soon = QTimer(self, interval=SHOWN_MS, singleShot=True)
        self._show_soon.timeout.connect(self.rows_changed)

    def start(self) -> None:
        """The window is up: soon the watched folders are looked through."""
        self._start.start()

    def end(self) -> None:
        """The window closes: what is read waits for the next start."""
        self._ended = True
        self._wishes.clear()
        for timer in (self._start, self._later, self._show_soon):
            timer.stop()
        self._watch.end()
        self.presence.end()
        if self._process is not None:
            self._process.stop()
        self._errands.close()

    # --- what a person asks for ---

    def ask(self, folder: Path | None = None) -> None:
        """Which folder, where none was dropped, and whether its pictures stay where they lie."""
        from PySide6.QtWidgets import QFileDialog

        from desktop.pictures.importing.question import ImportQuestion

        if folder is None:
            name = QFileDialog.getExistingDirectory(self._window, tr("Import folder"))
            if not name:
                return
            folder = Path(name)
        question = self.question = ImportQuestion(folder, self._window)
        question.answered.connect(lambda copies: self.bring_in(folder, copies=copies))
        question.open()

    def show_folders(self) -> None:
        """The watched folders, in a window of their own."""
        from desktop.pictures.importing.folders_dialog import FoldersDialog

        self.read_folders()
        if self.dialog is not None and isValid(self.dialog):
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        dialog = self.dialog = FoldersDialog(self, self._window)
        dialog.show()

    def bring_in(self, folder: Path, *, copies: bool) -> None:
        """A folder's pictures, in place or as copies; what cannot be is said."""

        def checked(there: Path) -> None:
            self._wish(ImportOrder((there,), copies=copies), quiet=False)

        self._errands.submit(
            partial(checked_folder, self.importing, folder), checked, self._complain
        )

    def look_again(self) -> None:
        """All watched folders once more, without a word where nothing changed."""
        if self._ended or not self.folders or any(wish.quiet for wish in self._wishes):
            return
        self._looked = time.monotonic()
        paths = tuple(folder.path for folder in self.folders)
        self._wish(ImportOrder(paths, patience=_QUIET), quiet=True)

    def _used_again(self, state: Qt.ApplicationState) -> None:
        """What was written into files no watch tells of, nor what happens on other machines."""
        long_ago = time.monotonic() - self._looked > OFTEN_SECONDS
        if state == Qt.ApplicationState.ApplicationActive and long_ago:
            self.look_again()

    def pause(self, on: bool) -> None:
        """Wait between two files, or go on."""
        if self._process is not None and self.progress is not None:
            self._process.pause(on)
            self._show(self.progress.held(on))

    def stop(self) -> None:
        """End what goes on; what came stays."""
        if self._process is not None:
            self._process.stop()

    def is_read_now(self, folder: Path) -> bool:
        """Whether what goes on is about a watched folder."""
        return self._now is not None and folder in self._now.order.folders

    def forget(self, folder: Path) -> None:
        """Watch a folder no more: its pictures leave the gallery, its files stay."""

        def done(count: int) -> None:
            words = tr("{n} pictures left the gallery; their files are where they were.", n=count)
            if count == 1:
                words = tr("1 picture left the gallery; its file is where it was.")
            self._notice.say(words, topic=TOPIC)
            self._below.pop(str(folder), None)
            self.rows_changed.emit()
            self.read_folders()

        def let_go() -> None:
            self._records.submit(lambda: self.importing.unwatch(folder), done)

        self._wishes = [one for wish in self._wishes if (one := _without(wish, folder)) is not None]
        self.folders = tuple(one for one in self.folders if one.path != folder)
        if self._now is not None and folder in self._now.order.folders:
            self._then.append(let_go)  # else what is being read would come back behind it
            self.stop()
        else:
            let_go()

    def read_folders(self, then: Callable[[], object] = lambda: None) -> None:
        """Read which folders are watched, and how many pictures they hold."""

        def there(folders: tuple[WatchedFolder, ...]) -> None:
            self.folders = folders
            self.presence.look()
            self.folders_changed.emit()
            then()

        self._records.submit(self.importing.folders.all, there)

    # --- one after another ---

    def _wish(self, order: ImportOrder, *, quiet: bool) -> None:
        self._wishes.append(_Wish(order, quiet))
        now = self.progress
        waits = now is not None and (now.quiet or now.pixels)  # what goes on just as well behind it
        if self._process is not None and waits and not quiet:
            self._process.stop()
        self._next()

    def _next(self) -> None:
        if self._process is not None or not self._wishes or self._ended:
            return
        wish = self._now = self._wishes.pop(0)
        process = self._process = ImportProcess(self._stores.places, wish.order)
        if not wish.quiet:
            self.refused = ()
        first = folder_name(wish.order.folders[0])
        self._show(ImportProgress(first, quiet=wish.quiet, copies=wish.order.copies))
        self._errands.submit(
            partial(process.run, self._heard.emit), lambda _: self._done(), self._broke
        )

    def _show(self, progress: ImportProgress | None) -> None:
        self.progress = progress
        self.progressed.emit()

    def _hear(self, word: ImportWord | FolderDone) -> None:
        if self._ended or self.progress is None or self._now is None:
            return
        if isinstance(word, ImportWord):
            self._show(self.progress.heard(word))
            if word.changed and not self._show_soon.isActive():
                self._show_soon.start()
            return
        self._folder_done(word, self._now)

    def _folder_done(self, word: FolderDone, wish: _Wish) -> None:
        end = word.end
        if end.changed:
            self.rows_changed.emit()
        if end.later:
            self._later.start()
        if not wish.order.copies:
            self._below[word.folder] = end.folders
            watched = [folder for folders in self._below.values() for folder in folders]
            self._watch.watch(watched[:MOST])
        if not wish.quiet:
            self.refused = (*self.refused, *word.refused)
            self._say_end(word, end)
        self.read_folders()

    def _say_end(self, word: FolderDone, end: LookedThrough) -> None:
        name = folder_name(Path(word.folder))
        said = counts_words(end.counts.items())
        known = end.counts.get(State.KNOWN, 0)
        if end.away:
            words = tr("The folder {name} is empty now; its pictures stay as they are.", name=name)
        elif end.stopped:
            words = tr("The import of {name} was stopped. {counts}", name=name, counts=said)
        elif said:
            words = tr("{name}: {counts}.", name=name, counts=said)
        elif known:
            words = tr("All pictures of {name} are in the gallery already.", name=name)
        else:
            words = tr("There are no pictures in {name}.", name=name)
        if word.refused:
            self._notice.say(words, label=tr("Show which"), action=self._list_refused, topic=TOPIC)
        else:
            self._notice.say(words.strip(), topic=TOPIC)

    def _list_refused(self) -> None:
        from desktop.pictures.importing.refused import NotTakenDialog

        NotTakenDialog(self.refused, self._window).open()

    def _done(self) -> None:
        self._process = None
        self._now = None
        self._show(None)
        waiting, self._then = self._then, []
        for act in waiting:
            act()
        self._next()

    def _broke(self, error: KnownError) -> None:
        quiet = self._now is not None and self._now.quiet
        self._done()
        if quiet:  # nobody waits for it, and it is tried again
            _log.info("the watched folders could not be looked through: %s", error)
        else:
            self._complain(error)

    def _complain(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)

    def _presence_changed(self, came_back: bool) -> None:
        self.folders_changed.emit()
        if came_back:
            self.look_again()
