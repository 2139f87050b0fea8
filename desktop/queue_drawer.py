"""The queue below the picture: how many wait, and the list of jobs with what can be done with each."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.job import JobState
from core.store.jobs import QueuedJob
from desktop import theme
from desktop.strings import tr
from desktop.widgets import ElidedLabel, IconButton
from desktop.worker import JobService


def _without(ids: list[str], one: str) -> list[str]:
    return [other for other in ids if other != one]


class QueueDrawer(QFrame):
    """How many wait, Pause or Resume; unfolds into the list of jobs. Waiting ones are moved by dragging; the rest is in the menu.

    `edit_asked` carries a waiting job that is wanted back in the form.
    """

    edit_asked = Signal(object)

    def __init__(self, service: JobService) -> None:
        super().__init__()
        self.setObjectName("drawer")
        self._service = service
        self._jobs: tuple[QueuedJob, ...] = ()
        self._listed: tuple[QueuedJob, ...] = ()
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setArrowType(Qt.ArrowType.RightArrow)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setAccessibleName(tr("Queue"))
        self.toggle.setToolTip(tr("Show the jobs that wait, failed or were stopped"))
        self.pause = QToolButton()
        self.pause.setAccessibleName(tr("Pause the queue"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Jobs"))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.model().rowsMoved.connect(self._moved)
        self.list.setMinimumHeight(96)
        self.list.setMaximumHeight(200)
        self.list.hide()
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
        service.paused_changed.connect(lambda _: self._label())
        self._label()

    def _fold(self, shown: bool) -> None:
        self.list.setVisible(shown)
        self._fill()
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _label(self) -> None:
        paused, waiting = self._service.paused, self._service.waiting
        words = tr("Queue: {n} waiting", n=waiting) if waiting else tr("Queue: empty")
        self.toggle.setText(words + (" · " + tr("paused") if paused else ""))
        self.pause.setText(tr("Resume") if paused else tr("Pause"))
        self.pause.setToolTip(tr("Go on with the waiting jobs") if paused else tr("Take no further job after this picture"))
        self.pause.setVisible(bool(waiting) or paused)

    def _show(self, jobs: tuple[QueuedJob, ...]) -> None:
        self._label()
        self._jobs = jobs
        self._fill()

    def _fill(self) -> None:
        """Rows are widgets and cost time: they are made only while the drawer is open and the jobs differ."""
        wanted = self._jobs if self.toggle.isChecked() else ()
        if wanted == self._listed:
            return
        self._listed = wanted
        self.list.clear()
        for job in wanted:
            item = QListWidgetItem()
            line = self._line(job)
            item.setSizeHint(QSize(0, line.sizeHint().height() + 2))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, job.request.prompt[:200])
            item.setData(Qt.ItemDataRole.UserRole, job)
            if job.state is not JobState.WAITING:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDragEnabled)
            self.list.addItem(item)
            self.list.setItemWidget(item, line)

    def _moved(self) -> None:
        """A row was dragged: the job goes in front of the waiting one that now follows it."""
        before = {job.id for job in self._listed}
        jobs = [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]
        old = [job.id for job in self._listed if job.state is JobState.WAITING]
        new = [job.id for job in jobs if job is not None and job.state is JobState.WAITING and job.id in before]
        moved = next((one for one in new if _without(new, one) == _without(old, one) and new.index(one) != old.index(one)), "")
        self._listed = ()  # the rows lost their widgets: draw them anew
        if moved:
            after = new[new.index(moved) + 1:]
            self._service.move(moved, after[0] if after else "")
        else:
            self._fill()

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        job = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if job is not None:
            self.menu_of(job).exec(self.list.viewport().mapToGlobal(at))

    def menu_of(self, job: QueuedJob) -> QMenu:
        """What can be done with a job."""
        service, menu = self._service, QMenu(self)
        rows = [(tr("Duplicate"), lambda: service.duplicate(job.id))]
        if job.state is JobState.WAITING:
            rows = [(tr("Make it next"), lambda: service.make_next(job.id)),
                    (tr("Take back into the form"), lambda: self.edit_asked.emit(job)), *rows,
                    (tr("Cancel"), lambda: service.cancel(job.id))]
        elif job.state is JobState.RUNNING:
            rows.append((tr("Stop"), lambda: service.cancel(job.id)))
        else:
            rows = [(tr("Run again"), lambda: service.run_again(job.id)), *rows,
                    (tr("Remove from the list"), lambda: service.forget(job.id))]
        if any(one.state is JobState.FAILED for one in self._jobs):
            rows.append((tr("Run all failed again"), service.retry_failed))
        for text, act in rows:
            action = QAction(text, menu)
            action.triggered.connect(lambda _=False, act=act: act())
            menu.addAction(action)
        return menu

    def _line(self, job: QueuedJob) -> QWidget:
        states = {JobState.WAITING: tr("waiting"), JobState.RUNNING: tr("developing"), JobState.FAILED: tr("failed"),
                  JobState.STOPPED: tr("stopped"), JobState.DONE: tr("done")}
        widget = QWidget()
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(theme.SPACE_2, 2, theme.SPACE_1, 2)
        state = QLabel(states[job.state])
        state.setObjectName("dim")
        state.setMinimumWidth(76)
        text = ElidedLabel(job.request.prompt or tr("without a prompt"))
        if job.message:
            text.setToolTip(f"{job.message} {job.hint}")
        layout.addWidget(state)
        layout.addWidget(text, 1)
        if job.state in (JobState.WAITING, JobState.RUNNING):
            cancel = IconButton("close", tr("Cancel this job"), size=14)
            cancel.clicked.connect(partial(self._service.cancel, job.id))
            layout.addWidget(cancel)
        else:
            again = IconButton("reuse", tr("Run again"), size=14)
            again.clicked.connect(partial(self._service.run_again, job.id))
            forget = IconButton("close", tr("Remove from the list"), size=14)
            forget.clicked.connect(partial(self._service.forget, job.id))
            layout.addWidget(again)
            layout.addWidget(forget)
        return widget
