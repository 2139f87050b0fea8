"""Completion in both editors of a form: who asks for words, and what becomes of a style."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.system.paths import Places
from core.system.settings import Settings
from core.values.request_parts.chosen_style import with_style
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.prompt.completion.suggestions import Words
    from desktop.form.completion.word_sources import WordSources


class Completing(QObject):
    """Reads nothing before somebody types."""

    def __init__(
        self,
        panel: PromptPanel,
        draft: Draft,
        *,
        places: Places,
        settings: Settings,
        notice: NoticeBar,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._draft = draft
        self._places = places
        self._settings = settings
        self._notice = notice
        self._sources: WordSources | None = None
        for editor in self._editors():
            editor.completion.wanted.connect(self._want)
            editor.completion.style_taken.connect(partial(self._take_style, editor))

    def _editors(self) -> tuple[PromptEdit, PromptEdit]:
        return self._panel.prompt, self._panel.negative

    def use_settings(self, settings: Settings) -> None:
        """A person changed a setting."""
        self._settings = settings
        if self._sources is not None:
            self._sources.use_spaces(settings.tag_spaces)

    def end(self) -> None:
        """The window closes."""
        if self._sources is not None:
            self._sources.end()

    def _want(self, what: str) -> None:
        if self._sources is None:
            from desktop.form.completion.word_sources import WordSources

            spaces = self._settings.tag_spaces
            self._sources = WordSources(self._places, spaces=spaces, parent=self)
            self._sources.words_came.connect(self._use)
            self._sources.said.connect(self._say)
        self._sources.want(what)

    def _say(self, sentence: str) -> None:
        self._notice.say(sentence, problem=True, topic="words")

    def _use(self, words: Words) -> None:
        for editor in self._editors():
            editor.completion.use(words)

    def _take_style(self, editor: PromptEdit, name: str, begun: int) -> None:
        """The beginning of its name goes, and it stands among the form's styles: one step."""
        style = self._sources.style(name) if self._sources is not None else None
        if style is None:
            return
        with self._draft.one_step(tr("Style")):
            editor.complete("", begun)
            self._draft.set(styles=with_style(self._draft.stored().styles, style.chosen()))
