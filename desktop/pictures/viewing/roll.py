"""The pictures that are gone through, in their order: those that a grid shows, as it shows them
just now, or some that were chosen."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from PySide6.QtCore import QObject, Signal

from desktop.pictures.picture_model import PictureModel


class PictureRoll(QObject):
    """Over a `model`, which may change, or over `ids` that stay but for what is taken out.

    `changed`: there are other pictures now, or in another order.
    """

    changed = Signal()

    def __init__(
        self,
        model: PictureModel | None = None,
        ids: Iterable[int] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = model
        self._ids = array("q", ids)
        self._rows: dict[int, int] = {}  # of `_ids`, made when it is first asked for
        if model is not None:
            for signal in (
                model.modelReset,
                model.rowsInserted,
                model.rowsRemoved,
                model.layoutChanged,
            ):
                signal.connect(self._tell)

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def ids(self) -> Sequence[int]:
        """All of them in order."""
        return self._ids if self.model is None else self.model.ids()

    def __len__(self) -> int:
        return len(self.ids())

    def row_of(self, picture_id: int) -> int:
        """Where a picture stands, or -1."""
        if self.model is not None:
            return self.model.row_of(picture_id)
        if not self._rows:
            self._rows = {own: row for row, own in enumerate(self._ids)}
        return self._rows.get(picture_id, -1)

    def near(self, row: int, reach: int) -> list[int]:
        """The ids of a row and of as many as `reach` on both sides, the nearest first, what comes
        behind it before what went."""
        ids = self.ids()
        count = len(ids)
        places = [row]
        for far in range(1, reach + 1):
            places += [row + far, row - far]
        return [ids[place] for place in places if 0 <= place < count]

    def heir(self, row: int, gone: Iterable[int]) -> int:
        """The id that takes the place of a row whose picture goes with others, or is gone already:
        the next one that stays, else the one before it; 0 where none does."""
        ids = self.ids()
        lost = set(gone)
        behind = (ids[place] for place in range(max(row, 0), len(ids)))
        before = (ids[place] for place in range(min(row, len(ids)) - 1, -1, -1))
        for way in (behind, before):
            for picture_id in way:
                if picture_id not in lost:
                    return picture_id
        return 0

    def take_out(self, picture_ids: Iterable[int]) -> dict[int, int]:
        """Without these; the rows where they stood. A model does that by itself."""
        if self.model is not None:
            return {}
        rows = {one: row for one in picture_ids if (row := self.row_of(one)) >= 0}
        if rows:
            self._use(array("q", (one for one in self._ids if one not in rows)))
        return rows

    def put_back(self, rows: Mapping[int, int]) -> None:
        """By their ids the rows where they stood. A model does that by itself."""
        missing = {one: row for one, row in rows.items() if self.row_of(one) < 0}
        if self.model is not None or not missing:
            return
        whole = array("q")
        at = 0  # of those that stayed
        for picture_id, row in sorted(missing.items(), key=itemgetter(1)):
            before = max(row - len(whole), 0)
            whole.extend(self._ids[at : at + before])
            at += before
            whole.append(picture_id)
        whole.extend(self._ids[at:])
        self._use(whole)

    def _use(self, ids: array[int]) -> None:
        self._ids = ids
        self._rows = {}
        self.changed.emit()
