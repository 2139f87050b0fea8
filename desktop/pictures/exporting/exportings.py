"""Export from the window: pictures are written elsewhere in a thread, one export beside another if
need be; it says how far it is, can be stopped, and ends with what was written and what was not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.state.session import ExportKept
from desktop.state.tasks import NetworkTasks
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.exporting.export import ExportEnd
    from desktop.pictures.exporting.dialog import Candidates, ExportDialog
    from desktop.pictures.exporting.wish import ExportWish

TOPIC = "export"
_RUNNING = "export-running"
EVERY = 2.0  # seconds between two words on how far it is, which are read out, too
_FORETOLD = 3.0  # seconds after which its end can be foretold
Items = Sequence[int | Path]


class Exportings(QObject):
    """`kept` is how it was done at the last start, or None. `told` carries a sentence for the
    status line, `shown` a list of what was not written; `kept_changed`: there is something that the
    next start finds again."""

    told = Signal(str)
    shown = Signal(object)  # FailedDialog
    kept_changed = Signal()
    _moved = Signal(int, int, float)  # how many of how many pictures, after so many seconds

    def __init__(
        self,
        stores: Stores,
        notice: NoticeBar,
        parent: QWidget,
        kept: ExportKept | None = None,
    ) -> None:
        super().__init__(parent)
        self.kept = kept
        self._stores = stores
        self._notice = notice
        self._window = parent
        self._last: ExportWish | None = None  # as it was chosen last
        self._stops: dict[str, threading.Event] = {}  # by topic, what ends each
        self._numbers = count()
        self.dialog: ExportDialog | None = None
        self._errands = NetworkTasks(self._refused, self)
        self._moved.connect(self._tell_how_far)

    def end(self) -> None:
        """The window closes."""
        for stopped in self._stops.values():
            stopped.set()
        self._errands.close()

    # --- what a person is asked ---

    def ask(self, chosen: Items, found: Items = ()) -> None:
        """How these are to be exported: the chosen pictures, or all that are shown with them."""
        from desktop.pictures.exporting.dialog import ExportDialog

        if not chosen and not found:
            self._notice.say(tr("Choose a picture first."))
            return
        wish = replace(self._last or self._first_wish(), everything=not chosen)
        dialog = self.dialog = ExportDialog(wish, self._window)
        dialog.wanted.connect(partial(self._wanted, tuple(chosen), tuple(found)))
        dialog.finished.connect(partial(self._closed, dialog))
        self._errands.submit(
            lambda: (self._first_of(chosen), self._first_of(found)),
            partial(self._show, dialog),
        )

    def _first_wish(self) -> ExportWish:
        from desktop.pictures.exporting.wish import ExportWish, wish_of

        if self.kept is None:
            return ExportWish(folder=_first_folder())
        return wish_of(self.kept, _first_folder())

    def _show(self, dialog: ExportDialog, both: tuple[Candidates, Candidates]) -> None:
        if dialog is not self.dialog:  # it was asked for twice
            dialog.deleteLater()
            return
        dialog.use(*both)
        dialog.open()

    def _first_of(self, items: Items) -> Candidates:
        from core.service.exporting.selection import subjects_of
        from core.service.exporting.subjects import Subject, subject_of_file
        from desktop.pictures.exporting.dialog import EXAMPLES, candidates

        first = [
            subject if isinstance(subject, Subject) else subject_of_file(subject)
            for subject in subjects_of(self._stores.gallery, items[:EXAMPLES])
        ]
        return candidates(len(items), first)

    def _closed(self, dialog: ExportDialog, _: int) -> None:
        dialog.deleteLater()
        if self.dialog is dialog:
            self.dialog = None

    # --- what becomes of it ---

    def _wanted(self, chosen: Items, found: Items, wish: ExportWish) -> None:
        from desktop.pictures.exporting.wish import kept_of

        self._last = wish
        self.kept = kept_of(wish)
        self.kept_changed.emit()
        self.make(found if wish.everything else chosen, wish)

    def make(self, items: Items, wish: ExportWish) -> None:
        """Write them, and say what came of it."""
        topic = f"{_RUNNING}:{next(self._numbers)}"
        stopped = self._stops[topic] = threading.Event()
        self._notice.clear(TOPIC)
        words = tr("{n} pictures are exported...", n=f"{len(items):,}")
        if len(items) == 1:
            words = tr("The picture is exported...")
        self._notice.say(words, label=tr("Stop"), action=stopped.set, topic=topic, expires=False)
        work = partial(self._write, items, wish, stopped)
        self._errands.submit(work, partial(self._ended, topic, wish), partial(self._failed, topic))

    def _write(self, items: Items, wish: ExportWish, stopped: threading.Event) -> ExportEnd:
        from core.service.exporting.export import check_target, export_pictures
        from core.service.exporting.selection import subjects_of
        from core.service.exporting.sheet.making import make_sheet
        from desktop.pictures.exporting.wish import Form

        check_target(self._stores.places, wish.place())
        subjects = subjects_of(self._stores.gallery, items)
        moved = self._counter(len(items))

        def wanted() -> bool:
            return not stopped.is_set()

        if wish.form is Form.SHEET:
            return make_sheet(
                subjects,
                len(items),
                wish.sheet,
                wish.target(),
                wish.sheet_kind,
                moved=moved,
                wanted=wanted,
            )
        return export_pictures(
            subjects, wish.choices, wish.target(), told=lambda _: moved(), wanted=wanted
        )

    def _counter(self, total: int) -> _Counter:
        return _Counter(total, lambda done, seconds: self._moved.emit(done, total, seconds))

    def _tell_how_far(self, done: int, total: int, seconds: float) -> None:
        words = tr("{done} of {total} pictures exported", done=f"{done:,}", total=f"{total:,}")
        if seconds >= _FORETOLD and done:
            left = time_words(seconds / done * (total - done))
            words = tr("{words}, about {time} left", words=words, time=left)
        self.told.emit(words)

    def _failed(self, topic: str, fault: KnownError) -> None:
        self._stops.pop(topic, None)
        self._notice.clear(topic)
        self._refused(fault)

    def _ended(self, topic: str, wish: ExportWish, end: ExportEnd) -> None:
        from desktop.pictures.exporting.ending import ending_words

        self._stops.pop(topic, None)
        self._notice.clear(topic)
        self.told.emit("")
        words = ending_words(wish, end)
        place = end.target if end.target.is_dir() else end.target.parent
        listed = (tr("Show all"), partial(self._list_failed, end)) if end.failed else None
        show = tr("Show folder") if end.written else ""
        self._notice.say(
            words,
            problem=end.fault is not None or bool(end.failed),
            label=show,
            action=partial(_open, place) if end.written else None,
            other=listed,
            topic=TOPIC,
            expires=True,
        )

    def _list_failed(self, end: ExportEnd) -> None:
        from desktop.pictures.exporting.ending import FailedDialog

        dialog = FailedDialog(end.failed, self._window)
        dialog.open()
        self.shown.emit(dialog)

    def _refused(self, error: KnownError) -> None:
        self.told.emit("")
        self._notice.say(str(error), problem=True, topic=TOPIC)


class _Counter:
    """Counts pictures in the thread that writes them, and tells now and then."""

    def __init__(self, total: int, tell: Callable[[int, float], object]) -> None:
        self._total = total
        self._tell = tell
        self._done = 0
        self._begun = self._said = time.monotonic()

    def __call__(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._said >= EVERY and self._done < self._total:
            self._said = now
            self._tell(self._done, now - self._begun)


def _first_folder() -> str:
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return str(Path(documents or str(Path.home()), "Calotype"))


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
