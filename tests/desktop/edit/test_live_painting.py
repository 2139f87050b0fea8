"""Live painting in an open document: what lies over the canvas when, and where what is kept lies in
the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from core.engine.contract.protocol import EngineSpec
from core.service.editing.opening import NewDocument, document_from_pixels
from core.service.editing.rasters import Rows, in_tiles
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.values.editing.document import Box
from core.values.request import Request
from desktop.edit.live.controller import LiveState
from desktop.edit.live_painting import LivePainting
from desktop.edit.work.open_documents import OpenDocuments
from desktop.edit.work.tab import Tab
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import until
from tests.desktop.parts import HeldTasks

SIDE = 320
FRAME = (150, 160, 96, 96)


@dataclass
class Over:
    """What lies over the canvas: where, and how large the picture is."""

    boxes: list[Box | None] = field(default_factory=list)

    def show_candidate(self, image: QImage, box: QRect) -> None:
        assert (image.width(), image.height()) == (box.width(), box.height())
        self.boxes.append((box.x(), box.y(), box.width(), box.height()))

    def hide_candidate(self) -> None:
        self.boxes.append(None)


@dataclass
class Room:
    """The parts of a room with an open document."""

    painting: LivePainting
    documents: OpenDocuments
    draft: Draft
    over: Over
    tasks: HeldTasks
    service: JobService
    results: list[int]  # that lie over the canvas
    waited_for: list[str]  # jobs

    @property
    def tab(self) -> Tab:
        assert self.documents.current is not None
        return self.documents.current

    def stroke(self, value: int) -> None:
        """A line in the middle."""
        assert self.tab.open is not None
        document = self.tab.open.document
        rows = _sheet()
        rows[200:220, 160:200, :3] = value
        raster, tiles = in_tiles(rows)
        layer = replace(document.layers[0], raster=raster)
        self.tab.open.step("Brush stroke", document.with_layer(layer), tiles)

    def until_answered(self) -> None:
        until(lambda: self.painting.live.state is LiveState.SHOWN)


def _sheet() -> Rows:
    rows = np.full((SIDE, SIDE, 4), 200, np.uint8)
    rows[..., 3] = 255
    return rows


def _new(stores: Stores) -> NewDocument:
    picture = OpenedPicture(SIDE, SIDE, "RGB", _sheet()[..., :3].tobytes())
    new = document_from_pixels(picture, "Sheet", Request(prompt="a fox", steps=3))
    new = replace(new, document=replace(new.document, frame=FRAME))
    stores.documents.create(new.record, new.document, new.tiles)
    return new


@pytest.fixture
def room(qapp: QApplication, stores: Stores) -> Iterator[Room]:
    tasks = HeldTasks()
    window = QWidget()
    parts = SimpleNamespace(stores=stores, database_tasks=tasks, image_tasks=tasks)
    documents = OpenDocuments(parts, NoticeBar(), window)  # type: ignore[arg-type]
    service = JobService(stores, EngineSpec(kind="fake"), tasks)
    draft = Draft(stores.library.find("starter").family_row, window)
    over = Over()
    results: list[int] = []
    waited_for: list[str] = []
    painting = LivePainting(
        stores,
        service,
        tasks,
        window,
        documents=documents,
        overlay=over,
        draft=draft,
        is_choosing=lambda: bool(results),
        look_at=waited_for.append,
    )
    documents.add(_new(stores))
    service.start(None)
    yield Room(painting, documents, draft, over, tasks, service, results, waited_for)
    service.end(now=True)
    window.deleteLater()
    assert not tasks.faults


def test_each_step_is_answered_over_the_canvas_and_painting_on_takes_it_away(room: Room) -> None:
    assert room.tab.open is not None
    near = (86, 96, 224, 224)  # the frame with what is seen around it
    live = room.painting.live
    live.switch(True)
    room.until_answered()
    assert room.over.boxes == [near]
    room.stroke(10)
    assert room.over.boxes == [near, None], "the stroke is seen"
    room.until_answered()
    assert room.over.boxes == [near, None, near]
    assert live.shown is not None and live.shown.request.prompt == "a fox"
    room.tab.open.undo()
    room.until_answered()
    assert live.shown.given.source is not None
    assert set(live.shown.given.source.data) == {200}, "undone"
    document = room.tab.open.document
    room.tab.open.show(replace(document, active_mask=7), {}, (0, 0, 8, 8))
    shown = len(room.over.boxes)
    live.new_seed()
    live.stroke_finished()
    room.until_answered()
    assert len(room.over.boxes) == shown and room.over.boxes[-1] is None, "a stroke is being drawn"
    room.tab.open.show_present()
    room.stroke(20)
    room.until_answered()
    live.switch(False)
    assert room.over.boxes[-2:] == [near, None]


def test_a_result_is_not_covered_and_gives_the_place_back(room: Room) -> None:
    live = room.painting.live
    live.switch(True)
    room.until_answered()
    shown = list(room.over.boxes)
    room.results.append(1)
    room.painting.look_at_results()
    live.new_seed()
    live.stroke_finished()
    room.until_answered()
    live.switch(False)
    assert room.over.boxes == shown, "the result is what can be accepted"
    live.switch(True)
    room.until_answered()
    room.results.clear()
    room.painting.look_at_results()
    room.painting.look_at_results()
    assert room.over.boxes == [*shown, shown[-1]]
    room.painting.come_back()  # a press that painted nothing
    assert room.over.boxes == [*shown, shown[-1], shown[-1]]
    room.stroke(30)
    room.painting.come_back()
    assert room.over.boxes[-1] is None, "painted on"


def test_what_is_kept_lies_where_it_was_shown_and_another_document_begins_anew(
    room: Room, stores: Stores
) -> None:
    live = room.painting.live
    live.switch(True)
    room.until_answered()
    room.service.pause(True)
    room.service.submit(Request(prompt="later", seed=1, width=64, height=64).check())
    live.keep()
    room.tasks.run_all()
    ended: list[Outcome] = []
    room.service.finished.connect(ended.append)
    room.service.pause(False)
    until(lambda: bool(ended))
    assert ended[0].picture is not None and ended[0].picture.request.prompt == "a fox"
    assert room.waited_for == [ended[0].job.id]
    (picture,) = stores.gallery.pictures_of_document(room.tab.id)
    assert picture.request.document == room.tab.id and picture.request.start.frame is not None
    (asked,) = room.tab.record.asked
    assert asked.place == (86, 96, 224, 224) and asked.source == picture.request.start.source
    first = room.tab
    room.documents.add(_new(stores))
    assert live.shown is None and room.tab is not first
    room.until_answered()
    assert live.shown is not None and live.shown.request.document == room.tab.id
    room.documents.close(room.tab)
    room.documents.close(first)
    assert not live.on and room.documents.current is None


def test_a_changed_word_asks_again(room: Room) -> None:
    live = room.painting.live
    live.switch(True)
    room.until_answered()
    first = live.shown
    room.draft.note_seed(5)
    room.draft.set(steps=9)
    assert not live._settled.isActive(), "live has a seed and steps of its own"
    record = replace(room.tab.record, request=replace(room.tab.record.request, prompt="a hare"))
    room.documents.record(room.tab, record)
    room.draft.set(prompt="a hare")
    until(lambda: live.shown is not first)
    assert live.shown is not None and live.shown.request.prompt == "a hare"
