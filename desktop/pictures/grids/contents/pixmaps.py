"""Thumbnails as a grid draws them: read and scaled to their cells beside the window, those of a few
screens kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from core.values.gallery.origin import How
from core.values.picture import Picture
from desktop.pictures.grids.contents.cells import NOWHERE, Cell, read_sharp, read_thumbnail
from desktop.state.tasks import SerialTasks

KEPT = 96  # thumbnails in memory at least,
SCREENS = 3  # or those of so many screens
SHARP_FROM = 294  # pixels of the screen: larger, a thumbnail of 256 looks blurred
MOST_PIXELS = 24 * 2**20  # of a file that is decoded for a cell
RESIZED_MS = 150  # after the last change of the cells' size thumbnails are scaled anew


class _Shown(NamedTuple):
    """What is drawn, made for a cell; `sharp`: from the picture's own file, or as far as that can
    be read."""

    cell: Cell
    pixmap: QPixmap | None
    sharp: bool = False


_NOTHING = _Shown(NOWHERE, None)


class Pixmaps(QObject):
    """By id of a picture. `came` tells of one that is here now, `outdated` that all are to be asked
    for again; `shows` says, in any thread, whether a picture is seen at all."""

    came = Signal(int)
    outdated = Signal()

    def __init__(
        self,
        thumbnails: Thumbnails,
        images: SerialTasks,
        shows: Callable[[int], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._images = images
        self._shows = shows
        self._pixmaps: Recent[int, _Shown] = Recent(KEPT)
        self._drawing: set[int] = set()  # whose thumbnails are being read
        self._away: set[int] = set()  # whose files are not there now
        self._looked: set[int] = set()  # whose files were looked for
        self._layout = (0, 0, 1.0)
        self._resized = QTimer(self, interval=RESIZED_MS, singleShot=True)
        self._resized.timeout.connect(self.outdated)

    def keep_for(self, shown: int) -> None:
        """So many fit on the screen."""
        self._pixmaps.keep_at_most(max(KEPT, SCREENS * shown))

    def use_layout(self, side: int, width: int, ratio: float) -> None:
        """Cells are of about this side, in lines of this width, in pixels of which the screen has
        `ratio` each. While that changes, thumbnails stay as they are."""
        if (side, width, ratio) != self._layout:
            self._layout = side, width, ratio
            if self._pixmaps:
                self._resized.start()

    def get(self, picture_id: int, picture: Picture | None, cell: Cell) -> QPixmap | None:
        """What is here to be drawn, perhaps of another size; what fits the cell is on its way, once
        the picture's record is known."""
        shown = self._pixmaps.get(picture_id) or _NOTHING
        waits = shown.pixmap is not None and self._resized.isActive()
        if picture is None or waits or picture_id in self._drawing:
            return shown.pixmap
        fits = shown.pixmap is not None and (shown.cell == cell or cell is NOWHERE)
        if not fits or (stays_elsewhere(picture) and picture_id not in self._looked):
            self._submit(picture, cell, sharp=False)
        elif not shown.sharp and _shows_more(cell, picture):
            self._submit(picture, cell, sharp=True)
        return shown.pixmap

    def _submit(self, picture: Picture, cell: Cell, *, sharp: bool) -> None:
        self._drawing.add(picture.id)
        load = self._load_sharp if sharp else self._load
        then = self._sharp_came if sharp else self._drawn
        self._images.submit(partial(load, picture, cell), partial(then, picture.id, cell))

    def look_again(self) -> None:
        """Files may have come or gone, as with a drive: look once more when they are drawn."""
        self._looked.clear()
        self.outdated.emit()

    def is_away(self, picture_id: int) -> bool:
        """Whether a picture's file was not there when it was last looked for, as on a drive that is
        not connected."""
        return picture_id in self._away

    def _load(self, picture: Picture, cell: Cell) -> tuple[QImage, bool] | None:
        """The thumbnail as it will be drawn, and whether the file is there; None where its row is
        not shown any more."""
        if not self._shows(picture.id):
            return None
        image = read_thumbnail(self._thumbnails.get(picture), *cell)
        return image, not stays_elsewhere(picture) or os.path.exists(picture.path)

    def _load_sharp(self, picture: Picture, cell: Cell) -> QImage | None:
        """The picture itself as it will be drawn, a null image where it cannot be read; None where
        its row is not shown any more."""
        return read_sharp(picture.path, *cell) if self._shows(picture.id) else None

    def _drawn(self, picture_id: int, cell: Cell, loaded: tuple[QImage, bool] | None) -> None:
        self._drawing.discard(picture_id)
        if loaded is not None:
            image, is_here = loaded
            # a file that cannot be read is kept as a single pixel, and not asked for again
            pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
            self._pixmaps.keep(picture_id, _Shown(cell, pixmap, sharp=image.isNull()))
            (self._away.discard if is_here else self._away.add)(picture_id)
            self._looked.add(picture_id)
        elif not self._shows(picture_id):
            return
        self.came.emit(picture_id)

    def _sharp_came(self, picture_id: int, cell: Cell, image: QImage | None) -> None:
        self._drawing.discard(picture_id)
        before = self._pixmaps.get(picture_id)
        if image is None or before is None:  # asked for again when it is seen again
            return
        pixmap = before.pixmap if image.isNull() else QPixmap.fromImage(image)
        self._pixmaps.keep(picture_id, _Shown(cell, pixmap, sharp=True))
        self.came.emit(picture_id)


def _shows_more(cell: Cell, picture: Picture) -> bool:
    """Whether a cell has room for more of a picture than its thumbnail holds."""
    width, height, ratio = cell
    shown = min(max(width, height) * ratio, max(picture.width, picture.height))
    return shown > SHARP_FROM and picture.width * picture.height <= MOST_PIXELS


def stays_elsewhere(picture: Picture) -> bool:
    """Whether its file lies in a folder that was imported in place, and may go without us."""
    return picture.origin is not None and picture.origin.how is How.IN_PLACE
