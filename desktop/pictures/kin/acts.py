"""Looking for what is like a picture: the Gallery shows the answer, which is a search like any
other; a picture's family stands in a tree of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.pictures.kin.thumbnails import read_icons
from desktop.pictures.trash import TrashActions
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.alike.duplicates import DuplicateGroup
    from core.service.alike.family import Relative
    from desktop.pictures.kin.duplicates_dialog import DuplicatesDialog
    from desktop.pictures.kin.family_dialog import FamilyDialog

TOPIC = "kin"
_LOOKING = "kin-looking"
TELL_EVERY = 500  # pictures


class KinActs(QObject):
    """`find` carries a text for the Gallery to search for, `go` a picture to be shown, `open` one
    to be shown large, `told` a few words for the status line; `looked`: more can be compared."""

    find = Signal(str)
    go = Signal(Picture)
    open = Signal(Picture)
    told = Signal(str)
    looked = Signal()
    _moved = Signal(int, int)

    def __init__(
        self,
        stores: Stores,
        thumbnails: Thumbnails,
        images: SerialTasks,
        *,
        chosen: Callable[[], list[Picture]],
        trash: TrashActions,
        notice: NoticeBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._thumbnails = thumbnails
        self._images = images
        self._chosen = chosen
        self._trash = trash
        self._notice = notice
        self._window = parent
        self._filling: threading.Event | None = None  # what ends it
        self._then: list[Callable[[], object]] = []
        self.family: FamilyDialog | None = None
        self.duplicates: DuplicatesDialog | None = None
        self._errands = NetworkTasks(self._refused, self)
        self._moved.connect(self._tell_how_far)

    def end(self) -> None:
        """The window closes."""
        if self._filling is not None:
            self._filling.set()
        self._errands.close()

    def _first(self) -> Picture | None:
        pictures = self._chosen()
        if not pictures:
            self._notice.say(tr("Choose a picture first."))
            return None
        return pictures[0]

    # --- searches ---

    def looks_like(self) -> None:
        """Of several the first. What was compared before is shown at once, the rest as it comes."""
        picture = self._first()
        if picture is None:
            return

        def look() -> bool:
            from core.service.alike.likeness import Likeness

            return Likeness(self._stores.gallery, self._thumbnails).look_at(picture)

        def looked(there: bool) -> None:
            if there:
                self.find.emit(f"like:{picture.id}")
                self.compare_all(self.looked.emit)
            else:
                name = Path(picture.path).name
                self._notice.say(
                    tr("The file of {name} is missing or damaged.", name=name),
                    problem=True,
                    topic=TOPIC,
                )

        self._errands.submit(look, looked)

    def more(self, what: str) -> None:
        """What was made with the same "recipe", "prompt" or "model"."""
        picture = self._first()
        if picture is not None:
            self.find.emit(f"same:{what}:{picture.id}")

    def compare_all(self, then: Callable[[], object]) -> None:
        """Look at all pictures that were not looked at yet; `then` comes where there were some."""
        from core.service.alike.likeness import Likeness

        self._then.append(then)
        if self._filling is not None:
            return
        stopped = self._filling = threading.Event()
        likeness = Likeness(self._stores.gallery, self._thumbnails)

        def moved(done: int, total: int) -> None:
            if done % TELL_EVERY == 0:
                self._moved.emit(done, total)

        def ended(count: int) -> None:
            waiting = self._end_filling()
            if count:
                self.told.emit(tr("{n} pictures were looked at.", n=f"{count:,}"))
                for answer in waiting:
                    answer()

        def failed(error: KnownError) -> None:
            self._end_filling()
            self._refused(error)

        self._errands.submit(
            lambda: likeness.fill(lambda: not stopped.is_set(), moved), ended, failed
        )

    def _end_filling(self) -> list[Callable[[], object]]:
        self._filling = None
        self._notice.clear(_LOOKING)
        waiting, self._then = self._then, []
        return waiting

    def _tell_how_far(self, done: int, total: int) -> None:
        stopped = self._filling
        if stopped is None:
            return
        if done == TELL_EVERY:  # it takes a while
            self._notice.say(
                tr("Pictures are looked at for the first time, to compare them."),
                label=tr("Stop"),
                action=stopped.set,
                topic=_LOOKING,
                expires=False,
            )
        self.told.emit(
            tr("{done} of {total} pictures looked at", done=f"{done:,}", total=f"{total:,}")
        )

    # --- family ---

    def show_family(self) -> None:
        """Of several the first's."""
        picture = self._first()
        if picture is None:
            return

        def work() -> tuple[Relative, ...]:
            from core.service.alike.family import family_of

            return family_of(self._stores, picture)

        self._errands.submit(work, partial(self._show_family, picture))

    def _show_family(self, picture: Picture, relatives: tuple[Relative, ...]) -> None:
        from desktop.pictures.kin.family_dialog import ICON, FamilyDialog

        if self.family is not None:
            self.family.close()
        dialog = self.family = FamilyDialog(relatives, Path(picture.path).name, self._window)
        dialog.chosen.connect(self.go)
        dialog.opened.connect(self.open)
        dialog.finished.connect(partial(self._closed_family, dialog))
        ratio = dialog.devicePixelRatioF()
        read_icons(
            dialog.pictures(),
            self._thumbnails,
            self._images,
            dialog.show_icon,
            side=round(ICON * ratio),
            wanted=lambda: self.family is dialog,
        )
        dialog.show()

    def _closed_family(self, dialog: FamilyDialog, _: int) -> None:
        if self.family is dialog:
            self.family = None

    # --- duplicates ---

    def find_duplicates(self) -> None:
        """In a window of its own, which asks again once all pictures were compared."""
        from desktop.pictures.kin.duplicates_dialog import DuplicatesDialog

        if self.duplicates is not None:
            self.duplicates.raise_()
            self.duplicates.activateWindow()
            return
        dialog = self.duplicates = DuplicatesDialog(self._window)
        dialog.asked.connect(partial(self._look_for, dialog))
        dialog.trashed.connect(self._trash.delete)
        dialog.opened.connect(self.open)
        dialog.finished.connect(partial(self._closed_duplicates, dialog))
        self._trash.changed.connect(dialog.ask)
        self._look_for(dialog, near=dialog.near.isChecked())
        dialog.show()

    def _look_for(self, dialog: DuplicatesDialog, near: bool) -> None:
        from core.service.alike.duplicates import duplicates

        turn = dialog.begin()

        def wanted() -> bool:
            return self.duplicates is dialog and dialog.turn == turn

        def found(groups: tuple[DuplicateGroup, ...]) -> None:
            if wanted():
                dialog.show_groups(groups)
                pictures = [one for group in dialog.groups for one in group.pictures]
                read_icons(
                    pictures,
                    self._thumbnails,
                    self._images,
                    dialog.show_icon,
                    side=round(dialog.ICON * dialog.devicePixelRatioF()),
                    wanted=wanted,
                )

        self._errands.submit(
            lambda: duplicates(self._stores.gallery, near=near, wanted=wanted), found
        )
        if near:
            self.compare_all(lambda: self._look_again(dialog))

    def _look_again(self, dialog: DuplicatesDialog) -> None:
        if self.duplicates is dialog:
            dialog.ask()

    def _closed_duplicates(self, dialog: DuplicatesDialog, _: int) -> None:
        if self.duplicates is dialog:
            self.duplicates = None

    def _refused(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)
