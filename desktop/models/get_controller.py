"""Where models come from, behind the page "Get models": looking up, downloading, logging in,
linking and moving folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from core.models.fetch import connect
from core.models.fetch.answers import AccessDenied
from core.models.fetch.catalog import Offer
from core.models.fetch.hub import Hub, HubResult, Plan
from core.models.fetch.move import folder_bytes, move_cache, move_models
from core.models.fetch.web_address import host_of
from core.models.files.fit import Fit
from core.models.library import external_folders
from core.service.finish_moves import models_moved
from core.service.fit_prediction import offers_with_fit
from core.service.library_overview import LibraryItem
from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.models.downloads import Downloads
from desktop.models.get_panel import GetModelsPanel, ProgramFolder
from desktop.state.library import LibraryState
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets.figures import size_words
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

Then = Callable[[], object]
# offers, each with whether it fits and is here; Calotype's own folder and its bytes; other folders
Judged = tuple[list[tuple[Offer, Fit, bool]], tuple[str, int], list[ProgramFolder]]
Answer = TypeVar("Answer")


class GetModelsController(QObject):
    """`asked` carries the host that is spoken to, `moved` the new models folder, `used` a
    LibraryItem to make pictures with.

    `release` lets a model in memory go ("": all), then calls what it was given.
    """

    asked = Signal(str)
    moved = Signal(str)
    used = Signal(LibraryItem)

    def __init__(
        self,
        page: GetModelsPanel,
        downloads: Downloads,
        library: LibraryState,
        *,
        stores: Stores,
        work: SerialTasks,
        notice: NoticeBar,
        release: Callable[[str, Then], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._page = page
        self._downloads = downloads
        self._library = library
        self._stores = stores
        self._work = work
        self._notice = notice
        self._release = release
        self._window = window
        self._errands = NetworkTasks(lambda error: self._denied("", error), self)
        page.wanted.connect(self.look_up)
        page.searched.connect(self._search)
        page.link_asked.connect(self._toggle_link)
        page.move_asked.connect(self._move_folder)
        page.move_cache_asked.connect(self._move_cache)
        page.pause_asked.connect(downloads.pause)
        page.resume_asked.connect(downloads.resume)
        page.drop_asked.connect(downloads.drop)
        downloads.changed.connect(lambda: page.show_downloads(downloads.rows()))
        downloads.installed.connect(self._installed)
        downloads.failed.connect(self._denied)

    def show_offers(self) -> None:
        """The curated list and the folders of other programs, judged for this machine."""
        items = self._library.items
        kind, available = self._library.machine
        weights = self._downloads.settings.weights

        def judge() -> Judged:
            sources = {item.card.source for item in items}
            names = {item.entry.name for item in items}
            offers = [
                (offer, fit, _is_here(offer, sources, names))
                for offer, fit in offers_with_fit(self._stores, kind, available, weights)
            ]
            models = self._stores.places.models
            return offers, (str(models), folder_bytes(models)), _places(models, items)

        def show(judged: Judged) -> None:
            offers, own, places = judged
            self._page.show_catalogue(offers)
            self._page.show_folders(own, places)

        self._work.submit(judge, show)

    def _online(self, work: Callable[[Hub], Answer], then: Callable[[Answer], None]) -> None:
        """Something that needs the network, because a person asked for it."""
        settings = self._downloads.settings

        def connected() -> tuple[str, Answer]:
            hub, web = connect.connect(settings, self._downloads.keys)
            try:
                return host_of(hub.endpoint), work(hub)
            finally:
                web.close()

        def answered(host_and_answer: tuple[str, Answer]) -> None:
            host, answer = host_and_answer
            self._page.say("")
            self.asked.emit(host)
            then(answer)

        def refused(error: KnownError) -> None:
            self._page.say("")
            self._denied("", error)

        self._page.say(tr("Asking ..."))
        self._errands.submit(connected, answered, refused)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def _search(self, words: str, kind: str) -> None:
        self._online(lambda hub: hub.search(words, kind=kind), self._found)

    def _found(self, results: tuple[HubResult, ...]) -> None:
        self._page.show_found(results)
        if not results:
            self._page.say(tr("The hub knows nothing by that name."))

    def look_up(self, address: str, file: str = "") -> None:
        """Look an address up, say what it is, and download it if the person agrees."""
        self._online(lambda hub: hub.plan(address, file=file), self._confirm)

    def _confirm(self, plan: Plan) -> None:
        size = size_words(plan.total) if plan.total is not None else tr("unknown size")
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Download {name}", name=plan.name))
        box.setText(tr("Download {name} ({size})?", name=plan.name, size=size))
        licence = plan.license or tr("not stated")
        box.setInformativeText(
            tr(
                "Licence: {licence}. It is kept with the model; read it in full on its page.",
                licence=licence,
            )
        )
        begin = box.addButton(tr("Download"), QMessageBox.ButtonRole.AcceptRole)
        page = None
        if plan.page:
            page = box.addButton(tr("Open its page"), QMessageBox.ButtonRole.HelpRole)
        box.addButton(tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if page is not None and box.clickedButton() is page:
            QDesktopServices.openUrl(QUrl(plan.page))
        elif box.clickedButton() is begin:
            self.begin(plan)

    def begin(self, plan: Plan) -> None:
        """Download a plan."""
        installer = self._downloads.installer
        self._work.submit(
            lambda: installer.begin(plan), lambda pending: self._downloads.add(pending, plan)
        )

    def _installed(self, path: Path, plan: Plan) -> None:
        def told() -> None:
            self.show_offers()
            item = self._library.item(str(path))
            if item is not None and item.usable:
                self._notice.say(
                    tr("{name} is here.", name=plan.name),
                    label=tr("Use now"),
                    action=partial(self.used.emit, item),
                )
            elif item is not None and item.waiting:
                self._notice.say(tr("{name} is here.", name=plan.name))
            elif item is not None:
                self._notice.say(
                    tr(
                        "{name} is here, but cannot be used: {why}",
                        name=plan.name,
                        why=item.entry.sentence,
                    ),
                    problem=True,
                )

        self._library.reload(told)

    def _denied(self, pending: str, error: KnownError) -> None:
        """401 asks for a token, 403 opens the page with the licence; both then try again."""
        again = partial(self._downloads.resume, pending) if pending else None
        if isinstance(error, AccessDenied) and error.code == 401:
            self._notice.say(
                str(error),
                problem=True,
                label=tr("Enter token..."),
                action=partial(self._ask_token, error.page, again),
            )
        elif isinstance(error, AccessDenied):
            own_pages = (row.page for row in self._downloads.rows() if row.id == pending)
            page = next(filter(None, own_pages), error.page)
            self._notice.say(
                str(error),
                problem=True,
                label=tr("Open its page"),
                action=lambda: QDesktopServices.openUrl(QUrl(page)),
            )
        elif again is not None:
            self._notice.say(str(error), problem=True, label=tr("Try again"), action=again)
        else:
            self._notice.say(str(error), problem=True)

    def _ask_token(self, page: str, again: Callable[[], None] | None) -> None:
        host = host_of(page)
        words = tr(
            (
                "Access token for {host}. It is kept in the system's keyring and "
                "goes to that host only."
            ),
            host=host,
        )
        token, given = QInputDialog.getText(
            self._window, tr("Access token"), words, QLineEdit.EchoMode.Password
        )
        if given and token.strip():

            def kept(lasting: bool) -> None:
                if not lasting:
                    self._notice.say(
                        tr("This system has no keyring; the token is forgotten when Calotype ends.")
                    )
                if again is not None:
                    again()

            self._work.submit(lambda: self._downloads.keys.put(host, token), kept)

    def link_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Folder with models"))
        if folder:
            self.link(Path(folder))

    def link(self, path: Path) -> None:
        """Use the models of a folder in place."""
        models = self._stores.places.models

        def told(root: external_folders.ExternalFolder) -> None:
            self._notice.say(
                tr(
                    "The models of {folder} are used where they lie.",
                    folder=root.program or str(root.path),
                )
            )
            self._library.reload(self.show_offers)

        self._work.submit(lambda: external_folders.link_folder(models, path), told)

    def _move_folder(self) -> None:
        if (folder := self._new_place()) is not None:
            self.move_to(folder)

    def _new_place(self) -> Path | None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Where the models are to be"))
        return Path(folder) if folder else None

    def move_to(self, folder: Path) -> None:
        """Move Calotype's own models to another drive; it counts from the next start."""
        old = self._stores.places.models

        def move() -> Path:  # the settings at once: the window may be gone when this is done
            stores = self._stores
            return move_models(
                old,
                folder,
                done=lambda new: models_moved(stores.places, stores.cards, old, new),
            )

        def moved(new: Path) -> None:
            self.moved.emit(str(new))
            self._notice.say(
                tr(
                    "The models are in {folder} now. Start Calotype again to go on with them.",
                    folder=str(new),
                )
            )

        self._begin_move(move, moved)

    def _begin_move(self, move: Callable[[], Path], moved: Callable[[Path], None]) -> None:
        """No model may be in memory meanwhile."""
        self._notice.say(tr("The models are being moved; do not close Calotype."))
        self._release("", lambda: self._work.submit(move, moved))

    def _move_cache(self, path: str) -> None:
        if (folder := self._new_place()) is not None:
            self.move_cache_to(Path(path), folder)

    def move_cache_to(self, old: Path, folder: Path) -> None:
        """Move another program's cache to another drive; a link stays in its place."""

        def move() -> Path:
            real = old.resolve()

            def told(new: Path) -> None:
                external_folders.folder_moved(self._stores.places.models, real, new)
                self._stores.cards.folder_moved(str(real), str(new))

            return move_cache(real, folder, done=told)

        def moved(new: Path) -> None:
            self._notice.say(
                tr(
                    (
                        "The models are in {folder} now; a link in their old place "
                        "leads every program there."
                    ),
                    folder=str(new),
                )
            )
            self._library.reload(self.show_offers)

        self._begin_move(move, moved)

    def _toggle_link(self, path: str) -> None:
        models = self._stores.places.models

        def unlinked(was: bool) -> None:
            if was:
                self._library.reload(self.show_offers)
            else:
                self.link(Path(path))

        self._work.submit(lambda: external_folders.unlink_folder(models, Path(path)), unlinked)


def _is_here(offer: Offer, sources: set[str], names: set[str]) -> bool:
    """Whether it was downloaded from there, or something here is called so."""
    address = f"{offer.repo}/{offer.file}".rstrip("/")
    return address in sources or offer.repo.rpartition("/")[2] in names


def _places(models: Path, items: tuple[LibraryItem, ...]) -> list[ProgramFolder]:
    """The linked folders, then those of other programs that could be."""
    linked = external_folders.linked_folders(models)
    usual = [path for path in external_folders.usual_folders() if path.resolve() not in linked]
    return [_program_folder(path, items, linked=path in linked) for path in (*linked, *usual)]


def _program_folder(path: Path, items: tuple[LibraryItem, ...], *, linked: bool) -> ProgramFolder:
    program = external_folders.detect(path).program
    is_cache = program == "Hugging Face cache"
    if is_cache:
        count = folder_bytes(path)
    else:
        inside = (item.entry for item in items if Path(item.entry.path).is_relative_to(path))
        count = sum(entry.bytes for entry in inside)
    return ProgramFolder(
        path=str(path), program=program, linked=linked, bytes=count, cache=is_cache
    )
