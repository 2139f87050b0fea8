"""Live painting at work in the room: what the open document gives for it, where its pictures are
shown, and what becomes of those that are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QImage

from core.models.files.families import Family
from core.service.editing.starting import HandedOver, handed_over, parent_in
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.settings import Settings
from core.values.editing import choosing
from core.values.editing.document import Box, Document
from core.values.editing.record import DocumentRecord
from core.values.request import CheckedRequest
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.tile_cache import TileCache
from desktop.edit.live.bar import LiveBar
from desktop.edit.live.controller import LiveController, LiveSource
from desktop.edit.work.open_documents import OpenDocuments
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

# what no live picture takes from the form: to change it, or to show the seed of what was made, is
# no stroke, for which the queue would wait
_OF_THE_FORM = frozenset(
    {"count", "seed", "steps", "guidance", "sampler", "schedule", "levels", "hires"}
)


class Overlay(Protocol):
    """What can lie over the canvas."""

    def show_candidate(self, image: QImage, box: QRect) -> None:
        """Lay a picture over a box of the document."""
        ...

    def hide_candidate(self) -> None:
        """Take it away."""
        ...


class LivePainting(QObject):
    """Follows the document that is shown and the form's `draft`. While somebody paints the picture
    over the canvas goes, so that the strokes are seen; the next one takes its place."""

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        tasks: SerialTasks,
        parent: QObject,
        *,
        documents: OpenDocuments,
        overlay: Overlay,
        draft: Draft,
        is_choosing: Callable[[], bool],
        look_at: Callable[[str], None],
    ) -> None:
        """`is_choosing`: whether results lie over the canvas, which no live picture covers: what is
        accepted is what is seen. `look_at` hears the id of a job whose result a person waits for,
        to put it on top of those."""
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._documents = documents
        self._overlay = overlay
        self._is_choosing = is_choosing
        self._look_at = look_at
        self._lies_over = False
        self._last: tuple[QImage, QRect] | None = None  # of what the document shows now
        self._followed: OpenDocument | None = None
        self.live = LiveController(
            stores, service, tasks, self, given=self._given, submit=self._submit
        )
        self.bar = LiveBar(self.live)
        self.live.picture.connect(self._show)
        documents.shown.connect(self._follow)
        draft.changed.connect(self._form_changed)

    def use_settings(self, settings: Settings) -> None:
        """A person changed a setting."""
        self.live.use_settings(settings)

    def _form_changed(self, names: frozenset[str]) -> None:
        if names - _OF_THE_FORM:
            self.live.changed()

    def _follow(self) -> None:
        tab = self._documents.current
        now = None if tab is None else tab.open
        if now is self._followed:
            return
        if self._followed is not None:
            self._followed.stepped.disconnect(self._stepped)
            self._followed.painted.disconnect(self._painted)
        self._followed = now
        if now is not None:
            now.stepped.connect(self._stepped)
            now.painted.connect(self._painted)
        self.live.another_document()

    def _stepped(self, _: str) -> None:
        self.live.stroke_finished()

    def _painted(self, _: QRect) -> None:
        """The document looks otherwise than it did for the picture over it."""
        self._last = None
        self._take_away()

    def _show(self, image: QImage, box: Box | None) -> None:
        if box is None:
            self._last = None
            self._take_away()
        else:
            self._last = image, QRect(*box)
            self._lay_over()

    def _lay_over(self) -> None:
        if self._last is not None and not self._is_painting() and not self._is_choosing():
            self._lies_over = True
            self._overlay.show_candidate(*self._last)

    def look_at_results(self) -> None:
        """A result may have taken the place over the canvas, or the last one has left it."""
        if self._is_choosing():
            self._lies_over = False
        elif not self._lies_over:
            self._lay_over()

    def come_back(self) -> None:
        """Nothing is being done to the document: what was uncovered for that is seen again."""
        if self._lies_over:
            self._lay_over()

    def _is_painting(self) -> bool:
        """Whether a stroke is being drawn, which is to be seen and will be answered."""
        return self._followed is not None and self._followed.shown != self._followed.document

    def _take_away(self) -> None:
        if self._lies_over:
            self._lies_over = False
            self._overlay.hide_candidate()

    def _given(self) -> LiveSource | None:
        tab = self._documents.current
        if tab is None or tab.open is None:
            return None
        sheet = _Sheet(self._stores, tab.record, tab.open.document, tab.open.tiles)
        return LiveSource(tab.id, tab.record.request.model, sheet.given)

    def _submit(self, request: CheckedRequest, box: Box) -> None:
        """As any other result of the document, which lies over the canvas once it is there; it is
        made next, since somebody waits for it."""
        tab = self._documents.tab(request.document)
        if tab is not None and tab.document is not None:
            record = choosing.asked_for(tab.record, tab.document, request, box)
            self._documents.record(tab, record)

        def added(jobs: Sequence[QueuedJob]) -> None:
            self._look_at(jobs[0].id)
            self._service.make_next(jobs[0].id)

        self._service.submit(request, added)


class _Sheet:
    """A document as it was at the end of a stroke. Its tiles are read in any thread."""

    def __init__(
        self, stores: Stores, record: DocumentRecord, document: Document, tiles: TileCache
    ) -> None:
        self._stores = stores
        self._record = record
        self._document = document
        self._tiles = tiles

    def given(self, row: Family) -> HandedOver:
        """What it gives a model of a family. Raises KnownError."""
        given = handed_over(self._record, self._document, self._tiles.read, row)
        if given.source is None:
            return given
        parent = parent_in(self._stores, self._record, given.source)
        return replace(given, request=replace(given.request, parent=parent))
