"""What happens in the Models room: looking, choosing, downloading, checking and removing; every
disk and network backstage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import QWidget

from core.models.fetch import connect
from core.models.fetch.install import repair
from core.models.files.families import Defaults
from core.models.library import external_folders, registry
from core.models.library.sidecar import Sidecar, read_sidecar
from core.service.fit_prediction import free_memory
from core.service.library_overview import LibraryItem, duplicates, library_items, with_card
from core.service.stores import Stores
from core.store.model_cards import Card
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from core.system.settings import Settings
from core.values.device import Device
from core.values.model import ModelKind
from core.values.picture import Picture
from desktop.models import remove_dialog
from desktop.models.card import ModelCard
from desktop.models.downloads import Downloads
from desktop.models.get_controller import GetModelsController
from desktop.models.get_panel import GetModelsPanel
from desktop.models.list import ModelList
from desktop.models.panel import ModelsPanel
from desktop.models.portrait_choice import PortraitChoice
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.portraits import Portraits
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

SETTLED_MS = 1500  # a file that is being copied changes its folder many times
WATCHED = 200  # folders; each costs the system a handle


class ModelsController(QObject):
    """`use_asked` carries a LibraryItem to make pictures with,
    `models_read` all ModelEntry just found."""

    use_asked = Signal(LibraryItem)
    models_read = Signal(tuple)  # of ModelEntry
    get_asked = Signal()
    eight_bit_asked = Signal()

    def __init__(
        self,
        stores: Stores,
        settings: Settings,
        *,
        images: SerialTasks,
        thumbnails: Thumbnails,
        tokens: theme.Tokens,
        notice: NoticeBar,
        draft: Draft,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.stores = stores
        self.notice = notice
        self.window = parent
        self._images = images
        self._draft = draft
        self.work = SerialTasks(self._complain, self)
        self.downloads = Downloads(stores, settings, self)
        self._kind = "cpu"
        self._available = 0
        self._noted: dict[str, Card] = {}
        self.portraits = Portraits(stores, thumbnails, images, self)
        self.list = ModelList(self.portraits, self)
        # what the picture commands apply to
        self.chosen_pictures: Callable[[], list[Picture]] = list
        self._weights = settings.weights
        self.card = ModelCard()
        self.get = GetModelsPanel()
        self.panel = ModelsPanel(self.list, self.card, self.get, tokens)
        self._service: JobService | None = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settle.timeout.connect(lambda: self.reload())
        self.portrait_choice = self._new_portrait_choice()
        self.get_controller = self._new_getting()
        self._connect()

    def _new_portrait_choice(self) -> PortraitChoice:
        return PortraitChoice(
            self.panel,
            self.list,
            self.portraits,
            notice=self.notice,
            folder=self.stores.places.pictures,
            note=self._note,
            window=self.window,
        )

    def _new_getting(self) -> GetModelsController:
        return GetModelsController(
            self.get,
            self.downloads,
            self.list,
            stores=self.stores,
            work=self.work,
            notice=self.notice,
            machine=lambda: self.machine,
            look=self.reload,
            release=self.release,
            window=self.window,
        )

    @property
    def machine(self) -> tuple[str, int]:
        """The kind of device that computes, and its bytes (-1: what is free, 0: unknown)."""
        return self._kind, self._available

    def _connect(self) -> None:
        panel = self.panel
        card = self.card
        panel.chosen.connect(self._read_sidecar)
        panel.link_asked.connect(self.get_controller.link_folder)
        panel.shown.connect(self.get_controller.show_offers)
        card.noted.connect(self._note)
        card.use_asked.connect(self.use_asked)
        card.folder_asked.connect(_open_folder)
        card.page_asked.connect(lambda page: QDesktopServices.openUrl(QUrl(page)))
        card.check_asked.connect(self._check)
        card.defaults_asked.connect(self._take_defaults)
        card.remove_asked.connect(self._remove)
        card.picture_asked.connect(self.portrait_choice.ask)
        card.eight_bit_asked.connect(lambda _: self.eight_bit_asked.emit())
        self.get.eight_bit_asked.connect(self.eight_bit_asked)
        self.get_controller.used.connect(self.use_asked)
        self._watcher.directoryChanged.connect(lambda _: self._settle.start())

    def follow(self, service: JobService) -> None:
        """Hear what computes, and when pictures are being made."""
        self._service = service
        service.found_devices.connect(self.use_devices)
        service.started.connect(lambda _: self.downloads.set_busy(True))
        service.finished.connect(lambda _: self.downloads.set_busy(False))

    def free_memory(self) -> None:
        """Let go of every model in memory; the next picture loads its model again."""
        if self._service is not None:
            words = tr("The models in memory were let go; the next picture loads its own again.")
            self._service.release(then=lambda: self.notice.say(words))

    def start(self) -> None:
        """After the first paint: what an earlier run left unfinished, then the library."""
        self.work.start()
        installer = self.downloads.installer
        self.work.submit(
            lambda: tuple(
                (pending.id, pending.plan, pending.done) for pending in installer.pending()
            ),
            self.downloads.show_pending,
        )
        self.reload()

    def end(self) -> None:
        """The window closes."""
        self.card.keep()
        self.downloads.end()
        self.get_controller.end()
        if self.work.isRunning():
            self.work.finish()

    def use_settings(self, settings: Settings) -> None:
        """For connections from now on, and what fits with weights kept like this."""
        self.downloads.settings = settings
        if settings.weights != self._weights:
            self._weights = settings.weights
            self.reload()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.panel.use_tokens(tokens)

    def use_devices(self, devices: list[Device]) -> None:
        """What computes here is known: say what fits."""
        if devices:
            first = devices[0]
            self._kind = first.type
            self._available = -1 if first.type == "cpu" else first.usable
            self.reload()

    def _complain(self, error: KnownError) -> None:
        self.notice.say(str(error), problem=True)

    # --- the library ---

    def reload(self, then: Callable[[], object] = lambda: None) -> None:
        """Read the library anew; `then` hears when it is shown."""
        kind, available = self.machine
        weights = self._weights

        def read() -> tuple[tuple[LibraryItem, ...], list[str]]:
            memory = free_memory() if available < 0 else available
            fresh = library_items(self.stores, kind, memory, weights)
            return fresh, _folders_of(self.stores.places.models)

        def show(fresh: tuple[tuple[LibraryItem, ...], list[str]]) -> None:
            self._show(*fresh)
            then()

        self.work.submit(read, show)

    def _show(self, read: tuple[LibraryItem, ...], folders: list[str]) -> None:
        path = self.card.item.entry.path if self.card.item else ""
        all_of_them = tuple(self._as_noted(item) for item in read)
        self.list.show_all(all_of_them)
        self.panel.select(path)
        if wanted := set(folders) - set(self._watcher.directories()):
            self._watcher.addPaths(sorted(wanted))
        self.models_read.emit(
            tuple(item.entry for item in all_of_them if item.entry.kind == ModelKind.CHECKPOINT)
        )

    def _read_sidecar(self, item: LibraryItem) -> None:
        path = Path(item.entry.path)
        everything = self.list.items
        self.portrait_choice.show(item.entry.path)

        def read() -> tuple[Sidecar, list[str]]:
            return read_sidecar(path), duplicates(item, everything)

        self._images.submit(read, lambda sidecar: self.card.show_sidecar(item, *sidecar))

    def show_model(self, path: str) -> None:
        """Choose the model at `path` in the list, whatever is searched for."""
        if self.list.row_of(path) < 0:
            self.panel.show_everything()
        self.panel.select(path)

    def portrait_of(self, model: str) -> QPixmap | None:
        """Of a model by its id or path."""
        item = self.list.named(model)
        return self.portraits.of_model(item) if item is not None else None

    def use_picture(self) -> None:
        """Of the chosen picture: it becomes its model's."""
        pictures = self.chosen_pictures()
        if not pictures:
            self.notice.say(tr("Choose a picture first."))
            return
        made = pictures[0]
        called_so = (listed for listed in self.list.items if listed.entry.name == made.model_name)
        item = self.list.named(made.request.model) or next(called_so, None)
        if item is None:
            self.notice.say(
                tr(
                    "The model of this picture, {name}, is not here.",
                    name=made.model_name or made.request.model,
                ),
                problem=True,
                label=tr("Get models"),
                action=self.get_asked.emit,
            )
            return
        self.portrait_choice.take(item, made.path)

    def _as_noted(self, item: LibraryItem) -> LibraryItem:
        """What a person noted counts, though the library was read just before it was kept."""
        noted = self._noted.get(item.entry.path)
        if noted is None:
            return item
        return with_card(
            item,
            replace(
                item.card,
                notes=noted.notes,
                tags=noted.tags,
                rating=noted.rating,
                picture=noted.picture,
            ),
        )

    def _note(self, card: Card) -> None:
        self._noted[card.path] = card
        item = self.list.at(card.path)
        if item is not None:
            self.list.replace(with_card(item, card))
        self.work.submit(lambda: self.stores.cards.put(card))

    def _take_defaults(self, item: LibraryItem) -> None:
        """The form's values become the model's defaults, or its own ones come back."""
        form = self._draft.stored()
        taken = Defaults(
            width=form.width,
            height=form.height,
            steps=form.steps,
            guidance=form.guidance,
            sampler=form.sampler,
            schedule=form.schedule,
        )
        card = replace(item.card, defaults=None if item.card.defaults else taken)
        self.work.submit(lambda: self.stores.cards.put(card), lambda _: self.reload())

    def _check(self, item: LibraryItem) -> None:
        """Hash; what was downloaded is repaired from its source where it differs."""
        entry = item.entry
        plan = item.card.plan
        settings = self.downloads.settings
        self.notice.say(tr("{name} is being checked.", name=entry.name))

        def check() -> str:
            if plan is None:
                return registry.verify(self.stores.places.models, Path(entry.path), entry.kind)[0]
            _, web = connect.connect(settings, self.downloads.keys)
            try:
                return "repaired" if repair(Path(entry.path), plan, web) else "unchanged"
            finally:
                web.close()

        def tell(state: str) -> None:
            words = {
                "unchanged": tr("{name} is as it was.", name=entry.name),
                "repaired": tr("{name} was damaged and is repaired.", name=entry.name),
                "remembered": tr(
                    "{name} is readable; its hash is remembered for the next check.",
                    name=entry.name,
                ),
            }
            changed = tr("{name} has changed since the last check.", name=entry.name)
            self.notice.say(words.get(state, changed), problem=state == "changed")
            self.reload()

        self.release(entry.path, lambda: self.work.submit(check, tell))

    def _remove(self, item: LibraryItem) -> None:
        """Forgetting is one choice, deleting the file another, which says whose folder it is."""
        path = item.entry.path
        models = self.stores.places.models

        def away(work: Callable[[], object]) -> None:
            self.work.submit(work, lambda _: self.reload())

        def is_registered() -> bool:
            return any(row.path == path and row.in_place for row in registry.read(models))

        def ask(registered: bool) -> None:
            own = Path(path).is_relative_to(models)
            how = remove_dialog.ask_removal(self.window, item, own=own, registered=registered)
            if how == "delete":
                self.release(path, partial(away, partial(remove_dialog.to_trash, Path(path))))
            elif how == "forget":
                away(partial(registry.remove, models, Path(path)))

        self.work.submit(is_registered, ask)

    def release(self, path: str, then: Callable[[], object]) -> None:
        """Let the model at `path` ("": all) go from memory, then call `then`.

        While it is mapped from its files, some systems neither replace nor remove them."""
        if self._service is None:
            then()
        else:
            self._service.release(path, then)


def _folders_of(models: Path) -> list[str]:
    """Those whose changes are watched: Calotype's own ones, and the linked ones."""
    folders = [models, *(models / name for name in registry.FOLDERS.values() if name)]
    for path in external_folders.linked_folders(models):
        folders += external_folders.detect(path).folders
    return [str(folder) for folder in folders if folder.is_dir()][:WATCHED]


def _open_folder(item: LibraryItem) -> None:
    folder = Path(item.entry.path).parent
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
