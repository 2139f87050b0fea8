"""The form of a document: Create's widgets over a draft that is the document's own."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values.request import CheckedRequest, Request
from desktop.form.form import Form
from desktop.form.model_intake import ModelIntake
from desktop.form.start.lines import StartLines
from desktop.state.draft import DraftState
from desktop.state.services import Services
from desktop.state.session import Session

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
        return self.chip, self.prompt, words, self.lines, self.loras, self.parameters

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

    def session(self, kept: Session) -> Session:
        return replace(kept, edit_more=self.parameters.more.isChecked())

    def restore(self, kept: Session) -> None:
        self.choice.restore()
        self.parameters.more.setChecked(kept.edit_more)
        self._services.draft.history.clear()  # none of this is a step to take back
