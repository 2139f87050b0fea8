"""The gallery as an item model: ids at once, records and thumbnails when they are looked at.

What a grid shows no more when its turn comes is not read, so that a dragged bar waits for nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QImage, QPixmap

from core.store.gallery import Gallery
from core.store.thumbnails import Thumbnails
from core.system.recent import Recent
from core.values.gallery.question import PictureQuestion
from core.values.picture import Picture
from desktop.pictures.cells import Cell, read_thumbnail
from desktop.pictures.picture_ids import PictureIds, runs
from desktop.pictures.stacks import Stacks, folded
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

PICTURE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SPOKEN = 120  # characters of a prompt that are read out
FIRST = 200  # ids of a new question that are shown before the others are found
PAGE = 64  # records that are read at once
KEPT_PICTURES = 1000  # records in memory
AT_ONCE = 1000  # records of one question to the database, which limits their number
KEPT_PIXMAPS = 96  # thumbnails in memory at least,
SCREENS = 3  # or those of so many screens
SHOWN_PROMPT = 300  # characters of a prompt in a tooltip
RESIZED_MS = 150  # after the last change of a cell's size thumbnails are scaled anew
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
    """One row a picture, newest first; `counted` tells how many there are now, `first_came` that
    the first rows of a new question are here."""

    counted = Signal(int)
    first_came = Signal()

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
        self._ids = PictureIds()
        self._pictures: Recent[int, Picture] = Recent(KEPT_PICTURES)
        self._pixmaps: Recent[int, tuple[Cell, QPixmap]] = Recent(KEPT_PIXMAPS)
        self._asked: set[int] = set()  # whose records are being read
        self._drawing: set[int] = set()  # whose thumbnails are
        self._question = PictureQuestion(stacked=True)
        self.stacks = Stacks()
        self._turn = 0  # counts questions: the answer to an older one is dropped
        self._asking = False  # no answer to the last question is here yet
        self._whole = True  # all of its answers are
        self._shown: range | None = None  # rows that the grid shows; threads read it
        self._cell: Cell = 0, 1.0
        self._next_cell: Cell = 0, 1.0  # once it changes no more
        self._resized = QTimer(self, interval=RESIZED_MS, singleShot=True)
        self._resized.timeout.connect(self._scale_anew)

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
            words = picture_words(picture, index.row(), len(self._ids))
            count = self.stack_count(picture)
            return tr("{words}, stack of {n}", words=words, n=count) if count > 1 else words
        return tr(
            "{prompt} (seed {seed})",
            prompt=picture.request.prompt[:SHOWN_PROMPT] or tr("without a prompt"),
            seed=picture.request.seed,
        )

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return self.files_of(range(index.row(), index.row() + 1) for index in indexes)

    def files_of(self, rows: Iterable[range]) -> QMimeData:
        """What dragging these rows carries: the files of those whose records are here."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(picture.path) for picture in self.known(rows)])
        return data

    # --- what the window asks ---

    def search(self, query: str = "", *, favourites: bool = False, trashed: bool = False) -> None:
        """Replace the rows by what matches, the newest first, then all; the answer to an older
        question is dropped."""
        text = f"is:favourite {query}" if favourites else query
        question = replace(self._question, text=text, trashed=trashed)
        self._ask(question, FIRST)

    def search_again(self) -> None:
        """Ask the last question once more; where all is as it was, what is chosen stays chosen."""
        self.forget_records()
        self._ask(self._question, -1 if self._ids else FIRST)

    def _ask(self, question: PictureQuestion, limit: int) -> None:
        self._question = question
        self._turn += 1
        self._asking = True
        self._whole = False
        self._find(partial(self._take_first, limit), limit=limit)

    def _find(self, then: Callable[[array[int]], None], **bounds: int) -> None:
        """Ask the question within these bounds, see `Gallery.find`; dropped where another one is
        asked before `then` has heard the ids."""
        turn = self._turn
        question = self._question

        def wanted() -> bool:
            return turn == self._turn

        def find() -> array[int] | None:
            self.stacks.read(self._gallery, question)
            return self._gallery.find(question, wanted=wanted, **bounds)

        def found(ids: array[int] | None) -> None:
            if ids is not None and wanted():
                then(ids)

        self._records.submit(find, found)

    def _take_first(self, limit: int, ids: array[int]) -> None:
        self._asking = False
        self._whole = len(ids) != limit
        self._asked.clear()
        if self._ids.are(ids):
            self._changed(range(len(ids)))
        else:
            self.beginResetModel()
            self._ids = PictureIds(ids)
            self.endResetModel()
        if limit == FIRST:
            self.first_came.emit()
        if self._whole:
            self._count()
        else:
            self._find(self._take_rest, after=ids[-1])

    def _take_rest(self, ids: array[int]) -> None:
        self._whole = True
        if ids:
            count = len(self._ids)
            self.beginInsertRows(QModelIndex(), count, count + len(ids) - 1)
            self._ids.extend(ids)
            self.endInsertRows()
        self._count()

    def _count(self) -> None:
        if self._whole:
            self.counted.emit(len(self._ids))

    def forget_records(self) -> None:
        """Records may have changed on disk: read them again."""
        self._pictures.clear()
        self._asked.clear()

    def add(self, picture: Picture) -> None:
        """A picture was just made: put it in its place if it answers the question."""
        self._pictures.keep(picture.id, picture)
        plain = self._question.is_plain()
        if plain:
            self._hide(self.stacks.put(picture, self._question))
            self._join((picture.id,))
        if self._asking or not plain:  # an answer on its way was found before it was made
            self._find(self._join, above=picture.id - 1)

    # --- stacks ---

    def stack_count(self, picture: Picture) -> int:
        """How many pictures the row of this one stands for, itself included."""
        return self.stacks.count(picture, self._question)

    def fold(self, document: str) -> None:
        """Show all pictures of a document's stack, or only the newest again."""
        self._ask(folded(self._question, document), -1)

    def _hide(self, picture_id: int) -> None:
        row = self._ids.row_of(picture_id)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            self._ids.remove(row)
            self.endRemoveRows()

    def _join(self, ids: Iterable[int]) -> None:
        """Rows for those that have none; newer ones, so that they come among the first."""
        for picture_id in ids:
            place = self._ids.place_for(picture_id)
            if place is not None:
                self.beginInsertRows(QModelIndex(), place, place)
                self._ids.insert(place, picture_id)
                self.endInsertRows()
                self._count()

    def row_of(self, picture_id: int) -> int:
        """The picture's row, or -1."""
        return self._ids.row_of(picture_id)

    def ids(self) -> Sequence[int]:
        """All ids in order."""
        return self._ids

    def known(self, rows: Iterable[range]) -> list[Picture]:
        """The pictures of these rows whose records are here. The others' are asked for where they
        are few."""
        rows = list(rows)
        if sum(map(len, rows)) <= PAGE:
            few = (self._picture(self._ids[row], row) for part in rows for row in part)
            return [picture for picture in few if picture is not None]
        here = {self.row_of(picture.id): picture for picture in self._pictures.values()}
        ordered = sorted(row for row in here if row >= 0)
        return [here[row] for part in rows for row in ordered if row in part]

    def read_rows(self, rows: Iterable[range], then: Callable[[list[Picture]], None]) -> None:
        """`then` gets the pictures of these rows, also those whose records were never looked at."""
        ids = self._ids.among(rows)
        if len(ids) <= KEPT_PICTURES:
            known = [self._pictures.get(picture_id) for picture_id in ids]
            here = [picture for picture in known if picture is not None]
            if len(here) == len(ids):
                then(here)
                return

        def read() -> list[Picture]:
            parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
            return [picture for part in parts for picture in self._gallery.page(part)]

        self._records.submit(read, then)

    # --- what a grid asks ---

    def set_visible_count(self, shown: int) -> None:
        """So many fit on the screen: thumbnails of a few screens stay in memory."""
        self._pixmaps.keep_at_most(max(KEPT_PIXMAPS, SCREENS * shown))

    def use_cell(self, side: int, ratio: float) -> None:
        """Thumbnails are shown in cells of this side in pixels, of which the screen has `ratio`
        each; they are scaled to it beside the window. While the side changes they stay as they
        are."""
        if (side, ratio) == self._next_cell:
            return
        self._next_cell = side, ratio
        if not self._pixmaps:
            self._cell = self._next_cell
        elif self._next_cell != self._cell:
            self._resized.start()

    def _scale_anew(self) -> None:
        self._cell = self._next_cell
        self._changed(range(len(self._ids)))

    def look(self, rows: range) -> None:
        """The grid shows these rows now: what is asked for other ones is not read any more."""
        self._shown = rows

    def at(self, row: int) -> tuple[Picture | None, QPixmap | None]:
        """What of a row is here to be drawn; the rest is on its way."""
        picture_id = self._ids[row]
        return self._picture(picture_id, row, drawn=True), self._pixmap(picture_id)

    # --- loading ---

    def _picture(self, picture_id: int, row: int, *, drawn: bool = False) -> Picture | None:
        """The record; where it is not here it is asked for with its page. `drawn`: only as long as
        the page is shown."""
        picture = self._pictures.get(picture_id)
        if picture is None and picture_id not in self._asked:
            first = row - row % PAGE
            page = range(first, min(first + PAGE, len(self._ids)))
            wanted = [i for i in self._ids[first : first + PAGE] if i not in self._pictures]
            self._asked.update(wanted)

            def read() -> tuple[Picture, ...] | None:
                if drawn and not self._shows(page):
                    return None
                return self._gallery.page(wanted)

            self._records.submit(read, partial(self._arrived, wanted))
        return picture

    def _shows(self, rows: range) -> bool:
        """Whether the grid shows some of these rows. For any thread."""
        shown = self._shown
        if shown is None:
            return True
        return shown.start < rows.stop and rows.start < shown.stop

    def _arrived(self, wanted: list[int], pictures: tuple[Picture, ...] | None) -> None:
        if pictures is None:  # asked again when it is seen again
            self._asked.difference_update(wanted)
            if any(self._shows(range(row, row + 1)) for row in map(self.row_of, wanted)):
                self._changed(range(len(self._ids)))
            return
        rows: list[int] = []
        for picture in pictures:
            self._pictures.keep(picture.id, picture)
            self._asked.discard(picture.id)  # one that makes room for others is read again
            rows.append(self.row_of(picture.id))
        for part in runs(row for row in rows if row >= 0):
            self._changed(part)

    def _changed(self, rows: range) -> None:
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))

    def _pixmap(self, picture_id: int) -> QPixmap | None:
        cell, pixmap = self._pixmaps.get(picture_id) or (self._cell, None)
        picture = self._pictures.get(picture_id)
        missing = pixmap is None or cell != self._cell
        if missing and picture is not None and picture_id not in self._drawing:
            self._drawing.add(picture_id)
            self._images.submit(
                partial(self._load, picture, self._cell),
                partial(self._drawn, picture_id, self._cell),
            )
        return pixmap

    def _load(self, picture: Picture, cell: Cell) -> QImage | None:
        """The thumbnail as it will be drawn; None where its row is not shown any more."""
        row = self.row_of(picture.id)
        if not self._shows(range(row, row + 1)):
            return None
        return read_thumbnail(self._thumbnails.get(picture), *cell)

    def _drawn(self, picture_id: int, cell: Cell, image: QImage | None) -> None:
        self._drawing.discard(picture_id)
        row = self.row_of(picture_id)
        if image is not None:
            # a file that cannot be read is kept as a single pixel, and not asked for again
            pixmap = QPixmap(1, 1) if image.isNull() else QPixmap.fromImage(image)
            self._pixmaps.keep(picture_id, (cell, pixmap))
        elif not self._shows(range(row, row + 1)):
            return
        if row >= 0:
            self._changed(range(row, row + 1))
