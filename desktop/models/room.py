"""The room Models: what is here, and where more comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from core.system.settings import Settings
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.state.commands import VIEW, Command
from desktop.widgets import theme


class ModelsRoom(BuiltRoom):
    """The controller and its panel, joined to the window."""

    def __init__(self, context: RoomContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._signals = context.signals
        self.page = QWidget()
        self._column = QVBoxLayout(self.page)
        self._column.setContentsMargins(0, 0, 0, 0)

    def slices(self) -> Iterator[None]:
        from desktop.models.card import ModelCard
        from desktop.models.controller import ModelsController
        from desktop.models.get_panel import GetModelsPanel

        context = self._context
        services = context.services
        card = ModelCard(self.page)
        yield
        get = GetModelsPanel(self.page)
        yield
        self.controller = ModelsController(
            services.stores,
            services.settings,
            services.library,
            images=services.image_tasks,
            portraits=context.portraits,
            tokens=services.tokens,
            notice=context.notice,
            draft=services.draft,
            card=card,
            get=get,
            parent=context.window,
        )
        self.panel = self.controller.panel
        yield
        self._column.addWidget(self.panel)
        self.first_focus = self.panel.list
        self.controller.follow(services.service)
        self.controller.chosen_pictures = context.chosen_pictures
        self._connect()

    def _connect(self) -> None:
        signals = self._signals
        controller = self.controller
        signals.show_models.connect(self._show_list)
        signals.select_model.connect(controller.show_model)
        signals.get_models.connect(self._get)
        controller.use_asked.connect(signals.use_model)
        controller.get_asked.connect(self._get)
        controller.get_controller.asked.connect(signals.host_asked)
        controller.get_controller.moved.connect(self._note_moved)
        controller.eight_bit_asked.connect(self._keep_in_8_bits)

    def _note_moved(self, folder: str) -> None:
        self._signals.choose_setting.emit("models_folder", folder)

    def _keep_in_8_bits(self) -> None:
        self._signals.choose_setting.emit("weights", "8bit")

    def _show_list(self) -> None:
        self._signals.go.emit(MODELS.id)
        self.panel.get.setChecked(False)

    def _get(self, words: str = "") -> None:
        """To where models come from, with these words to be looked for; nothing is asked yet."""
        self._signals.go.emit(MODELS.id)
        self.panel.get.setChecked(True)
        if words:
            self.controller.get.line.setText(words)
            self.controller.get.line.setFocus()

    # --- what the window calls ---

    def start(self) -> None:
        self.controller.start()

    def end(self) -> None:
        self.controller.end()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.controller.use_tokens(tokens)

    def use_settings(self, settings: Settings) -> None:
        self.controller.use_settings(settings)

    def handlers(self) -> dict[str, Callable[[], object]]:
        return {
            MODELS.id: self._show_list,
            "get-models": self._get,
            "model-picture": self.controller.use_picture,
            "free-memory": self.controller.free_memory,
        }

    def search_field(self) -> QLineEdit | None:
        return None if self.panel.get.isChecked() else self.panel.search

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return (*self._help_of_panel(), *self._help_of_card(), *self._help_of_getting())

    def _help_of_panel(self) -> Iterable[tuple[QWidget, str]]:
        panel = self.panel
        return (
            (
                panel.link,
                "Uses the models of AUTOMATIC1111, Forge, ComfyUI, InvokeAI or any folder where "
                "they lie.",
            ),
            (
                panel.get,
                "Changes between the library and the page where models are found and downloaded.",
            ),
            (panel.search, "Finds models by name, family, tag or your own notes."),
            (panel.kind, "Chooses whether models, LoRAs, VAEs or other kinds are shown."),
            (panel.order, "Chooses which models come first: by name, use, size or rating."),
            (panel.list, "The models of this machine: choose one to see its card, Return uses it."),
        )

    def _help_of_card(self) -> Iterable[tuple[QWidget, str]]:
        card = self.controller.card
        rates = "Rates this model; the same number of stars once more takes the rating away."
        return (
            (card, "What is known of the chosen model, what it needs, and your own notes on it."),
            (card.use, "Takes this model into the form, to make pictures with it."),
            (
                card.tags,
                "Words of your own by which the search finds this model, apart by spaces.",
            ),
            (card.notes, "Notes of your own on this model; they are kept as you type."),
            (
                card.check,
                "Reads its files and compares their hashes; a downloaded model is repaired where "
                "they differ.",
            ),
            (card.folder, "Opens the folder in which the model's file lies."),
            (
                card.defaults,
                "Begins with what stands in the form now whenever this model is chosen; once more "
                "forgets that.",
            ),
            (
                card.eight_bit,
                "Keeps weights in 8 bits, which takes half of the memory or less, for nearly the "
                "same picture.",
            ),
            (
                card.portrait,
                "Shows this model by a picture of your choice; once more forgets that.",
            ),
            (card.remove, "Takes the model out of the library, after a question about its file."),
            *((star, rates) for star in card.stars),
        )

    def _help_of_getting(self) -> Iterable[tuple[QWidget, str]]:
        get = self.controller.get
        return (
            (
                get,
                "Finds models on the hub or at an address, and shows what is being downloaded.",
            ),
            (get.line, "Type words to search the hub for, or paste the address of a model."),
            (get.look_up, "Asks the hub, or the address you pasted; nothing else is sent."),
        )


MODELS = Room(
    id="models",
    number=2,
    name="Models",
    icon="models",
    key="Ctrl+5",
    help="Goes to Models, where models are looked at, found and downloaded.",
    other_words="checkpoints",
    build=ModelsRoom,
    modules=("desktop.models.controller", "desktop.models.card", "desktop.models.get_panel"),
    hears=lambda signals: (signals.show_models, signals.select_model, signals.get_models),
    answers=("model-picture", "free-memory"),
    commands=(
        Command("get-models", "Get models", VIEW, other_words="download civitai hugging face"),
    ),
)
