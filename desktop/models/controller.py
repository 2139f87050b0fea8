"""What happens in the Models room: choosing, downloading, checking and removing; every disk and
network backstage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.models.fetch import connect
from core.models.fetch.install import repair
from core.models.files.families import Defaults
from core.models.library import registry
from core.models.library.sidecar import Sidecar, read_sidecar
from core.service.library_overview import LibraryItem, duplicates
from core.service.stores import Stores
from core.system.errors import KnownError
from core.system.settings import Settings
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
from desktop.state.library import LibraryState
from desktop.state.portraits import Portraits
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class ModelsController(QObject):
    """`use_asked` carries a LibraryItem to make pictures with."""

    use_asked = Signal(LibraryItem)
    get_asked = Signal()
    eight_bit_asked = Signal()

    def __init__(
        self,
        stores: Stores,
        settings: Settings,
        library: LibraryState,
        *,
        images: SerialTasks,
        portraits: Portraits,
        tokens: theme.Tokens,
        notice: NoticeBar,
        draft: Draft,
        card: ModelCard,
        get: GetModelsPanel,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.stores = stores
        self.notice = notice
        self.window = parent
        self._library = library
        self._images = images
        self._draft = draft
        self.work = SerialTasks(self._complain, self)
        self.downloads = Downloads(stores, settings, self)
        self.portraits = portraits
        self.list = ModelList(library, self.portraits, self)
        # what the picture commands apply to
        self.chosen_pictures: Callable[[], list[Picture]] = list
        self.card = card
        self.get = get
        self.panel = ModelsPanel(self.list, self.card, self.get, tokens)
        self._service: JobService | None = None
        self.portrait_choice = self._new_portrait_choice()
        self.get_controller = self._new_getting()
        self._connect()

    def _new_portrait_choice(self) -> PortraitChoice:
        return PortraitChoice(
            self.panel,
            self._library,
            self.portraits,
            notice=self.notice,
            folder=self.stores.places.pictures,
            window=self.window,
        )

    def _new_getting(self) -> GetModelsController:
        return GetModelsController(
            self.get,
            self.downloads,
            self._library,
            stores=self.stores,
            work=self.work,
            notice=self.notice,
            release=self.release,
            window=self.window,
        )

    def _connect(self) -> None:
        panel = self.panel
        card = self.card
        panel.chosen.connect(self._read_sidecar)
        panel.link_asked.connect(self.get_controller.link_folder)
        panel.shown.connect(self.get_controller.show_offers)
        card.noted.connect(self._library.note)
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
        self._library.changed.connect(self._show)

    def follow(self, service: JobService) -> None:
        """Hear when pictures are being made."""
        self._service = service
        service.started.connect(lambda _: self.downloads.set_busy(True))
        service.finished.connect(lambda _: self.downloads.set_busy(False))

    def free_memory(self) -> None:
        """Let go of every model in memory; the next picture loads its model again."""
        if self._service is not None:
            words = tr("The models in memory were let go; the next picture loads its own again.")
            self._service.release(then=lambda: self.notice.say(words))

    def start(self) -> None:
        """After the first paint: what the library holds by now, and what an earlier run left
        unfinished."""
        self._show()
        self.work.start()
        installer = self.downloads.installer
        self.work.submit(
            lambda: tuple(
                (pending.id, pending.plan, pending.done) for pending in installer.pending()
            ),
            self.downloads.show_pending,
        )

    def end(self) -> None:
        """The window closes."""
        self.card.keep()
        self.downloads.end()
        self.get_controller.end()
        if self.work.is_running():
            self.work.finish()

    def use_settings(self, settings: Settings) -> None:
        """For connections from now on."""
        self.downloads.settings = settings

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.panel.use_tokens(tokens)

    def _complain(self, error: KnownError) -> None:
        self.notice.say(str(error), problem=True)

    # --- the library ---

    def _show(self) -> None:
        """The library was read: the chosen model stays so."""
        self.card.keep()  # what is being typed is noted of the item that was shown
        path = self.card.item.entry.path if self.card.item else ""
        self.list.refresh()
        self.panel.select(path)

    def _read_sidecar(self, item: LibraryItem) -> None:
        path = Path(item.entry.path)
        everything = self._library.items
        self.portrait_choice.show(item.entry.path)

        def read() -> tuple[Sidecar, list[str]]:
            return read_sidecar(path), duplicates(item, everything)

        self._images.submit(read, lambda sidecar: self.card.show_sidecar(item, *sidecar))

    def show_model(self, path: str) -> None:
        """Choose the model at `path` in the list, whatever is searched for."""
        if self.list.row_of(path) < 0:
            self.panel.show_everything()
        self.panel.select(path)

    def use_picture(self) -> None:
        """Of the chosen picture: it becomes its model's."""
        pictures = self.chosen_pictures()
        if not pictures:
            self.notice.say(tr("Choose a picture first."))
            return
        made = pictures[0]
        called_so = (item for item in self._library.items if item.entry.name == made.model_name)
        item = self._library.named(made.request.model) or next(called_so, None)
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
        defaults = None if item.card.defaults else taken
        cards = self.stores.cards

        def keep() -> None:  # what was noted meanwhile stays
            cards.put(replace(cards.get(item.entry.path), defaults=defaults))

        self._library.change(keep)

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
            self._library.reload()

        self.release(entry.path, lambda: self.work.submit(check, tell))

    def _remove(self, item: LibraryItem) -> None:
        """Forgetting is one choice, deleting the file another, which says whose folder it is."""
        path = item.entry.path
        models = self.stores.places.models

        def delete() -> None:
            self.work.submit(
                lambda: remove_dialog.to_trash(Path(path)), lambda _: self._library.reload()
            )

        def is_registered() -> bool:
            return any(row.path == path and row.in_place for row in registry.read(models))

        def ask(registered: bool) -> None:
            own = Path(path).is_relative_to(models)
            how = remove_dialog.ask_removal(self.window, item, own=own, registered=registered)
            if how == "delete":
                self.release(path, delete)
            elif how == "forget":
                self._library.change(partial(registry.remove, models, Path(path)))

        self.work.submit(is_registered, ask)

    def release(self, path: str, then: Callable[[], object]) -> None:
        """Let the model at `path` ("": all) go from memory, then call `then`.

        While it is mapped from its files, some systems neither replace nor remove them."""
        if self._service is None:
            then()
        else:
            self._service.release(path, then)


def _open_folder(item: LibraryItem) -> None:
    folder = Path(item.entry.path).parent
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
