"""What happens in the Models room: looking, choosing, downloading, checking and removing; every disk and network backstage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core import online
from core.errors import KnownError
from core.fitting import free_memory
from core.holdings import Holding, holdings, twins, with_card
from core.models import registry, roots
from core.models.beside import read_beside
from core.models.families import Defaults
from core.models.install import repair
from core.runner import Stores
from core.settings import Settings
from core.store.cards import Card
from desktop import theme
from desktop.backstage import Backstage
from desktop.dialogs import removal
from desktop.downloads import Downloads
from desktop.draft import Draft
from desktop.getting import Getting
from desktop.model_list import ModelList, preview_of
from desktop.notices import NoticeBar
from desktop.panels.get_models import GetModelsPanel
from desktop.panels.model_card import PREVIEW, ModelCard
from desktop.panels.models import ModelsPanel
from desktop.strings import tr
from desktop.worker import JobService

GPU_SHARE, SETTLED_MS, WATCHED = 0.9, 1500, 200


class ModelRoom(QObject):
    """`used` carries a Holding to make pictures with, `read` all models (ModelEntry) as they were just found."""

    used = Signal(object)
    read = Signal(object)

    def __init__(self, stores: Stores, settings: Settings, images: Backstage, tokens: theme.Tokens, notice: NoticeBar,
                 draft: Draft, parent: QWidget) -> None:
        super().__init__(parent)
        self.stores, self.notice, self.window = stores, notice, parent
        self._images, self._draft = images, draft
        self.work = Backstage(self._complain, self)
        self.downloads = Downloads(stores, settings, self)
        self._kind, self._available, self._noted = "cpu", 0, dict[str, Card]()
        self.list = ModelList(images, self)
        self.card, self.get = ModelCard(), GetModelsPanel()
        self.panel = ModelsPanel(self.list, self.card, self.get, tokens)
        self._service: JobService | None = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settle.timeout.connect(lambda: self.look())
        self.getting = Getting(self)
        self._connect()

    @property
    def machine(self) -> tuple[str, int]:
        """The kind of device that computes, and its bytes (-1: ask how much is free, 0: not known)."""
        return self._kind, self._available

    def _connect(self) -> None:
        panel, card = self.panel, self.card
        panel.chosen.connect(self._read_beside)
        panel.link_asked.connect(self.getting.link_folder)
        panel.shown.connect(self.getting.show_offers)
        card.noted.connect(self._note)
        card.use_asked.connect(self.used)
        card.folder_asked.connect(lambda one: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(one.entry.path).parent))))
        card.page_asked.connect(lambda page: QDesktopServices.openUrl(QUrl(page)))
        card.check_asked.connect(self._check)
        card.defaults_asked.connect(self._take_defaults)
        card.remove_asked.connect(self._remove)
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
        self.work.do(lambda: tuple((one.id, one.plan, one.done) for one in installer.pending()), self.downloads.show_pending)
        self.look()

    def end(self) -> None:
        """The window closes."""
        self.card.keep()
        self.downloads.end()
        self.getting.end()
        if self.work.isRunning():
            self.work.finish()

    def use_settings(self, settings: Settings) -> None:
        """For connections from now on."""
        self.downloads.settings = settings

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.panel.use_tokens(tokens)

    def use_devices(self, devices: list[dict[str, Any]]) -> None:
        """What computes here is known: say what fits."""
        if devices:
            self._kind = str(devices[0]["id"]).split(":")[0]
            self._available = int(devices[0]["memory"] * GPU_SHARE) if self._kind != "cpu" else -1
            self.look()

    def _complain(self, error: KnownError) -> None:
        self.notice.say(str(error), problem=True)

    # --- the library ---

    def look(self, then: Callable[[], object] = lambda: None) -> None:
        """Read the library anew; `then` hears when it is shown."""
        kind, available = self._kind, self._available

        def read() -> tuple[tuple[Holding, ...], list[str]]:
            found = holdings(self.stores, kind, free_memory() if available < 0 else available)
            models = self.stores.places.models
            folders = [models, *(models / name for name in registry.FOLDERS.values() if name)]
            for path in roots.linked(models):
                folders += roots.recognise(path).folders
            return found, [str(folder) for folder in folders if folder.is_dir()][:WATCHED]
        self.work.do(read, lambda found: (self._show(found), then()))

    def _show(self, found: tuple[tuple[Holding, ...], list[str]]) -> None:
        path = self.card.holding.entry.path if self.card.holding else ""
        read, folders = found
        all_of_them = tuple(self._as_noted(one) for one in read)
        self.list.show_all(all_of_them)
        self.panel.select(path)
        if wanted := set(folders) - set(self._watcher.directories()):
            self._watcher.addPaths(sorted(wanted))
        self.read.emit(tuple(one.entry for one in all_of_them if one.entry.kind == "checkpoint"))

    def _read_beside(self, holding: Holding) -> None:
        path, side = Path(holding.entry.path), round(PREVIEW * self.card.devicePixelRatioF())
        everything = self.list.holdings
        self._images.do(lambda: (read_beside(path), preview_of(path, side), twins(holding, everything)),
                        lambda found: self.card.show_beside(holding, *found))

    def _as_noted(self, holding: Holding) -> Holding:
        """What a person noted counts, also where the library was read just before it was written down."""
        noted = self._noted.get(holding.entry.path)
        if noted is None:
            return holding
        return with_card(holding, replace(holding.card, notes=noted.notes, tags=noted.tags, rating=noted.rating))

    def _note(self, card: Card) -> None:
        self._noted[card.path] = card
        holding = next((one for one in self.list.holdings if one.entry.path == card.path), None)
        if holding is not None:
            self.list.replace(with_card(holding, card))
        self.work.do(lambda: self.stores.cards.put(card))

    def _take_defaults(self, holding: Holding) -> None:
        """The form's values become the model's defaults, or its own ones come back."""
        form = self._draft.stored()
        taken = Defaults(form.width, form.height, form.steps, form.guidance, form.sampler, form.schedule)
        card = replace(holding.card, defaults=None if holding.card.defaults else taken)
        self.work.do(lambda: self.stores.cards.put(card), lambda _: self.look())

    def _check(self, holding: Holding) -> None:
        """Hash; what was downloaded is repaired from its source where it differs."""
        entry, plan, settings = holding.entry, holding.card.plan, self.downloads.settings
        self.notice.say(tr("{name} is being checked.", name=entry.name))

        def check() -> str:
            if plan is None:
                return registry.verify(self.stores.places.models, Path(entry.path), entry.kind)[0]
            _, web = online.connect(settings, self.downloads.keys)
            try:
                return "repaired" if repair(Path(entry.path), plan, web) else "unchanged"
            finally:
                web.close()

        def tell(state: str) -> None:
            words = {"unchanged": tr("{name} is as it was.", name=entry.name),
                     "repaired": tr("{name} was damaged and is repaired.", name=entry.name),
                     "remembered": tr("{name} is readable; its hash is remembered for the next check.", name=entry.name)}
            self.notice.say(words.get(state, tr("{name} has changed since the last check.", name=entry.name)), problem=state == "changed")
            self.look()
        self.release(entry.path, lambda: self.work.do(check, tell))

    def _remove(self, holding: Holding) -> None:
        """Forgetting is one choice, deleting the file a second one that names whose folder it lies in."""
        path, models = holding.entry.path, self.stores.places.models

        def ask(registered: bool) -> None:
            how = removal.ask(self.window, holding, own=Path(path).is_relative_to(models), registered=registered)
            if how == "delete":
                self.release(path, lambda: self.work.do(partial(removal.to_trash, Path(path)), lambda _: self.look()))
            elif how == "forget":
                self.work.do(lambda: registry.remove(models, Path(path)), lambda _: self.look())
        self.work.do(lambda: any(row.path == path and row.in_place for row in registry.read(models)), ask)

    def release(self, path: str, then: Callable[[], object]) -> None:
        """A model in memory is mapped from its files; they cannot be replaced or removed everywhere while it is."""
        if self._service is None:
            then()
        else:
            self._service.release(path, then)
