"""The desk of a sweep, its work held back: what is done with many cells is done once, and what is
done in between is not lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu

from core.engine.contract.protocol import EngineSpec
from core.service.stores import Stores
from core.service.sweeps.making.now import Stand, sweep_now
from core.store.thumbnails import Thumbnails
from core.values.job import JobState
from core.values.request import Request
from core.values.sweeping.sweep import Axis, Sweep, new_sweep
from desktop.pictures.sweeping.arrangement import Arrangement, Values
from desktop.pictures.sweeping.desk import SweepDesk
from desktop.pictures.sweeping.model import SweepModel
from desktop.state.job_service import JobService
from desktop.state.services import Services
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import HeldTasks

ACROSS, DOWN = 8, 25
BASE = Request("a house", seed=3, width=64, height=64, steps=2)


@pytest.fixture
def service(stores: Stores, tasks: HeldTasks) -> JobService:
    return JobService(stores, EngineSpec(kind="fake", runs_in="here"), tasks)


@pytest.fixture
def desk(stores: Stores, tasks: HeldTasks, service: JobService) -> SweepDesk:
    parts = SimpleNamespace(
        stores=stores,
        service=service,
        thumbnails=Thumbnails(stores.places.thumbnails),
        image_tasks=tasks,
        gallery_tasks=tasks,
        database_tasks=tasks,
    )
    notice = SimpleNamespace(say=lambda *_, **__: None)
    return SweepDesk(cast("Services", parts), cast("NoticeBar", notice))


def kept(stores: Stores) -> Sweep:
    axes = Axis("steps", texts(ACROSS)), Axis("seed", texts(DOWN))
    sweep = new_sweep(BASE, axes)
    stores.sweeps.keep(sweep)
    return sweep


def preview() -> QImage:
    return QImage(2, 2, QImage.Format.Format_RGB32)


def texts(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(1, count + 1)))


def test_what_is_chosen_stays_so_when_the_axes_change_places(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(kept(stores).id)
    tasks.run_all()
    desk.view.table.selectAll()
    asked: list[Values] = []
    plainly = Arrangement.values

    def counted(self: Arrangement, row: Values, column: str) -> Values:
        asked.append(row)
        return plainly(self, row, column)

    monkeypatch.setattr(Arrangement, "values", counted)
    desk.view.swap.click()
    assert len(desk.view.table.selectionModel().selectedIndexes()) == ACROSS * DOWN
    assert len(asked) < 20 * ACROSS * DOWN  # some for each, none for each beside each other


def test_cells_of_a_value_that_is_left_out_leave_the_queue_together(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk, service: JobService
) -> None:
    sweep = kept(stores)
    stores.jobs.add(sweep_now(stores, sweep).missing())
    desk.open(sweep.id)
    tasks.run_all()
    told: list[Any] = []
    service.queue_changed.connect(told.append)
    menu = desk.view.values.menu()
    menu.aboutToShow.emit()
    (left_out,) = menu.findChildren(QMenu)
    next(action for action in left_out.actions() if action.text() == "2").trigger()
    tasks.run_all()
    assert stores.jobs.waiting() == (ACROSS - 1) * DOWN and len(told) == 1
    stopped = [job for job in stores.jobs.recent(ACROSS * DOWN) if job.state is JobState.STOPPED]
    assert {job.request.steps for job in stopped} == {2} and len(stopped) == DOWN


def test_long_values_and_their_ampersands_stand_on_a_line_of_the_menu(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk
) -> None:
    prompts = "salt & pepper", "a house\nat night", "many words " * 200
    sweep = new_sweep(BASE, (Axis("prompt", tuple(map(str.strip, prompts))),))
    stores.sweeps.keep(sweep)
    desk.open(sweep.id)
    tasks.run_all()
    menu = desk.view.values.menu()
    menu.aboutToShow.emit()
    _, salt, house, many = (action.text() for action in menu.actions()[:4])
    assert salt == "salt && pepper" and house == "a house at night"
    assert many.startswith("many words") and len(many) < 80


def test_only_the_end_of_the_sweep_that_is_seen_is_announced(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        "desktop.pictures.sweeping.desk.announce", lambda _, words, **__: told.append(words)
    )
    waiting = kept(stores)
    stores.jobs.add(sweep_now(stores, waiting).missing())
    other = new_sweep(BASE, (Axis("steps", texts(3)),))
    stores.sweeps.keep(other)  # nobody asked for its cells
    desk.open(waiting.id)
    tasks.run_all()
    desk.open(other.id)
    tasks.run_all()
    assert desk.now is not None and desk.now.sweep.id == other.id and told == []


def test_a_preview_finds_its_cell_without_a_look_at_all(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(kept(stores).id)
    tasks.run_all()
    desk.model.develop((f"steps={ACROSS}", f"seed={DOWN}"), preview())
    asked: list[QModelIndex] = []
    told: list[tuple[int, int]] = []
    plainly = SweepModel.values

    def counted(self: SweepModel, index: QModelIndex) -> Values:
        asked.append(index)
        return plainly(self, index)

    monkeypatch.setattr(SweepModel, "values", counted)
    desk.model.dataChanged.connect(lambda index, *_: told.append((index.row(), index.column())))
    desk.model.develop((f"steps={ACROSS - 1}", f"seed={DOWN - 2}"), preview())
    assert told == [(DOWN - 3, ACROSS - 2)] and len(asked) < 10


def test_a_grid_is_never_without_cells(stores: Stores, tasks: HeldTasks, desk: SweepDesk) -> None:
    sweep = new_sweep(BASE, (Axis("steps", texts(2)), Axis("seed", texts(2))))
    stores.sweeps.keep(sweep)
    desk.open(sweep.id)
    tasks.run_all()
    menu = desk.view.values.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == "1").trigger()  # hidden
    (left_out,) = menu.findChildren(QMenu)
    next(action for action in left_out.actions() if action.text() == "2").trigger()
    tasks.run_all()
    assert (desk.model.rowCount(), desk.model.columnCount()) == (2, 1)
    assert desk.model.column_value(0) == "1"


def leave_out(desk: SweepDesk, value: str) -> None:
    menu = desk.view.values.menu()
    menu.aboutToShow.emit()
    left_out = menu.actions()[-1].menu()
    assert isinstance(left_out, QMenu)
    next(action for action in left_out.actions() if action.text() == value).trigger()


def test_one_change_is_seen_though_the_next_is_refused(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk
) -> None:
    sweep = new_sweep(BASE, (Axis("steps", texts(2)), Axis("seed", texts(DOWN))))
    stores.sweeps.keep(sweep)
    desk.open(sweep.id)
    tasks.run_all()
    leave_out(desk, "1")
    leave_out(desk, "2")  # before the grid knows of the first
    tasks.run_all()
    assert stores.sweeps.get(sweep.id).axes[0].shown == ("2",)
    assert desk.model.columnCount() == 1 and desk.model.column_value(0) == "2"


def test_what_was_read_before_a_change_does_not_undo_it(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk
) -> None:
    desk.open(kept(stores).id)
    tasks.run_all()
    leave_out(desk, "2")
    desk._read()  # as the queue asks for now and then
    tasks.run_all()
    assert desk.now is not None and desk.now.sweep.axes[0].skipped == ("2",)
    assert desk._look.isActive()
    desk._read()
    tasks.run_all()
    assert len(desk.now.cells) == (ACROSS - 1) * DOWN
    assert desk.view.said.text() == f"0 of {(ACROSS - 1) * DOWN} made"


def test_what_was_read_before_a_job_began_does_not_hide_that_it_did(
    stores: Stores, tasks: HeldTasks, desk: SweepDesk, service: JobService
) -> None:
    sweep = kept(stores)
    jobs = stores.jobs.add(sweep_now(stores, sweep).missing())
    desk.open(sweep.id)
    tasks.run_all()
    desk._read()  # the queue still has it as waiting
    service.started.emit(jobs[0])
    tasks.run_all()
    assert desk.now is not None
    assert [desk.now.stand(cell) for cell in desk.now.cells].count(Stand.MAKING) == 1
    assert desk._look.isActive()
