"""The form as a whole: its panels and what is done with them, joined for the room that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QWidget

from core.models.library.model_entry import ModelEntry
from core.system.settings import Settings
from core.values.request import CheckedRequest, Request
from desktop.form.actions import FormActions
from desktop.form.few_step_loras import FewStepLoras
from desktop.form.help_texts import help_texts
from desktop.form.loras import LorasPanel
from desktop.form.model.choice import ModelChoice
from desktop.form.model.intake import ModelIntake
from desktop.form.panel import SidePanel
from desktop.form.parameters.panel import ParametersPanel
from desktop.form.prompt.panel import PromptPanel
from desktop.form.prompt_helpers import PromptHelpers
from desktop.form.reading_window import ReadingWindow
from desktop.form.recipe.sheet import RecipeSheet
from desktop.form.recipes import Recipes
from desktop.form.start.chip import StartChip
from desktop.form.start.choice import StartChoice
from desktop.form.submission import FormHooks, Submission
from desktop.form.words import FormWords
from desktop.state.draft import Draft
from desktop.state.services import Services
from desktop.state.session import Session
from desktop.widgets import theme
from desktop.widgets.drop_target import PATTERNS
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

# what stays in a form where the settings of one picture are taken into it
PLACE = ("model", "parent", "document", "sweep", "branch")
# what stays where another form is copied into it
OWN = (*PLACE, "seed", "count", "width", "height", "start", "hires")


class Form(QObject):
    """`making` comes before a request goes into the queue, `model_used` with the model that the
    form uses from now on.

    Of models: `get_models` carries words to look for, or "", where they come from; `select_model`
    the path of one that is to be chosen in the list of those that are here, `show_models` asks for
    that list.
    """

    without: frozenset[str] = frozenset()  # fields that have no line in it
    is_late = False  # whether somebody else takes its `slices` one by one

    making = Signal()
    model_used = Signal(ModelEntry)
    get_models = Signal(str)
    select_model = Signal(str)
    show_models = Signal()

    def __init__(self, services: Services, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._services = services
        self._notice = notice
        self._window = window
        if not self.is_late:
            for _ in self.slices():
                pass

    # --- building ---

    def slices(self) -> Iterator[None]:
        """All of it, some milliseconds of work before each `yield` and behind the last."""
        draft = self._services.draft
        self.prompt = PromptPanel(draft, self._services.tokens)
        self.reading = ReadingWindow(self._services, self.prompt, self._window)
        yield
        self.parameters = ParametersPanel(draft, without=self.without)
        yield
        yield from self._build_side(draft)
        for part in self.panels():
            yield
            self.side.add(part)
        self.parameters.grown.connect(lambda: self.side.watch(self.parameters))
        yield
        self._build_models(self._services)
        yield
        self._build_ways(self._services)
        self._connect()

    def _build_side(self, draft: Draft) -> Iterator[None]:
        self.loras = LorasPanel(draft)
        self.words = FormWords(
            self._services,
            self.prompt,
            self._notice,
            self._window,
            take_model=lambda entry: self.choice.take(entry),
            find=self.get_models.emit,
            without=self.without,
            loras=self.loras,
        )
        self.start = StartChoice(self._services.stores, draft, self._notice, self)
        self.chip = StartChip(draft, self.start)
        yield
        self.side = SidePanel(draft)
        self.sheet = RecipeSheet()
        self.side.lay_over(self.sheet)
        yield

    def panels(self) -> tuple[QWidget, ...]:
        """What stands under one another in it."""
        return self.chip, self.prompt, self.words.panel, self.parameters

    def _build_models(self, services: Services) -> None:
        records = services.database_tasks
        self.choice = ModelChoice(
            services.library,
            draft=services.draft,
            records=records,
            notice=self._notice,
            parameters=self.parameters,
            parent=self._window,
        )
        self.intake = self._intake(services)
        self.few_steps = FewStepLoras(
            services.library, services.draft, records, notice=self._notice, parent=self
        )

    def _intake(self, services: Services) -> ModelIntake | None:
        """What says what came of models that are opened, and takes them; None where another form
        does."""
        return ModelIntake(
            services.library,
            self.choice,
            self._notice,
            select=self.select_model.emit,
            show_models=self.show_models.emit,
            window=self._window,
        )

    def _build_ways(self, services: Services) -> None:
        """Of recipes into the form, and of the form into the queue."""
        self.recipes = Recipes(
            services.library,
            services.draft,
            self.choice,
            notice=self._notice,
            sheet=self.sheet,
            find=self.get_models.emit,
            is_kept=lambda address: services.stores.sources.note_use(address),
            parent=self,
        )
        self.helpers = PromptHelpers(self.prompt, services, self._notice, self._window)
        self.actions = FormActions(
            services.draft,
            self._notice,
            services.service,
            take=self.recipes.apply,
            side=self.side,
            later=self.prompt.after_keys,
        )
        hooks = FormHooks(
            settled=self.prompt.settled,
            making=self.making.emit,
            get_models=self._get_models,
            take_prompt=self.prompt.prompt.replace_text,
            submit=self.submit,
        )
        self.submission = Submission(
            services.stores,
            services.library,
            records=services.database_tasks,
            notice=self._notice,
            models=self.choice,
            hooks=hooks,
            window=self._window,
        )

    def _connect(self) -> None:
        self.side.generate_asked.connect(self.generate)
        self.loras.add_asked.connect(self.insert_word)
        for panel in (self.parameters, self.prompt):
            panel.models_asked.connect(self._get_models)
        self.prompt.start_asked.connect(self.choose_start)
        self.chip.left.connect(self.prompt.prompt.setFocus)
        self.sheet.left.connect(self.prompt.prompt.setFocus)
        self.choice.model_used.connect(self._use_model)
        self.choice.words_known.connect(self.prompt.set_words)
        self.choice.insert_asked.connect(self.prompt.insert)
        self.choice.room_asked.connect(self._show_model)
        self._services.library.changed.connect(self._show_names)
        self._show_names()
        service = self._services.service
        service.warm_changed.connect(self.choice.use_warm)
        service.found_devices.connect(self.parameters.use_devices)
        if service.devices:
            self.parameters.use_devices(service.devices)

    # --- models ---

    def _get_models(self) -> None:
        self.get_models.emit("")

    def _show_model(self, path: str) -> None:
        self.show_models.emit()
        self.select_model.emit(path)

    def _show_names(self) -> None:
        """What the prompts can name, once it is known."""
        library, places = self._services.library, self._services.stores.places
        if library.items:
            self.prompt.use_names([item.entry for item in library.items], places.wildcards)

    def _use_model(self, entry: ModelEntry) -> None:
        self.prompt.use_model(entry)
        self.model_used.emit(entry)
        self.few_steps.use_model(entry)
        self.show_examples(entry.vocabulary.get("examples", [])[1:7])

    def show_examples(self, texts: list[str]) -> None:
        """Prompts of the model's own to begin with."""
        self.prompt.examples.show_texts(texts)

    # --- what is done with it ---

    def generate(self) -> None:
        """Add the form to the queue, where nothing speaks against it; once the picture that it
        starts from is kept."""
        self.start.when_kept(self.submission.generate)

    def submit(self, request: CheckedRequest) -> None:
        """Into the queue, now that nothing speaks against it."""
        self._services.service.submit(request)

    def take_form(self, request: Request, words: str, own: tuple[str, ...] = OWN) -> None:
        """What another form holds of words, model and values, as one step called `words`; what is
        the form's `own` stays: the seed, the size and what is started from."""
        entry = self._services.library.entry(request.model)
        draft = self._services.draft
        with draft.one_step(words):
            if entry is not None and entry.ready:
                self.choice.take(entry)
            draft.take_over(request, *(name for name in draft.declared if name not in own))

    def choose_start(self) -> None:
        """Ask for the file of a picture to start from."""
        kinds = tr("Pictures") + f" ({PATTERNS})"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Start from picture"), "", kinds)
        if name:
            self.start.use(Path(name))

    def insert_word(self) -> None:
        """Ask for a LoRA or an embedding that is written into the prompt."""
        from desktop.form.prompt import insert_dialog

        insert_dialog.offer(self._services.library, self.prompt, self._notice, self._window)

    def prompt_handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do with the prompts."""
        return self.prompt.handlers() | self.reading.handlers() | self.helpers.handlers()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do with the form."""
        return (
            self.prompt_handlers()
            | {
                "generate": self.generate,
                "open-model-file": self.choice.open_file,
                "open-model": self.choice.open_folder,
                "undo": self.actions.undo,
                "redo": self.actions.redo,
                "reset": self.actions.reset,
                "prediction": self.choice.change_prediction,
                "insert-word": self.insert_word,
                "start-file": self.choose_start,
                "no-start": self.start.take_away,
            }
            | self.words.handlers()
        )

    def possible(self) -> dict[str, bool]:
        """By id, which of them can do something now."""
        return {
            "undo": self.actions.step_words(back=True)[0],
            "redo": self.actions.step_words(back=False)[0],
            "reset": self._services.draft.differs(),
            "prediction": self.choice.may_predict_otherwise(),
            "no-start": bool(self.start.address or self.start.keeping),
        } | self.words.possible()

    def details(self) -> dict[str, str]:
        """Which steps undo and redo would take."""
        return {
            "undo": self.actions.step_words(back=True)[1],
            "redo": self.actions.step_words(back=False)[1],
        }

    # --- its life ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.reading.use_tokens(tokens)
        self.prompt.set_colours(tokens)

    def use_settings(self, settings: Settings) -> None:
        """A person changed a setting."""
        self.helpers.use_settings(settings)

    def session(self, kept: Session) -> Session:
        """What is folded, as the next start should find it."""
        return replace(
            kept,
            more=self.parameters.more.isChecked(),
            examples=self.prompt.examples.choice,
            start_name=self.start.name(),
            recipe_unticked=self.sheet.unticked(),
        )

    def restore(self, kept: Session) -> None:
        """As it was at the last exit; at the very first start a prompt to try stands in it, the
        first of the model's examples."""
        self.choice.restore()
        self.start.remember(kept.start_name)
        self.sheet.restore(kept.recipe_unticked)
        self.parameters.more.setChecked(kept.more)
        self.prompt.examples.choose(kept.examples)
        self.side.roomy.connect(self.prompt.examples.suit)
        model = self._services.library.entry(self._services.draft.request.model)
        examples = model.vocabulary.get("examples") if model is not None else None
        if kept.fresh and examples:
            self.prompt.prompt.replace_text(examples[0])
            self.prompt.prompt.selectAll()
        self._services.draft.history.clear()  # none of this is a step to take back

    def begin(self) -> None:
        """The window has been painted."""
        self.prompt.begin()
        self.start.begin()
        self.parameters.begin()

    def end(self) -> None:
        """The window closes."""
        self.start.end()
        self.choice.end()
        self.recipes.end()
        self.helpers.end()
        self.prompt.end()
        self.words.end()

    # --- help ---

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Buttons that are commands: the command's id, and the words of the tooltip."""
        return (
            (self.side.generate, "generate", "Make the picture"),
            (self.prompt.start, "start-file", "Start from a picture, in place of noise alone"),
            (self.loras.add, "insert-word", "Choose a LoRA or an embedding for the prompt"),
            *self.words.buttons(),
        )

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """A sentence for each control that has none of its own."""
        return help_texts(self)
