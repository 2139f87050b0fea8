"""Small pictures of models and of jobs, read backstage and kept in memory: what a row shows is
there or comes by signal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from core.service.library_overview import LibraryItem
from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.values.events import Preview

KEPT = 500  # of at most 256 x 256 pixels


def preview_image(preview: Preview) -> QImage:
    """What an engine shows of a picture that it makes."""
    line = preview.width * 3  # bytes
    kind = QImage.Format.Format_RGB888
    # a copy, since Qt does not keep the bytes alive
    return QImage(preview.rgb, preview.width, preview.height, line, kind).copy()


class Portraits(QObject):
    """`arrived` carries the key of a picture that is there now: a model's path, or a job's id."""

    arrived = Signal(str)

    def __init__(
        self,
        stores: Stores,
        thumbnails: Thumbnails,
        images: SerialTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._thumbnails = thumbnails
        self._images = images
        self._kept: Recent[str, QPixmap | None] = Recent(KEPT)

    def of_model(self, item: LibraryItem) -> QPixmap | None:
        """What a model is shown by; None until it was read, and where there is nothing."""
        entry = item.entry
        chosen = item.card.picture

        def read() -> bytes:
            from core.service.model_previews import preview

            return preview(self._stores, self._thumbnails, entry.id, entry.path, entry.name, chosen)

        return self._get(entry.path, read)

    def of_job(self, job_id: str) -> QPixmap | None:
        """The picture that a job made; None until it was read, and where there is none."""

        def read() -> bytes:
            made = self._stores.gallery.of_job(job_id)
            return self._thumbnails.get(made) if made is not None else b""

        return self._get(job_id, read)

    def forget(self, key: str) -> None:
        """Read it anew when it is asked for again."""
        self._kept.forget(key)

    def _get(self, key: str, read: Callable[[], bytes]) -> QPixmap | None:
        if key in self._kept:
            return self._kept.get(key)
        self._kept.keep(key, None)  # asked for
        self._images.submit(
            lambda: QImage.fromData(read()),
            partial(self._read, key),
            lambda _: None,  # a model or a job without a picture is no fault
        )
        return None

    def _read(self, key: str, image: QImage) -> None:
        if not image.isNull() and key in self._kept:
            self._kept.keep(key, QPixmap.fromImage(image))
            self.arrived.emit(key)
