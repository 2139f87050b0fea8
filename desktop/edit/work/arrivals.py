"""What comes into Edit and what leaves it: pictures and layered files opened, pasted and dropped,
the result saved, a newer version of the file taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from core.service.editing.opening import NewDocument, with_layer_of
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import KnownError, WorldError
from core.system.regular_files import display_name
from core.values.editing.document import Document
from core.values.picture import Picture
from core.values.request import Request
from desktop.edit.work.open_documents import OpenDocuments
from desktop.state.services import Services
from desktop.state.tasks import SerialTasks
from desktop.widgets.drop_target import LAYERED, PATTERNS
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

TOPIC = "arrival"
_ORA = LAYERED[0]


class Arrivals(QObject):
    """`brought` carries the first state of a document that is new and shown now, `saved` a picture
    that the gallery has now; `newer_found` says that it is known anew whether the current
    document's file has a newer version."""

    brought = Signal(Document)
    saved = Signal(Picture)
    newer_found = Signal()

    def __init__(
        self,
        services: Services,
        documents: OpenDocuments,
        *,
        otherwise: Callable[[], Request],
        notice: NoticeBar,
        window: QWidget,
        parent: QObject,
    ) -> None:
        """`otherwise` is the form of a picture that brings no recipe: Create's."""
        super().__init__(parent)
        self._stores: Stores = services.stores
        self._services = services
        self._disk = services.database_tasks
        self._out = SerialTasks(self._refused, self)  # strokes are kept and jobs queued meanwhile
        self._documents = documents
        self._otherwise = otherwise
        self._notice = notice
        self._window = window
        self._opening: set[str] = set()  # paths that are being read
        self._newer: set[str] = set()  # documents whose file was saved by another program

    # --- in ---

    def open_file(self, path: Path) -> None:
        """As a document; one that is open already is shown."""
        self._documents.once_known(partial(self._open_file, path))

    def _open_file(self, path: Path) -> None:
        name = str(path.absolute())
        tab = next((tab for tab in self._documents.tabs if tab.record.origin.path == name), None)
        if tab is not None:
            self._documents.show(tab)
        elif name not in self._opening:
            self._opening.add(name)
            otherwise = self._otherwise()

            def read() -> NewDocument:
                from core.service.editing.opening import document_from_file

                return document_from_file(self._stores, path, otherwise)

            self._bring(read, lambda: self._opening.discard(name))

    def ask_for_file(self) -> None:
        """Of any program."""
        kinds = tr("Pictures and layered files") + f" ({PATTERNS} *{_ORA})"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open in Edit"), "", kinds)
        if name:
            self.open_file(Path(name))

    def new(self) -> None:
        """An empty sheet in the size that the model draws best."""
        otherwise = self._otherwise()
        width, height = otherwise.width, otherwise.height
        sheet = OpenedPicture(width, height, "RGBA", bytes(4 * width * height))
        self._open_pixels(sheet, self._free_title(tr("Untitled")), otherwise, tr("Paint 1"))

    def _free_title(self, title: str) -> str:
        """That no open document has: with a number where one has it."""
        taken = {tab.record.title for tab in self._documents.tabs}
        free = (f"{title} {number}" for number in range(2, len(taken) + 2))
        return title if title not in taken else next(one for one in free if one not in taken)

    def paste(self) -> None:
        """The file on the clipboard as a layer, or the picture as a document."""
        data = QGuiApplication.clipboard().mimeData()
        urls = data.urls() if data else []  # None where nothing was ever copied
        files = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        image = QGuiApplication.clipboard().image()
        title = tr("Pasted picture")
        if files:
            self.add_layer(files[0])
        elif image.isNull():
            self._notice.say(tr("There is no picture on the clipboard."), topic=TOPIC)
        else:
            self._open_pixels(as_picture(image), self._free_title(title), self._otherwise())

    def _open_pixels(
        self, picture: OpenedPicture, title: str, otherwise: Request, layer: str = ""
    ) -> None:
        def made() -> NewDocument:
            from core.service.editing.generated import is_generated
            from core.service.editing.opening import document_from_pixels

            generated = is_generated(self._stores, picture)
            return document_from_pixels(picture, title, otherwise, generated=generated, layer=layer)

        self._bring(made, lambda: None)

    def _bring(self, made: Callable[[], NewDocument], ended: Callable[[], object]) -> None:
        """Keep a new document, then show it."""

        def work() -> NewDocument:
            new = made()
            self._stores.documents.create(new.record, new.document, new.tiles)
            return new

        def kept(new: NewDocument) -> None:
            ended()
            self._notice.clear(TOPIC)
            self._documents.add(new)
            self.brought.emit(new.document)

        def failed(error: KnownError) -> None:
            ended()
            self._refused(error)

        self._disk.submit(work, kept, failed)

    def _refused(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)

    def add_layer(self, path: Path) -> None:
        """A picture of any program above the current document's layers; where none is open, as a
        document."""
        tab = self._documents.current
        if tab is None or tab.open is None:
            self.open_file(path)
            return

        def work(state: Document) -> tuple[Document, dict[str, bytes]]:
            from core.service.editing.generated import is_generated_file
            from core.store.sources.opening import open_start_picture

            picture = open_start_picture(path)
            generated = is_generated_file(path)
            name = display_name(path)
            return with_layer_of(state, picture, Path(name).stem or name, generated=generated)

        tab.open.apply(tr("Add a layer"), work)

    # --- out ---

    def save_picture(self) -> None:
        """What the document shows, as a new picture of the gallery."""
        tab = self._documents.current
        if tab is None or tab.open is None:
            return
        record, document, tile = tab.record, tab.open.document, tab.open.tiles.read
        kind = self._services.service.picture_format

        def work() -> Picture:
            from core.service.editing.saving import save_in_gallery

            return save_in_gallery(self._stores, record, document, tile, kind)

        def done(picture: Picture) -> None:
            self.saved.emit(picture)
            name = Path(picture.path).name
            self._notice.say(tr("Saved in the Gallery as {name}.", name=name), topic=TOPIC)

        self._write(work, done)

    def save_layers(self) -> None:
        """All layers as an OpenRaster file; asks for its name."""
        tab = self._documents.current
        if tab is None or tab.open is None:
            return
        document, tile = tab.open.document, tab.open.tiles.read
        suggested = Path(tab.record.title or tr("Untitled")).with_suffix(_ORA).name
        beside = Path(tab.record.origin.path).with_name(suggested)  # the file it came from
        suggested = str(beside) if tab.record.origin.path else suggested
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save layers"), suggested, f"OpenRaster (*{_ORA})"
        )
        if not name:
            return
        given = Path(name)
        path = given if given.suffix.lower() == _ORA else given.with_name(given.name + _ORA)

        is_there = WorldError(
            tr("{name} is there already.", name=path.name),
            tr("Save under another name, or choose that file."),
        )

        def work() -> None:
            from core.service.editing.openraster_writing import write_openraster

            if path != given and path.exists():  # of which nobody was asked
                raise is_there
            write_openraster(path, document, tile)

        def done(_: object) -> None:
            self._notice.say(tr("Saved as {name}.", name=path.name), topic=TOPIC)

        self._write(work, done)

    def _write(self, work: Callable[[], object], done: Callable[[Any], None]) -> None:
        """What takes long where a document is large."""
        if not self._out.is_running():
            self._out.start()
        self._out.submit(work, done)

    def end(self) -> None:
        """The window closes: what is being saved is saved to its end."""
        if self._out.is_running():
            self._out.finish()

    # --- the file it came from ---

    @property
    def has_newer(self) -> bool:
        """Whether the current document's file was saved by another program since."""
        tab = self._documents.current
        return tab is not None and tab.id in self._newer

    def look_for_newer(self) -> None:
        """Ask the disk; what is found is offered."""
        tab = self._documents.current
        if tab is None or not tab.record.origin.path:
            return
        record = tab.record

        def work() -> bool:
            from core.service.editing.opening import newer_version

            return newer_version(record)

        def done(newer: bool) -> None:
            if newer == (record.id in self._newer):
                return
            (self._newer.add if newer else self._newer.discard)(record.id)
            self.newer_found.emit()
            if newer:
                self._notice.say(
                    tr("Another program has saved {name} since.", name=record.title),
                    label=tr("Take the new version"),
                    action=partial(self.take_newer, record.id),
                    topic=f"newer:{record.id}",
                )

        self._disk.submit(work, done)

    def take_newer(self, document_id: str = "") -> None:
        """What the file holds now in the place of what it held: a step that can be undone."""
        tab = self._documents.tab(document_id) if document_id else self._documents.current
        if tab is None or tab.open is None:
            return
        record, document, tile = tab.record, tab.open.document, tab.open.tiles.read

        def work() -> NewDocument:
            from core.service.editing.opening import with_newer_version

            return with_newer_version(self._stores, record, document, tile)

        def done(new: NewDocument) -> None:
            if tab.open is None or tab.open.document is not document:
                self._notice.say(tr("The document was changed meanwhile; try again."), topic=TOPIC)
                return
            self._newer.discard(tab.id)
            tab.open.step(tr("New version of the file"), new.document, new.tiles)
            self._documents.record(tab, replace(tab.record, origin=new.record.origin))
            self._notice.clear(f"newer:{tab.id}")
            self.newer_found.emit()

        self._disk.submit(work, done, self._refused)


def as_picture(image: QImage) -> OpenedPicture:
    """Pixels of an image as plain rows."""
    clear = image.hasAlphaChannel()
    kind = QImage.Format.Format_RGBA8888 if clear else QImage.Format.Format_RGB888
    image = image.convertToFormat(kind)
    width, height, line = image.width(), image.height(), image.width() * (4 if clear else 3)
    data = bytes(image.constBits())
    if image.bytesPerLine() != line:  # Qt ends each row at a multiple of four bytes
        starts = range(0, height * image.bytesPerLine(), image.bytesPerLine())
        data = b"".join(data[start : start + line] for start in starts)
    return OpenedPicture(width, height, "RGBA" if clear else "RGB", data)
