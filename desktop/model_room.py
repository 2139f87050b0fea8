"""What happens in the Models room: looking, choosing, downloading, checking and removing; every disk and network backstage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFile, QFileSystemWatcher, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from core import online
from core.errors import KnownError, WorldError
from core.fitting import ALL_MODES, MODES, free_memory
from core.holdings import Holding, holdings, twins, with_card
from core.keys import Keys
from core.models import registry, roots
from core.models.beside import read_beside
from core.models.catalog import fit_of_offer, offers
from core.models.families import Defaults
from core.models.fit import seconds_estimate
from core.models.hub import Plan
from core.models.install import repair
from core.models.net import AccessDenied, host_of
from core.runner import Stores
from core.settings import Settings
from core.store.cards import Card
from desktop import theme
from desktop.backstage import Backstage
from desktop.downloads import Downloads
from desktop.draft import Draft
from desktop.model_list import ModelList, preview_of, size_words
from desktop.panels.get_models import GetModelsPanel
from desktop.panels.model_card import PREVIEW, ModelCard
from desktop.panels.models import ModelsPanel
from desktop.strings import tr
from desktop.widgets import NoticeBar
from desktop.worker import JobService

GPU_SHARE, SETTLED_MS, WATCHED = 0.9, 1500, 200


class ModelRoom(QObject):
    """`used` carries a Holding to make pictures with, `changed` that the library did, `asked` the host that is spoken to."""

    used = Signal(object)
    changed = Signal()
    asked = Signal(str)

    def __init__(self, stores: Stores, settings: Settings, images: Backstage, tokens: theme.Tokens, notice: NoticeBar,
                 draft: Draft, parent: QWidget) -> None:
        super().__init__(parent)
        self._stores, self._notice, self._window = stores, notice, parent
        self._images, self._draft = images, draft
        self._work = Backstage(self._complain, self)
        self.downloads = Downloads(stores, settings, self)
        self._kind, self._available, self._twins = "cpu", 0, dict[str, list[str]]()
        self.list = ModelList(images, self)
        self.card, self.get = ModelCard(), GetModelsPanel()
        self.panel = ModelsPanel(self.list, self.card, self.get, tokens)
        self._looked = False
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settle.timeout.connect(self.look)
        self._connect()

    def _connect(self) -> None:
        panel, card, get, downloads = self.panel, self.card, self.get, self.downloads
        panel.chosen.connect(self._read_beside)
        panel.link_asked.connect(self._link_folder)
        panel.shown.connect(self._show_offers)
        card.noted.connect(self._note)
        card.use_asked.connect(self.used)
        card.folder_asked.connect(lambda one: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(one.entry.path).parent))))
        card.page_asked.connect(lambda page: QDesktopServices.openUrl(QUrl(page)))
        card.check_asked.connect(self._check)
        card.defaults_asked.connect(self._take_defaults)
        card.remove_asked.connect(self._remove)
        get.wanted.connect(self.want)
        get.searched.connect(self._search)
        get.link_asked.connect(self._toggle_link)
        get.pause_asked.connect(downloads.pause)
        get.resume_asked.connect(downloads.resume)
        get.drop_asked.connect(downloads.drop)
        downloads.changed.connect(lambda: get.show_downloads(downloads.rows()))
        downloads.installed.connect(self._installed)
        downloads.failed.connect(self._failed)
        self._watcher.directoryChanged.connect(lambda _: self._settle.start())

    def follow(self, service: JobService) -> None:
        """Hear what computes, and when pictures are being made."""
        service.found_devices.connect(self.use_devices)
        service.started.connect(lambda _: self.downloads.set_busy(True))
        service.finished.connect(lambda _: self.downloads.set_busy(False))

    def start(self) -> None:
        """After the first paint: what an earlier run left unfinished, then the library."""
        self._work.start()
        installer = self.downloads.installer
        self._work.do(lambda: tuple((one.id, one.plan, one.done) for one in installer.pending()), self.downloads.show_pending)
        self.look()

    def end(self) -> None:
        """The window closes."""
        self.card.keep()
        self.downloads.end()
        if self._work.isRunning():
            self._work.finish()

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
        self._notice.say(str(error), problem=True)

    # --- the library ---

    def look(self) -> None:
        """Read the library anew."""
        kind, available = self._kind, self._available

        def read() -> tuple[tuple[Holding, ...], dict[str, list[str]], list[str]]:
            found = holdings(self._stores, kind, free_memory() if available < 0 else available)
            models = self._stores.places.models
            folders = [models, *(models / name for name in registry.FOLDERS.values() if name)]
            for path in roots.linked(models):
                folders += roots.recognise(path).folders
            return found, twins(found), [str(folder) for folder in folders if folder.is_dir()][:WATCHED]
        self._work.do(read, self._show)

    def _show(self, found: tuple[tuple[Holding, ...], dict[str, list[str]], list[str]]) -> None:
        path = self.card.holding.entry.path if self.card.holding else ""
        all_of_them, self._twins, folders = found
        changed = {one.entry.path for one in all_of_them} != {one.entry.path for one in self.list.holdings}
        self.list.show_all(all_of_them)
        self.panel.select(path)
        if wanted := set(folders) - set(self._watcher.directories()):
            self._watcher.addPaths(sorted(wanted))
        if changed and self._looked:
            self.changed.emit()
        self._looked = True

    def _read_beside(self, holding: Holding) -> None:
        path, side = Path(holding.entry.path), round(PREVIEW * self.card.devicePixelRatioF())
        same = [str(Path(other)) for other in self._twins.get(holding.entry.path, [])]
        self._images.do(lambda: (read_beside(path), preview_of(path, side)),
                        lambda found: self.card.show_beside(holding, found[0], found[1], same))

    def _note(self, card: Card) -> None:
        holding = next((one for one in self.list.holdings if one.entry.path == card.path), None)
        if holding is not None:
            self.list.replace(with_card(holding, card))
        self._work.do(lambda: self._stores.cards.put(card))

    def _take_defaults(self, holding: Holding) -> None:
        """The form's values become the model's defaults, or its own ones come back."""
        form = self._draft.stored()
        taken = Defaults(form.width, form.height, form.steps, form.guidance, form.sampler, form.schedule)
        card = replace(holding.card, defaults=None if holding.card.defaults else taken)
        self._work.do(lambda: self._stores.cards.put(card), lambda _: (self.look(), self.changed.emit()))

    def _check(self, holding: Holding) -> None:
        """Hash; what was downloaded is repaired from its source where it differs."""
        entry, plan, settings = holding.entry, holding.card.plan, self.downloads.settings
        self._notice.say(tr("{name} is being checked.", name=entry.name))

        def check() -> str:
            state, _ = registry.verify(self._stores.places.models, Path(entry.path), entry.kind)
            if plan is None:
                return state
            _, web, _ = online.connect(settings)
            try:
                return "repaired" if repair(Path(entry.path), plan, web) else "unchanged"
            finally:
                web.close()

        def tell(state: str) -> None:
            words = {"unchanged": tr("{name} is as it was.", name=entry.name),
                     "repaired": tr("{name} was damaged and is repaired.", name=entry.name),
                     "remembered": tr("{name} is readable; its hash is remembered for the next check.", name=entry.name)}
            self._notice.say(words.get(state, tr("{name} has changed since the last check.", name=entry.name)), problem=state == "changed")
            self.look()
        self._work.do(check, tell)

    def _remove(self, holding: Holding) -> None:
        """Forgetting is one choice, deleting the file a second one that names whose folder it lies in."""
        entry, models = holding.entry, self._stores.places.models
        own = Path(entry.path).is_relative_to(models)
        registered = any(row.path == entry.path and row.in_place for row in registry.read(models))
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Remove {name}", name=entry.name))
        where = tr("It lies in Calotype's models folder.") if own else tr("It lies in {folder} and belongs to {program}.", folder=str(
            Path(entry.path).parent), program=entry.source)
        box.setText(tr("Remove {name}?", name=entry.name))
        box.setInformativeText(where)
        forget = box.addButton(tr("Forget it, keep the file"), QMessageBox.ButtonRole.AcceptRole) if registered and not own else None
        delete = box.addButton(tr("Move the file to the trash"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if box.clickedButton() is delete:
            self._work.do(partial(_to_trash, Path(entry.path)), lambda _: self.look())
        elif forget is not None and box.clickedButton() is forget:
            self._work.do(lambda: registry.remove(models, Path(entry.path)), lambda _: self.look())

    # --- where models come from ---

    def _show_offers(self) -> None:
        """The curated list and the folders of other programs, judged for this machine."""
        here, kind, available = {one.card.source for one in self.list.holdings}, self._kind, self._available
        names = {one.entry.name for one in self.list.holdings}

        def judge() -> tuple[list[Any], list[tuple[str, str, bool]]]:
            gallery = self._stores.gallery
            step = seconds_estimate(gallery.page(gallery.ids(limit=100)), "Starter", 256, 256, 1) if kind == "cpu" else None
            free = available if available > 0 else free_memory()
            judged = [(one, fit_of_offer(one, free, MODES.get(kind, ALL_MODES), half=kind != "cpu", starter_step=step),
                       f"{one.repo}/{one.file}".rstrip("/") in here or (one.repo in here and not one.file)
                       or one.repo.rpartition("/")[2] in names) for one in offers()]
            models = self._stores.places.models
            known = roots.linked(models)
            places = [*known, *(path for path in roots.usual_places() if path.resolve() not in known)]
            return judged, [(str(path), roots.recognise(path).program, path in known) for path in places]

        def show(found: tuple[list[Any], list[tuple[str, str, bool]]]) -> None:
            self.get.show_catalogue(found[0])
            self.get.show_folders(found[1])
        self._work.do(judge, show)

    def _online(self, work: Callable[[online.Hub, online.Web, Keys], Any], then: Callable[[Any], None]) -> None:
        """Something that needs the network, because a person asked for it."""
        settings = self.downloads.settings

        def connected() -> Any:
            hub, web, keys = online.connect(settings)
            try:
                return host_of(hub.endpoint), work(hub, web, keys)
            finally:
                web.close()

        def answered(found: tuple[str, Any]) -> None:
            self.get.say("")
            self.asked.emit(found[0])
            then(found[1])

        def refused(error: KnownError) -> None:
            self.get.say("")
            self._denied("", error)
        self.get.say(tr("Asking ..."))
        self._work.do(connected, answered, refused)

    def _search(self, words: str, kind: str) -> None:
        self._online(lambda hub, web, keys: hub.search(words, kind=kind), self._found)

    def _found(self, found: tuple[Any, ...]) -> None:
        self.get.show_found(found)
        if not found:
            self.get.say(tr("The hub knows nothing by that name."))

    def want(self, address: str, file: str = "") -> None:
        """Look an address up, say what it is, and download it if the person agrees."""
        self._online(lambda hub, web, keys: hub.plan(address, file=file), self._confirm)

    def _confirm(self, plan: Plan) -> None:
        size = size_words(plan.total) if plan.total is not None else tr("unknown size")
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Download {name}", name=plan.name))
        box.setText(tr("Download {name} ({size})?", name=plan.name, size=size))
        licence = plan.license or tr("not stated")
        box.setInformativeText(tr("Licence: {licence}. It is kept with the model; read it in full on its page.", licence=licence))
        begin = box.addButton(tr("Download"), QMessageBox.ButtonRole.AcceptRole)
        page = box.addButton(tr("Open its page"), QMessageBox.ButtonRole.HelpRole) if plan.page else None
        box.addButton(tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if page is not None and box.clickedButton() is page:
            QDesktopServices.openUrl(QUrl(plan.page))
        elif box.clickedButton() is begin:
            self.begin(plan)

    def begin(self, plan: Plan) -> None:
        """Download a plan."""
        installer = self.downloads.installer
        self._work.do(lambda: installer.begin(plan), lambda pending: self.downloads.add(pending, plan))

    def _installed(self, path: Path, plan: Plan) -> None:
        def find() -> Holding | None:
            return next((one for one in holdings(self._stores) if one.entry.path == str(path)), None)

        def told(holding: Holding | None) -> None:
            self.look()
            self._show_offers()
            if holding is not None and holding.usable:
                self._notice.say(tr("{name} is here.", name=plan.name), label=tr("Use now"), act=lambda: self.used.emit(holding))
            elif holding is not None:
                self._notice.say(tr("{name} is here, but cannot be used: {why}", name=plan.name, why=holding.entry.state), problem=True)
        self._work.do(find, told)

    def _failed(self, pending: str, error: KnownError) -> None:
        self._denied(pending, error)

    def _denied(self, pending: str, error: KnownError) -> None:
        """401 asks for a token, 403 opens the page with the licence; both then try again."""
        again = partial(self.downloads.resume, pending) if pending else None
        if isinstance(error, AccessDenied) and error.code == 401:
            self._notice.say(str(error), problem=True, label=tr("Enter token..."), act=partial(self._ask_token, error.page, again))
        elif isinstance(error, AccessDenied) and error.page:
            self._notice.say(str(error), problem=True, label=tr("Open its page"), act=lambda: QDesktopServices.openUrl(QUrl(error.page)))
        else:
            self._notice.say(str(error), problem=True, label=tr("Try again") if again else "", act=again)

    def _ask_token(self, page: str, again: Callable[[], None] | None) -> None:
        settings = self.downloads.settings
        host = host_of(page) if page else host_of(online.hub_address(settings))
        words = tr("Access token for {host}. It is kept in the system's keyring and goes to that host only.", host=host)
        token, given = QInputDialog.getText(self._window, tr("Access token"), words, QLineEdit.EchoMode.Password)
        if given and token.strip():
            def keep() -> bool:
                _, web, keys = online.connect(settings)
                web.close()
                return keys.put(host, token)

            def kept(lasting: bool) -> None:
                if not lasting:
                    self._notice.say(tr("This system has no keyring; the token is forgotten when Calotype ends."))
                if again is not None:
                    again()
            self._work.do(keep, kept)

    def _link_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, tr("Folder with models"))
        if chosen:
            self.link(Path(chosen))

    def link(self, path: Path) -> None:
        """Use the models of a folder in place."""
        models = self._stores.places.models

        def told(root: roots.Root) -> None:
            self._notice.say(tr("The models of {folder} are used where they lie.", folder=root.program or str(root.path)))
            self.look()
            self._show_offers()
        self._work.do(lambda: roots.link(models, path), told)

    def _toggle_link(self, path: str) -> None:
        models = self._stores.places.models
        if Path(path) in roots.linked(models):
            self._work.do(lambda: roots.unlink(models, Path(path)), lambda _: (self.look(), self._show_offers()))
        else:
            self.link(Path(path))


def _to_trash(path: Path) -> None:
    if not QFile.moveToTrash(str(path)):
        raise WorldError(f"{path.name} could not be moved to the trash.", "Close programs that use it, or delete it in the file manager.")

