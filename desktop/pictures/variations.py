"""Vary: a few pictures that are nearly the same as one that is there, asked for from anywhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.tasks import NetworkTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from desktop.pictures.vary_dialog import VaryDialog
    from desktop.state.starting import VariedPicture

# as `calotype vary` has them: the form's count is for its own pictures, and may be thousands
STRENGTH = 0.2
COUNT = 4
TOPIC = "vary"


class Variations(QObject):
    """`told` carries the sentence that says in which way they are made. The queue gets all of one
    picture's at once; room and current picture stay as they are."""

    told = Signal(str)

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        draft: Draft,
        notice: NoticeBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._draft = draft
        self._notice = notice
        self._chosen = STRENGTH, COUNT
        self.dialog: VaryDialog | None = None
        self._errands = NetworkTasks(self._refused, self)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def ask(self, origin: Picture | Path, window: QWidget) -> None:
        """Ask how far and how many first; what was chosen last is offered again."""
        from desktop.pictures.vary_dialog import VaryDialog

        def wanted(strength: float, count: int) -> None:
            self._chosen = strength, count
            self.make(origin, strength, count)

        dialog = self.dialog = VaryDialog(*self._chosen, window)
        dialog.wanted.connect(wanted)
        dialog.finished.connect(self._closed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _closed(self) -> None:
        self.dialog = None

    def make(self, origin: Picture | Path, strength: float = STRENGTH, count: int = COUNT) -> None:
        """Add variations of a picture of the gallery, or of any file, to the queue."""
        from desktop.state.starting import VariationWish, vary

        self._notice.clear(TOPIC)
        self.told.emit(tr("Looking how this picture was made..."))
        wish = VariationWish(
            origin=origin, strength=strength, count=count, model=self._draft.request.model
        )
        self._errands.submit(partial(vary, self._stores, wish), self._add)

    def _add(self, varied: VariedPicture) -> None:
        self._service.submit_all(varied.requests)
        self.told.emit(varied.sentence)
        if varied.notes:
            self._notice.say(" ".join(varied.notes), topic=TOPIC)

    def _refused(self, error: KnownError) -> None:
        self.told.emit("")
        self._notice.say(str(error), problem=True, topic=TOPIC)
