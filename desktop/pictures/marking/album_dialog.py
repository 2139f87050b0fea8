"""Into which album pictures go: found by a few letters of its name, or made of these."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.gallery.album import MOST_OF_NAME, Album
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate, answers
from desktop.widgets.i18n import tr

_ALBUM = Qt.ItemDataRole.UserRole + 22


class AlbumDialog(QDialog):
    """`chosen` carries an Album, `named` the name of one that is to be made."""

    chosen = Signal(object)
    named = Signal(str)

    def __init__(self, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Add to album"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 380)
        self._count = count
        self._albums: tuple[Album, ...] = ()
        self._inside: dict[int, int] = {}
        words = tr("Where does the picture go?")
        if count > 1:
            words = tr("Where do these {n} pictures go?", n=f"{count:,}")
        self.field = QLineEdit()
        self.field.setMaxLength(MOST_OF_NAME)
        self.field.setPlaceholderText(tr("Name of an album, or of a new one"))
        self.field.setAccessibleName(tr("Album"))
        self.field.setWhatsThis(
            tr("Finds albums by letters of their names; Return takes the marked one.")
        )
        self.list = QListWidget()
        self.list.setItemDelegate(ShortDetailDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Albums"))
        self.list.setWhatsThis(tr("Return puts the pictures into the marked album."))
        self.take = QPushButton(tr("Add"))
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self.take.setToolTip(tr("Puts the pictures into the marked album."))
        cancel = QPushButton(tr("Cancel"))
        cancel.setToolTip(tr("Closes this and changes nothing."))
        cancel.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_2)
        label = QLabel(words)
        label.setWordWrap(True)
        for part in (label, self.field, self.list, answers(self.take, cancel)):
            column.addWidget(part)
        self.field.textChanged.connect(lambda _: self._fill())
        self.field.installEventFilter(self)
        self.take.clicked.connect(self._take)
        cancel.clicked.connect(self.reject)
        self.list.itemActivated.connect(lambda _: self._take())
        self._fill()

    def show_albums(self, albums: Sequence[Album], inside: dict[int, int]) -> None:
        """Those by hand; `inside`: by album, how many of these pictures are in it already."""
        self._albums = tuple(album for album in albums if not album.is_smart)
        self._inside = inside
        self._fill()

    def _fill(self) -> None:
        name = " ".join(self.field.text().split())
        typed = name.casefold().split()
        self.list.clear()
        for album in self._albums:
            if all(word in album.name.casefold() for word in typed):
                item = QListWidgetItem(album.name)
                item.setData(_ALBUM, album)
                item.setData(DETAIL_ROLE, self._detail(album))
                self.list.addItem(item)
        if name and all(album.name.casefold() != name.casefold() for album in self._albums):
            item = QListWidgetItem(tr("New album “{name}”", name=name))
            item.setData(_ALBUM, name)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.take.setEnabled(self.list.count() > 0)

    def _detail(self, album: Album) -> str:
        inside = self._inside.get(album.id, 0)
        if inside >= self._count:
            return tr("is in it") if self._count == 1 else tr("are in it")
        if inside:
            return tr("{n} of them", n=f"{inside:,}")
        return f"{album.count:,}"

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        wanted = item.data(_ALBUM)
        if isinstance(wanted, Album):
            self.chosen.emit(wanted)
        else:
            self.named.emit(wanted)
        self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the field move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if step:
                wanted = self.list.currentRow() + step
                self.list.setCurrentRow(min(max(wanted, 0), self.list.count() - 1))
                return True
        return super().eventFilter(watched, event)
