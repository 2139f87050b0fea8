"""The list beside the grid: a row is chosen to show its pictures, renamed, deleted, and takes those
that are dropped on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QMenu

from core.values.gallery.album import MOST_OF_NAME, Album
from core.values.gallery.question import PictureQuestion
from desktop.gallery.albums.rows import (
    ShownFolder,
    SideRow,
    album_rows,
    folder_rows,
    standing_rows,
)
from desktop.pictures.grid import PictureGrid
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate
from desktop.widgets.drop_target import accept_copy
from desktop.widgets.i18n import tr

ROW_ROLE = Qt.ItemDataRole.UserRole + 21
ICON = 16  # pixels
NARROWEST, WIDEST_OF_ITSELF = 120, 320  # pixels between which the rows that always stand decide


class SideList(QListWidget):
    """`chosen` carries a SideRow, `entered` that its pictures are to have the keys. `new_asked`:
    another album; `renamed` carries an Album and its new name, `deleted` an Album, `dropped` the
    Album and the grid whose chosen pictures go into it; `shown`: it can be seen now;
    `folders_asked`: what can be done with watched folders."""

    chosen = Signal(object)
    entered = Signal()
    new_asked = Signal()
    renamed = Signal(object, str)
    deleted = Signal(object)
    dropped = Signal(object, object)
    shown = Signal()
    folders_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("parts")
        self.setAccessibleName(tr("What the gallery shows"))
        self.setItemDelegate(ShortDetailDelegate(self))
        self.setIconSize(QSize(ICON, ICON))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setAcceptDrops(True)
        self.setViewportMargins(theme.SPACE_1, theme.SPACE_1, 0, theme.SPACE_1)
        self.setMinimumWidth(NARROWEST)
        self._albums: tuple[Album, ...] = ()
        self._folders: tuple[ShownFolder, ...] = ()
        self._rows: list[SideRow] = []
        self._counts: dict[SideRow, int] = {}
        self._question = PictureQuestion()
        self._target: QListWidgetItem | None = None  # under what is dragged
        self._filling = False
        self.currentItemChanged.connect(lambda *_: self._choose())
        self.itemActivated.connect(lambda _: self.entered.emit())
        self.itemChanged.connect(self._rename)
        self.show_albums(())

    # --- what stands in it ---

    def rows(self) -> Sequence[SideRow]:
        """All that can be chosen, in order."""
        return self._rows

    def albums(self) -> tuple[Album, ...]:
        """As of the last look."""
        return self._albums

    def is_renaming(self) -> bool:
        """Whether a person is typing another name."""
        return self.state() == QAbstractItemView.State.EditingState

    def show_albums(self, albums: Sequence[Album]) -> None:
        """All albums there are now; how many pictures are in them is told by `show_count`."""
        self._albums = tuple(replace(album, count=0) for album in albums)
        self._fill()

    def show_folders(self, folders: Sequence[ShownFolder]) -> None:
        """All watched folders there are now, and how they are."""
        same = [one.path for one in folders] == [one.path for one in self._folders]
        self._folders = tuple(folders)
        if not same:
            self._fill()
        for row in self._rows:
            if row.folder:
                self.show_count(row, self._counts.get(row, -1))

    def _fill(self) -> None:
        by_hand, saved = album_rows(self._albums)
        folders = folder_rows(self._folders)
        headings = {
            tr("Albums"): by_hand[:1],
            tr("Saved searches"): saved[:1],
            tr("Folders"): folders[:1],
        }
        self._rows = [*standing_rows(), *by_hand, *saved, *folders]
        known = set(self._rows)
        self._counts = {row: count for row, count in self._counts.items() if row in known}
        self._filling = True
        self._target = None
        self.clear()
        for row in self._rows:
            for words, first in headings.items():
                if row in first:
                    self._add_heading(words)
            self._add(row)
        self._filling = False
        self.mark(self._question)

    def _add_heading(self, words: str) -> None:
        item = QListWidgetItem(words)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.font()
        font.setBold(True)
        item.setFont(font)
        self.addItem(item)

    def _add(self, row: SideRow) -> None:
        item = QListWidgetItem(row.name)
        colour = self.palette().windowText().color().name()
        item.setIcon(theme.icon(row.icon, colour, ICON))
        item.setData(ROW_ROLE, row)
        if row.kept is not None:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(row.kept.query or row.name)
        elif row.folder:
            item.setToolTip(row.folder)
        self._show_count(item, row)
        self.addItem(item)

    def show_count(self, row: SideRow, count: int) -> None:
        """So many pictures answer it now."""
        self._counts[row] = count
        for at in range(self.count()):
            item = self.item(at)
            if item.data(ROW_ROLE) == row:
                self._filling = True
                self._show_count(item, row)
                self._filling = False
        self._fit_width()

    def _fit_width(self) -> None:
        """As wide at least as the rows that always stand there with their counts."""
        needed = NARROWEST
        for at in range(self.count()):
            row = self.item(at).data(ROW_ROLE)
            if isinstance(row, SideRow) and row.kept is None and not row.folder:
                needed = max(
                    needed, self.sizeHintForIndex(self.indexFromItem(self.item(at))).width()
                )
        margins = self.viewportMargins()
        beside = margins.left() + margins.right() + self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(min(needed + beside, WIDEST_OF_ITSELF))

    def _show_count(self, item: QListWidgetItem, row: SideRow) -> None:
        count = self._counts.get(row, -1)
        shown = f"{count:,}" if count >= 0 else ""
        spoken = tr("{name}, {n} pictures", name=row.name, n=shown) if shown else row.name
        if count == 1:
            spoken = tr("{name}, 1 picture", name=row.name)
        note = next((one.note for one in self._folders if str(one.path) == row.folder), "")
        item.setData(DETAIL_ROLE, note or shown)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{spoken}, {note}" if note else spoken)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_albums"):
            self.show_albums(self._albums)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    # --- which of them is shown ---

    def current_row(self) -> SideRow | None:
        """The one that is shown; None where the question is none of theirs."""
        return next((row for row in self._rows if row.is_shown_by(self._question)), None)

    def row_of(self, question: PictureQuestion) -> SideRow:
        """The row that asks for just this, else the one in whose pictures it searches."""
        place = replace(question, text="")
        exact = (row for row in self._rows if row.is_shown_by(question))
        base = (row for row in self._rows if row.is_shown_by(place))
        return next(exact, None) or next(base, self._rows[0])

    def mark(self, question: PictureQuestion) -> None:
        """This is shown now: its row becomes the current one."""
        self._question = question
        wanted = self.row_of(question)
        self._filling = True
        for at in range(self.count()):
            if self.item(at).data(ROW_ROLE) == wanted:
                self.setCurrentRow(at)
        self._filling = False

    def _choose(self) -> None:
        item = self.currentItem()
        row = None if item is None else item.data(ROW_ROLE)
        if not self._filling and isinstance(row, SideRow):
            self.chosen.emit(row)

    # --- what is done with them ---

    def _rename(self, item: QListWidgetItem) -> None:
        row = item.data(ROW_ROLE)
        if self._filling or not isinstance(row, SideRow) or row.kept is None:
            return
        name = " ".join(item.text().split())[:MOST_OF_NAME]
        if name != row.name:
            # behind this change: the list is filled anew
            QTimer.singleShot(0, self, lambda: self.show_albums(self._albums))
        if name and name != row.name:
            self.renamed.emit(row.kept, name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        kept = self._kept()
        editing = self.is_renaming()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not editing:
            if kept is not None:
                self.deleted.emit(kept)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def _kept(self) -> Album | None:
        item = self.currentItem()
        row = None if item is None else item.data(ROW_ROLE)
        return row.kept if isinstance(row, SideRow) else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.currentItem() is not None:
            place = self.visualItemRect(self.currentItem()).center()
        menu = self.menu_at(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(place))

    def menu_at(self, place: QPoint) -> QMenu:
        """What can be done with the album there, and with all."""
        item = self.itemAt(place)
        row = None if item is None else item.data(ROW_ROLE)
        menu = QMenu(self)
        if item is not None and isinstance(row, SideRow) and (kept := row.kept) is not None:
            menu.addAction(tr("Rename")).triggered.connect(lambda _=False: self.editItem(item))
            menu.addAction(tr("Delete the album")).triggered.connect(
                lambda _=False: self.deleted.emit(kept)
            )
            menu.addSeparator()
        elif isinstance(row, SideRow) and row.folder:
            words = tr("Imported folders...")
            menu.addAction(words).triggered.connect(lambda _=False: self.folders_asked.emit())
            menu.addSeparator()
        menu.addAction(tr("New album...")).triggered.connect(lambda _=False: self.new_asked.emit())
        return menu

    # --- pictures dropped on an album ---

    def _album_under(self, event: QDropEvent) -> QListWidgetItem | None:
        """The album by hand at the pointer, where pictures of a grid of ours are dragged."""
        item = self.itemAt(event.position().toPoint())
        row = None if item is None else item.data(ROW_ROLE)
        takes = isinstance(row, SideRow) and row.album and _grid_of(event) is not None
        return item if takes else None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _grid_of(event) is None:
            event.ignore()  # a file of elsewhere is the window's
        else:
            accept_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        accept_copy(event)
        self._point_at(self._album_under(event))
        event.setAccepted(self._target is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._point_at(None)

    def dropEvent(self, event: QDropEvent) -> None:
        item = self._album_under(event)
        self._point_at(None)
        grid = _grid_of(event)
        if item is not None and grid is not None:
            accept_copy(event)
            self.dropped.emit(item.data(ROW_ROLE).kept, grid)

    def _point_at(self, item: QListWidgetItem | None) -> None:
        """Show where letting go would put them."""
        if item is self._target:
            return
        self._filling = True
        for one, on in ((self._target, False), (item, True)):
            if one is not None:
                font = one.font()
                font.setBold(on)
                font.setUnderline(on)
                one.setFont(font)
        self._filling = False
        self._target = item


def _grid_of(event: QDropEvent) -> PictureGrid | None:
    """The grid of ours whose pictures are dragged."""
    source = event.source()
    return source if isinstance(source, PictureGrid) else None
