"""What helps while a prompt is written: completion, find and replace, the prompts of before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.system.paths import folder_problem
from core.system.settings import Settings
from desktop.form.completion.completing import Completing
from desktop.form.prompt.panel import PromptPanel
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from desktop.form.finding.finder import Finder

# what is read when somebody types, finds or looks back: too long for the key that asks for it
HELPERS_MODULES = (
    "core.prompt.completion.tag_files",
    "desktop.form.completion.word_sources",
    "desktop.form.finding.finder",
    "desktop.form.past_prompts.opening",
)


class PromptHelpers:
    """For both texts of one form. What is opened seldom is read from disk when it is."""

    def __init__(
        self, panel: PromptPanel, services: Services, notice: NoticeBar, window: QWidget
    ) -> None:
        self._panel = panel
        self._services = services
        self._notice = notice
        self._window = window
        self._finder: Finder | None = None
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
        return {
            "prompt-history": self.show_history,
            "show-tags": self.show_tags,
            "replace": partial(self._find, replacing=True),
            "find-next": partial(self._step, back=False),
            "find-previous": partial(self._step, back=True),
        }

    # --- find and replace ---

    def _opened_finder(self) -> Finder:
        from desktop.form.finding.finder import Finder

        if self._finder is None:
            self._finder = Finder(self._panel, self._services.draft)
        return self._finder

    def find_here(self) -> bool:
        """Whether somebody writes in a prompt, which is then looked through."""
        if not self._opened_finder().has_focus():
            return False
        self._find(replacing=False)
        return True

    def _find(self, *, replacing: bool) -> None:
        self._opened_finder().open(replacing=replacing)

    def _step(self, *, back: bool) -> None:
        finder = self._opened_finder()
        if finder.is_open():
            finder.step(back=back)
        else:
            finder.open(replacing=False)

    # --- completion ---

    def show_tags(self) -> None:
        """The folder for lists of tags, which is made when it is first wanted."""
        folder = self._services.stores.places.tags

        def made(why: str) -> None:
            if why:
                words = tr("The folder {folder} cannot be used: {why}.", folder=folder, why=why)
                self._notice.say(words, problem=True, topic="words")
            else:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

        self._services.database_tasks.submit(lambda: folder_problem(folder), made)

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
