"""Which pictures stand side by side, and how they come there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.pictures.comparing.compared import MOST, ComparedPicture, read_compared
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.values.picture import Picture


class ChosenPictures(QObject):
    """`changed` after every change of `pictures`, `failed` carries a KnownError on a file that
    cannot be compared. `by_hand`: somebody chose them, so that they stay whatever else is opened.
    """

    changed = Signal()
    failed = Signal(KnownError)

    def __init__(
        self, stores: Stores, images: SerialTasks, records: SerialTasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._images = images
        self._records = records
        self._turn = 0  # counts what was asked for: answers to an earlier wish are dropped
        self.by_hand = False
        self.pictures: tuple[ComparedPicture, ...] = ()

    def choose(self, paths: Sequence[Path], *, by_hand: bool = True) -> None:
        """These files in the place of all; of one alone with the picture it was made from, or the
        newest that was made from it."""
        self._turn += 1
        self.by_hand = by_hand
        wanted = tuple(dict.fromkeys(paths))[:MOST]
        self._read(wanted, (), with_kin=len(wanted) == 1)

    def add(self, paths: Sequence[Path]) -> None:
        """These too; of too many the first ones."""
        self._turn += 1
        self.by_hand = True
        here = {picture.path for picture in self.pictures}
        more = [path for path in dict.fromkeys(paths) if path not in here]
        self._read(tuple(more)[: MOST - len(self.pictures)], self.pictures, with_kin=False)

    def take_away(self, number: int) -> None:
        """The picture of this number from 0."""
        self._put(one for place, one in enumerate(self.pictures) if place != number)

    def make_first(self, number: int) -> None:
        """The one that the others are compared with."""
        first = self.pictures[number]
        rest = (one for place, one in enumerate(self.pictures) if place != number)
        self._put((first, *rest))

    def _put(self, pictures: Iterable[ComparedPicture]) -> None:
        self._turn += 1
        self.by_hand = True
        self.pictures = tuple(pictures)
        self.changed.emit()

    # --- reading ---

    def _read(
        self, paths: Sequence[Path], here: tuple[ComparedPicture, ...], *, with_kin: bool
    ) -> None:
        """One after another, so that a file that cannot be read costs no other."""
        if not paths:
            self.pictures = here
            self.changed.emit()
            if with_kin and len(here) == 1:
                self._look_for_kin(here[0])
            return
        turn = self._turn

        def go_on(read: tuple[ComparedPicture, ...]) -> None:
            if turn == self._turn:
                self._read(paths[1:], (*here, *read), with_kin=with_kin)

        def fail(fault: KnownError) -> None:
            if turn == self._turn:
                self.failed.emit(fault)
            go_on(())

        self._images.submit(
            partial(read_compared, paths[0]), lambda picture: go_on((picture,)), fail
        )

    def _look_for_kin(self, picture: ComparedPicture) -> None:
        turn = self._turn

        def found(kin: Picture | None) -> None:
            if turn == self._turn and kin is not None:
                self._read((Path(kin.path),), self.pictures, with_kin=False)

        self._records.submit(partial(_kin_of, self._stores, picture), found)


def _kin_of(stores: Stores, picture: ComparedPicture) -> Picture | None:
    """The picture that it was made from, else the newest made from it; None for neither."""
    sha256 = picture.pixels.sha256
    row = stores.gallery.with_pixels(sha256)
    parent = stores.lineage.parent_of(row) if row is not None else None
    if parent is not None and parent.trashed is None:
        return parent
    children = stores.lineage.children_of(sha256)
    return next((child for child in children if child.trashed is None), None)
