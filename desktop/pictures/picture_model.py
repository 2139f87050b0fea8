"""The gallery as an item model: ids at once, records and thumbnails when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QImage, QPixmap

from core.store.gallery import Gallery
from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

PICTURE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SPOKEN = 120  # characters of a prompt that are read out
PAGE = 64  # records that are read at once
KEPT_PICTURES = 1000  # records in memory
AT_ONCE = 1000  # records of one question to the database, which limits their number
KEPT_PIXMAPS = 96  # thumbnails in memory at least,
SCREENS = 3  # or those of so many screens
SHOWN_PROMPT = 300  # characters of a prompt in a tooltip
AnyIndex = QModelIndex | QPersistentModelIndex


def picture_words(picture: Picture, row: int = -1, count: int = 0) -> str:
    """The prompt's beginning, seed, favourite, and where the picture stands among `count`."""
    prompt = " ".join(picture.request.prompt.split())
    if len(prompt) > SPOKEN:
        prompt = prompt[:SPOKEN].rpartition(" ")[0] or prompt[:SPOKEN]
    words = [prompt or tr("Without a prompt"), tr("seed {seed}", seed=picture.request.seed)]
    if picture.favourite:
        words.append(tr("favourite"))
    if row >= 0:
        words.append(position_words(row, count))
    return ", ".join(words)


def position_words(row: int, count: int) -> str:
    """ "4 of 812"."""
    return tr("{n} of {count}", n=row + 1, count=count)


class PictureModel(QAbstractListModel):
    """One row a picture, newest first; `counted` tells how many there are now."""

    counted = Signal(int)

    def __init__(
        self,
        gallery: Gallery,
        thumbnails: Thumbnails,
        records: SerialTasks,
        images: SerialTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._thumbnails = thumbnails
        self._records = records
        self._images = images
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        self._pictures: Recent[int, Picture] = Recent(KEPT_PICTURES)
        self._pixmaps: Recent[int, QPixmap] = Recent(KEPT_PIXMAPS)
        self._asked: set[int] = set()  # whose records are being read
        self._drawing: set[int] = set()  # whose thumbnails are
        self._question: tuple[str, bool, bool] = ("", False, False)
        self._turn = 0  # counts questions: the answer to an older one is dropped

    # --- what Qt asks ---

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        picture_id = self._ids[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmap(picture_id)
        picture = self._picture(picture_id, index.row())
        if role == PICTURE_ROLE:
            return picture
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return position_words(index.row(), len(self._ids))
        spoken = role == Qt.ItemDataRole.AccessibleTextRole
        if not spoken and role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if picture is None:
            return tr("Picture, still loading")
        if spoken:
            return picture_words(picture, index.row(), len(self._ids))
        return tr(
            "{prompt} (seed {seed})",
            prompt=picture.request.prompt[:SHOWN_PROMPT] or tr("without a prompt"),
            seed=picture.request.seed,
        )

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        pictures = [index.data(PICTURE_ROLE) for index in indexes]
        data.setUrls(
            [QUrl.fromLocalFile(picture.path) for picture in pictures if picture is not None]
        )
        return data

    # --- what the window asks ---

    def search(self, query: str = "", *, favourites: bool = False, trashed: bool = False) -> None:
        """Replace the rows by what matches; the answer to an older question is dropped."""
        self._question = query, favourites, trashed
        self._turn += 1
        turn = self._turn

        def show(ids: tuple[int, ...]) -> None:
            if turn == self._turn:
                self.beginResetModel()
                self._ids = list(ids)
                self._rows = {}
                self._asked.clear()
                self.endResetModel()
                self.counted.emit(len(ids))

        self._records.submit(
            lambda: self._gallery.ids(query, favourites=favourites, trashed=trashed), show
        )

    def search_again(self) -> None:
        """Ask the last question once more."""
        self.forget_records()
        query, favourites, trashed = self._question
        self.search(query, favourites=favourites, trashed=trashed)

    def forget_records(self) -> None:
        """Records may have changed on disk: read them again."""
        self._pictures.clear()
        self._asked.clear()

    def add(self, picture: Picture) -> None:
        """A picture was just made: put it in front if nothing is being searched."""
        self._pictures.keep(picture.id, picture)
        if self._question == ("", False, False) and picture.id not in self._ids[:50]:
            self.beginInsertRows(QModelIndex(), 0, 0)
            self._ids.insert(0, picture.id)
            self._rows = {}
            self.endInsertRows()
            self.counted.emit(len(self._ids))

    def row_of(self, picture_id: int) -> int:
        """The picture's row, or -1."""
        if not self._rows:
            self._rows = {i: row for row, i in enumerate(self._ids)}
        return self._rows.get(picture_id, -1)

    def ids(self) -> Sequence[int]:
        """All ids in order."""
        return self._ids

    def read_rows(self, rows: Sequence[int], then: Callable[[list[Picture]], None]) -> None:
        """`then` gets the pictures of these rows, also those whose records were never looked at."""
        ids = [self._ids[row] for row in rows]
        known = [self._pictures.get(picture_id) for picture_id in ids]
        here = [picture for picture in known if picture is not None]
        if len(here) == len(ids):
            then(here)
            return

        def read() -> list[Picture]:
            parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
            return [picture for part in parts for picture in self._gallery.page(part)]

        self._records.submit(read, then)

    def set_visible_count(self, shown: int) -> None:
        """So many fit on the screen: thumbnails of a few screens stay in memory."""
        self._pixmaps.keep_at_most(max(KEPT_PIXMAPS, SCREENS * shown))

    # --- loading ---

    def _picture(self, picture_id: int, row: int) -> Picture | None:
        picture = self._pictures.get(picture_id)
        if picture is None and picture_id not in self._asked:
            first = row - row % PAGE
            wanted = [i for i in self._ids[first : first + PAGE] if i not in self._pictures]
            self._asked.update(wanted)
            self._records.submit(partial(self._gallery.page, wanted), self._arrived)
        return picture

    def _arrived(self, pictures: tuple[Picture, ...]) -> None:
        for picture in pictures:
            self._pictures.keep(picture.id, picture)
            self._asked.discard(picture.id)  # one that makes room for others is read again
            self._changed(picture.id)

    def _changed(self, picture_id: int) -> None:
        row = self.row_of(picture_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def _pixmap(self, picture_id: int) -> QPixmap | None:
        pixmap = self._pixmaps.get(picture_id)
        picture = self._pictures.get(picture_id)
        if pixmap is None and picture is not None and picture_id not in self._drawing:
            self._drawing.add(picture_id)
            self._images.submit(partial(self._load, picture), self._drawn)
        return pixmap

    def _load(self, picture: Picture) -> tuple[int, QImage]:
        return picture.id, QImage.fromData(self._thumbnails.get(picture))

    def _drawn(self, id_and_image: tuple[int, QImage]) -> None:
        picture_id, image = id_and_image
        self._drawing.discard(picture_id)
        # a file that cannot be read is kept as a single pixel, and not asked for again
        pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
        self._pixmaps.keep(picture_id, pixmap)
        self._changed(picture_id)
