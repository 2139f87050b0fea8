"""Notices pictures that another process puts into the gallery, as the command line does beside the
window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from core.store.gallery import Gallery
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks

LOOK_MS = 3_000


class ElsewhereWatch(QObject):
    """`came` soon after such pictures. `shows` says whether the window lists one; `note` hears of
    every one that it had made, which may lie in a stack."""

    came = Signal()

    def __init__(
        self,
        gallery: Gallery,
        tasks: SerialTasks,
        shows: Callable[[int], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._tasks = tasks
        self._shows = shows
        self._newest = -1  # the last that was seen; nothing was looked at yet
        self._own = set[int]()  # since then
        self._asked = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to watch."""
        self.look()
        self._timer.start()

    def note(self, picture: Picture) -> None:
        """This one was made for the window, which knows it."""
        self._own.add(picture.id)

    def look(self) -> None:
        """Look now, where the last answer has come."""
        if not self._asked:
            self._asked = True
            after = self._newest
            self._tasks.submit(lambda: self._gallery.came_after(after), self._seen, self._failed)

    def _failed(self, _: object) -> None:
        """A database that cannot be read is told of by whatever needs it."""
        self._asked = False

    def _seen(self, ids: list[int]) -> None:
        self._asked = False
        before, own = self._newest, self._own
        self._newest = max([before, 0, *ids])
        self._own = {one for one in own if one > self._newest}
        if before >= 0 and not all(one in own or self._shows(one) for one in ids):
            self.came.emit()
