"""What of the texts is not understood, in one quiet line under the prompt."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

SETTLED_MS = 400


class RemarkLine(ElidedLabel):
    """The first sentence, and how many more there are; the tooltip has all.
    Asked in a thread once the form has settled."""

    def __init__(self, draft: Draft, tasks: NetworkTasks, parent: QWidget | None = None) -> None:
        super().__init__("")
        self._draft = draft
        self._errands = tasks
        self._asking = False
        self._changed = False
        self.sentences: tuple[str, ...] = ()
        self.setObjectName("dim")
        self.hide()
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        draft.changed.connect(lambda _: self._timer.start())

    def _ask(self) -> None:
        """One at a time: what changed meanwhile is asked afterwards."""
        self._changed = self._asking
        if not self._asking:
            self._asking = True
            request = self._draft.stored()

            def look() -> tuple[str, ...]:
                from core.service.remarks.texts import text_remarks

                return text_remarks(request)

            self._errands.submit(look, self._show, lambda _: self._show(()))

    def _show(self, sentences: tuple[str, ...]) -> None:
        self._asking = False
        if sentences != self.sentences:
            self.sentences = sentences
            more = tr("(and {n} more)", n=len(sentences) - 1) if len(sentences) > 1 else ""
            self.set_full(f"{sentences[0]} {more}".strip() if sentences else "")
            self.setToolTip("\n".join(sentences))
            self.setAccessibleName(" ".join(sentences))
            self.setVisible(bool(sentences))
        if self._changed:
            self._ask()
