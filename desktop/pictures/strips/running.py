"""A sweep in the window: its cells go through the queue, and each is read and measured once it is
made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import KnownError
from desktop.pictures.comparing.compared import image_of
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from core.service.sweeps.cells import Variation
    from core.service.sweeps.figures import CellFigures
    from core.service.sweeps.progress import CellNow, SweepProgress
    from core.values.events import Event
    from core.values.picture import Picture
    from core.values.resolved_request import ResolvedRequest

SMALL = 224  # pixels: the longer side of a cell's picture as it is kept here, for fine screens


class SweepRun(QObject):
    """`changed` after every change of the cells or of how far they are, `measured` carries the
    place of a cell whose picture and figures are here now, `ended` that nothing of it waits any
    more."""

    changed = Signal()
    measured = Signal(int)
    ended = Signal()

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        *,
        records: SerialTasks,
        images: SerialTasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._records = records
        self._images = images
        self._progress: SweepProgress | None = None
        self._turn = 0  # counts what was opened: answers for an earlier one are dropped
        self._begins = False  # as soon as the cells are there
        self._asked: set[int] = set()  # places whose pictures are read, or were
        self._reference = ""  # a picture's path
        self.figures: dict[int, CellFigures] = {}
        self.unread: set[int] = set()  # places whose pictures, or what is beside, cannot be read
        self.pictures: dict[int, QImage] = {}  # small ones
        self.step = 0, 0  # of the picture being made, and of how many
        service.started.connect(self._started)
        service.progressed.connect(self._heard)
        service.finished.connect(self._finished)
        service.queue_changed.connect(self._seen)

    @property
    def cells(self) -> tuple[CellNow, ...]:
        """As they are now; none until they were looked for in the gallery."""
        return () if self._progress is None else self._progress.cells

    @property
    def is_running(self) -> bool:
        """Whether any of them waits or is being made."""
        return self._progress is not None and self._progress.is_running

    def close(self) -> None:
        """There are no cells; what waits in the queue is made all the same."""
        self._turn += 1
        self._begins = False
        self._progress = None
        self._asked.clear()
        self.figures.clear()
        self.unread.clear()
        self.pictures.clear()
        self.changed.emit()

    def open(
        self,
        origin: ResolvedRequest,
        variations: Sequence[Variation],
        *,
        parent: str = "",
        reference: Path | None = None,
        begin: bool = False,
    ) -> None:
        """These cells from now on, see `cells_of`; those that the gallery has are there at once,
        and `begin` puts the others into the queue. They are measured beside the picture in the file
        `reference`, or beside the cell that differs in nothing, else the first one."""
        from core.service.sweeps.cells import cells_of
        from core.service.sweeps.progress import SweepProgress, pictures_there

        self.close()
        self._begins = begin
        turn = self._turn
        self._reference = "" if reference is None else str(reference)
        cells = cells_of(origin, variations, parent)

        def look() -> tuple[dict[int, Picture], tuple[QueuedJob, ...]]:
            made = pictures_there(self._stores, cells, parent) if parent else {}
            return made, self._stores.jobs.recent()

        def there(found: tuple[dict[int, Picture], tuple[QueuedJob, ...]]) -> None:
            if turn == self._turn:
                self._progress = SweepProgress(cells, found[0])
                self._progress.adopt(found[1])
                self._read_pictures()
                self.changed.emit()
                if self._begins:
                    self.begin()

        self._records.submit(look, there)

    def begin(self) -> None:
        """Put what is not made yet into the queue, once it is known what that is."""
        progress = self._progress
        self._begins = progress is None
        requests = progress.take() if progress is not None else ()
        if progress is None or not requests:
            return
        self.changed.emit()

        def queued(jobs: Sequence[QueuedJob]) -> None:
            for unwanted in progress.queued(jobs):
                self._service.cancel(unwanted)
            if self._service.current is not None:  # it may have begun before this was told
                progress.begun(self._service.current)

        self._service.submit_drawn(*requests, then=queued)

    def stop(self) -> None:
        """Take what waits out of the queue, and stop what is being made."""
        if self._progress is not None:
            for job in self._progress.stop():
                self._service.cancel(job)
            self._tell()

    # --- what the queue tells ---

    def _started(self, job: QueuedJob) -> None:
        if self._progress is not None and self._progress.begun(job):
            self.step = 0, 0
            self.changed.emit()

    def _heard(self, event: Event) -> None:
        from core.values.events import StepDone  # after the paint

        current = self._service.current
        if self._progress is None or current is None or not isinstance(event, StepDone):
            return
        if self._progress.begun(current):
            self.step = event.step, event.steps
            self.changed.emit()

    def _finished(self, outcome: Outcome) -> None:
        if self._progress is not None and self._progress.ended(outcome) is not None:
            self._read_pictures()
            self._tell()

    def _seen(self, jobs: Sequence[QueuedJob]) -> None:
        if self._progress is not None and self._progress.seen(jobs):
            self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        if not self.is_running:
            self.ended.emit()

    # --- pictures ---

    def _reference_path(self) -> str:
        """ "" where it is not made yet."""
        if self._reference:
            return self._reference
        places = [place for place, one in enumerate(self.cells) if one.cell.is_reference]
        picture = self.cells[places[0] if places else 0].picture
        return "" if picture is None else picture.path

    def _read_pictures(self) -> None:
        """Those that are made and were not read yet, once there is what they are measured beside;
        the same work in a thread as for any other picture."""
        reference = self._reference_path() if self.cells else ""
        for place, one in enumerate(self.cells):
            if reference and one.picture is not None and place not in self._asked:
                self._asked.add(place)
                self._images.submit(
                    partial(_measure, one.picture.path, reference),
                    partial(self._measured, self._turn, place),
                    partial(self._unreadable, self._turn, place),
                )

    def _measured(self, turn: int, place: int, found: tuple[QImage, CellFigures]) -> None:
        if turn == self._turn:
            self.pictures[place], self.figures[place] = found
            self.measured.emit(place)

    def _unreadable(self, turn: int, place: int, fault: KnownError) -> None:
        self._service.error.emit(fault)
        if turn == self._turn:
            self.unread.add(place)
            self.changed.emit()


def _measure(path: str, reference: str) -> tuple[QImage, CellFigures]:
    """A picture, small, and its figures. Raises KnownError where a file cannot be read."""
    from core.service.sweeps.figures import figures_of, pixels_of

    pixels = pixels_of(Path(path))
    beside = pixels if path == reference else pixels_of(Path(reference))
    small = image_of(pixels).scaled(
        QSize(SMALL, SMALL),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return small, figures_of(pixels, beside)
