"""Thumbnails as a grid draws them: read and scaled to their cells beside the window, those of a few
screens kept."""

from __future__ import annotations

import os
import time
from collections import deque
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
BATCH_SECONDS = 0.008  # for which thumbnails are read before those are told of
RESIZED_MS = 150  # after the last change of the cells' size thumbnails are scaled anew


class _Shown(NamedTuple):
    """What is drawn, made for a cell; `sharp`: from the picture's own file, or as far as that can
    be read."""

    cell: Cell
    pixmap: QPixmap | None
    sharp: bool = False


_NOTHING = _Shown(NOWHERE, None)


class _Loaded(NamedTuple):
    """A thumbnail as it will be drawn, and whether the file is there; no image where the picture's
    row is not shown any more."""

    picture_id: int
    cell: Cell
    image: QImage | None
    is_here: bool = True


class Pixmaps(QObject):
    """By id of a picture. `came` tells of those that are here now, `outdated` that all are to be
    asked for again; `shows` says, in any thread, whether a picture is seen at all.

    Thumbnails are read and told of some at a time: to hand on each by itself would cost the window
    more than to draw it.
    """

    came = Signal(object)
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
        self._waiting: deque[tuple[Picture, Cell]] = deque()  # for that; threads take from it
        self._is_asked = False  # a task is queued that will do so
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
        if sharp:
            then = partial(self._sharp_came, picture.id, cell)
            self._images.submit(partial(self._load_sharp, picture, cell), then)
        else:
            self._waiting.append((picture, cell))
            self._ask_for_some()

    def _ask_for_some(self) -> None:
        """For any thread."""
        if self._waiting and not self._is_asked:
            self._is_asked = True
            self._images.submit(self._load_some, self._drawn)

    def look_again(self) -> None:
        """Files may have come or gone, as with a drive: look once more when they are drawn."""
        self._looked.clear()
        self.outdated.emit()

    def is_away(self, picture_id: int) -> bool:
        """Whether a picture's file was not there when it was last looked for, as on a drive that is
        not connected."""
        return picture_id in self._away

    def _load_some(self) -> list[_Loaded]:
        """Thumbnails that wait, one at least."""
        self._is_asked = False  # before one is taken: what waits from now on may come too late
        ends = time.perf_counter() + BATCH_SECONDS
        loaded: list[_Loaded] = []
        while self._waiting and not (loaded and time.perf_counter() > ends):
            loaded.append(self._load(*self._waiting.popleft()))
        self._ask_for_some()
        return loaded

    def _load(self, picture: Picture, cell: Cell) -> _Loaded:
        if not self._shows(picture.id):
            return _Loaded(picture.id, cell, None)
        image = read_thumbnail(self._thumbnails.get(picture), *cell)
        is_here = not stays_elsewhere(picture) or os.path.exists(picture.path)
        return _Loaded(picture.id, cell, image, is_here)

    def _load_sharp(self, picture: Picture, cell: Cell) -> QImage | None:
        """The picture itself as it will be drawn, a null image where it cannot be read; None where
        its row is not shown any more."""
        return read_sharp(picture.path, *cell) if self._shows(picture.id) else None

    def _drawn(self, loaded: list[_Loaded]) -> None:
        came: list[int] = []
        for picture_id, cell, image, is_here in loaded:
            self._drawing.discard(picture_id)
            if image is not None:
                # a file that cannot be read is kept as a single pixel, and not asked for again
                pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
                self._pixmaps.keep(picture_id, _Shown(cell, pixmap, sharp=image.isNull()))
                (self._away.discard if is_here else self._away.add)(picture_id)
                self._looked.add(picture_id)
            elif not self._shows(picture_id):
                continue
            came.append(picture_id)
        if came:
            self.came.emit(came)

    def _sharp_came(self, picture_id: int, cell: Cell, image: QImage | None) -> None:
        self._drawing.discard(picture_id)
        before = self._pixmaps.get(picture_id)
        if image is None or before is None:  # asked for again when it is seen again
            return
        pixmap = before.pixmap if image.isNull() else QPixmap.fromImage(image)
        self._pixmaps.keep(picture_id, _Shown(cell, pixmap, sharp=True))
        self.came.emit([picture_id])


def _shows_more(cell: Cell, picture: Picture) -> bool:
    """Whether a cell has room for more of a picture than its thumbnail holds."""
    width, height, ratio = cell
    shown = min(max(width, height) * ratio, max(picture.width, picture.height))
    return shown > SHARP_FROM and picture.width * picture.height <= MOST_PIXELS


def stays_elsewhere(picture: Picture) -> bool:
    """Whether its file lies in a folder that was imported in place, and may go without us."""
    return picture.origin is not None and picture.origin.how is How.IN_PLACE
