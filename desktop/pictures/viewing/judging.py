"""What a person says of the picture that is seen alone: stars, rejected, favourite, into the trash;
one Undo for all of it, which comes back to the picture that it was about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.store.gallery import Gallery
from core.values.gallery.origin import How
from core.values.picture import Picture
from desktop.pictures.marking.bringing_back import bring_back
from desktop.pictures.marking.marks import AT_ONCE, MOST_STARS, MarkActions
from desktop.pictures.marking.steps import MarkStep, Work
from desktop.pictures.trash import TrashActions
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

RATINGS = {f"rate-{n}": n for n in range(MOST_STARS + 1)}  # by the ids of their commands
DELETE = "delete"
JUDGED = frozenset({*RATINGS, "reject", "favourite", DELETE})


def is_gone(picture: Picture) -> bool:
    """Whether it lies in the trash, or is hidden since its file is another program's."""
    return picture.trashed is not None or (picture.origin is not None and picture.origin.hidden)


class Judging(QObject):
    """`told` carries a few words on what was just done; `back_to` the id of the picture that Undo
    or Redo was about, once that is done."""

    told = Signal(str)
    back_to = Signal(int)

    def __init__(
        self,
        gallery: Gallery,
        marks: MarkActions,
        trash: TrashActions,
        tasks: SerialTasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._marks = marks
        self._trash = trash
        self._tasks = tasks
        self._deleted: set[int] = set()  # by this hand, however often that was undone
        self._gone: set[int] = set()  # those of them that are in the trash now
        self._goes_back = False
        marks.marked.connect(self._marked)
        marks.told.connect(self.told)
        trash.restored.connect(lambda ids: self._gone.difference_update(ids))  # by another hand

    def do(self, command_id: str, picture: Picture, *, turns: bool) -> None:
        """One of JUDGED. `turns`: what it is already, it is no more then."""
        if command_id in RATINGS:
            self._marks.rate([picture], RATINGS[command_id])
        elif command_id == "reject":
            self._marks.reject_ids([picture.id], turns=turns)
        elif command_id == "favourite":
            self._marks.favourite_ids([picture.id], turns=turns)
        elif not is_gone(picture):
            is_hidden = picture.origin is not None and picture.origin.how is How.IN_PLACE
            hidden = tr("The picture is hidden; its file stays in place.") if is_hidden else ""
            self.delete([picture.id], hidden)

    def delete(self, ids: Sequence[int], words: str = "") -> None:
        """Into Calotype's trash, whence Undo brings them back; the files of those that were
        imported in place stay where they are. `words` are said of it, "" for the usual ones."""
        words = words or tr("The picture was moved to the trash.")
        if len(ids) > 1:
            words = tr("{n} pictures were moved to the trash.", n=f"{len(ids):,}")
        moved: list[int] = []

        def do() -> None:
            moved[:] = self._gallery.trash(ids)

        def before() -> Work:
            return lambda: bring_back(self._gallery, tuple(moved))

        self._deleted.update(ids)
        step = MarkStep(tr("Delete"), words, tuple(ids), do, before, many=len(ids) > 1)
        self._marks.perform(step)

    def undo(self) -> None:
        """Take back what was said last."""
        self._goes_back = self._marks.undo()
        if not self._goes_back:
            self.told.emit(tr("There is nothing to undo."))

    def redo(self) -> None:
        """Say again what was taken back last."""
        self._goes_back = self._marks.redo()
        if not self._goes_back:
            self.told.emit(tr("There is nothing to redo."))

    def _marked(self, ids: tuple[int, ...]) -> None:
        goes_back, self._goes_back = self._goes_back, False
        if not self._deleted.isdisjoint(ids):
            self._tasks.submit(partial(self._look, ids), partial(self._moved, ids))
        if goes_back and ids:
            self.back_to.emit(ids[0])

    def _look(self, ids: tuple[int, ...]) -> set[int]:
        """Those of them that are in the trash now. Not in the GUI thread."""
        gone: set[int] = set()
        for at in range(0, len(ids), AT_ONCE):
            gone.update(
                one.id for one in self._gallery.page(ids[at : at + AT_ONCE]) if is_gone(one)
            )
        return gone

    def _moved(self, ids: tuple[int, ...], gone: set[int]) -> None:
        went = tuple(one for one in ids if one in gone - self._gone)
        came = tuple(one for one in ids if one in self._gone - gone)
        self._gone |= gone
        self._gone.difference_update(came)
        if went:
            self._trash.deleted.emit(went)
        if came:
            self._trash.restored.emit(came)
