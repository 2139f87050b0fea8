"""The small pictures on the tabs: drawn a moment after a document was, from what that has made
already; of one that nobody has looked at yet, beside the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage

from core.values.editing.document import Document
from desktop.edit.document.thumbnail import thumbnail_of
from desktop.edit.work.tab import Tab
from desktop.state.services import Services

SIZE = QSize(96, 96)  # pixels
SETTLED_MS = 80  # after the last step
REST_MS = 600  # after the start, before others are read


class Thumbnails(QObject):
    """`drawn`: a tab has another one."""

    drawn = Signal()

    def __init__(
        self, services: Services, tabs: Callable[[], Sequence[Tab]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._stores = services.stores
        self._disk = services.database_tasks
        self._images = services.image_tasks
        self._tabs = tabs
        self._due: dict[str, Tab] = {}
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._read)

    def refresh(self, tab: Tab) -> None:
        """As it looks now, in a moment."""
        self._due[tab.id] = tab
        self._timer.start()

    def _draw(self) -> None:
        due, self._due = self._due, {}
        for tab in due.values():
            if tab.open is not None:
                tab.thumbnail = tab.open.thumbnail(SIZE)
                if not tab.open.unfinished().isEmpty():
                    self.refresh(tab)
        self.drawn.emit()

    def read_others(self) -> None:
        """Of those that are not loaded, once the one that is shown has been drawn."""
        self._rest.start()

    def _read(self) -> None:
        for tab in self._tabs():
            if tab.open is None and tab.thumbnail.isNull():
                # what cannot be read is told of when it is shown
                self._disk.submit(
                    partial(self._stores.documents.present, tab.id),
                    partial(self._make, tab),
                    lambda _: None,
                )

    def _make(self, tab: Tab, document: Document) -> None:
        read = partial(self._stores.documents.tile, tab.id)

        def there(image: QImage) -> None:
            if tab.open is None and not image.isNull():
                tab.thumbnail = image
                self.drawn.emit()

        work = partial(thumbnail_of, document, read, SIZE)
        self._images.submit(work, there, lambda _: None)
