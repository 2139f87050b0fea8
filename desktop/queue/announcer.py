"""What happens in the queue, in sentences for those who do not see the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.store.jobs import QueuedJob
from desktop.state.job_service import JobService
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.making.runner import Outcome


class QueueAnnouncer(QObject):
    """`announced` carries a sentence (queued, finished with its time, failed with the remedy),
    and whether it is urgent."""

    announced = Signal(str, bool)

    def __init__(self, service: JobService, parent: QObject) -> None:
        super().__init__(parent)
        service.queued.connect(self._queued)
        service.finished.connect(self._finished)

    def _queued(self, jobs: Sequence[QueuedJob]) -> None:
        if len(jobs) == 1:
            words = tr("The picture waits in the queue.")
        else:
            words = tr("{n} pictures wait in the queue.", n=len(jobs))
        self.announced.emit(words, False)

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self.announced.emit(
                tr(
                    "The picture is finished after {time}.",
                    time=time_words(outcome.picture.seconds),
                ),
                False,
            )
        elif outcome.stopped:
            self.announced.emit(tr("The picture was stopped."), False)
        elif outcome.begun_again:  # what failed for good is a notice, which speaks itself
            self.announced.emit(f"{outcome.message} {outcome.hint}".strip(), True)
