"""The sweep that is looked at: follows its jobs, and does what its view asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QMenu

from core.service.making.runner import Outcome
from core.service.sweeps.making.now import Stand, SweepNow, put_into_queue, read_again, sweep_now
from core.store.jobs import QueuedJob
from core.system.errors import KnownError
from core.values.events import StepDone
from core.values.job import JobState
from core.values.picture import Picture
from core.values.sweeping.sweep import Sweep
from desktop.pictures.sweeping.arrangement import Arrangement
from desktop.pictures.sweeping.choosing import ChosenCells
from desktop.pictures.sweeping.differences import Differences
from desktop.pictures.sweeping.exporting import chosen_file, grid_of, write_shown
from desktop.pictures.sweeping.images import CellImages
from desktop.pictures.sweeping.model import SweepModel
from desktop.pictures.sweeping.telling import made_words, stand_words
from desktop.pictures.sweeping.values import SweepValues
from desktop.pictures.sweeping.view import SweepView
from desktop.state.portraits import preview_image
from desktop.state.services import Services
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

LOOK_MS = 400  # behind what the queue tells
MOST_COMPARED = 6


class SweepDesk(QObject):
    """`opened` carries a picture that is to be seen large, `taken` one whose settings go into the
    form, `compared` the paths of some; `further_asked` the sweep that is to get further values;
    `shown` whether there is a sweep to be seen, `lost` the id of one that cannot be read."""

    opened = Signal(Picture)
    taken = Signal(Picture)
    compared = Signal(tuple)
    further_asked = Signal(object)  # Sweep
    shown = Signal(bool)
    lost = Signal(str)

    def __init__(self, services: Services, notice: NoticeBar) -> None:
        super().__init__()
        self._services = services
        self._notice = notice
        self._images = CellImages(
            services.image_tasks, services.thumbnails, lambda _: self._repaint.start()
        )
        self.model = SweepModel(self._images.pixmap)
        self.view = SweepView(self.model)
        self.chosen = ChosenCells(self.view.table, self.model)
        self._differences = Differences(services.image_tasks, lambda: self._repaint.start())
        self._repaint = QTimer(self, interval=30, singleShot=True)
        self._repaint.timeout.connect(self._repaint_now)
        self._look = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._look.timeout.connect(self._read)
        self._turn = 0
        self._connect()
        self.values = SweepValues(
            self.view,
            self.model,
            arrange=self._arrange,
            change=self._change,
            cancel=services.service.cancel,
        )

    @property
    def now(self) -> SweepNow | None:
        """What is shown; None for nothing."""
        return self.model.now

    def _connect(self) -> None:
        view, service = self.view, self._services.service
        service.finished.connect(self._finished)
        service.started.connect(self._begun)
        service.progressed.connect(self._heard)
        service.queue_changed.connect(self._queue_changed)
        service.paused_changed.connect(lambda _: self._tell())
        view.left.connect(lambda: self.shown.emit(False))
        view.swap.clicked.connect(self._swap)
        view.heat.toggled.connect(self._show_heat)
        view.take.clicked.connect(partial(self._with_first, self.taken.emit))
        view.compare.clicked.connect(self._compare)
        view.redo.clicked.connect(self._redo)
        view.further.clicked.connect(self._ask_further)
        view.export.clicked.connect(self._export)
        view.make.clicked.connect(self.make_missing)
        view.stop.clicked.connect(self.stop)
        view.fit.clicked.connect(view.table.fit)
        table = view.table
        table.opened.connect(self._open)
        table.resized.connect(self._resize)
        table.reshaped.connect(self._wrap)
        table.customContextMenuRequested.connect(self._cell_menu)
        table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self._resize(table.side)

    # --- which sweep ---

    def open(self, sweep_id: str) -> None:
        """Show the sweep of this id."""
        stores = self._services.stores
        self._turn += 1
        self._services.gallery_tasks.submit(
            lambda: sweep_now(stores, stores.sweeps.get(sweep_id)),
            partial(self._show, self._turn),
            partial(self._lose, sweep_id),
        )

    def _lose(self, sweep_id: str, error: KnownError) -> None:
        self._refuse(error)
        self.lost.emit(sweep_id)

    def _show(self, turn: int, now: SweepNow) -> None:
        if turn != self._turn:
            return
        before = self.now
        same = before is not None and before.sweep.id == now.sweep.id
        kept = self.model.arrangement
        arrangement = Arrangement(now.sweep)
        if same and kept is not None and kept.across < len(now.sweep.axes):
            arrangement = replace(kept, sweep=now.sweep)
        chosen = self.chosen.values() if same else []
        self.model.show(now, arrangement)
        self.chosen.choose(chosen)
        if not same:
            self.model.reference = None
            self.model.differences = {}
            self.view.said.setProperty("whole", None)  # nothing of this one was seen to end
        self.view.name.set_full(now.sweep.name or tr("Sweep"))
        self.view.table.setAccessibleName(tr("Sweep: {name}", name=now.sweep.name))
        self._choose_reference()
        if not same:
            QTimer.singleShot(0, self.view, self.view.table.fit)
            self.view.table.setCurrentIndex(self.model.index(0, 0))
        self._tell()
        self.shown.emit(True)

    def _refuse(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic="sweep")

    def _wrap(self) -> None:
        """The cells of an only axis lie in another number of rows, where their size or the room
        asks for it."""
        before, chosen = self.model.wrapped, self.chosen.values()
        self.view.table.wrap()
        if self.model.wrapped != before:
            self.chosen.choose(chosen)

    def _resize(self, side: int) -> None:
        self._wrap()
        self._images.size = (side, self.view.devicePixelRatioF())
        self._repaint.start()

    def _repaint_now(self) -> None:
        self.model.differences = self._differences.known
        self.model.repaint()

    # --- how far it is ---

    def _begun(self, job: QueuedJob) -> None:
        self.model.developing = None
        self._note(job, JobState.RUNNING, None)

    def _heard(self, event: object) -> None:
        """A preview of the picture being made stands in its cell."""
        job = self._services.service.current
        preview = event.preview if isinstance(event, StepDone) else None
        if preview is not None and job is not None and self._is_ours(job):
            self.model.develop(job.request.sweep.cell, preview_image(preview))

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self._note(outcome.job, JobState.DONE, outcome.picture)
        elif self._is_ours(outcome.job):
            self._look.start()

    def _is_ours(self, job: QueuedJob) -> bool:
        return self.now is not None and job.request.sweep.id == self.now.sweep.id

    def _note(self, job: QueuedJob, state: JobState, picture: Picture | None) -> None:
        if self._is_ours(job) and self.now is not None:
            self.model.use(self.now.with_job(job, state, picture))
            self._choose_reference()
            self._tell()

    def _queue_changed(self, jobs: Sequence[QueuedJob]) -> None:
        ended = (JobState.FAILED, JobState.STOPPED)
        if self.now is not None and any(self._is_ours(job) for job in jobs if job.state in ended):
            self._look.start()

    def _read(self) -> None:
        now = self.now
        if now is None:
            return
        stores, turn = self._services.stores, self._turn

        def here(read: SweepNow) -> None:
            if turn != self._turn:
                return
            if self.now is not now:  # it was changed, or more was told of it meanwhile
                self._look.start()
                return
            self.model.use(read)
            self._choose_reference()
            self._tell()

        self._services.gallery_tasks.submit(lambda: read_again(stores, now), here)

    def look_again(self) -> None:
        """The gallery's rows changed."""
        if self.now is not None:
            self._look.start()

    def _tell(self) -> None:
        now = self.now
        if now is None:
            return
        stands = [now.stand(cell) for cell in now.cells]
        was_whole = self.view.said.property("whole")
        is_open = any(stand in (Stand.WAITING, Stand.MAKING) for stand in stands)
        self.view.stop.setVisible(is_open)
        self.view.said.setText(stand_words(now, stands))
        waits = is_open and self._services.service.paused  # as after a start
        self.view.make.setText(tr("Go on") if waits else tr("Make what is missing"))
        self.view.make.setVisible(waits or (not is_open and bool(now.missing())))
        self.view.said.setProperty("whole", not is_open)
        if not is_open and was_whole is False:
            announce(self.view, tr("The sweep is finished: {said}", said=made_words(stands)))
        self._enable()

    def _enable(self) -> None:
        pictures = self.chosen.pictures()
        self.view.take.setEnabled(bool(pictures))
        self.view.compare.setEnabled(2 <= len(pictures) <= MOST_COMPARED)
        self.view.redo.setEnabled(bool(self.chosen.indexes()))
        now = self.now
        self.view.swap.setEnabled(now is not None and len(now.sweep.axes) > 1)
        self.view.export.setEnabled(now is not None and bool(now.pictures))

    # --- what is chosen ---

    def _with_first(self, act: Callable[[Picture], object]) -> None:
        for picture in self.chosen.pictures()[:1]:
            act(picture)

    def _open(self, index: QModelIndex) -> None:
        picture = self.model.picture(index)
        if picture is not None:
            self.opened.emit(picture)

    def _compare(self) -> None:
        self.compared.emit(tuple(Path(picture.path) for picture in self.chosen.pictures()))

    def _ask_further(self) -> None:
        if self.now is not None:
            self.further_asked.emit(self.now.sweep)

    def _redo(self) -> None:
        cells = [cell for index in self.chosen.indexes() if (cell := self.model.cell(index))]
        requests = [cell.request for cell in cells if cell.request is not None]
        if requests:
            self._services.service.submit_drawn(*requests, then=lambda _: self._look.start())

    def make_missing(self) -> None:
        """Put what is missing into the queue: what was interrupted where it stood, the rest as one
        entry; a queue that waits goes on."""
        now, service = self.now, self._services.service
        if now is None:
            return
        ended = now.ended_jobs()
        if ended:
            service.requeue([job.id for job in ended], self._look.start)
            self._notice.clear("interrupted")  # which offers the same after a start
        again = {job.request.sweep.cell for job in ended}
        missing = [one for one in now.missing() if one.sweep.cell not in again]
        if missing:
            work = partial(put_into_queue, self._services.stores, now.sweep, missing)
            service.submit_work(work, lambda _: self._look.start())
        if service.paused:
            service.pause(False)

    def stop(self) -> None:
        """Make no more of it."""
        now, service = self.now, self._services.service
        if now is None:
            return
        for job in {job.created: job for job in now.jobs.values()}.values():
            if job.state in (JobState.WAITING, JobState.RUNNING):
                service.cancel(job.id, together=job.created)
        current = service.current
        if current is not None and self._is_ours(current):
            service.stop_current()
        self._look.start()

    # --- how it is laid out ---

    def _arrange(self, arrangement: Arrangement) -> None:
        if self.now is None:
            return
        chosen = self.chosen.values()
        self.model.show(self.now, arrangement)
        self.chosen.choose(chosen)
        self._enable()

    def _swap(self) -> None:
        if self.model.arrangement is not None:
            self._arrange(self.model.arrangement.swapped())
            self.view.table.fit()

    def _show_heat(self, on: bool) -> None:
        self.model.shows_heat = on
        self.view.table.set_side(self.view.table.side)
        self.view.table.refit()
        self._choose_reference()
        self.model.repaint()

    def _choose_reference(self) -> None:
        """The first that is made, where nobody chose one; the others are measured while that is
        asked for."""
        now = self.now
        if now is None:
            return
        by_values = {cell.values: now.pictures.get(cell.key) for cell in now.cells}
        if by_values.get(self.model.reference or ()) is None:
            made = (values for values, picture in by_values.items() if picture is not None)
            self.model.reference = next(made, None)
        reference = by_values.get(self.model.reference or ())
        if self.model.shows_heat and reference is not None:
            self._differences.measure(reference, [p for p in by_values.values() if p is not None])

    def _use_reference(self, index: QModelIndex) -> None:
        self.model.reference = self.model.values(index)
        self.view.heat.setChecked(True)
        self._choose_reference()
        self.model.repaint()

    def _cell_menu(self, at: QPoint) -> None:
        index = self.view.table.indexAt(at)
        if not index.isValid() or self.model.cell(index) is None:
            return
        menu = QMenu(self.view)
        view = self.view
        picture = self.model.picture(index)
        if picture is not None:
            menu.addAction(tr("Show large"), partial(self.opened.emit, picture))
            menu.addAction(tr("Use settings"), partial(self.taken.emit, picture))
            menu.addAction(
                tr("Measure the others beside this"), partial(self._use_reference, index)
            )
        for button in (view.compare, view.redo):
            action = menu.addAction(button.text(), button.click)
            action.setEnabled(button.isEnabled())
        menu.popup(view.table.viewport().mapToGlobal(at))

    def _change(self, change: Callable[[Sweep], Sweep]) -> None:
        now = self.now
        if now is None:
            return
        stores = self._services.stores
        self._turn += 1

        def changed(read: SweepNow) -> None:
            if self.now is not None and self.now.sweep.id == read.sweep.id:
                self._show(self._turn, read)

        self._services.database_tasks.submit(
            lambda: sweep_now(stores, stores.sweeps.change(now.sweep.id, change)),
            changed,
            self._refuse,
        )

    # --- for others ---

    def _export(self) -> None:
        now = self.now
        if now is not None and (target := chosen_file(self.view, now.sweep.name)):
            self.write(target)

    def write(self, target: Path) -> None:
        """Write the grid as it is now into a file, or several."""
        if self.now is not None and self.model.arrangement is not None:
            make = partial(grid_of, self.now, self.model.arrangement)
            write_shown(make, target, self._services.image_tasks, self._notice)
