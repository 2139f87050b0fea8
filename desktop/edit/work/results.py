"""The results that lie over the canvas: asked for from what the document shows, looked at one after
the other, and taken, kept or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QImage, QTransform

from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.recent import Recent
from core.values.editing import choosing
from core.values.editing.document import Document
from core.values.editing.record import Candidate, CandidateState
from core.values.editing.sheet import Lying
from core.values.picture import Picture
from core.values.request import CheckedRequest
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.work.open_documents import OpenDocuments
from desktop.edit.work.tab import Tab
from desktop.pictures.actions import load_image
from desktop.pictures.trash import TrashActions
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.editing.starting import DocumentStart
    from core.service.making.runner import Outcome

MOST_IMAGES = 8  # results whose pixels are in memory

Accepted = tuple[Document, dict[str, bytes]]
_Look = tuple[str, int, bool]  # a picture's path, and how it was turned and mirrored


class Results(QObject):
    """`changed`: others lie over the canvas, or another one of them is on top."""

    changed = Signal()

    def __init__(
        self,
        services: Services,
        documents: OpenDocuments,
        canvas: Canvas,
        *,
        trash: TrashActions,
        notice: NoticeBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._stores: Stores = services.stores
        self._services = services
        self._documents = documents
        self._canvas = canvas
        self._trash = trash
        self._notice = notice
        self._on_top: dict[str, int] = {}  # by document, the id of the picture that is looked at
        self._images: Recent[_Look, QImage] = Recent(MOST_IMAGES)
        self._drawn: tuple[int, Lying] | None = None
        self._aside = False  # the canvas is being drawn on
        self._accepting: set[tuple[str, int]] = set()  # documents and pictures being taken
        self._taking = False
        self._awaited: set[str] = set()  # jobs whose pictures are looked at once they are there
        self._choices = 0  # how often another one was looked at by hand
        documents.recorded.connect(self.refresh)
        documents.went_on.connect(self._went_on)
        services.service.finished.connect(self._finished)
        trash.deleted.connect(self._look_again)
        trash.restored.connect(self._look_again)

    # --- asked for ---

    def ask(self, request: CheckedRequest, *, random_seed: bool) -> None:
        """Render what the current document shows with this request of its form."""
        tab = self._documents.current
        if tab is None or tab.open is None:
            return
        record = replace(tab.record, request=request, random_seed=random_seed)
        document, tile = tab.open.document, tab.open.tiles.read
        service, choices = self._services.service, self._choices

        def start() -> DocumentStart:
            from core.service.editing.starting import start_of

            return start_of(self._stores, record, document, tile)

        def started(what: DocumentStart) -> None:
            asked = choosing.asked_for(tab.record, document, what.request, what.place)
            self._documents.record(tab, asked)  # before the first picture can be there
            service.submit(what.request, added)

        def added(jobs: Sequence[QueuedJob]) -> None:
            if choices == self._choices:
                self.look_at(jobs[0].id)

        self._services.database_tasks.submit(start, started, self._refused)

    def look_at(self, job_id: str) -> None:
        """What this job makes lies on top as soon as it is there, unless somebody begins to choose
        among those that lie there until then."""
        self._awaited.add(job_id)

    def _refused(self, error: Exception) -> None:
        self._notice.say(str(error), problem=True, topic="generate")

    def _finished(self, outcome: Outcome) -> None:
        picture = outcome.picture
        tab = self._documents.tab(picture.request.document) if picture is not None else None
        if picture is None or tab is None or tab.document is None:
            return  # found when the document is loaded
        tab.pictures[picture.id] = picture
        looked_at = not self.shown(tab) or outcome.job.id in self._awaited
        record = choosing.with_pictures(tab.record, tab.document, [picture])
        if looked_at:
            self._on_top[tab.id] = picture.id
        self._awaited.discard(outcome.job.id)
        self._documents.record(tab, record)

    # --- looked at ---

    def shown(self, tab: Tab | None = None) -> tuple[Candidate, ...]:
        """Those that lie over the canvas, the oldest first."""
        tab = tab or self._documents.current
        if tab is None or tab.document is None:
            return ()
        there = choosing.shown(tab.record, tab.document)
        return tuple(one for one in there if one.picture_id in tab.pictures)

    def top(self) -> Candidate | None:
        """The one that is looked at."""
        tab = self._documents.current
        there = self.shown()
        if tab is None or not there:
            return None
        wanted = self._on_top.get(tab.id)
        return next((one for one in there if one.picture_id == wanted), there[-1])

    def place(self) -> tuple[int, int]:
        """Which one that is, counted from 1, and of how many."""
        there = self.shown()
        top = self.top()
        return (there.index(top) + 1 if top is not None else 0), len(there)

    def picture(self) -> Picture | None:
        """The picture that is looked at."""
        tab, top = self._documents.current, self.top()
        return None if tab is None or top is None else tab.pictures.get(top.picture_id)

    def step(self, by: int) -> None:
        """To the next one, or the one before, around; while one chooses none comes in between."""
        self._choices += 1
        self._awaited.clear()
        tab, top, there = self._documents.current, self.top(), self.shown()
        if tab is not None and top is not None:
            self._on_top[tab.id] = there[(there.index(top) + by) % len(there)].picture_id
            self.refresh()

    def begin_anew(self) -> None:
        """Another document is on the canvas, which shows nothing over it yet."""
        self._drawn = None
        self._aside = False
        self.refresh()

    def refresh(self) -> None:
        """Put the one that is looked at on the canvas."""
        top, picture, document = self.top(), self.picture(), self._canvas.document()
        if top is None or picture is None or document is None:
            if self._drawn is not None:  # else what lies there is none of these
                self._drawn = None
                self._canvas.hide_candidate()
            self.changed.emit()
            return
        how = choosing.lying(top, document.document)
        image = self._images.get(_look(picture, how))
        if image is None:
            self._read(picture, how)
        elif self._drawn != (top.picture_id, how) and not self._aside:
            self._drawn = (top.picture_id, how)
            self._canvas.show_candidate(image, QRect(*how.box))
        self.changed.emit()

    def _read(self, picture: Picture, how: Lying) -> None:
        def read() -> QImage:
            return _turned(load_image(Path(picture.path)), how)

        def there(image: QImage) -> None:
            self._images.keep(_look(picture, how), image)
            if self.picture() is picture:
                self.refresh()

        self._services.image_tasks.submit(read, there, self._refused)

    def step_aside(self) -> None:
        """The canvas is being drawn on, which has hidden the one that lay there."""
        self._drawn = None
        self._aside = True

    def come_back(self) -> None:
        """It is not any more: what still lies over it is seen again."""
        if self._aside:
            self._aside = False
            self.refresh()

    def put_away(self) -> int:
        """How many were kept and could lie over the canvas again."""
        tab = self._documents.current
        if tab is None or tab.document is None:
            return 0
        there = choosing.put_away(tab.record, tab.document)
        return sum(1 for one in there if one.picture_id in tab.pictures)

    def show_again(self) -> None:
        """Those that were put away."""
        tab = self._documents.current
        if tab is None or tab.document is None:
            return
        ids = [one.picture_id for one in choosing.put_away(tab.record, tab.document)]
        record = choosing.with_state(tab.record, ids, CandidateState.SHOWN)
        self._documents.record(tab, record)

    # --- taken, kept, thrown away ---

    def accept(self, *, as_layer: bool) -> None:
        """Take the one that is looked at into the document: into the active layer, or as a layer
        of its own."""
        tab, top, picture = self._documents.current, self.top(), self.picture()
        if tab is None or tab.open is None or top is None or picture is None:
            return
        wanted = (tab.id, picture.id)
        if wanted in self._accepting:
            return
        self._accepting.add(wanted)
        tile = tab.open.tiles.read

        def work(state: Document) -> Accepted:
            from core.service.editing.candidates import accepted

            into = 0 if as_layer else choosing.layer_to_take(state)
            place, sheet = top.place, top.sheet
            changed, tiles = accepted(
                self._stores, state, tile, picture, place, sheet=sheet, into=into
            )
            # a number of its own, by which the choice comes back when this is undone
            return replace(changed, next_id=max(changed.next_id, state.next_id + 1)), tiles

        tab.open.apply(
            tr("Accept result"),
            work,
            step=partial(self._take, tab, picture.id),
            ended=partial(self._accepting.discard, wanted),
        )

    def _take(
        self, tab: Tab, picture_id: int, text: str, document: Document, tiles: dict[str, bytes]
    ) -> None:
        """It ends the choice in its own way. Where that was ended by a stroke meanwhile, this one
        was chosen before."""
        assert tab.open is not None
        record = tab.record
        if all(one.picture_id != picture_id for one in choosing.shown(record, tab.open.document)):
            record = choosing.with_state(record, [picture_id], CandidateState.SHOWN)
        record = choosing.accepted(record, tab.open.document, picture_id)
        self._taking = True
        try:
            tab.open.step(text, document, tiles)
        finally:
            self._taking = False
        self._documents.record(tab, record)
        self.refresh()  # taken once more after undo, it is the record that there was

    def _went_on(self, tab: Tab, before: Document) -> None:
        """Painting on ends the choice."""
        if not self._taking and tab.document is not None:
            self._aside = self._aside and tab is not self._documents.current
            self._documents.record(tab, choosing.stepped(tab.record, before, tab.document))
            self.refresh()  # a frame alone leaves them where they lay

    def keep(self) -> None:
        """Put the one that is looked at away; it stays in the gallery."""
        tab, top = self._documents.current, self.top()
        if tab is not None and top is not None:
            self._look_past(tab, top)
            record = choosing.with_state(tab.record, [top.picture_id], CandidateState.KEPT)
            self._documents.record(tab, record)

    def discard(self) -> None:
        """Throw the one that is looked at away; the trash has it, with Undo."""
        tab, top, picture = self._documents.current, self.top(), self.picture()
        if tab is not None and top is not None and picture is not None:
            self._look_past(tab, top)
            self._trash.delete([picture])

    def discard_all(self) -> None:
        """Throw all away that lie over the canvas."""
        tab = self._documents.current
        if tab is not None:
            pictures = [tab.pictures[one.picture_id] for one in self.shown()]
            if pictures:
                self._trash.delete(pictures)

    def _look_past(self, tab: Tab, top: Candidate) -> None:
        """The next one is looked at, or the one before the last."""
        there = self.shown()
        at = there.index(top)
        others = (*there[at + 1 :], *reversed(there[:at]))
        if others:
            self._on_top[tab.id] = others[0].picture_id

    def _look_again(self, ids: Sequence[int]) -> None:
        """Pictures went into the trash or came back from it."""
        for tab in self._documents.tabs:
            if tab.open is not None and not tab.pictures.keys().isdisjoint(ids):
                self._reload(tab)

    def _reload(self, tab: Tab) -> None:
        known = frozenset(tab.pictures)

        def there(pictures: tuple[Picture, ...]) -> None:
            late = {key: one for key, one in tab.pictures.items() if key not in known}
            tab.pictures = {one.id: one for one in pictures} | late  # finished since it was asked
            self._documents.record(tab, choosing.without_lost(tab.record, tab.pictures.values()))

        self._services.database_tasks.submit(
            partial(self._stores.gallery.pictures_of_document, tab.id), there
        )


def _look(picture: Picture, how: Lying) -> _Look:
    return picture.path, how.quarters, how.mirrored


def _turned(image: QImage, how: Lying) -> QImage:
    if how.mirrored:
        image = image.flipped(Qt.Orientation.Horizontal)
    return image.transformed(QTransform().rotate(90 * how.quarters)) if how.quarters else image
