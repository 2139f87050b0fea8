"""The queue below the picture: how many wait, the list of jobs, what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
)

from core.store.jobs import QueuedJob
from core.values.job import JobState
from desktop.queue.row import JobNames, QueueRow, spoken_row
from desktop.queue.together import Together, folded
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.portraits import Portraits, preview_image
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.values.events import Event

TALLEST = 200  # pixels of the list, which scrolls
ENDED = (JobState.FAILED, JobState.STOPPED)


def _without(ids: list[str], job_id: str) -> list[str]:
    return [other for other in ids if other != job_id]


def _alone_moved(job_id: str, old: list[str], new: list[str]) -> bool:
    """Whether the others stand as before, and this one does not."""
    return _without(new, job_id) == _without(old, job_id) and new.index(job_id) != old.index(job_id)


class JobList(QListWidget):
    """`removed`, `requeued`, `up` and `down` carry the job that a key was pressed on: Delete,
    Return, Alt+Up, Alt+Down."""

    removed = Signal(QueuedJob)
    requeued = Signal(QueuedJob)
    up = Signal(QueuedJob)
    down = Signal(QueuedJob)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        job = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        key = Qt.Key(event.key())
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        acts = {
            (Qt.Key.Key_Delete, False): self.removed,
            (Qt.Key.Key_Return, False): self.requeued,
            (Qt.Key.Key_Enter, False): self.requeued,
            (Qt.Key.Key_Up, True): self.up,
            (Qt.Key.Key_Down, True): self.down,
        }
        signal = acts.get((key, alt))
        if job is None or signal is None:
            super().keyPressEvent(event)
        else:
            signal.emit(job)


class QueueDrawer(QFrame):
    """How many are made and wait, Pause or Resume; unfolds into the list of jobs. Waiting ones are
    moved by dragging or with Alt and the arrow keys; Delete cancels a job or takes it from the
    list, Return runs an ended one again; the rest is in the menu.

    `edit_asked` carries a waiting job that is wanted back in the form; `models_asked` that its
    model is to be looked at.
    """

    edit_asked = Signal(QueuedJob)
    models_asked = Signal()

    def __init__(self, service: JobService) -> None:
        super().__init__()
        self.setObjectName("drawer")
        self._service = service
        self._jobs: tuple[QueuedJob, ...] = ()
        self._listed: tuple[QueuedJob, ...] = ()
        self._portraits: Portraits | None = None
        self._library: LibraryState | None = None
        self._names: tuple[JobNames, ...] = ()  # of the listed jobs
        self._together: dict[str, Together] = {}  # by the ids of those that stand for others
        self._titles: dict[str, str] = {}  # of documents, by their ids
        self._preview: tuple[str, QPixmap] | None = None  # of the job being made
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setArrowType(Qt.ArrowType.RightArrow)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setAccessibleName(tr("Queue"))
        self.toggle.setToolTip(tr("Show the jobs that wait, failed or were stopped"))
        self.pause = QToolButton()
        self.pause.setAccessibleName(tr("Pause the queue"))
        self.list = self._new_list()
        head = QHBoxLayout()
        head.setContentsMargins(theme.SPACE_3, theme.SPACE_1, theme.SPACE_3, theme.SPACE_1)
        head.addWidget(self.toggle)
        head.addStretch(1)
        head.addWidget(self.pause)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list)
        self.toggle.toggled.connect(self._fold)
        self.pause.clicked.connect(lambda: self._service.pause(not self._service.paused))
        service.queue_changed.connect(self._show)
        service.started.connect(self._started)
        service.progressed.connect(self._heard)
        for signal in (service.finished, service.again_begun, service.made_again):
            signal.connect(lambda _: self._label())
        service.paused_changed.connect(lambda _: self._label())
        self._label()

    def _new_list(self) -> JobList:
        jobs = JobList()
        jobs.setAccessibleName(tr("Jobs"))
        jobs.setToolTip(
            tr(
                "Delete cancels a job, Return runs an ended one again, Alt and the arrow "
                "keys move a waiting one"
            )
        )
        jobs.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        jobs.setDefaultDropAction(Qt.DropAction.MoveAction)
        jobs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        jobs.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        jobs.customContextMenuRequested.connect(self._menu)
        jobs.model().rowsMoved.connect(self._moved)
        jobs.removed.connect(self._remove)
        jobs.requeued.connect(self._run_again)
        jobs.up.connect(lambda job: self._shift(job, -1))
        jobs.down.connect(lambda job: self._shift(job, 1))
        jobs.hide()
        return jobs

    def use_library(self, library: LibraryState, portraits: Portraits) -> None:
        """What models are called, and the small pictures of jobs and models."""
        self._library = library
        self._portraits = portraits
        library.changed.connect(self._library_changed)
        portraits.arrived.connect(lambda _: self._show_pictures())

    def _library_changed(self) -> None:
        self._fill()
        self._show_pictures()

    def use_titles(self, titles: Mapping[str, str]) -> None:
        """What documents are called that jobs are made for, by their ids; others are known still,
        since jobs of one that was closed go on."""
        self._titles |= titles
        self._fill()

    def _names_of(self, job: QueuedJob) -> JobNames:
        model = job.request.model
        name = model if self._library is None else self._library.name_of(model)
        return JobNames(name, self._titles.get(job.request.document, ""))

    def _fold(self, shown: bool) -> None:
        self._fill()
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _label(self) -> None:
        paused = self._service.paused
        waiting = self._service.waiting
        if self._service.current is not None:
            words = tr("Queue: making 1, {n} waiting", n=waiting)
        elif self._service.making_again is not None:
            words = tr("Queue: making 1 again, {n} waiting", n=waiting)
        elif waiting:
            words = tr("Queue: {n} waiting", n=waiting)
        else:
            words = tr("Queue: empty")
        if paused:
            words += " · " + tr("paused")
        self.toggle.setText(words)
        self.toggle.setAccessibleDescription(words)
        if paused:
            self.pause.setText(tr("Resume"))
            self.pause.setToolTip(tr("Go on with the waiting jobs"))
        else:
            self.pause.setText(tr("Pause"))
            self.pause.setToolTip(tr("Take no further job after this picture"))
        self.pause.setVisible(bool(waiting) or paused)

    def _show(self, jobs: tuple[QueuedJob, ...]) -> None:
        self._label()
        self._jobs = jobs
        self._fill()

    def _started(self, job: QueuedJob) -> None:
        self._preview = None
        self._label()

    def _heard(self, event: Event) -> None:
        """A preview of the job being made goes into its row."""
        from core.values.events import StepDone

        current = self._service.current
        if current is not None and isinstance(event, StepDone) and event.preview is not None:
            self._preview = current.id, QPixmap.fromImage(preview_image(event.preview))
            if self.list.isVisible():
                self._show_pictures()

    def _fill(self) -> None:
        """Rows are widgets and cost time: they are made only while the drawer is open and the jobs
        or their names differ. Without a job the list takes no place."""
        wanted, together = folded(self._jobs if self.toggle.isChecked() else ())
        names = tuple(self._names_of(job) for job in wanted)
        self.list.setVisible(bool(wanted))
        if (wanted, names, together) == (self._listed, self._names, self._together):
            return
        current = self.list.currentItem()
        chosen = current.data(Qt.ItemDataRole.UserRole).id if current is not None else ""
        self._listed = wanted
        self._names = names
        self._together = together
        self.list.clear()
        height = 4
        for job, of_job in zip(wanted, names, strict=True):
            item = self._add(job, of_job)
            height += item.sizeHint().height()
            if job.id == chosen:
                self.list.setCurrentItem(item)
        self.list.setFixedHeight(min(TALLEST, height))
        self._show_pictures()

    def _add(self, job: QueuedJob, names: JobNames) -> QListWidgetItem:
        item = QListWidgetItem()
        together = self._together.get(job.id)
        line = QueueRow(job, names, self._service, self.models_asked.emit, together)
        item.setSizeHint(QSize(0, line.sizeHint().height() + 2 * theme.SPACE_1 + 2))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken_row(job, names, together))
        item.setData(Qt.ItemDataRole.UserRole, job)
        if job.state is not JobState.WAITING or together:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDragEnabled)
        self.list.addItem(item)
        self.list.setItemWidget(item, line)
        return item

    def _show_pictures(self) -> None:
        """Each row gets its picture: the job's own, its preview, else its model's."""
        for row in range(self.list.count()):
            line = self.list.itemWidget(self.list.item(row))
            if isinstance(line, QueueRow) and (picture := self._picture_of(line.job)) is not None:
                line.show_picture(picture)

    def _picture_of(self, job: QueuedJob) -> QPixmap | None:
        done = job.state is JobState.DONE
        if self._preview is not None and self._preview[0] == job.id and not done:
            return self._preview[1]
        own = None
        if done and self._portraits is not None:
            own = self._portraits.of_job(job.id)
        return own or self._portrait_of(job.request.model)

    def _portrait_of(self, model: str) -> QPixmap | None:
        if self._library is None or self._portraits is None:
            return None
        item = self._library.named(model)
        return self._portraits.of_model(item) if item is not None else None

    def _moved(self) -> None:
        """A row was dragged: the job goes in front of the waiting one that now follows it."""
        before = {job.id for job in self._listed}
        jobs = [
            self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())
        ]
        old = [job.id for job in self._listed if job.state is JobState.WAITING]
        waiting = [job for job in jobs if job is not None and job.state is JobState.WAITING]
        new = [job.id for job in waiting if job.id in before]
        moved = next((job_id for job_id in new if _alone_moved(job_id, old, new)), "")
        self._listed = ()  # the rows lost their widgets: draw them anew
        if moved:
            after = new[new.index(moved) + 1 :]
            self._service.move(moved, after[0] if after else "")
        else:
            self._fill()

    def _shift(self, job: QueuedJob, step: int) -> None:
        """One place up or down among those that wait."""
        waiting = [listed.id for listed in self._listed if listed.state is JobState.WAITING]
        if job.id not in waiting or job.id in self._together:
            return
        at = waiting.index(job.id) + step
        if 0 <= at < len(waiting):
            rest = _without(waiting, job.id)
            self._service.move(job.id, rest[at] if at < len(rest) else "")

    def _run_again(self, job: QueuedJob) -> None:
        if job.state in ENDED:
            self._service.run_again(job.id)

    def _remove(self, job: QueuedJob) -> None:
        if job.id in self._together:
            self._service.cancel(job.id, together=job.created)
        elif job.state in (JobState.WAITING, JobState.RUNNING):
            self._service.cancel(job.id)
        else:
            self._service.forget(job.id)

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at) or self.list.currentItem()
        job = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if job is not None:
            self.menu_of(job).exec(self.list.viewport().mapToGlobal(at))

    def menu_of(self, job: QueuedJob) -> QMenu:
        """What can be done with a job."""
        menu = QMenu(self)
        for text, act in self._choices(job):
            action = QAction(text, menu)
            action.triggered.connect(lambda _=False, act=act: act())
            menu.addAction(action)
        return menu

    def _choices(self, job: QueuedJob) -> list[tuple[str, Callable[[], object]]]:
        service = self._service
        rows: list[tuple[str, Callable[[], object]]] = []
        duplicate = tr("Duplicate"), partial(service.duplicate, job.id)
        if job.id in self._together:
            rows.append((tr("Cancel all of them"), partial(self._remove, job)))
        elif job.state is JobState.WAITING:
            rows.append((tr("Make it next"), partial(service.make_next, job.id)))
            if not job.request.upscale.source:  # which no form holds
                rows.append((tr("Take back into the form"), partial(self.edit_asked.emit, job)))
            rows.append(duplicate)
            rows.append((tr("Cancel"), partial(service.cancel, job.id)))
        elif job.state is JobState.RUNNING:
            rows.append(duplicate)
            rows.append((tr("Stop"), partial(service.cancel, job.id)))
        else:
            if job.state in ENDED:
                rows.append((tr("Run again"), partial(service.run_again, job.id)))
            rows.append(duplicate)
            rows.append((tr("Remove from the list"), partial(service.forget, job.id)))
        if any(listed.state is JobState.FAILED for listed in self._jobs):
            rows.append((tr("Run all failed again"), service.retry_failed))
        return rows
