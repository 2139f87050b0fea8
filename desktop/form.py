"""What the commands do with the whole form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from core.store.jobs import QueuedJob
from desktop.draft import Draft
from desktop.strings import tr
from desktop.widgets import NoticeBar
from desktop.worker import JobService


class FormActions:
    """Undo and reset, over the draft."""

    def __init__(self, draft: Draft, notice: NoticeBar, service: JobService, choose_model: Callable[[str], None]) -> None:
        self._draft, self._notice, self._service, self._choose_model = draft, notice, service, choose_model

    def take_job(self, job: QueuedJob) -> None:
        """A waiting job comes back into the form, to be changed and asked for again."""
        def taken(was_waiting: bool) -> None:
            if not was_waiting:
                self._notice.say(tr("This job is being made already."))
                return
            if job.request.model != self._draft.request.model:
                self._choose_model(job.request.model)
            self._draft.take_over(job.request)
            self._notice.say(tr("The job is in the form again; Generate puts it back into the queue."), label=tr("Undo"), act=lambda: (
                self._draft.undo(), self._service.submit(job.request)))
        self._service.withdraw(job.id, taken)

    def undo(self) -> None:
        """In a text field the field's own undo, elsewhere the last change of the whole form."""
        focus = QApplication.focusWidget()
        in_editor = isinstance(focus, QPlainTextEdit) and focus.document().isUndoAvailable()
        in_line = isinstance(focus, QLineEdit) and focus.isUndoAvailable()
        if isinstance(focus, QPlainTextEdit | QLineEdit) and (in_editor or in_line):
            focus.undo()
        else:
            self._draft.undo()

    def reset(self) -> None:
        """The model's defaults for everything but the texts."""
        self._draft.reset()
        self._notice.say(tr("The parameters are the model's defaults again."), label=tr("Undo"), act=self._draft.undo)
