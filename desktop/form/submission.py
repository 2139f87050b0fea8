"""From the form into the queue: what cannot be made, or will not follow its prompt,
is answered before anything waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.values.request import CheckedRequest, Request
from core.values.request_parts.hires import AUTO
from desktop.form.model.choice import ModelChoice
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.models.fetch.catalog import Offer
    from core.models.files.fit import Fit
    from core.models.library.model_entry import ModelEntry
    from desktop.form.known_words_dialog import KnownWords


@dataclass(frozen=True, slots=True)
class FormHooks:
    """What of the form this needs: its request with its prompt settled, that a picture is going to
    be made, that more models are wanted, the prompt's editor, the way into the queue."""

    settled: Callable[[], Request]
    making: Callable[[], None]
    get_models: Callable[[], None]
    take_prompt: Callable[[str], object]
    submit: Callable[[CheckedRequest], None]


class Submission:
    """What is asked for by Generate, on its way into the queue."""

    def __init__(
        self,
        stores: Stores,
        library: LibraryState,
        *,
        records: SerialTasks,
        notice: NoticeBar,
        models: ModelChoice,
        hooks: FormHooks,
        window: QWidget,
    ) -> None:
        self._stores = stores
        self._library = library
        self._records = records
        self._notice = notice
        self._models = models
        self._hooks = hooks
        self._window = window
        self._answered = ""  # what was said of a prompt that the model does not know
        self.dialog: KnownWords | None = None

    def generate(self) -> None:
        """Add the form to the queue; a prompt outside the model's world is answered first, once,
        and a model that cannot be used always."""
        from core.models.library.vocabulary import answer

        try:
            request, entry = self._asked()
        except InvalidRequest as error:
            self._notice.say(str(error), problem=True, topic="generate")
            return
        words = answer(entry.vocabulary, entry.name, request.prompt) if entry else ""
        if words and words != self._answered:
            self._answered = words
            self._notice.say(
                words,
                label=tr("Generate anyway"),
                action=self.generate,
                other=(tr("What it knows"), self.show_words),
                topic="generate",
            )
            return
        self._answered = ""
        for outdated in ("generate", "failed", "noted", "model:file"):
            self._notice.clear(outdated)
        self._models.when_usable(request.model, lambda: self._submit(request))

    def _asked(self) -> tuple[CheckedRequest, ModelEntry | None]:
        """What the form asks for, with what automatic hires fix chooses for it, and the model's
        entry. Raises InvalidRequest where it cannot be."""
        from core.prompt.styling import applied
        from core.service.remarks.canvas import resolved_hires
        from core.service.starting.files import check_start

        request = self._hooks.settled().check()
        applied(request)  # what its styles make too long is said here
        entry = self._library.entry(request.model)
        if entry is None:
            return request, None
        if request.start.source:
            check_start(request, entry.family_row, has_mask=bool(request.start.mask))
        if request.hires.mode == AUTO:
            request = resolved_hires(request, entry.family_row)[0].check()
        return request, entry

    def _submit(self, request: CheckedRequest) -> None:
        self._hooks.making()
        self._hooks.submit(request)

    def show_words(self) -> None:
        """All that the model knows, and the larger ones that fit."""
        from core.service.fit_prediction import offers_with_fit
        from desktop.form.known_words_dialog import KnownWords

        entry = self._library.entry(self._hooks.settled().model)
        dialog = self.dialog = KnownWords(
            entry.name if entry else "",
            entry.vocabulary if entry else {},
            take=self._hooks.take_prompt,
            get=self._hooks.get_models,
            parent=self._window,
        )
        dialog.finished.connect(self._closed)
        dialog.finished.connect(dialog.deleteLater)
        kind, available = self._library.machine

        def judged(offers: list[tuple[Offer, Fit]]) -> None:
            if self.dialog is dialog:
                dialog.show_offers(offers)

        self._records.submit(lambda: offers_with_fit(self._stores, kind, available), judged)
        dialog.open()

    def _closed(self) -> None:
        self.dialog = None
