"""The middle of Create: the picture developing, how far it is, Stop, and the queue in a drawer below."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.events import Event, Phase, PhaseStarted, Preview, StepDone
from core.job import JobState
from core.runner import Outcome
from core.store.jobs import QueuedJob
from desktop import theme
from desktop.strings import tr
from desktop.viewer import Viewer
from desktop.widgets import ElidedLabel, IconButton
from desktop.worker import JobService


class StagePanel(QWidget):
    """`clicked_follow` asks for the newest picture; `progress` is the share done, for the title."""

    follow_asked = Signal()
    progress = Signal(int)

    def __init__(self, service: JobService, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self.viewer = Viewer()
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        self.status = ElidedLabel(tr("Ready"))
        self.status.setAccessibleName(tr("Progress"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the picture"))
        self.bar.setRange(0, 100)
        self.stop = self._stop_button()
        self.follow = QToolButton()
        self.follow.setText(tr("Follow"))
        self.follow.setAccessibleName(tr("Follow"))
        self.follow.setToolTip(tr("Show the picture being made"))
        self.follow.clicked.connect(self.follow_asked)
        self.follow.hide()
        self.drawer = QueueDrawer(service)
        self._build()
        self.following = True
        self._step_seconds: list[float] = []
        self._began = 0.0
        service.started.connect(self._started)
        service.progressed.connect(self._heard)
        service.finished.connect(self._finished)
        service.stopping.connect(lambda: self.status.set_full(tr("Stopping after this step")))

    def _stop_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("stop")
        button.setText(tr("Stop"))
        button.setAccessibleName(tr("Stop"))
        button.setToolTip(tr("Stop this picture"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        for text, act in ((tr("This picture"), self._service.stop_current), (tr("After this picture"), lambda: self._service.pause(True)),
                          (tr("All"), self._service.stop_all)):
            action = QAction(text, menu)
            action.triggered.connect(act)
            menu.addAction(action)
        button.setMenu(menu)
        button.clicked.connect(self._service.stop_current)
        button.setEnabled(False)
        return button

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_3, theme.SPACE_2)
        line.setSpacing(theme.SPACE_3)
        line.addWidget(self.status, 1)
        for part in (self.follow, self.scale, self.stop):
            line.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.viewer, 1)
        column.addWidget(self.bar)
        column.addLayout(line)
        column.addWidget(self.drawer)
        self.viewer.zoomed.connect(self.scale.setText)

    def show_finished(self, image: QImage) -> None:
        """A finished picture, from History or just made."""
        self.viewer.show_image(image)

    def fit_picture(self) -> None:
        """The whole picture in the viewer."""
        self.viewer.set_zoom(None)

    def set_following(self, on: bool) -> None:
        """Whether new previews and pictures replace what is shown."""
        self.following = on
        self.follow.setVisible(not on)

    def _started(self, job: QueuedJob) -> None:
        self._step_seconds, self._began = [], time.monotonic()
        self.stop.setEnabled(True)
        self.bar.setValue(0)
        self.status.set_full(tr("Starting"))

    def _heard(self, event: Event) -> None:
        if isinstance(event, PhaseStarted):
            words = {Phase.WARMING: tr("Warming up, about 10 s"), Phase.LOADING: tr("Loading the model"),
                     Phase.ENCODING: tr("Reading the prompt"), Phase.SAMPLING: tr("Developing"), Phase.DECODING: tr("Fixing the picture")}
            self.status.set_full(words[event.phase])
            if event.phase in (Phase.WARMING, Phase.LOADING) and self.following and not self.viewer.has_image():
                self.viewer.show_message(words[event.phase])
        elif isinstance(event, StepDone):
            self._stepped(event)

    def _stepped(self, event: StepDone) -> None:
        self._step_seconds.append(event.seconds)
        recent = self._step_seconds[-8:]
        each = sum(recent) / len(recent)
        words = tr("step {step}/{steps} · {each} s/step", step=event.step, steps=event.steps, each=f"{each:.2g}")
        if event.step >= 2:
            words += " · " + tr("{left} s left", left=f"{each * (event.steps - event.step):.0f}")
        self.status.set_full(words)
        share = round(100 * event.step / event.steps)
        self.bar.setValue(share)
        self.progress.emit(share)
        if event.preview is not None and self.following:
            self.viewer.show_image(_image(event.preview), developing=True)

    def _finished(self, outcome: Outcome) -> None:
        self.stop.setEnabled(False)
        self.bar.setValue(0)
        self.progress.emit(-1)
        if outcome.picture is not None:
            self.status.set_full(tr("Done in {seconds} s · seed {seed}", seconds=f"{outcome.picture.seconds:.1f}",
                                    seed=outcome.picture.request.seed))
        elif outcome.stopped:
            self.status.set_full(tr("Stopped; the job can be run again from the queue"))
        else:
            self.status.set_full(outcome.message)


def _image(preview: Preview) -> QImage:
    return QImage(preview.rgb, preview.width, preview.height, preview.width * 3, QImage.Format.Format_RGB888).copy()


class QueueDrawer(QFrame):
    """How many wait, Pause or Resume; unfolds into the list of jobs with Cancel and Run again."""

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
            self.list.addItem(item)
            self.list.setItemWidget(item, line)

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
