"""The gallery as an item model: ids at once, records and thumbnails when they are looked at.

What a grid shows no more when its turn comes is not read, so that a dragged bar waits for nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from core.store.gallery import Gallery
from core.store.thumbnails import Thumbnails
from core.values.gallery.day import day_of
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Picture
from desktop.pictures.grids.contents.cells import NOWHERE, Cell
from desktop.pictures.grids.contents.listing import Lister, Listing, shape_of
from desktop.pictures.grids.contents.picture_ids import PictureIds, Step, runs, steps_between
from desktop.pictures.grids.contents.pixmaps import Pixmaps
from desktop.pictures.grids.contents.records import Records
from desktop.pictures.grids.contents.stacks import Stacks, folded
from desktop.pictures.grids.layout.groups import Groups
from desktop.pictures.grids.words import picture_words as picture_words
from desktop.pictures.grids.words import position_words, stack_words, tip_text, tip_words
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

PICTURE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
FIRST = 64  # ids of a new question that are shown before the others are found
PAGE = 64  # records that are read at once
AnyIndex = QModelIndex | QPersistentModelIndex


class PictureModel(QAbstractListModel):
    """One row a picture; `counted` tells how many there are now, `first_came` that the first rows
    of a new question are here, `regrouped` that rows stand under other headings, or shapes of
    pictures are known."""

    counted = Signal(int)
    first_came = Signal()
    regrouped = Signal()

    def __init__(
        self,
        gallery: Gallery,
        thumbnails: Thumbnails,
        records: SerialTasks,
        images: SerialTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = records
        self._lister = Lister(gallery)
        self._ids = PictureIds()
        self.records = Records(gallery, records, self)
        self.records.came.connect(self._came)
        self.pixmaps = Pixmaps(thumbnails, images, self._shows_picture, self)
        self.pixmaps.came.connect(self._came)
        self.pixmaps.outdated.connect(lambda: self._changed(range(len(self._ids))))
        self.question = PictureQuestion(stacked=True)
        self.stacks = Stacks()
        self.groups = Groups()
        self.sums = array("d")  # of shapes, as `Justified` wants them; empty where none are wanted
        self._with_groups = False
        self._with_shapes = False
        self._turn = 0  # counts questions: the answer to an older one is dropped
        self._limit = 0  # of the question that no answer came to yet; 0 for none
        self._late = False  # a picture was made while an answer was on its way
        self._whole = True  # all of the answers are here
        self._shown: range | None = None  # rows that the grid shows; threads read it

    # --- what Qt asks ---

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        row = index.row()
        picture_id = self._ids[row]
        picture = self._picture(picture_id, row)
        roles = Qt.ItemDataRole
        match role:
            case roles.DecorationRole:
                return self.pixmaps.get(picture_id, self.records.get(picture_id), NOWHERE)
            case int() if role == PICTURE_ROLE:
                return picture
            case roles.AccessibleDescriptionRole:
                return self._described(row)
            case roles.DisplayRole | roles.ToolTipRole:
                if picture is None:
                    return tr("Picture, still loading")
                return tip_text(picture) if role == roles.ToolTipRole else tip_words(picture)
            case roles.AccessibleTextRole:
                return self._spoken(picture, row)
            case _:
                return None

    def _described(self, row: int) -> str:
        """Where a row is: among all, and under which heading."""
        words = position_words(row, len(self._ids))
        group = self.groups.at(row)
        if group < 0:
            return words
        from desktop.pictures.grids.headings import heading_words

        title, _ = heading_words(self.question.order, self.groups.keys[group])
        return tr("{position}, {heading}", position=words, heading=title)

    def _spoken(self, picture: Picture | None, row: int) -> str:
        if picture is None:
            return tr("Picture, still loading")
        count = self.stacks.count(picture)
        words = picture_words(picture, row, len(self._ids))
        if count > 1 and (sweep := picture.request.sweep).id:
            words = tr("Sweep {name}: {words}", name=sweep.name, words=words)
        return stack_words(words, closed=count, opened=self.stacks.opened(picture))

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        from desktop.pictures.grids.dragging import data_of

        return data_of(self.known(range(index.row(), index.row() + 1) for index in indexes))

    # --- what the window asks ---

    def search(self, query: str = "", *, favourites: bool = False, trashed: bool = False) -> None:
        """Replace the rows by what a text in the query language asks for."""
        text = f"is:favourite {query}" if favourites else query
        self.ask(replace(self.question, text=text, trashed=trashed, unfolded=()))

    def ask(self, question: PictureQuestion) -> None:
        """Replace the rows by the answers, the first ones, then all; the answer to an older
        question is dropped."""
        self._ask(question, FIRST)

    def search_again(self) -> None:
        """Ask the last question once more; rows that are still there stay as they are, with what is
        chosen of them."""
        self.forget_records()
        self._ask(self.question, -1 if self._ids else FIRST)

    def is_by_date(self) -> bool:
        """Whether rows stand in the order of their days."""
        return self.question.order is Order.DATE

    def want(self, *, groups: bool, shapes: bool) -> None:
        """What a grid needs beside the ids: what stands under which heading, and the shapes of all
        pictures."""
        if (groups, shapes) != (self._with_groups, self._with_shapes):
            self._with_groups, self._with_shapes = groups, shapes
            if self._ids:
                self._ask(self.question, -1)

    def _ask(self, question: PictureQuestion, limit: int) -> None:
        """Dropped where another one is asked before the answer is heard."""
        self.question = question
        self._turn += 1
        self._limit = limit
        self._whole = False
        self._late = False
        turn = self._turn

        def wanted() -> bool:
            return turn == self._turn

        def read() -> Listing | None:
            return self._lister.read(
                question,
                limit=limit,
                groups=self._with_groups,
                shapes=self._with_shapes,
                wanted=wanted,
            )

        def found(listing: Listing | None) -> None:
            if listing is not None and wanted():
                self._take(listing, limit)

        self._tasks.submit(read, found)

    def _take(self, listing: Listing, limit: int) -> None:
        first = limit == FIRST
        self._limit = 0
        self.records.forget_questions()
        self.records.keep(listing.pictures)
        self._show(listing, anew=first)
        self._whole = not first or len(listing.ids) < limit
        if first:
            self.first_came.emit()
        self._count()
        if self._late or not self._whole:
            self._ask(self.question, -1)

    def _show(self, listing: Listing, *, anew: bool) -> None:
        """The answer in the place of the rows; those that stay keep what is chosen of them, unless
        they are `anew` those of another question."""
        self.stacks = listing.stacks
        if anew and self._ids[:] != listing.ids[:]:
            self.beginResetModel()
            self._use(listing)
            self.endResetModel()
            return
        steps = steps_between(self._ids, listing.ids[:])
        if steps is None:
            self._put_in_order(listing)
        else:
            self._go_in_steps(steps, listing)
        self.regrouped.emit()
        self._changed(range(len(self._ids)))

    def _use(self, listing: Listing) -> None:
        self._ids, self.groups, self.sums = listing.ids, listing.groups, listing.sums

    def _go_in_steps(self, steps: Sequence[Step], listing: Listing) -> None:
        """Rows go and come until they are the answer's; with the last ones headings and shapes are
        the answer's, too. Between two steps no shapes are known: summing up those of 100,000 rows
        each time would take longer than all else."""
        for number, (rows, ids) in enumerate(steps, 1):
            self._begin_change(rows, len(ids))
            if number < len(steps):
                self._ids.change(rows, ids)
                self.sums = array("d")
            else:
                self._use(listing)
            self._end_change(rows)
        self._use(listing)

    def _put_in_order(self, listing: Listing) -> None:
        """Rows stand in another order, and some may have come or gone; what is chosen of those that
        stay is still chosen."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._ids[index.row()] for index in before]
        self._use(listing)
        rows = map(self.row_of, ids)
        after = [self.index(row) if row >= 0 else QModelIndex() for row in rows]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _change(self, rows: range, ids: array[int], picture: Picture | None = None) -> None:
        """Rows that go, or ids that come before the first of none; `picture`: whose that is."""
        self._begin_change(rows, len(ids))
        self._ids.change(rows, ids)
        if self.sums:
            from desktop.pictures.grids.layout.justified import changed_sums

            shapes = [1.0 if picture is None else shape_of(picture)] * len(ids)
            self.sums = changed_sums(self.sums, rows, shapes)
        self._end_change(rows)

    def _begin_change(self, rows: range, coming: int) -> None:
        if rows:
            self.beginRemoveRows(QModelIndex(), rows.start, rows.stop - 1)
        else:
            self.beginInsertRows(QModelIndex(), rows.start, rows.start + coming - 1)

    def _end_change(self, rows: range) -> None:
        (self.endRemoveRows if rows else self.endInsertRows)()

    def _count(self) -> None:
        if self._whole:
            self.counted.emit(len(self._ids))

    def forget_records(self) -> None:
        """Records may have changed on disk: read them again. Until then they are drawn as they
        were."""
        self.records.forget()

    def add(self, picture: Picture) -> None:
        """A picture was just made: put it in its place if it answers the question."""
        self.records.keep((picture,))
        question = self.question
        first = question.is_plain() and question.is_newest_first()
        if first and picture.id not in self._ids:
            self._put_first(picture)
        if self._limit:  # the answer on its way was found before it was made
            self._late = True
        elif not first:
            self._ask(question, -1)

    def _put_first(self, picture: Picture) -> None:
        """Before all others, and what lies under it then away."""
        hidden = self._ids.row_of(self.stacks.put(picture)) if self.question.stacked else -1
        if hidden >= 0:
            self.groups = self.groups.with_more(hidden, -1)
            self._change(range(hidden, hidden + 1), array("q"))
        row = self._ids.place_for(picture.id) or 0  # behind others that were told of before it
        if self._with_groups and row:
            self.groups = self.groups.with_more(row - 1, 1)
        elif self._with_groups:
            self.groups = self.groups.with_first(day_of(picture.created))
        self._change(range(row, row), array("q", [picture.id]), picture)
        self._count()
        if self.stacks.is_open(picture):  # it belongs beside the others
            self._ask(self.question, -1)

    # --- stacks ---

    def fold(self, key: str) -> None:
        """Show all pictures of a stack, or only the newest again."""
        self._ask(folded(self.question, key), -1)

    # --- rows and records ---

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
        order = sorted(range(len(rows)), key=lambda at: rows[at].start)
        starts = [rows[at].start for at in order]
        here: list[tuple[int, int, Picture]] = []
        for picture in self.records.all():
            row = self.row_of(picture.id)
            at = bisect_right(starts, row) - 1
            if row >= 0 and at >= 0 and row in rows[order[at]]:
                here.append((order[at], row, picture))
        return [picture for _, _, picture in sorted(here, key=lambda one: one[:2])]

    def read_rows(self, rows: Iterable[range], then: Callable[[list[Picture]], None]) -> None:
        """`then` gets the pictures of these rows, also those whose records were never looked at."""
        self.records.read(self._ids.among(rows), then)

    # --- what a grid asks ---

    def look(self, rows: range) -> None:
        """The grid shows these rows now: what is asked for other ones is not read any more."""
        self._shown = rows

    def at(self, row: int, cell: Cell = NOWHERE) -> tuple[Picture | None, QPixmap | None]:
        """What of a row is here to be drawn; the rest is on its way."""
        picture_id = self._ids[row]
        picture = self._picture(picture_id, row, drawn=True)
        pixmap = self.pixmaps.get(picture_id, picture, cell)
        return picture or self.records.drawn(picture_id), pixmap

    def _picture(self, picture_id: int, row: int, *, drawn: bool = False) -> Picture | None:
        """The record; where it is not here it is asked for with its page. `drawn`: only as long as
        the page is shown."""
        picture = self.records.get(picture_id)
        if picture is None and not self.records.is_asked(picture_id):
            first = row - row % PAGE
            page = range(first, min(first + PAGE, len(self._ids)))
            ids = self._ids[page.start : page.stop]
            self.records.ask(ids, lambda: not drawn or self._shows(page))
        return picture

    def _shows(self, rows: range) -> bool:
        """Whether the grid shows some of these rows. For any thread."""
        shown = self._shown
        if shown is None:
            return True
        return shown.start < rows.stop and rows.start < shown.stop

    def _shows_picture(self, picture_id: int) -> bool:
        """Whether the grid shows this one. For any thread, so that it looks up no row."""
        shown = self._shown
        return shown is None or picture_id in self._ids[shown.start : shown.stop]

    def _came(self, ids: Iterable[int]) -> None:
        """Of these there is more to be drawn."""
        rows = (self.row_of(one) for one in ids)
        for part in runs(row for row in rows if row >= 0):
            self._changed(part)

    def _changed(self, rows: range) -> None:
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))
