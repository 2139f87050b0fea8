"""Live painting as the window has it, over real stores and with the thread that makes pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.models.files.families import Family
from core.service.editing.starting import HandedOver
from core.service.live.order import LivePicture
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.system.settings import Settings
from core.values.editing.document import Box
from core.values.request import CheckedRequest, Request
from desktop.edit.live.bar import LiveBar
from desktop.edit.live.commands import LIVE_COMMANDS, live_handlers, live_possible
from desktop.edit.live.controller import LiveController, LiveSource, LiveState
from desktop.state.job_service import JobService
from tests.core.service.live.painted import ASKED, SIDE, strokes
from tests.desktop.driving import pump, until
from tests.desktop.parts import HeldTasks

QUEUED = Request(prompt="queued", seed=1, steps=20, width=64, height=64)


@dataclass
class Painter:
    """Somebody who paints in a document, and what is shown."""

    live: LiveController
    service: JobService
    tasks: HeldTasks
    strokes: int = 0
    shown: list[LivePicture] = field(default_factory=list)
    boxes: list[Box | None] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    ended: list[Outcome] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def stroke(self) -> None:
        self.strokes += 1
        self.live.stroke_finished()

    def is_answered(self) -> bool:
        return self.live.state is LiveState.SHOWN

    @property
    def last(self) -> int:
        """The stroke that the picture which is shown was made after."""
        picture = self.live.shown
        assert picture is not None and picture.given.source is not None
        data = picture.given.source.data
        reddish = data[3 * 8 :: 3 * SIDE]
        return sum(value == 180 for value in reddish) - 1


@contextmanager
def painting(stores: Stores, spec: EngineSpec, hold: float = 0.0) -> Iterator[Painter]:
    tasks = HeldTasks()
    service = JobService(stores, spec, tasks)

    def given() -> LiveSource:
        return LiveSource(ASKED.document, "starter", strokes(painter.strokes))

    def submit(request: CheckedRequest, box: Box) -> None:
        painter.boxes.append(box)
        service.submit(request)

    live = LiveController(stores, service, tasks, given=given, submit=submit)
    painter = Painter(live, service, tasks)
    service.hold_for_live(hold)
    live.said.connect(painter.said.append)
    live.picture.connect(lambda image, box: _show(painter, image, box))
    service.finished.connect(painter.ended.append)
    service.start(None)
    try:
        yield painter
    finally:
        service.end(now=True)
        live.deleteLater()
        assert not tasks.faults


def _show(painter: Painter, image: QImage, box: Box | None) -> None:
    if box is not None:
        assert (image.width(), image.height()) == box[2:] == (SIDE, SIDE)
        assert painter.live.shown is not None
        painter.shown.append(painter.live.shown)


def fake(step: float, runs_in: str = "here") -> EngineSpec:
    return EngineSpec(kind="fake", runs_in=runs_in, fake=FakeScript(step_seconds=step))


def test_of_forty_quick_strokes_the_last_is_shown_by_the_same_engine(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.02, "process")) as painter:
        painter.live.switch(True)
        until(painter.is_answered)
        child = _pid(painter.service)
        for _ in range(40):
            painter.stroke()
            pump(4)
        until(painter.is_answered)
        assert painter.last == 40 and len(painter.shown) < 40
        assert [one.request.prompt for one in painter.shown] == [ASKED.prompt] * len(painter.shown)
        assert _pid(painter.service) == child and not painter.said
        before = len(painter.shown)
        painter.live.stroke_finished()
        until(painter.is_answered)
        assert len(painter.shown) == before, "nothing changed, so nothing is made"
        painter.live.switch(False)
        assert painter.live.shown is None and painter.live.words() == ""
    assert not stores.jobs.recent() and not stores.gallery.ids()
    assert stores.sources.usage().count == 0 and not list(stores.places.checkpoints.glob("*"))


def _pid(service: JobService) -> int:
    maker = service._worker._live_maker
    assert maker is not None
    return maker._engine.pid  # type: ignore[attr-defined]


def test_the_starter_answers_the_last_stroke_and_what_is_kept_is_that_picture(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, EngineSpec(device="cpu", previews=False), hold=600.0) as painter:
        painter.live.switch(True)
        for _ in range(40):
            painter.stroke()
        until(painter.is_answered)
        live = painter.live.shown
        assert painter.last == 40 and live is not None
        assert live.request.sampler == "lcm" and live.way.companion is not None
        painter.live.keep()
        painter.tasks.run_all()
        until(lambda: bool(painter.ended))
        kept = painter.ended[0].picture
        assert kept is not None and kept.sha256 == live.pixels.sha256


def test_a_fault_of_ours_is_a_sentence_and_the_thread_goes_on(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.0)) as painter:
        good = painter.live._given

        def bad(row: Family) -> HandedOver:
            raise ValueError("a bug")

        painter.live._given = lambda: LiveSource(ASKED.document, "starter", bad)
        painter.live.switch(True)
        until(lambda: painter.live.state is LiveState.PAUSED)
        assert "ValueError" in painter.said[0]
        painter.live._given = good
        painter.stroke()
        until(painter.is_answered)
        painter.live._given = lambda: None
        painter.stroke()
        assert not painter.live.on, "no document is open any more"


def test_a_queued_picture_comes_to_its_end_and_the_others_wait_until_nobody_paints(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.02), hold=600.0) as painter:
        queued = replace(QUEUED, count=2).check()
        painter.service.submit(queued)
        painter.tasks.run_all()
        until(lambda: painter.service.current is not None)
        painter.live.switch(True)
        assert painter.live.state is LiveState.WAITING and "queue" in painter.live.words()
        until(painter.is_answered)
        assert [one.stopped for one in painter.ended] == [False]
        assert painter.ended[0].picture is not None and painter.service.current is None
        painter.stroke()
        until(painter.is_answered)
        pump(100)
        assert len(painter.ended) == 1, "somebody paints"
        painter.tasks.run_all()
        assert "the queue waits" in painter.live.words()
        bar = LiveBar(painter.live)
        assert "the queue waits" in bar.status.toolTip()
        painter.service.hold_for_live(0.2)
        painter.stroke()
        until(lambda: len(painter.ended) == 2)
        assert painter.ended[1].picture is not None and painter.live.on
        painter.tasks.run_all()
        until(painter.is_answered)
        assert bar.status.toolTip() and "the queue waits" not in bar.status.toolTip()


def test_who_asks_for_a_picture_gets_it_though_live_holds_the_queue(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.0), hold=600.0) as painter:
        painter.live.switch(True)
        until(painter.is_answered)
        painter.service.submit(QUEUED.check())
        painter.tasks.run_all()
        until(lambda: bool(painter.ended))
        assert painter.ended[0].picture is not None and painter.live.on


def test_without_the_hold_live_has_its_turn_between_two_of_the_queue(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.01)) as painter:
        painter.live.use_settings(Settings(live_holds_queue=False))
        painter.service.submit(replace(QUEUED, count=3).check())
        painter.tasks.run_all()
        until(lambda: painter.service.current is not None)
        painter.live.switch(True)
        at: list[int] = []
        painter.live.picture.connect(lambda *_: at.append(len(painter.ended)))
        until(lambda: len(painter.ended) == 3)
        assert at == [1] and not any(one.stopped for one in painter.ended)


def test_a_kept_picture_goes_the_way_of_all_pictures_and_one_is_refined(
    qapp: QApplication, stores: Stores
) -> None:
    with painting(stores, fake(0.0)) as painter:
        painter.tasks.run_all()
        painter.live.keep()
        assert not painter.tasks.held, "nothing is shown"
        painter.live.switch(True)
        until(painter.is_answered)
        live = painter.live.shown
        assert live is not None
        painter.live.keep()
        painter.live.refine()
        painter.tasks.run_all()
        until(lambda: len(painter.ended) == 2)
        painter.tasks.run_all()
        assert painter.boxes == [(0, 0, SIDE, SIDE)] * 2
        kept, refined = (one.picture for one in painter.ended)
        assert kept is not None and refined is not None
        assert (kept.request.steps, kept.request.seed) == (4, live.request.seed)
        assert kept.request.start.source == live.request.start.source
        assert (refined.request.steps, refined.request.loras) == (ASKED.steps, ())
        assert refined.request.start.source != kept.request.start.source
        assert kept.request.document == refined.request.document == ASKED.document
        assert sorted(stores.gallery.ids()) == [kept.id, refined.id]


def test_what_cannot_be_made_is_said_once_and_the_next_stroke_tries_again(
    qapp: QApplication, stores: Stores
) -> None:
    failing = EngineSpec(
        kind="fake", fake=FakeScript(fail_phase="decoding", fail_how="error", fail_times=2)
    )
    with painting(stores, failing, hold=60) as painter:
        painter.live.switch(True)
        until(lambda: painter.live.state is LiveState.PAUSED)
        painter.stroke()
        until(lambda: painter.live.state is LiveState.PAUSED)
        assert painter.live.words() == painter.live.reason != ""
        painter.stroke()
        until(painter.is_answered)
        assert painter.last == 2 and len(painter.said) == 1


def test_the_bar_has_values_of_its_own(qapp: QApplication, stores: Stores) -> None:
    with painting(stores, fake(0.0)) as painter:
        bar = LiveBar(painter.live)
        bar.resize(480, bar.sizeHint().height())
        bar.show()
        assert not bar.steps.isVisible() and not bar.keep.isEnabled()
        QTest.mouseClick(bar.toggle, Qt.MouseButton.LeftButton)
        until(painter.is_answered)
        assert bar.steps.isVisible() and bar.minimumSizeHint().width() <= 480
        for part in ("Starter with starter-4-steps", "4 steps", "strength 0.60", "seed"):
            assert part in bar.status.accessibleDescription()
        bar.steps.setValue(6)
        bar.strength.setValue(0.9)
        bar.seed.setText("12")
        QTest.keyClick(bar.seed, Qt.Key.Key_Return)
        until(lambda: painter.shown[-1].request.seed == 12)
        request = painter.shown[-1].request
        assert (request.steps, request.start.strength) == (6, 0.9)
        QTest.mouseClick(bar.die, Qt.MouseButton.LeftButton)
        until(lambda: painter.shown[-1].request.seed != 12)
        assert bar.seed.text() == str(painter.live.settings.seed)
        assert all(one.accessibleName() or one.text() for one in bar.controls())  # type: ignore[attr-defined]
        assert all(one.toolTip() for one in bar.controls())
        QTest.mouseClick(bar.toggle, Qt.MouseButton.LeftButton)
        assert not painter.live.on and not bar.steps.isVisible() and not bar.keep.isEnabled()


def test_each_command_does_what_its_row_says(qapp: QApplication, stores: Stores) -> None:
    with painting(stores, fake(0.0)) as painter:
        live = painter.live
        handlers: dict[str, Callable[[], object]] = live_handlers(live)
        ids = {row.id for row in LIVE_COMMANDS}
        assert ids == handlers.keys() == live_possible(live, has_document=True).keys()
        assert not any(live_possible(live, has_document=False).values())
        handlers["live"]()
        until(painter.is_answered)
        assert all(live_possible(live, has_document=True).values())
        seed = live.settings.seed
        handlers["live-seed"]()
        assert live.settings.seed != seed
        handlers["live"]()
        assert not live.on
