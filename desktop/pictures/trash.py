"""Calotype's trash: pictures go in with Undo, and into the system's after a question."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.store.gallery import Gallery
from core.system.errors import KnownError
from core.values.gallery.origin import How
from core.values.picture import Picture
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets.figures import size_words
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

# what becomes of a picture that was imported in place
HIDE = "hide"
SYSTEM = "system"
CANCEL = "cancel"
AT_ONCE = 1000  # records of one question to the database


def lies_in_place(picture: Picture) -> bool:
    """Whether its file belongs to another program's folder."""
    return picture.origin is not None and picture.origin.how is How.IN_PLACE


def to_system(file: Path) -> bool:
    """Move a file into the system's trash; False where there is none on its drive."""
    from PySide6.QtCore import QFile, QStandardPaths

    if sys.platform not in ("win32", "darwin"):
        # the trash lies in it, and Qt does not make it; for its owner alone, as XDG asks
        data_home = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.GenericDataLocation
        )
        with contextlib.suppress(OSError):
            os.makedirs(data_home, 0o700, exist_ok=True)
    moved = QFile.moveToTrash(str(file))
    return bool(moved[0] if isinstance(moved, tuple) else moved)


class TrashActions(QObject):
    """`changed` comes after the gallery's rows changed, with the ids that went into the trash
    (`deleted`) or `restored` back; `moved` carries those that `delete` moved into it."""

    changed = Signal()
    deleted = Signal(tuple)  # ids
    restored = Signal(tuple)
    moved = Signal(tuple)

    def __init__(
        self, gallery: Gallery, records: SerialTasks, notice: NoticeBar, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._records = records
        self._notice = notice
        self._window = parent
        self._way = ""  # with pictures that were imported in place, as this session was told
        # apart from the records: moving thousands of files takes a while
        self._errands = NetworkTasks(self._refused, self)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def delete(self, pictures: Sequence[Picture]) -> None:
        """Into Calotype's trash, with Undo; those that lie in it already go into the
        system's, after a question."""
        there = [picture for picture in pictures if picture.trashed is not None]
        if there:
            self._discard([picture.id for picture in there])
            return
        outside = [picture for picture in pictures if lies_in_place(picture)]
        way = self._way_in_place(outside) if outside else HIDE
        if way == CANCEL:
            return
        if way == SYSTEM:
            self._let_go_in_place([picture.id for picture in outside])
            pictures = [picture for picture in pictures if not lies_in_place(picture)]
        ids = [picture.id for picture in pictures]

        def done(moved: Sequence[int]) -> None:
            if not moved:  # they lay there already
                return
            self.changed.emit()
            self.deleted.emit(tuple(moved))
            self.moved.emit(tuple(moved))
            words = tr("The picture was moved to the trash.")
            if len(moved) > 1:
                words = tr("{n} pictures were moved to the trash.", n=len(moved))
            if len(outside) == len(moved):
                words = tr("{n} pictures are hidden; their files stay in place.", n=len(moved))
                if len(moved) == 1:
                    words = tr("The picture is hidden; its file stays in place.")
            self._notice.say(
                words,
                label=tr("Undo"),
                action=lambda: self.restore(moved),
                topic="trash",
                expires=True,
            )

        self._records.submit(lambda: self._gallery.trash(ids), done, self._refused)

    def _way_in_place(self, pictures: Sequence[Picture]) -> str:
        """What is to become of pictures whose files belong to other programs; asked once, or once
        for all of this session."""
        from desktop.pictures.deleting import ask_way

        if not self._way:
            way, keep = ask_way(self._window, pictures)
            if not keep:
                return way
            self._way = way
        return self._way

    def _let_go_in_place(self, ids: Sequence[int]) -> None:
        def work() -> tuple[int, ...]:
            self._gallery.let_go_in_place(ids, to_system)
            parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
            stayed = {one.id for part in parts for one in self._gallery.page(part)}
            return tuple(one for one in ids if one not in stayed)

        def done(gone: tuple[int, ...]) -> None:
            count = len(gone)
            self.changed.emit()
            if gone:
                self.deleted.emit(gone)
            words = tr("{n} pictures are in the system's trash now.", n=f"{count:,}")
            if count == 1:
                words = tr("The picture is in the system's trash now.")
            if left := len(ids) - count:
                words = tr(
                    "{n} pictures could not be moved: their drive is away or has no trash.", n=left
                )
            if left == 1:
                words = tr("1 picture could not be moved: its drive is away or has no trash.")
            self._notice.say(words, problem=count < len(ids), topic="trash")

        self._errands.submit(work, done)

    def restore(self, ids: Sequence[int]) -> None:
        """Back from the trash, or to be seen again where they were hidden."""

        def done(_: object) -> None:
            self.changed.emit()
            self.restored.emit(tuple(ids))
            words = tr("The picture is back in the gallery.")
            if len(ids) > 1:
                words = tr("{n} pictures are back in the gallery.", n=f"{len(ids):,}")
            self._notice.say(words, topic="trash", expires=True)

        self._records.submit(lambda: self._gallery.restore(ids), done, self._refused)

    def empty(self) -> None:
        """Ask once, then everything in the trash goes into the system's."""

        def ask(size: tuple[int, int]) -> None:
            count, taken = size
            if not count:
                self._notice.say(tr("The trash is empty."), topic="trash")
                return
            if count == 1:
                words = tr(
                    "Move the picture in the trash ({size}) to the system's trash?",
                    size=size_words(taken),
                )
            else:
                words = tr(
                    "Move all {n} pictures in the trash ({size}) to the system's trash?",
                    n=f"{count:,}",
                    size=size_words(taken),
                )
            if self._asked(words):
                self._let_go(
                    lambda gone: self._gallery.empty_trash(older_than_days=0, gone=gone), count
                )

        self._records.submit(self._gallery.trash_size, ask)

    def offer_old(self, count: int, days: int) -> None:
        """So many pictures have lain in the trash for these days and cannot go into the
        system's."""
        self._offer(count, lambda: self._gallery.empty_trash(older_than_days=days))

    def _discard(self, ids: Sequence[int]) -> None:
        words = tr("Move this picture to the system's trash?")
        if len(ids) > 1:
            words = tr("Move these {n} pictures to the system's trash?", n=f"{len(ids):,}")
        if self._asked(words):
            self._let_go(lambda gone: self._gallery.discard(ids, gone), len(ids))

    def _asked(self, words: str) -> bool:
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(QMessageBox.Icon.Question, "Calotype", words, parent=self._window)
        box.setInformativeText(tr("Calotype cannot bring it back from there; your system can."))
        move = box.addButton(tr("Move to the system's trash"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is move

    def _let_go(self, work: Callable[[Callable[[Path], bool] | None], int], wanted: int) -> None:
        self._notice.clear("trash")

        def done(count: int) -> None:
            self.changed.emit()
            if count < wanted:
                self._offer(wanted - count, lambda: work(None))
            else:
                words = tr("{n} pictures are in the system's trash now.", n=f"{count:,}")
                if count == 1:
                    words = tr("The picture is in the system's trash now.")
                self._notice.say(words, topic="trash")

        self._errands.submit(lambda: work(to_system), done)

    def _offer(self, count: int, for_good: Callable[[], int]) -> None:
        """What the system's trash does not take can be deleted for good."""
        if count == 1:
            words = tr("A picture could not be moved: its drive has no trash of the system.")
            label = tr("Delete it for good")
        else:
            words = tr(
                "{n} pictures could not be moved: their drive has no trash of the system.",
                n=f"{count:,}",
            )
            label = tr("Delete {n} for good", n=f"{count:,}")

        def done(gone: int) -> None:
            self.changed.emit()
            told = tr("{n} pictures were deleted for good.", n=f"{gone:,}")
            if gone == 1:
                told = tr("The picture was deleted for good.")
            self._notice.say(told, topic="trash")

        self._notice.say(
            words,
            problem=True,
            label=label,
            action=lambda: self._errands.submit(for_good, done),
            topic="trash",
        )

    def _refused(self, error: KnownError) -> None:
        self.changed.emit()
        self._notice.say(str(error), problem=True, topic="trash")
