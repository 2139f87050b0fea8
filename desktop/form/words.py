"""What surrounds the words of a form: styles, presets, wildcards and what chance makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractButton, QWidget

from core.models.library.model_entry import STARTER_ID, ModelEntry
from core.prompt.wildcards.signs import picture_may_choose, request_may_choose
from core.values.picture import Picture
from core.values.request import Request
from desktop.form.loras import LorasPanel
from desktop.form.prompt.panel import PromptPanel
from desktop.form.styles.panel import WordsPanel
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from core.values.resolved_request import ResolvedRequest
    from desktop.form.presets.acts import PresetActs
    from desktop.form.styles.acts import StyleActs
    from desktop.form.wildcards.acts import WildcardActs
    from desktop.form.wildcards.draws import DrawActs
    from desktop.form.wildcards.words import WordsDialog


class FormWords(QObject):
    """Over one form, `take_model` puts a model into it, `find` looks for one by name. What does the
    work is built when it is first asked for: no first paint needs it. `taken`: words of a picture
    were put into the form."""

    taken = Signal()

    def __init__(
        self,
        services: Services,
        prompt: PromptPanel,
        notice: NoticeBar,
        window: QWidget,
        *,
        take_model: Callable[[ModelEntry], object],
        find: Callable[[str], object],
        without: frozenset[str],
        loras: LorasPanel,
    ) -> None:
        super().__init__(window)
        self._services = services
        self._prompt = prompt
        self._notice = notice
        self._window = window
        self._take_model = take_model
        self._find = find
        self._without = without
        self._styles: StyleActs | None = None
        self._presets: PresetActs | None = None
        self._wildcards: WildcardActs | None = None
        self._draws: DrawActs | None = None
        self.words_dialog: WordsDialog | None = None
        self.panel = WordsPanel(services.draft, loras, loras.add)
        self.panel.edit_asked.connect(lambda name: self.styles.edit(name))
        self.panel.values_asked.connect(lambda name: self.styles.take_values(name))
        for button, act in (
            (self.panel.styles, lambda: self.styles.choose()),
            (self.panel.presets, lambda: self.presets.choose()),
            (self.panel.draws, lambda: self.draws.show()),
        ):
            button.clicked.connect(lambda _=False, act=act: act())
        services.draft.changed.connect(self._show_draws)

    # --- what does the work ---

    @property
    def styles(self) -> StyleActs:
        """Of styles."""
        if self._styles is None:
            from desktop.form.styles.acts import StyleActs

            self._styles = StyleActs(self._services, self.panel.chips, self._notice, self._window)
        return self._styles

    @property
    def presets(self) -> PresetActs:
        """Of presets."""
        if self._presets is None:
            from desktop.form.presets.acts import PresetActs

            self._presets = PresetActs(
                self._services,
                self._notice,
                self._window,
                settled=self._prompt.settled,
                take_model=self._take_model,
                without=self._without,
            )
            self._presets.find_asked.connect(self._find)
        return self._presets

    @property
    def wildcards(self) -> WildcardActs:
        """Of the files of wildcards."""
        if self._wildcards is None:
            from desktop.form.wildcards.acts import WildcardActs

            self._wildcards = WildcardActs(
                self._services.stores.places, self._notice, self._window, self._prompt.insert
            )
        return self._wildcards

    @property
    def draws(self) -> DrawActs:
        """Of what the prompt may become."""
        if self._draws is None:
            from desktop.form.wildcards.draws import DrawActs

            self._draws = DrawActs(self._services.draft, self._window, self._prompt.settled)
            self._draws.wildcards_asked.connect(lambda: self.wildcards.choose())
        return self._draws

    def end(self) -> None:
        """The window closes."""
        if self._wildcards is not None:
            self._wildcards.end()
        if self._draws is not None:
            self._draws.end()

    # --- commands ---

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do here."""
        return {
            "styles": lambda: self.styles.choose(),
            "style-new": lambda: self.styles.new(),
            "presets": lambda: self.presets.choose(),
            "preset-save": lambda: self.presets.ask_name(),
            "wildcards": lambda: self.wildcards.choose(),
            "draws": lambda: self.draws.show(),
        }

    def possible(self) -> dict[str, bool]:
        """By id, which of them can do something now."""
        return {"draws": self.can_draw()}

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Buttons that are commands: the command's id, and the words of the tooltip."""
        return (
            (self.panel.styles, "styles", "Choose words that are put around both prompts"),
            (self.panel.presets, "presets", "Keep the form under a name, or take one kept"),
            (self.panel.draws, "draws", "See what ten seeds make of the prompt's choices"),
        )

    def can_draw(self) -> bool:
        """Whether there may be something to draw. Asked after every key: by its signs alone."""
        return request_may_choose(self._services.draft.stored())

    def _show_draws(self, names: frozenset[str]) -> None:
        if names & {"prompt", "negative_prompt", "styles"}:
            self.panel.draws.setVisible(self.can_draw())

    # --- files and pictures ---

    def offer_preview(self, outcome: Outcome) -> None:
        """A picture that was made of words with one style shows that style from now on, where
        nothing did. The starter draws few of them."""
        picture = outcome.picture
        if picture is None or picture.request.model == STARTER_ID or picture.request.start.source:
            return
        applied = [style for style in picture.request.styles if style.applied]
        if len(applied) == 1:
            self.styles.offer(picture, replace(applied[0], applied=False))

    def take_file(self, path: Path) -> None:
        """A file of styles or presets that was dropped or opened."""

        def is_presets() -> bool:
            from core.store.forms.presets import holds_presets

            return holds_presets(path)

        def known(presets: bool) -> None:
            if presets:
                self.presets.take_file(path)
            else:
                self.styles.take_file(path)

        self._services.database_tasks.submit(is_presets, known)

    def style_from(self, picture: Picture) -> None:
        """A style of a picture's recipe."""
        self.styles.new_from(picture.request, tr("New style from the picture"))

    def show_words(self, picture: Picture) -> None:
        """What was typed for a picture, and what became of it."""
        from desktop.form.wildcards.words import WordsDialog

        name = Path(picture.path).name
        dialog = self.words_dialog = WordsDialog(picture.request, name, self._window)
        if not picture_may_choose(picture.request):
            dialog.again.setEnabled(False)
            dialog.again.setToolTip(tr("Nothing in the words of this picture was drawn by chance."))
        dialog.template_asked.connect(lambda: self._take_template(picture.request))
        dialog.template_asked.connect(dialog.accept)
        dialog.again_asked.connect(lambda: self.draw_again(picture))
        dialog.finished.connect(self._words_closed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _words_closed(self) -> None:
        self.words_dialog = None

    def _take_template(self, request: Request) -> None:
        from core.prompt.styling import typed_texts

        prompt, negative = typed_texts(request)
        # the tags of a text that was typed stand in it, those of one in its place do not
        names = ("loras",) if prompt != request.template and request.loras else ()
        typed = replace(
            request,
            prompt=prompt,
            negative_prompt=negative,
            template="",
            negative_template="",
            styles=tuple(replace(style, applied=False) for style in request.styles),
        )
        draft = self._services.draft
        step = tr("Take what was typed")
        draft.take_over(typed, "prompt", "negative_prompt", *names, step=step)
        self.taken.emit()
        self._notice.say(
            tr("What was typed stands in the form."),
            label=tr("Undo"),
            action=draft.undoer(),
            topic="form",
        )

    def draw_again(self, picture: Picture) -> None:
        """The same picture with other choices, into the queue."""

        def draw() -> ResolvedRequest:
            from core.service.words.redraw import drawn_again

            return drawn_again(picture.request.check())

        def drawn(request: ResolvedRequest) -> None:
            self._services.service.submit_drawn(request)
            words = request.prompt[:200]
            self._notice.say(
                tr("In the queue: {words}", words=words), topic="draw-again", expires=True
            )

        self._services.database_tasks.submit(draw, drawn)
