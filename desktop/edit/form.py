"""The form of a document: Create's widgets over a draft that is the document's own."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values.editing.document import Document
from core.values.editing.record import DocumentRecord
from core.values.request import CheckedRequest, Request
from desktop.form.form import Form
from desktop.form.model.intake import ModelIntake
from desktop.form.start.lines import StartLines
from desktop.state.draft import Draft, DraftState
from desktop.state.services import Services
from desktop.state.session import Session
from desktop.widgets.i18n import tr

_HIRES = ("mode", "scale", "steps", "strength", "upscaler", "sampler")


class DocumentForm(Form):
    """What is asked for is made of the document: `asked` carries the request without its picture,
    which the room adds. Its size is the document's."""

    without = frozenset({"width", "height", *(f"hires.{part}" for part in _HIRES)})

    is_late = True

    asked = Signal(Request)

    def panels(self) -> tuple[QWidget, ...]:
        self.lines = StartLines(self._services.draft)
        self.prompt.start.hide()
        self.parameters.widen_labels(self.lines.wrap_labels())
        # a document is what is started from: the chip has nothing to show, and stays away
        words = self.words.panel
        return self.chip, self.prompt, words, self.lines, self.parameters

    def _intake(self, services: Services) -> ModelIntake | None:
        return None  # Create's says what came of models that are opened

    def submit(self, request: CheckedRequest) -> None:
        self.asked.emit(request)

    def show_examples(self, texts: list[str]) -> None:
        """None: what is edited has a prompt already."""

    def put_away(self) -> DraftState:
        """All that the form holds now, with its history."""
        self.prompt.settled()
        return self._services.draft.kept()

    def bring(self, state: DraftState) -> None:
        """Another document's form in the place of this one."""
        self.prompt.settled()
        draft = self._services.draft
        draft.bring(state)
        draft.model_back.emit(draft.request.model)

    def first_state(self, record: DocumentRecord, document: Document | None) -> DraftState:
        """What it holds of a document that was not shown yet."""
        request = record.request
        entry = self._services.library.entry(request.model)
        family = self._services.draft.family if entry is None else entry.family_row
        masked = document is not None and document.is_made_in_part
        return DraftState(request, record.random_seed, family, masked=masked)

    def follow(self, document: Document) -> str:
        """What follows from the document that is shown, in words the size that the model sees, and
        the one it is rendered at."""
        from core.service.editing.starting import rendered_size

        draft, frame = self._services.draft, document.frame
        whole = frame is None and not document.is_made_in_part
        self.lines.show_document(clear=document.is_clear, framed=frame is not None, whole=whole)
        draft.note_masked(document.is_made_in_part)
        _, _, width, height = frame or (0, 0, document.width, document.height)
        wide, high = rendered_size((width, height), draft.family)
        draft.note_size(wide, high)
        if (wide, high) == (width, height):
            return f"{width} x {height}"
        return tr(
            "{width} x {height}, rendered at {wide} x {high}",
            width=width,
            height=height,
            wide=wide,
            high=high,
        )

    def session(self, kept: Session) -> Session:
        return replace(kept, edit_more=self.parameters.more.isChecked())

    def restore(self, kept: Session) -> None:
        self.choice.restore()
        self.parameters.more.setChecked(kept.edit_more)
        self._services.draft.history.clear()  # none of this is a step to take back


def form_for_new(created: Draft) -> Request:
    """What Create's form holds, for a document that brings no recipe."""
    request = created.stored()
    if request.start.source:
        return request
    strength = created.usual_strength(request.start)
    return replace(request, start=replace(request.start, strength=strength))
