"""Sorting out: a key says what a picture is worth, and the next one is there; a count of it all,
and at the end what is to become of the rejected ones."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.store.gallery import Gallery
from core.values.gallery.question import PictureQuestion
from core.values.picture import Picture
from desktop.pictures.marking.marks import AT_ONCE, REJECTED
from desktop.pictures.viewing.walk import PictureWalk
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import ElidedLabel, column
from desktop.widgets.i18n import tr


class SortingBar(QWidget):
    """Above the picture: the keys, the count, and the ways out."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.hint = ElidedLabel(
            tr("0 to 5 rate, X rejects, F marks, Delete moves to the trash; then comes the next.")
        )
        self.hint.setObjectName("dim")
        self.count = QLabel()
        self.count.setObjectName("strong")
        self.undo = QPushButton(tr("Undo"))
        self.undo.setToolTip(tr("Takes the last key back, and shows that picture again. (Ctrl+Z)"))
        self.finish = QPushButton(tr("Finish"))
        self.finish.setToolTip(tr("Shows the count, and what can be done with the rejected ones."))
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.SPACE_4, theme.SPACE_1, theme.SPACE_3, theme.SPACE_1)
        line.setSpacing(theme.SPACE_3)
        line.addWidget(self.hint, 1)
        for part in (self.count, self.undo, self.finish):
            line.addWidget(part)


class SortingEnd(QWidget):
    """In the picture's place, behind the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel(tr("Sorted out"))
        self.title.setObjectName("title")
        self.count = QLabel()
        self.what = QLabel()
        self.what.setObjectName("dim")
        for label in (self.count, self.what):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.trash = QPushButton()
        self.again = QPushButton(tr("Back to the pictures"))
        self.again.setToolTip(tr("Shows the last picture again; everything stays as it is."))
        self.close_window = QPushButton(tr("Close"))
        self.close_window.setToolTip(tr("Ends the sorting; what was said of the pictures stays."))
        buttons = column(self.trash, self.again, self.close_window)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        lines.setSpacing(theme.SPACE_4)
        lines.addStretch(1)
        lines.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self.count, self.what):
            lines.addWidget(part)
        lines.addWidget(buttons, 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        first = self.trash if self.trash.isVisible() else self.close_window
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, " ".join((self.count.text(), self.what.text())))


class Sorting(QObject):
    """Counts what is said of the pictures of a walk. `ended`: there is no next picture."""

    ended = Signal()

    def __init__(self, walk: PictureWalk, gallery: Gallery, tasks: SerialTasks) -> None:
        super().__init__(walk)
        self.bar = SortingBar()
        self.end = SortingEnd()
        self._walk = walk
        self._gallery = gallery
        self._tasks = tasks
        self._turn = 0  # counts sortings: what an earlier one asked is dropped
        self._is_on = False
        self._rated: set[int] = set()
        self._rejected: set[int] = set()
        self._deleted: set[int] = set()
        self._told: set[int] = set()  # whose records were here: they are newer than what was found
        walk.records.came.connect(self._note)

    @property
    def is_on(self) -> bool:
        """Whether pictures are sorted out just now."""
        return self._is_on

    def begin(self) -> None:
        """Of the walk's present roll."""
        self.stop()
        self._is_on = True
        self._find("is:rated", self._rated)
        self._find("is:rejected", self._rejected)
        self._say()

    def stop(self) -> None:
        """What was said of the pictures stays."""
        self._is_on = False
        self._turn += 1
        for known in (self._rated, self._rejected, self._deleted, self._told):
            known.clear()

    def go_on(self, command_id: str, picture: Picture) -> None:
        """This was said of the picture: the next one comes, or the end."""
        if command_id == "delete":
            self._deleted.add(picture.id)
        ids = self._walk.roll.ids()
        row = self._walk.row()
        if 0 <= row < len(ids) - 1:
            self._walk.go(ids[row + 1])
        else:
            self.ended.emit()
        self._say()

    def note_back(self, ids: Sequence[int]) -> None:
        """These are no longer in the trash."""
        self._deleted.difference_update(ids)
        self._say()

    def take_rejected(self, then: Callable[[tuple[int, ...]], object]) -> None:
        """`then` gets the ids of those that are rejected and not in the trash, as the database has
        it now; they count as deleted."""
        rejected = tuple(sorted(self._rejected - self._deleted))

        def look() -> tuple[int, ...]:
            parts = (rejected[at : at + AT_ONCE] for at in range(0, len(rejected), AT_ONCE))
            pictures = (picture for part in parts for picture in self._gallery.page(part))
            return tuple(one.id for one in pictures if one.rating == REJECTED and not one.trashed)

        def there(ids: tuple[int, ...]) -> None:
            self._deleted.update(ids)
            self._say()
            if ids:
                then(ids)

        self._tasks.submit(look, there)

    # --- the count ---

    def _find(self, query: str, known: set[int]) -> None:
        turn = self._turn
        here = array("q", self._walk.roll.ids())

        def find() -> set[int]:
            return set(self._gallery.find(PictureQuestion(query)) or ()).intersection(here)

        def there(ids: set[int]) -> None:
            if turn == self._turn:
                known.update(ids - self._told)
                self._say()

        self._tasks.submit(find, there)

    def _note(self, ids: Sequence[int]) -> None:
        if not self._is_on:
            return
        for picture_id in ids:
            picture = self._walk.records.get(picture_id)
            if picture is None:
                continue
            self._told.add(picture_id)
            for known, is_so in (
                (self._rated, picture.rating > 0),
                (self._rejected, picture.rating == REJECTED),
            ):
                (known.add if is_so else known.discard)(picture_id)
        self._say()

    def _say(self) -> None:
        rated = len(self._rated) - len(self._rated & self._deleted)
        rejected = len(self._rejected) - len(self._rejected & self._deleted)
        words = tr("{rated} rated · {rejected} rejected", rated=rated, rejected=rejected)
        if self._deleted:
            words = tr("{words} · {n} deleted", words=words, n=len(self._deleted))
        if words != self.bar.count.text():
            self.bar.count.setText(words)
        self.end.count.setText(words)
        self.end.trash.setVisible(rejected > 0)
        self.end.trash.setText(tr("Trash all rejected ({n})", n=f"{rejected:,}"))
        if rejected:
            self.end.what.setText(_words_before_trash(rejected))
        else:
            self.end.what.setText(tr("Your stars and marks are saved."))


def _words_before_trash(rejected: int) -> str:
    if rejected == 1:
        return tr(
            "Trash all rejected moves the rejected picture to Calotype's trash; Undo brings it "
            "back. If it is shown in place it is hidden, and its file stays."
        )
    return tr(
        "Trash all rejected moves the {n} rejected pictures to Calotype's trash; Undo brings them "
        "back. What is shown in place is hidden, and its file stays.",
        n=f"{rejected:,}",
    )
