"""Pictures that are made larger together are one entry of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.values.job import JobState
from core.values.request import Request
from core.values.request_parts.upscale import Upscale
from desktop.queue.drawer import QueueDrawer
from desktop.queue.row import QueueRow
from desktop.state.job_service import JobService
from tests.desktop.parts import HeldTasks

LARGER = Request(
    prompt="a red house", seed=7, upscale=Upscale(source="a" * 64, scale=2.0, refine=0.3)
)


class Bench:
    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.tasks = HeldTasks()
        self.service = JobService(stores, EngineSpec(kind="fake", runs_in="here"), self.tasks)
        self.drawer = QueueDrawer(self.service)
        self.drawer.resize(500, 300)
        self.drawer.show()
        self.drawer.toggle.setChecked(True)

    def refresh(self) -> None:
        self.service.refresh()
        self.tasks.run_all()

    def rows(self) -> list[QueueRow]:
        jobs = self.drawer.list
        found = [jobs.itemWidget(jobs.item(row)) for row in range(jobs.count())]
        return [row for row in found if isinstance(row, QueueRow)]

    def said(self) -> list[tuple[str, str]]:
        return [(row.text.toolTip(), row.facts.toolTip()) for row in self.rows()]

    def claim(self) -> QueuedJob:
        job = self.stores.jobs.claim_next()
        assert job is not None
        self.service._on_claimed(job)  # pyright: ignore[reportPrivateUsage]
        self.tasks.run_all()
        return job


@pytest.fixture
def bench(qapp: QApplication, stores: Stores) -> Iterator[Bench]:
    made = Bench(stores)
    yield made
    assert not made.tasks.faults


def test_they_are_one_entry_that_says_how_far_they_are_and_lists_failures(bench: Bench) -> None:
    jobs = bench.stores.jobs
    jobs.add([Request(prompt="before", seed=1)])  # type: ignore[list-item]
    jobs.add([LARGER, LARGER, LARGER])  # type: ignore[list-item]
    jobs.add([replace(LARGER, prompt="")])  # type: ignore[list-item]
    bench.refresh()
    one = "2 times as large · refined, 0.30"
    assert bench.said()[1:] == [
        ("Upscale 3 pictures", f"1 of 3 · {one}"),
        ("Upscale a picture", one),
    ]
    jobs.finish(bench.claim().id, JobState.DONE)
    first = bench.claim()
    jobs.finish(first.id, JobState.FAILED, "The file is gone.", "Choose another.")
    bench.claim()
    assert bench.said()[0] == ("Upscale 3 pictures", f"2 of 3 · {one} · 1 failed")
    assert [row.job.state for row in bench.rows()] == [
        JobState.RUNNING,
        JobState.WAITING,
        JobState.FAILED,
    ]
    spoken = bench.drawer.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Upscale 3 pictures. 2 of 3, 2 times as large")


@pytest.mark.parametrize("by_key", [True, False])
def test_cancelling_it_cancels_all_and_no_other(bench: Bench, *, by_key: bool) -> None:
    jobs = bench.stores.jobs
    (other,) = jobs.add([Request(prompt="other", seed=1)])  # type: ignore[list-item]
    jobs.add([LARGER, LARGER, LARGER])  # type: ignore[list-item]
    bench.refresh()
    drawer = bench.drawer
    assert not drawer.list.item(1).flags() & Qt.ItemFlag.ItemIsDragEnabled
    if by_key:
        drawer.list.setCurrentRow(1)
        QTest.keyClick(drawer.list, Qt.Key.Key_Delete)
    else:
        menu = drawer.menu_of(bench.rows()[1].job)
        assert [action.text() for action in menu.actions()] == ["Cancel all of them"]
        menu.actions()[0].trigger()
    bench.tasks.run_all()
    waiting = [job.id for job in jobs.recent() if job.state is JobState.WAITING]
    assert waiting == [other.id]


def test_an_upscale_is_not_taken_back_into_the_form(bench: Bench) -> None:
    bench.stores.jobs.add([LARGER])  # type: ignore[list-item]
    bench.refresh()
    entries = [action.text() for action in bench.drawer.menu_of(bench.rows()[0].job).actions()]
    assert "Take back into the form" not in entries and "Make it next" in entries
