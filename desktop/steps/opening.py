"""Which picture Insight is open for, and how it comes to the recording of its steps."""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.pictures.actions import read_image
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.again.making import AgainEnd
    from core.service.again.recreate import Verdict
    from core.service.insight.recorded import RecordedPicture
    from core.values.events import Event


class State(Enum):
    """How far it is."""

    NOTHING = auto()  # no picture
    LOOKING = auto()  # whether a recording is kept
    UNRECORDED = auto()
    WAITING = auto()  # to be made again
    RECORDING = auto()
    RECORDED = auto()
    REFUSED = auto()  # `fault` says why


class Opening(QObject):
    """`changed` after every change of `state`, `seen` once the picture itself is there (`image`),
    `progressed` the number of the step that was recorded and of all of them. `picture` and
    `verdict` belong to the state RECORDED; there is no verdict on a recording that was kept.
    `failed` why the words of such a one could not be recorded: it stays as it was."""

    changed = Signal()
    failed = Signal(KnownError)
    seen = Signal()
    progressed = Signal(int, int)
    step_asked = Signal(int)  # somebody wants to see it in Rewind

    def __init__(
        self, stores: Stores, service: JobService, tasks: SerialTasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._tasks = tasks
        self._turn = 0  # counts what was opened: answers for an earlier one are dropped
        self.with_words = False  # they were to be recorded too
        self._wanted = False  # whether it is made again where no recording is kept
        self.path: Path | None = None
        self.image = QImage()
        self.state = State.NOTHING
        self.picture: RecordedPicture | None = None
        self.verdict: Verdict | None = None
        self.fault: KnownError | None = None
        service.again_begun.connect(self._begun)
        service.again_progressed.connect(self._heard)
        service.made_again.connect(self._ended)

    def open(self, path: Path, *, record: bool) -> None:
        """A picture's file. Where no recording is kept it is made again, to `record` it, or only
        offered to be."""
        if path == self.path and self.state not in (State.NOTHING, State.REFUSED):
            if record and self.state is State.UNRECORDED:
                self.record()
            self._wanted = self._wanted or record
            return
        self.stop()
        self._turn += 1
        self._wanted = record
        self.with_words = False
        self.path = path
        self.image = QImage()
        self.picture = None
        self._put(State.LOOKING)
        turn = self._turn
        self._tasks.submit(partial(read_image, str(path)), partial(self._see, turn))
        self._tasks.submit(
            partial(_find, self._stores, path), partial(self._look, turn), partial(self._fail, turn)
        )

    def record(self, *, words: bool = False) -> None:
        """Make the picture again with recording, after those that wait; with `words` also where
        those were looked at, which a recording that is kept may lack."""
        may_begin = self.state in (State.UNRECORDED, State.REFUSED)
        if self.path is not None and (may_begin or (words and self.state is State.RECORDED)):
            self.with_words = words
            self._put(State.WAITING)
            self._service.make_again(self.path, recording=True, words=self.with_words)

    def stop(self) -> None:
        """It is not to be recorded after all."""
        if self.path is not None and self.state in (State.WAITING, State.RECORDING):
            self._service.stop_again(self.path, recording=True)

    def _put(self, state: State) -> None:
        self.state = state
        self.changed.emit()

    def _see(self, turn: int, image: QImage) -> None:
        if turn == self._turn:
            self.image = image
            self.seen.emit()

    def _look(self, turn: int, picture: RecordedPicture | None) -> None:
        if turn != self._turn:
            return
        if picture is not None:
            self.picture, self.verdict = picture, None
            self._put(State.RECORDED)
            return
        self._put(State.UNRECORDED)
        if self._wanted:
            self.record()

    def _fail(self, turn: int, fault: KnownError) -> None:
        if turn == self._turn:
            self.fault = fault
            self._put(State.REFUSED)

    # --- while it is made again ---

    def _begun(self, path: Path, recording: bool) -> None:
        if recording and path == self.path and self.state is State.WAITING:
            self._put(State.RECORDING)

    def _heard(self, event: Event) -> None:
        from core.values.events import StepDone  # after the paint

        if self.state is State.RECORDING and isinstance(event, StepDone):
            self.progressed.emit(event.step, event.steps)

    def _ended(self, end: AgainEnd) -> None:
        from core.service.insight.recorded import RecordingEnd  # after the paint

        if not end.recording or end.path != self.path:
            return
        if isinstance(end, RecordingEnd):
            self.picture, self.verdict = end.recorded, end.verdict
            self._put(State.RECORDED)
        elif self.picture is not None:  # only its words were to be recorded
            self.with_words = False
            self._put(State.RECORDED)
            if end.fault is not None:
                self.failed.emit(end.fault)
        elif end.fault is not None:
            self.fault = end.fault
            self._put(State.REFUSED)
        else:
            self._put(State.UNRECORDED)


def _find(stores: Stores, path: Path) -> RecordedPicture | None:
    from core.service.insight.recorded import recorded_already

    return recorded_already(stores, path)
