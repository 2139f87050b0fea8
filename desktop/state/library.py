"""Which models are here, for the whole window: one list, one thread that reads it, one signal.

The way of a model file, from drop to card:

1. It is dropped on the window (shell/file_opening) or chosen in a dialog (form/model_choice), which
   calls `open`.
2. In the library's thread `take_in` registers it where it lies, and the library is read anew. What
   was downloaded, repaired, moved or removed, or came into a watched folder, joins here: `reload`.
3. `_show` puts what was read into `items` and `models` and emits `changed`: the form's box, the
   list and the card of the Models room, names and pictures of the queue follow.
4. `opened` carries what came of 1: shell/model_intake tells the person and has the form use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores
from core.store.model_cards import Card
from core.system.errors import KnownError
from core.system.settings import Settings
from core.values.device import Device
from core.values.model import ModelKind
from desktop.state.draft import Draft
from desktop.state.tasks import SerialTasks
from desktop.widgets.folder_watch import FolderWatch

if TYPE_CHECKING:
    from core.models.library.intake import Intake
    from core.service.library_overview import LibraryItem

Result = TypeVar("Result")


def _nothing(*_: object) -> None:
    """What follows where nothing does."""


class LibraryState(QObject):
    """`changed` after every reading; `noted` carries the path of the one item whose card a person
    wrote on; `opened` what came of `open`, once it is in the list.

    `machine_changed` comes before the reading that counts with the new `machine` and `weights`.

    `known` are the models that are shown until the first reading. The model of the `draft` stays
    among `models` whatever the disk says.
    """

    changed = Signal()
    noted = Signal(str)
    machine_changed = Signal()
    opened = Signal(object)  # Intake

    def __init__(
        self,
        stores: Stores,
        known: tuple[ModelEntry, ...],
        draft: Draft,
        settings: Settings,
        *,
        failed: Callable[[KnownError], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._folder = stores.places.models
        self._draft = draft
        self._items: tuple[LibraryItem, ...] = ()
        self._models = known
        self._session: set[str] = set()  # ids of models that no library lists, see `keep`
        self._noted: dict[str, Card] = {}  # by path, until they are kept
        self._machine = "cpu", 0
        self._weights = settings.weights
        self._tasks = SerialTasks(failed, self)
        self._ending = threading.Event()
        self._watch = FolderWatch(self)
        self._watch.settled.connect(self.reload)

    def start(self) -> None:
        """After the first paint: read the library."""
        self._tasks.start()
        self.reload()

    def end(self) -> None:
        """The window closes: what was noted is kept, what is still read is told nobody."""
        self._ending.set()
        self._watch.end()
        if self._tasks.is_running():
            self._tasks.finish()

    # --- what is here ---

    @property
    def items(self) -> tuple[LibraryItem, ...]:
        """All that the library lists, of every kind; () before it was read."""
        return self._items

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """What pictures can be made with: the listed ones, then those of this session."""
        return self._models

    def entry(self, model: str) -> ModelEntry | None:
        """The one of `models` with this id."""
        return next((entry for entry in self._models if entry.id == model), None)

    def name_of(self, model: str) -> str:
        """What the model of this id is called, also where it is not here."""
        entry = self.entry(model)
        return entry.name if entry is not None else Path(model).stem

    def item(self, path: str) -> LibraryItem | None:
        """The one of `items` at this path."""
        return next((item for item in self._items if item.entry.path == path), None)

    def named(self, model: str) -> LibraryItem | None:
        """The one of `items` with this id or path."""
        return next(
            (item for item in self._items if model in (item.entry.id, item.entry.path)), None
        )

    @property
    def disk(self) -> Library:
        """Answers from the disk as it is now: not for the GUI thread."""
        return self._stores.library

    # --- what changes it ---

    def open(self, path: Path) -> None:
        """Take in the model at `path`, or those of a folder, where they lie. A pickle is taken in
        nowhere, but this session knows it."""

        def take() -> tuple[Intake, ModelEntry | None]:
            from core.models.library.intake import IntakeKind, take_in

            intake = take_in(self._folder, path)
            is_pickle = intake.kind is IntakeKind.PICKLE
            return intake, self.disk.find(intake.path) if is_pickle else None

        def taken(intake_and_pickle: tuple[Intake, ModelEntry | None]) -> None:
            intake, pickle = intake_and_pickle
            if pickle is not None:
                self.keep(pickle)
            self.opened.emit(intake)

        self.change(take, taken)

    def give_back(self, intake: Intake) -> None:
        """Undo `open`; the files stay as they are."""
        from core.models.library.intake import take_out

        self.change(partial(take_out, self._folder, intake))

    def choose_prediction(
        self, model: str, prediction: str, then: Callable[[ModelEntry], object]
    ) -> None:
        """Remember what a person says a model predicts; `then` gets the model as it is now."""

        def chosen(entry: ModelEntry) -> None:
            self.keep(entry)
            then(entry)

        self.change(
            partial(self.disk.choose_prediction, model, prediction),
            chosen,
        )

    def keep(self, entry: ModelEntry) -> None:
        """Know a model for this session, though the library does not list it: a pickle that was
        opened, a recipe's model that came a moment ago. Once it is listed, the library says what
        it is and when it is gone."""
        listed = {model.id for model in self._listed()}
        if entry.id in listed or entry == self.entry(entry.id):
            return
        self._session.add(entry.id)
        others = (other for other in self._models if other.id != entry.id)
        self._models = (*others, entry)
        self.changed.emit()

    def note(self, card: Card) -> None:
        """What a person wrote on a card: shown now, kept backstage."""
        self._noted[card.path] = card
        self._items = tuple(self._as_noted(item) for item in self._items)
        self.noted.emit(card.path)
        self._tasks.submit(partial(self._keep_noted, card), lambda _: self._kept(card))

    def _keep_noted(self, card: Card) -> None:
        """The rest of the card may be newer on the disk: the queue notes there when a model is
        used."""
        cards = self._stores.cards
        cards.put(_with_noted(cards.get(card.path), card))

    def _kept(self, card: Card) -> None:
        # readings that were begun before have all been shown by now: one thread, in order
        if self._noted.get(card.path) == card:
            del self._noted[card.path]

    def _as_noted(self, item: LibraryItem) -> LibraryItem:
        """What a person noted counts, though the library was read just before it was kept."""
        from core.service.library_overview import with_card

        noted = self._noted.get(item.entry.path)
        if noted is None:
            return item
        return with_card(item, _with_noted(item.card, noted))

    # --- what fits ---

    @property
    def machine(self) -> tuple[str, int]:
        """The kind of device that computes, and its bytes (-1: what is free, 0: unknown)."""
        return self._machine

    @property
    def weights(self) -> str:
        """How weights are kept in memory: "full" or "8bit"."""
        return self._weights

    def use_devices(self, devices: list[Device]) -> None:
        """What computes here is known: say what fits."""
        if devices:
            first = devices[0]
            available = -1 if first.type == "cpu" else first.usable
            self._machine = first.type, available
            self.machine_changed.emit()
            self.reload()

    def use_settings(self, settings: Settings) -> None:
        """How weights are kept from now on: say what fits."""
        if settings.weights != self._weights:
            self._weights = settings.weights
            self.machine_changed.emit()
            self.reload()

    # --- reading ---

    def reload(self, then: Callable[[], object] = _nothing) -> None:
        """Read the library anew; `then` hears when it is shown."""
        self.change(_nothing, lambda _: then())

    def change(
        self, work: Callable[[], Result], then: Callable[[Result], object] = _nothing
    ) -> None:
        """Do what changes the library, in its thread, and read it anew; once that is shown, `then`
        gets the result. Readings are shown in the order in which they were asked for."""
        kind, available = self._machine
        weights = self._weights

        def read() -> tuple[Result, tuple[LibraryItem, ...], list[str]]:
            from core.service.fit_prediction import free_memory
            from core.service.library_overview import library_items

            result = work()
            if self._ending.is_set():
                return result, (), []
            memory = free_memory() if available < 0 else available
            items = library_items(self._stores, kind, memory, weights)
            return result, items, _folders_of(self._folder)

        def show(answer: tuple[Result, tuple[LibraryItem, ...], list[str]]) -> None:
            result, items, folders = answer
            if not self._ending.is_set():
                self._show(items, folders)
                then(result)

        self._tasks.submit(read, show)

    def _show(self, read: tuple[LibraryItem, ...], folders: list[str]) -> None:
        self._items = tuple(self._as_noted(item) for item in read)
        listed = self._listed()
        ids = {entry.id for entry in listed}
        self._session -= ids
        stay = {self._draft.request.model, *self._session} - ids
        self._models = (*listed, *(entry for entry in self._models if entry.id in stay))
        self._watch.watch(folders)
        self.changed.emit()

    def _listed(self) -> tuple[ModelEntry, ...]:
        """The models that the library lists."""
        entries = (item.entry for item in self._items)
        return tuple(entry for entry in entries if entry.kind == ModelKind.CHECKPOINT)


def _with_noted(card: Card, noted: Card) -> Card:
    """A card with what a person wrote on another one of the same model."""
    return replace(
        card,
        notes=noted.notes,
        tags=noted.tags,
        rating=noted.rating,
        picture=noted.picture,
    )


def _folders_of(models: Path) -> list[str]:
    """Those whose changes are watched: Calotype's own ones, and the linked ones."""
    from core.models.library import external_folders, registry

    folders = [models, *(models / name for name in registry.FOLDERS.values() if name)]
    for path in external_folders.linked_folders(models):
        folders += external_folders.detect(path).folders
    return [str(folder) for folder in folders if folder.is_dir()]
