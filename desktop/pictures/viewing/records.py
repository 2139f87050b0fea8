"""The rows of the gallery that a viewer is at, read beside the window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.store.gallery import Gallery
from core.system.recent import Recent
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks

KEPT = 400  # records in memory
AT_ONCE = 200  # of one question to the database, which limits their number


class PictureRecords(QObject):
    """The latest ones stay in memory. `came` carries the ids of some that were read, also of those
    that are no more; `drawn_over`, before it, of one whose file is another one than it was."""

    came = Signal(tuple)
    drawn_over = Signal(int)

    def __init__(self, gallery: Gallery, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._tasks = tasks
        self._kept: Recent[int, Picture] = Recent(KEPT)
        self._asked: set[int] = set()
        self._lost: set[int] = set()  # those that are no more
        self._turn = 0  # counts what changed on disk: an older answer is dropped

    def get(self, picture_id: int) -> Picture | None:
        """Where it is here."""
        return self._kept.get(picture_id)

    def keep(self, picture: Picture) -> None:
        """One that somebody else has read."""
        self._kept.keep(picture.id, picture)
        self._lost.discard(picture.id)

    def want(self, ids: Iterable[int]) -> None:
        """Read those that are neither here nor on their way."""
        known = (self._kept, self._asked, self._lost)
        missing = [one for one in ids if not any(one in those for those in known)]
        if missing:
            self._read(missing[:AT_ONCE])

    def read_again(self, ids: Iterable[int]) -> None:
        """Any may have changed: these are read now, and stay as they are until then; the others
        when they are wanted."""
        wanted = list(dict.fromkeys(ids))[:AT_ONCE]
        stays = [one for picture_id in wanted if (one := self._kept.get(picture_id)) is not None]
        self._turn += 1  # what is on its way may be older
        self._asked.clear()
        self._lost.clear()
        self._kept.clear()
        for picture in stays:
            self._kept.keep(picture.id, picture)
        if wanted:
            self._read(wanted)

    def _read(self, wanted: Sequence[int]) -> None:
        self._asked.update(wanted)
        read = partial(self._gallery.page, wanted)
        self._tasks.submit(read, partial(self._there, self._turn, tuple(wanted)))

    def _there(self, turn: int, wanted: tuple[int, ...], pictures: Sequence[Picture]) -> None:
        if turn != self._turn:
            return
        self._asked.difference_update(wanted)
        here = {picture.id for picture in pictures}
        for picture_id in wanted:
            if picture_id not in here:
                self._kept.forget(picture_id)
                self._lost.add(picture_id)
        for picture in pictures:
            before = self._kept.get(picture.id)
            self._kept.keep(picture.id, picture)
            if before is not None and _file_of(before) != _file_of(picture):
                self.drawn_over.emit(picture.id)
        self.came.emit(wanted)


def _file_of(picture: Picture) -> tuple[int, float] | None:
    """Bytes and time of a file that other programs may write; None of one of our own."""
    origin = picture.origin
    return None if origin is None else (origin.bytes, origin.mtime)
