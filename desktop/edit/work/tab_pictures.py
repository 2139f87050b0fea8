"""How documents look that were not shown since the start: what was kept of them last, so that every
tab has its picture though nothing of it is loaded."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QBuffer, QObject, QTimer
from PySide6.QtGui import QImage

from desktop.edit.pixels.checks import on_checks
from desktop.edit.work.open_documents import OpenDocuments, Tab
from desktop.state.services import Services

KEEP_MS = 1500  # after the last change of the one that is shown


class TabPictures(QObject):
    """They lie in the cache of thumbnails: one that is lost is there again once its document is
    shown."""

    def __init__(self, documents: OpenDocuments, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._documents = documents
        self._thumbnails = services.thumbnails
        self._images = services.image_tasks
        self._asked: set[str] = set()  # documents whose picture was looked for
        self._known: dict[str, int] = {}  # by document, the key of the image that is kept
        self._timer = QTimer(self, interval=KEEP_MS, singleShot=True)
        self._timer.timeout.connect(self.keep)
        documents.listed.connect(self._look)

    def _look(self) -> None:
        for tab in self._documents.tabs:
            if tab.open is None and tab.thumbnail.isNull() and tab.id not in self._asked:
                self._asked.add(tab.id)
                read = partial(self._thumbnails.get_of_document, tab.id)
                self._images.submit(read, partial(self._found, tab))
        if any(self._is_new(tab) for tab in self._documents.tabs):
            self._timer.start()

    def _found(self, tab: Tab, jpeg: bytes) -> None:
        image = QImage.fromData(jpeg)
        if tab.thumbnail.isNull() and not image.isNull():
            tab.thumbnail = image
            self._documents.listed.emit()

    def _is_new(self, tab: Tab) -> bool:
        return tab.open is not None and self._known.get(tab.id) != tab.thumbnail.cacheKey()

    def keep(self) -> None:
        """Those that look otherwise than they did, for the next start."""
        self._timer.stop()
        for tab in self._documents.tabs:
            if self._is_new(tab) and not tab.thumbnail.isNull():
                self._known[tab.id] = tab.thumbnail.cacheKey()
                self._images.submit(partial(self._write, tab.id, tab.thumbnail))

    def _write(self, document_id: str, image: QImage) -> None:
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        on_checks(image).save(buffer, "JPEG", 90)  # type: ignore[call-overload]
        self._thumbnails.keep_of_document(document_id, bytes(buffer.data().data()))
