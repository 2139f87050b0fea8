"""The one window of a form that shows what the model reads, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.form.prompt.panel import PromptPanel
from desktop.state.services import Services
from desktop.widgets import theme

if TYPE_CHECKING:
    from desktop.form.prompt.language.model_reads import ModelReads


class ReadingWindow(QObject):
    """Opens for the text whose count of tokens is pressed, or by a command."""

    def __init__(self, services: Services, prompt: PromptPanel, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._prompt = prompt
        self._parent = parent
        self._tokens = services.tokens
        self.dialog: ModelReads | None = None
        prompt.reading_asked.connect(self.open)

    def open(self, field: str) -> None:
        """Show what the model reads of one of the texts."""
        from desktop.form.prompt.language.model_reads import ModelReads

        if self.dialog is None:
            services = self._services
            self.dialog = ModelReads(
                services.draft,
                services.library,
                services.stores.places.wildcards,
                self._prompt.tasks,
                self._tokens,
                self._parent,
            )
        self.dialog.open_for(field)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do with it."""
        return {"model-reads": lambda: self.open(self._prompt.field_in_front())}

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._tokens = tokens
        if self.dialog is not None:
            self.dialog.set_colours(tokens)
