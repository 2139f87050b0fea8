"""The documents that are open as tabs: loaded when they are first shown, each step and each change
of what stands around them on its way to the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from core.service.editing.opening import NewDocument
from core.service.stores import Stores
from core.system.errors import KnownError
from core.values.editing.document import Document
from core.values.editing.kept_document import Step, StoredDocument
from core.values.editing.record import DocumentRecord
from core.values.picture import Picture
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.work.tab import Found, Tab, with_pictures
from desktop.edit.work.thumbnails import Thumbnails
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

KEEP_MS = 500  # after the last change of a form it is kept
TOPIC = "document"


class OpenDocuments(QObject):
    """`listed`: other tabs, another order, a name or thumbnail. `shown`: another tab is current, or
    none. `went_on` carries a tab and the state before a step. `recorded`: what stands around the
    current one changed, or another of its steps is shown. `could_reopen`: whether a closed
    one can be opened again may have changed.

    What is slow goes to `disk`, in order; a tile alone is read when the canvas asks for it.
    """

    listed = Signal()
    shown = Signal()
    went_on = Signal(object, object)
    recorded = Signal()
    could_reopen = Signal()

    def __init__(self, services: Services, notice: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._stores: Stores = services.stores
        self._disk = services.database_tasks
        self._images = services.image_tasks
        self._notice = notice
        self.tabs: tuple[Tab, ...] = ()
        self.current: Tab | None = None
        self.closed = 0  # how many can be opened again
        self._wanted = ""  # the one to be shown once it is loaded
        self._is_known = False  # what was open at the last exit
        self._waiting: list[Callable[[], object]] = []  # for that
        self._unkept: dict[str, Tab] = {}  # those whose record is to be written
        self._leaving: dict[str, Tab] = {}  # closed, and not yet let go of
        self._reopening = 0  # how many are asked for that were closed
        self.thumbnails = Thumbnails(services, lambda: self.tabs, parent=self)
        self.thumbnails.drawn.connect(self.listed)
        self._timer = QTimer(self, interval=KEEP_MS, singleShot=True)
        self._timer.timeout.connect(self.keep_records)

    # --- the start ---

    def begin(self, last: str) -> None:
        """Find what was open at the last exit, and show the one of this id, else the first."""

        def read() -> tuple[tuple[DocumentRecord, ...], int, str]:
            documents = self._stores.documents
            return documents.opened(), len(documents.closed()), documents.take_notice()

        def found(what: tuple[tuple[DocumentRecord, ...], int, str]) -> None:
            records, self.closed, notice = what
            known = {tab.id for tab in self.tabs}
            self.tabs = (*(Tab(one) for one in records if one.id not in known), *self.tabs)
            self.listed.emit()
            self.could_reopen.emit()
            if notice:
                self._notice.say(notice, problem=True, topic=TOPIC)
            self._go_on()
            if self.current is None and self.tabs and not self._wanted:
                self.show(self.tab(last) or self.tabs[0])
            self.thumbnails.read_others()

        def failed(error: KnownError) -> None:
            self._notice.say(str(error), problem=True, topic=TOPIC)
            self._go_on()

        self._disk.submit(read, found, failed)

    def once_known(self, act: Callable[[], object]) -> None:
        """Do this as soon as it is known what was open at the last exit."""
        self._waiting.append(act)
        if self._is_known:
            self._go_on()

    def _go_on(self) -> None:
        self._is_known = True
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    def tab(self, document_id: str) -> Tab | None:
        """The tab of a document."""
        return next((tab for tab in self.tabs if tab.id == document_id), None)

    # --- which one is shown ---

    def show(self, tab: Tab) -> None:
        """Show a document, loaded first where it is not yet."""
        self._wanted = tab.id
        if tab.open is not None:
            self._make_current(tab)
            return

        def loaded(found: Found) -> None:
            if tab in self.tabs and tab.open is None:
                self._take(tab, found)
            if tab in self.tabs and self._wanted == tab.id:
                self._make_current(tab)

        self._disk.submit(partial(self._read, tab.id), loaded, partial(self._not_loaded, tab))

    def _read(self, document_id: str) -> Found:
        stored = self._stores.documents.load(document_id)
        return self._with_pictures(stored)

    def _with_pictures(self, stored: StoredDocument) -> Found:
        """What was finished while nobody heard of it lies over the canvas, too."""
        pictures = self._stores.gallery.pictures_of_document(stored.record.id)
        record = with_pictures(stored.record, stored.document, pictures)
        if record != stored.record:
            self._stores.documents.put_record(record)
        return Found(record, stored, pictures)

    def _take(self, tab: Tab, found: Found) -> None:
        tab.record = found.record
        tab.pictures = {picture.id: picture for picture in found.pictures}
        self._open(tab, found.stored)
        for note in found.stored.notes:
            self._notice.say(note, problem=True, topic=f"{TOPIC}:{tab.id}")
        self.thumbnails.refresh(tab)

    def _find_pictures(self, tab: Tab, pictures: tuple[Picture, ...]) -> None:
        """Those of a document that was never let go of."""
        assert tab.document is not None
        tab.pictures = {picture.id: picture for picture in pictures}
        self.record(tab, with_pictures(tab.record, tab.document, pictures))

    def _not_loaded(self, tab: Tab, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)
        self._forget(tab)

    def _make_current(self, tab: Tab | None) -> None:
        if tab is not self.current:
            self.keep_records()
            self.current = tab
            self._wanted = "" if tab is None else tab.id
            self.shown.emit()
            self.listed.emit()

    def step(self, by: int) -> None:
        """To the next tab, or the one before, around."""
        if self.current in self.tabs:
            at = self.tabs.index(self.current)
            self.show(self.tabs[(at + by) % len(self.tabs)])

    # --- which ones there are ---

    def add(self, new: NewDocument) -> None:
        """A new document that is kept already, as the last tab, and shown."""
        stored = StoredDocument(new.record, (Step("", new.document),), 0)
        tab = Tab(new.record)
        self._open(tab, stored, new.tiles)
        self.tabs = (*self.tabs, tab)
        self.thumbnails.refresh(tab)
        self._keep_order()
        for note in new.notes:
            self._notice.say(note, topic=f"{TOPIC}:{tab.id}")
        self.show(tab)

    def close(self, tab: Tab) -> None:
        """Put a document away, with a way back; where the disk refuses that, it stays."""

        def failed(error: KnownError) -> None:
            del self._leaving[tab.id]
            self.closed -= 1
            self.could_reopen.emit()
            self.tabs = (*self.tabs, tab)
            self._keep_order()
            self.show(tab)
            self._notice.say(str(error), problem=True, topic=TOPIC)

        self.keep_records()
        self._leaving[tab.id] = tab
        self._forget(tab)
        self.closed += 1
        self.could_reopen.emit()

        def closed(_: object) -> None:
            tab.is_away = True
            self._let_go(tab)

        self._disk.submit(partial(self._stores.documents.close, tab.id), closed, failed)
        self._notice.say(
            tr("{name} was closed; it can be opened again for 30 days.", name=tab.record.title),
            label=tr("Undo"),
            action=partial(self.reopen, tab.id),
            topic=TOPIC,
            expires=True,
        )

    def _let_go(self, tab: Tab) -> None:
        """Of the memory of a document that is closed; what is still on its way to a step comes to
        it first."""
        if self._leaving.get(tab.id) is not tab or not tab.is_away or self._reopening:
            return
        if tab.open is not None and tab.open.is_at_work():
            tab.open.idle.connect(lambda: self._let_go(tab))
            return
        del self._leaving[tab.id]
        if tab.open is not None:
            tab.open.rest()
            tab.open = None

    def _forget(self, tab: Tab) -> None:
        if tab not in self.tabs:
            return
        at = self.tabs.index(tab)
        self.tabs = tuple(one for one in self.tabs if one is not tab)
        self.listed.emit()
        if tab is self.current or (self.current is None and self._wanted == tab.id):
            if self.tabs:
                self.show(self.tabs[min(at, len(self.tabs) - 1)])
            else:
                self._make_current(None)

    def reopen(self, document_id: str = "") -> None:
        """The one of this id again, else the one that was closed last."""

        def read() -> tuple[Found | None, int]:
            documents = self._stores.documents
            closed = documents.closed()
            wanted = document_id or (closed[0].id if closed else "")
            if wanted not in {one.id for one in closed}:
                return None, len(closed)
            return self._with_pictures(documents.reopen(wanted)), len(closed) - 1

        def found(what: tuple[Found | None, int]) -> None:
            self._reopening -= 1
            back, self.closed = what
            self.could_reopen.emit()
            self._notice.clear(TOPIC)
            if back is None and not document_id:
                self._notice.say(tr("No document was closed within the last 30 days."), topic=TOPIC)
            if back is not None and self.tab(back.record.id) is None:
                tab = self._leaving.pop(back.record.id, None) or Tab(back.record)
                tab.is_away = False
                if tab.open is None:
                    self._take(tab, back)
                else:
                    self._find_pictures(tab, back.pictures)
                self.tabs = (*self.tabs, tab)
                self._keep_order()
                self.show(tab)
            for tab in tuple(self._leaving.values()):
                self._let_go(tab)

        def failed(error: KnownError) -> None:
            self._reopening -= 1
            self._notice.say(str(error), problem=True, topic=TOPIC)

        self._reopening += 1
        self._disk.submit(read, found, failed)

    def order(self, ids: list[str]) -> None:
        """The tabs in another order."""
        places = {document_id: at for at, document_id in enumerate(ids)}
        tabs = sorted(self.tabs, key=lambda tab: places.get(tab.id, len(places)))
        if tuple(tabs) != self.tabs:
            self.tabs = tuple(tabs)
            self._keep_order()

    def _keep_order(self) -> None:
        self.listed.emit()
        ids = [tab.id for tab in self.tabs]
        self._disk.submit(lambda: self._stores.documents.order(ids))

    # --- what is kept ---

    def _open(
        self, tab: Tab, stored: StoredDocument, tiles: Mapping[str, bytes] | None = None
    ) -> None:
        tab.open = OpenDocument(
            stored.steps,
            stored.position,
            load_tile=partial(self._stores.documents.tile, tab.id),
            save=partial(self._save_step, tab),
            moved=partial(self._save_position, tab),
            tiles=tiles,
            background=lambda work, then: self._images.submit(work, then),
        )
        tab.open.saved(tiles or {})  # a new document is kept before it is shown
        tab.seen = tab.open.document
        tab.open.failed.connect(self._say)

    def _save_step(
        self, tab: Tab, position: int, text: str, document: Document, tiles: Mapping[str, bytes]
    ) -> None:
        work = partial(self._stores.documents.add_step, tab.id, position, text, document, tiles)

        def kept(_: object) -> None:
            self._notice.clear(f"{TOPIC}:disk")  # with it all that was refused before it
            if tab.open is not None:
                tab.open.saved(tiles)

        self._disk.submit(work, kept, self._not_kept)
        before, tab.seen = tab.seen or document, document
        self.went_on.emit(tab, before)

    def _save_position(self, tab: Tab, position: int) -> None:
        work = partial(self._stores.documents.move_to, tab.id, position)
        self._disk.submit(work, None, self._not_kept)
        tab.seen = tab.document
        if tab is self.current:
            self.recorded.emit()

    def _say(self, words: str) -> None:
        self._notice.say(words, problem=True, topic=f"{TOPIC}:canvas")

    def _not_kept(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=f"{TOPIC}:disk")

    def record(self, tab: Tab, record: DocumentRecord, *, soon: bool = False) -> None:
        """What stands around a document is this from now on; written at once, or `soon`."""
        if record == tab.record:
            return
        tab.record = record
        self._unkept[tab.id] = tab
        if soon:
            self._timer.start()
        else:
            self.keep_records()
        if tab is self.current:
            self.recorded.emit()

    def keep_records(self) -> None:
        """Write what has changed around the documents."""
        self._timer.stop()
        unkept, self._unkept = self._unkept, {}
        for tab in unkept.values():
            work = partial(self._stores.documents.put_record, tab.record)
            self._disk.submit(work, None, self._not_kept)
