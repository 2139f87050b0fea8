"""Pictures of the form until somebody stops: the next one is asked for once nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.values.declared.limits import MAX_SEED
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.making.runner import Outcome

TOPIC = "until-stopped"


class UntilStopped(QObject):
    """`generate` is what the button does. A seed that stands in the form counts up, so that no
    picture comes twice. `changed` when it begins or ends."""

    changed = Signal()

    def __init__(
        self,
        service: JobService,
        draft: Draft,
        notice: NoticeBar,
        generate: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._draft = draft
        self._notice = notice
        self._generate = generate
        self.is_on = False
        service.finished.connect(self._finished)
        service.stopping.connect(self.end)

    def switch(self) -> None:
        """Begin, or end after the picture being made."""
        if self.is_on:
            self.end()
            return
        self.is_on = True
        self.changed.emit()
        self._generate()
        self._notice.say(
            tr("Pictures are made until you stop."),
            label=tr("Make no more"),
            action=self.end,
            topic=TOPIC,
        )

    def end(self) -> None:
        """Ask for no more."""
        if self.is_on:
            self.is_on = False
            self._notice.clear(TOPIC)
            self.changed.emit()

    def _finished(self, outcome: Outcome) -> None:
        if not self.is_on:
            return
        if outcome.picture is None and not outcome.begun_again:
            self.end()  # what fails once would fail for ever
        elif outcome.picture is not None and self._service.waiting == 0:
            request = self._draft.stored()
            if request.seed is not None:
                following = (request.seed + max(request.count, 1)) % (MAX_SEED + 1)
                self._draft.set(seed=following)
            self._generate()
