"""What helps while a prompt is written: completion, and the prompts of before."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from core.system.settings import Settings
from desktop.form.prompt.panel import PromptPanel
from desktop.form.words.completing import Completing
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class PromptHelpers:
    """For both texts of one form. What is opened seldom is read from disk when it is."""

    def __init__(
        self, panel: PromptPanel, services: Services, notice: NoticeBar, window: QWidget
    ) -> None:
        self._panel = panel
        self._services = services
        self._window = window
        self._completing = Completing(
            panel,
            services.draft,
            places=services.stores.places,
            settings=services.settings,
            notice=notice,
        )

    def use_settings(self, settings: Settings) -> None:
        """A person changed a setting."""
        self._completing.use_settings(settings)

    def end(self) -> None:
        """The window closes."""
        self._completing.end()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do with it."""
        return {"prompt-history": self.show_history}

    # --- prompts of before ---

    def show_history(self) -> None:
        """Ask for a prompt of before, whose both texts are taken as one step."""
        from desktop.form.past_prompts import opening

        opening.show(self._services, self._take_pair, self._window)

    def _take_pair(self, prompt: str, negative: str) -> None:
        def take() -> None:
            with self._services.draft.one_step(tr("Prompt of before")):
                self._services.draft.set(prompt=prompt, negative_prompt=negative)

        self._panel.after_keys(take)
        self._panel.prompt.setFocus()
