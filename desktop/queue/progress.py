"""How far the picture is that is being made: words, a bar and Stop, for every room that makes
pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QProgressBar, QToolButton

from core.store.jobs import QueuedJob
from desktop.state.job_service import JobService
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.again.making import AgainEnd
    from core.service.making.runner import Outcome
    from core.values.events import Event, StepDone

RECENT = 8  # steps whose mean says how long one takes


class ProgressBar(QProgressBar):
    """Its `setValue` paints at once, and all that waits to be painted with it."""

    def move_on(self, value: int) -> None:
        """To this value, which is seen when everything is painted next."""
        self.setUpdatesEnabled(False)
        self.setValue(value)
        self.setUpdatesEnabled(True)


class Progress(QObject):
    """Three widgets for a room to place: `status`, `bar` and `stop`.

    `share` is what is done in percent, -1 when nothing is being made; `warming` the words for what
    takes long before the first step, `preview` what can be seen after one.
    """

    share = Signal(int)
    warming = Signal(str)
    preview = Signal(object)  # a Preview

    def __init__(self, service: JobService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self.status = ElidedLabel(tr("Ready"))
        self.status.setAccessibleName(tr("Progress"))
        self.bar = ProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the picture"))
        self.bar.setRange(0, 100)
        self.stop = self._stop_button()
        self._step_seconds: list[float] = []
        self._again: Path | None = None  # the file that is made again
        service.started.connect(self._started)
        service.progressed.connect(self._heard)
        service.finished.connect(self._finished)
        service.again_begun.connect(self._again_begun)
        service.again_progressed.connect(self._heard)
        service.made_again.connect(self._again_ended)
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

    def _again_begun(self, path: Path) -> None:
        self._begin(path)

    def _again_ended(self, end: AgainEnd) -> None:
        """Also one that was taken back while it waited, and nothing was made of it."""
        if end.path == self._again:
            self._end()
            self.status.set_full(tr("Ready"))

    def _started(self, job: QueuedJob) -> None:
        self._begin()

    def _begin(self, again: Path | None = None) -> None:
        self._again = again
        self._step_seconds = []
        self.stop.setEnabled(True)
        self.bar.move_on(0)
        self._say(tr("Starting"))

    def _end(self) -> None:
        self._again = None
        self.stop.setEnabled(False)
        self.bar.move_on(0)
        self.share.emit(-1)

    def _say(self, words: str) -> None:
        if self._again:
            words = tr("{name} again: {words}", name=self._again.name, words=words)
        self.status.set_full(words)

    def _heard(self, event: Event) -> None:
        from core.values.events import Phase, PhaseStarted, StepDone  # after the paint

        if isinstance(event, PhaseStarted):
            words = {
                Phase.WARMING: tr("Warming up, about 10 s"),
                Phase.LOADING: tr("Loading the model"),
                Phase.ENCODING: tr("Reading the prompt"),
                Phase.SAMPLING: tr("Developing"),
                Phase.DECODING: tr("Fixing the picture"),
                Phase.ENLARGING: tr("Enlarging"),
            }
            self._say(words[event.phase])
            if not self._again and event.phase in (Phase.WARMING, Phase.LOADING):
                self.warming.emit(words[event.phase])
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
        self._say(words)
        share = round(100 * event.step / event.steps)
        self.bar.move_on(share)
        self.share.emit(share)
        if event.preview is not None and not self._again:
            self.preview.emit(event.preview)

    def _finished(self, outcome: Outcome) -> None:
        self._end()
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
