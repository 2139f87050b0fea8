"""Where models come from, behind the page "Get models": looking up, downloading, logging in,
linking and moving folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox

from core.models.fetch import connect
from core.models.fetch.answers import AccessDenied
from core.models.fetch.hub import Hub, Plan
from core.models.fetch.move import folder_bytes, move_cache, move_models
from core.models.fetch.web_address import host_of
from core.models.library import external_folders
from core.service.finish_moves import models_moved
from core.service.fit_prediction import judged_offers
from core.system.errors import KnownError
from desktop.models.get_panel import Place
from desktop.models.list import size_words
from desktop.state.tasks import Errands
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.models.controller import ModelRoom


class Getting(QObject):
    """A part of the Models room. `asked` carries the host that is spoken to,
    `moved` the new models folder."""

    asked = Signal(str)
    moved = Signal(str)

    def __init__(self, room: ModelRoom) -> None:
        super().__init__(room)
        self._room, self._stores, self._notice, self._window = (
            room,
            room.stores,
            room.notice,
            room.window,
        )
        self._work, self.get, self.downloads, self._keys = (
            room.work,
            room.get,
            room.downloads,
            room.downloads.keys,
        )
        self._errands = Errands(lambda error: self._denied("", error), self)
        get, downloads = self.get, self.downloads
        get.wanted.connect(self.want)
        get.searched.connect(self._search)
        get.link_asked.connect(self._toggle_link)
        get.move_asked.connect(self._move_folder)
        get.move_cache_asked.connect(self._move_cache)
        get.eight_bit_asked.connect(room.eight_bit_asked)
        get.pause_asked.connect(downloads.pause)
        get.resume_asked.connect(downloads.resume)
        get.drop_asked.connect(downloads.drop)
        downloads.changed.connect(lambda: get.show_downloads(downloads.rows()))
        downloads.installed.connect(self._installed)
        downloads.failed.connect(self._denied)

    def show_offers(self) -> None:
        """The curated list and the folders of other programs, judged for this machine."""
        here = {one.card.source for one in self._room.list.holdings}
        (kind, available), weights = self._room.machine, self.downloads.settings.weights
        names = {one.entry.name for one in self._room.list.holdings}
        sizes = [(Path(one.entry.path), one.entry.bytes) for one in self._room.list.holdings]

        def judge() -> tuple[list[Any], tuple[str, int], list[Place]]:
            judged = [
                (
                    one,
                    found,
                    f"{one.repo}/{one.file}".rstrip("/") in here
                    or (one.repo in here and not one.file)
                    or one.repo.rpartition("/")[2] in names,
                )
                for one, found in judged_offers(self._stores, kind, available, weights)
            ]
            models = self._stores.places.models
            known = external_folders.linked(models)
            places = [
                *known,
                *(path for path in external_folders.usual_places() if path.resolve() not in known),
            ]
            return (
                judged,
                (str(models), folder_bytes(models)),
                [_place(path, sizes, linked=path in known) for path in places],
            )

        def show(found: tuple[list[Any], tuple[str, int], list[Place]]) -> None:
            self.get.show_catalogue(found[0])
            self.get.show_folders(found[1], found[2])

        self._work.do(judge, show)

    def _online(self, work: Callable[[Hub], Any], then: Callable[[Any], None]) -> None:
        """Something that needs the network, because a person asked for it."""
        chosen = self.downloads.settings

        def connected() -> Any:
            hub, web = connect.connect(chosen, self._keys)
            try:
                return host_of(hub.endpoint), work(hub)
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
        self._errands.do(connected, answered, refused)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def _search(self, words: str, kind: str) -> None:
        self._online(lambda hub: hub.search(words, kind=kind), self._found)

    def _found(self, found: tuple[Any, ...]) -> None:
        self.get.show_found(found)
        if not found:
            self.get.say(tr("The hub knows nothing by that name."))

    def want(self, address: str, file: str = "") -> None:
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
        page = (
            box.addButton(tr("Open its page"), QMessageBox.ButtonRole.HelpRole)
            if plan.page
            else None
        )
        box.addButton(tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if page is not None and box.clickedButton() is page:
            QDesktopServices.openUrl(QUrl(plan.page))
        elif box.clickedButton() is begin:
            self.begin(plan)

    def begin(self, plan: Plan) -> None:
        """Download a plan."""
        installer = self.downloads.installer
        self._work.do(
            lambda: installer.begin(plan), lambda pending: self.downloads.add(pending, plan)
        )

    def _installed(self, path: Path, plan: Plan) -> None:
        def told() -> None:
            self.show_offers()
            holding = next(
                (one for one in self._room.list.holdings if one.entry.path == str(path)), None
            )
            if holding is not None and holding.usable:
                self._notice.say(
                    tr("{name} is here.", name=plan.name),
                    label=tr("Use now"),
                    act=lambda: self._room.used.emit(holding),
                )
            elif holding is not None and holding.waiting:
                self._notice.say(tr("{name} is here.", name=plan.name))
            elif holding is not None:
                self._notice.say(
                    tr(
                        "{name} is here, but cannot be used: {why}",
                        name=plan.name,
                        why=holding.entry.sentence,
                    ),
                    problem=True,
                )

        self._room.look(told)

    def _denied(self, pending: str, error: KnownError) -> None:
        """401 asks for a token, 403 opens the page with the licence; both then try again."""
        again = partial(self.downloads.resume, pending) if pending else None
        if isinstance(error, AccessDenied) and error.code == 401:
            self._notice.say(
                str(error),
                problem=True,
                label=tr("Enter token..."),
                act=partial(self._ask_token, error.page, again),
            )
        elif isinstance(error, AccessDenied):
            page = next(
                (row.page for row in self.downloads.rows() if row.id == pending and row.page),
                error.page,
            )
            self._notice.say(
                str(error),
                problem=True,
                label=tr("Open its page"),
                act=lambda: QDesktopServices.openUrl(QUrl(page)),
            )
        else:
            self._notice.say(
                str(error), problem=True, label=tr("Try again") if again else "", act=again
            )

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

            self._work.do(lambda: self._keys.put(host, token), kept)

    def link_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Folder with models"))
        if folder:
            self.link(Path(folder))

    def link(self, path: Path) -> None:
        """Use the models of a folder in place."""
        models = self._stores.places.models

        def told(root: external_folders.Root) -> None:
            self._notice.say(
                tr(
                    "The models of {folder} are used where they lie.",
                    folder=root.program or str(root.path),
                )
            )
            self._room.look(self.show_offers)

        self._work.do(lambda: external_folders.link(models, path), told)

    def _move_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Where the models are to be"))
        if folder:
            self.move_to(Path(folder))

    def move_to(self, folder: Path) -> None:
        """Move Calotype's own models to another drive; it counts from the next start."""
        old = self._stores.places.models
        self._notice.say(tr("The models are being moved; do not close Calotype."))

        def move() -> Path:  # the settings at once: the window may be gone when this is done
            where, cards = self._stores.places, self._stores.cards
            return move_models(old, folder, done=lambda new: models_moved(where, cards, old, new))

        def moved(new: Path) -> None:
            self.moved.emit(str(new))
            self._notice.say(
                tr(
                    "The models are in {folder} now. Start Calotype again to go on with them.",
                    folder=str(new),
                )
            )

        self._room.release("", lambda: self._work.do(move, moved))

    def _move_cache(self, path: str) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Where the models are to be"))
        if folder:
            self.move_cache_to(Path(path), Path(folder))

    def move_cache_to(self, old: Path, folder: Path) -> None:
        """Move another program's cache to another drive; a link stays in its place."""
        self._notice.say(tr("The models are being moved; do not close Calotype."))

        def move() -> Path:
            real, models = old.resolve(), self._stores.places.models

            def told(new: Path) -> None:
                external_folders.moved(models, real, new)
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
            self._room.look(self.show_offers)

        self._room.release("", lambda: self._work.do(move, moved))

    def _toggle_link(self, path: str) -> None:
        models = self._stores.places.models

        def unlinked(was: bool) -> None:
            if was:
                self._room.look(self.show_offers)
            else:
                self.link(Path(path))

        self._work.do(lambda: external_folders.unlink(models, Path(path)), unlinked)


def _place(path: Path, sizes: list[tuple[Path, int]], *, linked: bool) -> Place:
    program = external_folders.recognise(path).program
    cache = program == "Hugging Face cache"
    count = (
        folder_bytes(path)
        if cache
        else sum(size for one, size in sizes if one.is_relative_to(path))
    )
    return Place(str(path), program, linked, count, cache)
