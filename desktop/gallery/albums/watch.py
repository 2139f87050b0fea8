"""Keeps the side list in step with the gallery: which albums there are, and how many pictures each
row has, read one after the other so that no search waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from core.store.gallery import Gallery
from core.values.gallery.album import Album
from desktop.gallery.albums.rows import SideRow
from desktop.gallery.albums.side_list import SideList
from desktop.state.tasks import SerialTasks

LATER_MS = 400  # after a change
LEFT_MS = 2_000  # between two looks at how far the search index is


class AlbumWatch(QObject):
    """Looks again a moment after `soon`. `left` tells how many pictures no search finds yet, while
    the index of all of them is made for the first time, and 0 at its end; `listed`: the list has
    the albums that there are."""

    left = Signal(int)
    listed = Signal()

    def __init__(self, gallery: Gallery, tasks: SerialTasks, side: SideList) -> None:
        super().__init__(side)
        self._gallery = gallery
        self._tasks = tasks
        self._side = side
        self._was_left = False
        self._turn = 0  # counts looks: what an earlier one still wants to know is given up
        self._timer = QTimer(self, interval=LATER_MS, singleShot=True)
        self._timer.timeout.connect(self.look)

    def soon(self) -> None:
        """Something has changed."""
        if not self._timer.isActive():
            self._timer.start()

    def look(self) -> None:
        """Now."""
        self._turn += 1
        self._tasks.submit(self._gallery.albums, self._show)

    def look_at_index(self) -> None:
        """How far it is, until it is whole."""
        self._tasks.submit(self._gallery.index.left, self._show_left)

    def _show_left(self, count: int) -> None:
        if count or self._was_left:
            self.left.emit(count)
        self._was_left = count > 0
        if count:
            QTimer.singleShot(LEFT_MS, self, self.look_at_index)

    def _show(self, albums: Sequence[Album]) -> None:
        if self._side.is_renaming():
            self.soon()
            return
        if tuple(replace(album, count=0) for album in albums) != self._side.albums():
            self._side.show_albums(albums)
        counts = {album.id: album.count for album in albums}
        for row in self._side.rows():
            if row.album:
                self._side.show_count(row, counts[row.album])
        self.listed.emit()
        if self._side.isVisible():
            self._count([row for row in self._side.rows() if not row.album])

    def _count(self, rows: list[SideRow]) -> None:
        """The first of them, then the others."""
        if not rows:
            return
        turn = self._turn
        first, rest = rows[0], rows[1:]

        def count() -> int | None:
            ids = self._gallery.find(first.question(), wanted=lambda: turn == self._turn)
            return None if ids is None else len(ids)

        def counted(found: int | None) -> None:
            if found is not None and turn == self._turn:
                self._side.show_count(first, found)
                self._count(rest)

        self._tasks.submit(count, counted)
