"""What the commands do with the whole form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from core.store.jobs import QueuedJob
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class FormActions:
    """Undo, redo and reset, over the draft; `take` is Recipes.apply; `later` does something behind
    the keys that still wait in an editor."""

    def __init__(
        self,
        draft: Draft,
        notice: NoticeBar,
        service: JobService,
        take: Callable[..., None],
        side: QWidget,
        later: Callable[[Callable[[], object]], None],
    ) -> None:
        self._draft = draft
        self._notice = notice
        self._service = service
        self._take = take
        self._side = side
        self._later = later

    def take_job(self, job: QueuedJob) -> None:
        """A waiting job comes back into the form, to be changed and asked for again."""

        def taken(was_waiting: bool) -> None:
            if not was_waiting:
                self._notice.say(tr("This job is being made already."))
                return
            self._take(
                job.request,
                tr("The job is in the form again; Generate puts it back into the queue."),
                step=tr("Edit job"),
                then=lambda: self._service.submit_again(job),
            )

        self._service.withdraw(job.id, taken)

    def _own_field(self) -> QPlainTextEdit | QLineEdit | None:
        """The text field with the focus, where it is none of the form's: it keeps its own steps."""
        focus = QApplication.focusWidget()
        if not isinstance(focus, QPlainTextEdit | QLineEdit):
            return None
        if focus.isReadOnly() or self._side.isAncestorOf(focus):
            return None
        return focus

    def undo(self) -> None:
        """In a text field outside the form the field's own undo, else the form's last step."""
        if (field := self._own_field()) is not None:
            field.undo()
        else:
            self._later(self._draft.undo)

    def redo(self) -> None:
        """What undo took back is made again."""
        if (field := self._own_field()) is not None:
            field.redo()
        else:
            self._later(self._draft.redo)

    def step_words(self, *, back: bool) -> tuple[bool, str]:
        """Whether undo (redo) can do something now, and the name of the form's step."""
        field = self._own_field()
        if field is not None:
            # a line answers itself, an editor through its document
            steps = field if isinstance(field, QLineEdit) else field.document()
            possible = steps.isUndoAvailable() if back else steps.isRedoAvailable()
            return possible, tr("Typing")
        history = self._draft.history
        step = history.top() if back else history.next()
        return step is not None, "" if step is None else step.text

    def reset(self) -> None:
        """The model's defaults for everything but the texts."""
        self._draft.reset()
        self._notice.say(
            tr("The parameters are the model's defaults again."),
            label=tr("Undo"),
            action=self._draft.undoer(),
            topic="form",
        )
