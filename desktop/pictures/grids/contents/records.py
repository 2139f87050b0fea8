"""Records of the gallery's pictures, read beside the window when somebody looks at them; the latest
thousand stay."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.store.gallery import Gallery
from core.system.recent import Recent
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks

KEPT = 1000  # records in memory
AT_ONCE = 1000  # records of one question to the database, which limits their number


class Records(QObject):
    """By id. `came` tells of those that are here now, and of those that were given up since nobody
    sees them: the latter are asked for when they are looked at again."""

    came = Signal(object)

    def __init__(self, gallery: Gallery, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._tasks = tasks
        self._pictures: Recent[int, Picture] = Recent(KEPT)
        self._outdated: dict[int, Picture] = {}  # records that are read anew
        self._asked: set[int] = set()  # whose records are being read
        self._turn = 0  # counts what changed on disk: an older answer is dropped

    def get(self, picture_id: int) -> Picture | None:
        """One that is here."""
        return self._pictures.get(picture_id)

    def drawn(self, picture_id: int) -> Picture | None:
        """One that is here, or was before it had to be read anew."""
        return self._pictures.get(picture_id) or self._outdated.get(picture_id)

    def all(self) -> list[Picture]:
        """Those that are here."""
        return self._pictures.values()

    def keep(self, pictures: Iterable[Picture]) -> None:
        """These were read by somebody else."""
        for picture in pictures:
            self._pictures.keep(picture.id, picture)

    def forget(self) -> None:
        """They may have changed on disk. Until they are read anew they are drawn as they were."""
        self._outdated = {picture.id: picture for picture in self._pictures.values()}
        self._pictures.clear()
        self._asked.clear()
        self._turn += 1

    def forget_questions(self) -> None:
        """Nobody waits for what was asked for."""
        self._asked.clear()

    def is_asked(self, picture_id: int) -> bool:
        """Whether it is on its way."""
        return picture_id in self._asked

    def ask(self, ids: Iterable[int], still: Callable[[], bool]) -> None:
        """Read those that are not here, if they are `still` wanted when their turn comes."""
        wanted = [one for one in ids if one not in self._pictures]
        self._asked.update(wanted)

        def read() -> tuple[Picture, ...] | None:
            return self._gallery.page(wanted) if still() else None

        self._tasks.submit(read, partial(self._arrived, self._turn, wanted))

    def _arrived(self, turn: int, wanted: list[int], pictures: Sequence[Picture] | None) -> None:
        if turn != self._turn:
            self.came.emit(wanted)  # looked at once more, they are asked for again
            return
        self._asked.difference_update(wanted)  # one that makes room for others is read again
        if pictures is not None:
            for picture_id in wanted:
                self._outdated.pop(picture_id, None)
            self.keep(pictures)
        self.came.emit([picture.id for picture in pictures or ()] or wanted)

    def read(self, ids: array[int], then: Callable[[list[Picture]], None]) -> None:
        """`then` gets all of these, at once where they are here."""
        if len(ids) <= KEPT:
            known = [self._pictures.get(picture_id) for picture_id in ids]
            here = [picture for picture in known if picture is not None]
            if len(here) == len(ids):
                then(here)
                return

        def read() -> list[Picture]:
            parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
            return [picture for part in parts for picture in self._gallery.page(part)]

        self._tasks.submit(read, then)
