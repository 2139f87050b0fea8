"""The middle of Create: the picture developing, how far it is, Stop,
and the queue in a drawer below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.store.jobs import QueuedJob
from desktop.pictures.viewer import Viewer
from desktop.queue.drawer import QueueDrawer
from desktop.state.job_service import JobService
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from core.values.events import Event, Preview, StepDone

RECENT = 8  # steps whose mean says how long one takes


class StagePanel(QWidget):
    """`follow_asked` asks for the newest picture; `progress` is the share done in percent, for the
    title, -1 when nothing is being made."""

    follow_asked = Signal()
    progress = Signal(int)

    def __init__(self, service: JobService, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self.viewer = viewer
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
        for text, act in (
            (tr("This picture"), self._service.stop_current),
            (tr("After this picture"), lambda: self._service.pause(True)),
            (tr("All"), self._service.stop_all),
        ):
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

    def fit_picture(self) -> None:
        """The whole picture in the viewer."""
        self.viewer.set_zoom(None)

    def set_following(self, on: bool) -> None:
        """Whether new previews and pictures replace what is shown."""
        self.following = on
        self.follow.setVisible(not on)

    def _started(self, job: QueuedJob) -> None:
        self._step_seconds = []
        self._began = time.monotonic()
        self.stop.setEnabled(True)
        self.bar.setValue(0)
        self.status.set_full(tr("Starting"))

    def _heard(self, event: Event) -> None:
        from core.values.events import Phase, PhaseStarted, StepDone

        if isinstance(event, PhaseStarted):
            words = {
                Phase.WARMING: tr("Warming up, about 10 s"),
                Phase.LOADING: tr("Loading the model"),
                Phase.ENCODING: tr("Reading the prompt"),
                Phase.SAMPLING: tr("Developing"),
                Phase.DECODING: tr("Fixing the picture"),
            }
            self.status.set_full(words[event.phase])
            long = event.phase in (Phase.WARMING, Phase.LOADING)
            if long and self.following and not self.viewer.has_image():
                self.viewer.show_message(words[event.phase])
        elif isinstance(event, StepDone):
            self._stepped(event)

    def _stepped(self, event: StepDone) -> None:
        self._step_seconds.append(event.seconds)
        recent = self._step_seconds[-RECENT:]
        each = sum(recent) / len(recent)
        words = tr(
            "step {step}/{steps} · {each} s/step",
            step=event.step,
            steps=event.steps,
            each=f"{each:.2g}",
        )
        if event.step >= 2:  # one alone says little of the others
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
            self.status.set_full(
                tr(
                    "Done in {seconds} s · seed {seed}",
                    seconds=f"{outcome.picture.seconds:.1f}",
                    seed=outcome.picture.request.seed,
                )
            )
        elif outcome.stopped:
            self.status.set_full(tr("Stopped; the job can be run again from the queue"))
        else:
            self.status.set_full(outcome.message)
        if outcome.picture is None and self.following:
            if self.viewer.is_developing():
                self.viewer.clear()
            if not self.viewer.has_image():
                self.viewer.show_message(tr("No picture this time."))


def _image(preview: Preview) -> QImage:
    return QImage(
        preview.rgb, preview.width, preview.height, preview.width * 3, QImage.Format.Format_RGB888
    ).copy()
