"""The pictures of cells as they are drawn: read in a thread, at the size of a cell."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap

from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from core.values.picture import Picture
from desktop.pictures.grids.contents.cells import read_thumbnail
from desktop.state.tasks import SerialTasks

SMALL = 256  # pixels of a side up to which thumbnails are sharp
KEPT = 600
Size = tuple[int, float]  # side in pixels, and the screen's in each


class CellImages(QObject):
    """`changed` is called when one more is here."""

    def __init__(
        self, tasks: SerialTasks, thumbnails: Thumbnails, changed: Callable[[int], object]
    ) -> None:
        super().__init__()
        self._tasks = tasks
        self._thumbnails = thumbnails
        self._changed = changed
        self._kept: Recent[int, tuple[Size, QPixmap]] = Recent(KEPT)
        self._asked: set[tuple[int, Size]] = set()
        self.size: Size = (128, 1.0)

    def pixmap(self, picture: Picture) -> QPixmap | None:
        """As far as it is here; what is not, or of another size, is on its way."""
        size, pixmap = self._kept.get(picture.id) or (self.size, None)
        if pixmap is None or size != self.size:
            self._ask(picture, self.size)
        return pixmap

    def _ask(self, picture: Picture, size: Size) -> None:
        asked = picture.id, size
        if asked in self._asked:
            return
        self._asked.add(asked)

        def read() -> QImage | None:
            if size != self.size:  # meanwhile
                return None
            return _read(self._thumbnails, picture, size)

        def here(image: QImage | None) -> None:
            self._asked.discard(asked)
            if image is not None:
                pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
                pixmap.setDevicePixelRatio(size[1])
                self._kept.keep(picture.id, (size, pixmap))
                self._changed(picture.id)

        self._tasks.submit(read, here)


def _read(thumbnails: Thumbnails, picture: Picture, size: Size) -> QImage:
    side, ratio = size
    if side * ratio <= SMALL:
        return read_thumbnail(thumbnails.get(picture), side, side, ratio)
    reader = QImageReader(picture.path)
    reader.setAutoTransform(True)
    whole = reader.size()
    wanted = QSize(round(side * ratio), round(side * ratio))
    if whole.isValid() and (whole.width() > wanted.width() or whole.height() > wanted.height()):
        reader.setScaledSize(whole.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
