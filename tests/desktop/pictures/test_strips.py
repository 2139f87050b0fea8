"""A recipe with something varied, as a row of cells: through the real queue, by the starter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.service.sweeps.cells import over
from core.service.sweeps.progress import CellState
from core.values.picture import Picture
from core.values.request import Request
from core.values.resolved_request import resolve
from desktop.pictures.strips.running import SMALL, SweepRun
from desktop.pictures.strips.strip import Strip, StripCell
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks
from tests.desktop.driving import until

SPEC = EngineSpec(device="cpu", previews=False)
RECIPE = Request("a red house", seed=4, steps=2, width=64, height=64, guidance=5.0)


class Bench:
    """The service with the starter's engine, and a sweep over it."""

    def __init__(self, stores: Stores) -> None:
        self.faults: list[Exception] = []
        self.tasks = SerialTasks(self.faults.append)
        self.tasks.start()
        self.stores = stores
        self.parent = QObject()
        self.service = JobService(stores, SPEC, self.tasks, self.parent)
        self.service.error.connect(self.faults.append)
        self.run = self.sweep()

    def sweep(self) -> SweepRun:
        tasks = self.tasks
        return SweepRun(self.stores, self.service, records=tasks, images=tasks, parent=self.parent)

    def made(self) -> Picture:
        found: list[Outcome] = []
        heard = self.service.finished.connect(found.append)
        self.service.submit(RECIPE.check())
        until(lambda: found)
        self.service.finished.disconnect(heard)
        picture = found[0].picture
        assert picture is not None
        return picture

    def end(self) -> None:
        self.service.end(now=True)
        self.tasks.finish()


@pytest.fixture
def bench(qapp: QApplication, stores: Stores) -> Iterator[Bench]:
    made = Bench(stores)
    yield made
    made.end()
    assert not made.faults


def states(run: SweepRun) -> list[CellState]:
    return [one.state for one in run.cells]


def test_a_sweep_goes_through_the_queue_is_measured_stopped_and_found_again(bench: Bench) -> None:
    bench.service.start(None)
    picture = bench.made()
    run, ended = bench.run, list[bool]()
    run.ended.connect(lambda: ended.append(True))
    origin = resolve(picture.request)
    run.open(origin, over("guidance", (1, 5, 9, 101)), parent=picture.sha256)
    until(lambda: run.cells and 1 in run.figures)
    wanted, made = CellState.WANTED, CellState.MADE
    assert states(run) == [wanted, made, wanted, CellState.REFUSED]
    assert run.figures[1].difference == 0 and run.pictures[1].width() == SMALL
    run.begin()
    assert run.is_running
    until(lambda: len(run.figures) == 3)
    assert states(run)[:3] == [made] * 3 and ended == [True] and not run.is_running
    assert run.figures[0].difference and run.figures[2].difference
    assert all(Path(one.picture.path).exists() for one in run.cells if one.picture)
    assert run.cells[2].picture and run.cells[2].picture.request.guidance == 9

    bench.service.pause(True)
    run.open(origin, over("guidance", (5, 9, 12)), parent=picture.sha256)
    until(lambda: len(run.figures) == 2)
    assert states(run) == [made, made, wanted], "what the gallery has is not made again"
    run.begin()
    until(lambda: run.cells[2].job)
    later = bench.sweep()
    later.open(origin, over("guidance", (5, 12)), parent=picture.sha256)
    until(lambda: later.cells)
    assert states(later) == [made, CellState.WAITING], "it waits in the queue already"
    run.stop()
    until(lambda: states(later)[1] is CellState.STOPPED)
    assert states(run)[2] is CellState.STOPPED and bench.stores.jobs.waiting() == 0
    run.close()
    assert run.cells == () and run.figures == {}


def cell(value: str, **changes: object) -> StripCell:
    image = QImage(30, 20, QImage.Format.Format_RGB888)
    image.fill(QColor("#3366aa"))
    usual = StripCell(value, f"Guidance {value}: half of it differs.", ("50 % differs",), image)
    return replace(usual, **changes)


def test_a_strip_is_gone_through_by_keys_and_says_what_its_cells_are(qapp: QApplication) -> None:
    strip = Strip("Other guidance", "The same picture at other values.")
    strip.resize(500, strip.height())
    strip.show()
    chosen: list[int] = []
    opened: list[int] = []
    strip.chosen.connect(chosen.append)
    strip.opened.connect(opened.append)
    cells = [cell("1"), cell("5", is_reference=True), cell("9", image=QImage())]
    strip.show_cells(cells)
    strip.setFocus()
    strip.setCurrentRow(0)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Return)
    QTest.keyClick(strip, Qt.Key.Key_End)
    assert (chosen, opened) == ([0, 1, 2], [1])
    assert strip.table().splitlines()[1] == "Guidance 5: half of it differs."
    index = strip.model().index(2, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Guidance 9: half of it differs."
    seen = strip.grab().toImage()
    strip.show_cells([*cells[:2], cell("9")])
    assert strip.currentRow() == 2, "it is looked at still"
    assert strip.grab().toImage() != seen
    strip.resize(150, strip.height())
    assert strip.horizontalScrollBar().maximum() > 0
    whole = strip.drawn(2.0)
    assert whole.width() == 3 * whole.height() * 256 // (2 * strip.sizeHintForRow(0))
    colours = {whole.pixelColor(256 * place + 128, 140).name() for place in range(3)}
    assert colours == {"#3366aa"}, "all pictures, in sight or not"
    strip.resize(500, strip.height())
    strip.show_cells([cell("1")])
    assert strip.count() == 1 and strip.horizontalScrollBar().maximum() == 0
